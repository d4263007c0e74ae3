"""Real images as tensors that stay in memory, and small pictures drawn from known factors.

A sample of Fashion-MNIST comes with the package: nothing has to be downloaded.
"""

from course_utils.data.drawn_shapes import ShapeSet, shapes
from course_utils.data.images import ImageData, ImageSet, binarize, load_images
from course_utils.data.locate import find_full

__all__ = ["ImageData", "ImageSet", "ShapeSet", "binarize", "find_full", "load_images", "shapes"]
