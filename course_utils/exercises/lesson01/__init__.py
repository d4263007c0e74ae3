"""The exercises and questions of lesson 1: neural networks and convolutional layers."""

__all__: list[str] = []
