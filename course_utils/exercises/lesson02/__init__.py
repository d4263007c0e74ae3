"""The exercises and questions of lesson 2: autoencoders and their limits."""

__all__: list[str] = []
