"""Widgets that can be put on images: a button that goes from one to the next, and the image shown beside the rest."""

from typing import Any

import ipywidgets as widgets
from torch import Tensor

from course_utils.widgets.base.controls import caption, caption_html, captioned, picture
from course_utils.widgets.base.decoding import to_pixels
from course_utils.widgets.base.live import LiveWidget
from course_utils.widgets.base.lock import LOCK
from course_utils.widgets.base.pixels import Pixels, gray_png, height_for


class ImageTour(LiveWidget):
    """A widget whose button "next" goes to one image after the other; a subclass says in `_go_to` how."""

    _images: Tensor | None = None  # (N, 1, H, W)
    _image: Pixels | None = None  # the one that is shown
    _turn = -1  # the row of the one that "next" showed last

    def set(self, **values: float) -> None:
        """Move controls by name; ``image=2`` first goes to ``images[2]``, as the button "next image" does.

        Parameters
        ----------
        **values : float
            Where to put which slider, or which image to go to.

        Raises
        ------
        TypeError
            If a value is not a number; then nothing moves.
        ValueError
            If there is no such slider or image, or a value lies outside its range; then nothing moves.
        """
        with LOCK:
            image = self._checked_image(values.pop("image", None))
            for name, value in values.items():
                self._checked(name, value)
            if image is not None:
                self._try(self._show_image, image)
            super().set(**values)

    def _checked_image(self, image: Any) -> int | None:
        if image is None:
            return None
        if self._images is None:
            raise ValueError(f"`image` must name one of the images, got {image!r}; make the widget with `images`")
        if isinstance(image, bool) or image not in range(len(self._images)):
            raise ValueError(f"`image` must be a whole number from 0 to {len(self._images) - 1}, got {image!r}")
        return int(image)

    def _make_image_view(self, shape: Pixels, width: int) -> widgets.Box:
        """Return the place, `width` pixels wide, for an image that has as many pixels as `shape`."""
        self._image_width, self._image_caption = width, caption("")
        self._image_view = picture(b"", width, height_for(shape, width))
        self._beside = captioned(self._image_caption, self._image_view)
        return self._beside

    def _next_image(self) -> None:
        if self._images is not None:
            self._show_image((self._turn + 1) % len(self._images))

    def _show_image(self, index: int) -> None:
        self._go_to(index)
        self._turn = index

    def _go_to(self, index: int) -> None:
        raise NotImplementedError

    def _show_beside(self, image: int | None) -> None:
        """Show this image beside the rest, or none."""
        self._image = None
        self._beside.layout.visibility = "hidden" if image is None else "visible"
        if image is not None and self._images is not None:
            self._image = to_pixels(self._images[image : image + 1])
            self._image_view.value = gray_png(self._image, self._image_width)
            self._image_caption.value = caption_html(f"images[{image}]")
