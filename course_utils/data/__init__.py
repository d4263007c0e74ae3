"""Real images as tensors that stay in memory, small pictures drawn from known factors, points of a known density.

A sample of Fashion-MNIST comes with the package: nothing has to be downloaded.
"""

from course_utils.data.drawn_shapes import ShapeSet, shapes
from course_utils.data.gaussian_ring import Ring, ring
from course_utils.data.images import ImageData, ImageSet, binarize, load_images
from course_utils.data.locate import find_full

__all__ = ["ImageData", "ImageSet", "Ring", "ShapeSet", "binarize", "find_full", "load_images", "ring", "shapes"]
