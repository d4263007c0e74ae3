"""The exercises and questions of lesson 3: from points to distributions."""

__all__: list[str] = []
