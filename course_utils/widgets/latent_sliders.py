"""The widget with one slider for each latent dimension."""

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets
import torch
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import IdentityTransform
from torch import Tensor, nn

from course_utils.plots.style import PALETTE, ROLES
from course_utils.widgets.base.controls import (
    beside,
    caption,
    captioned,
    down,
    on_grid,
    picture,
    slider,
)
from course_utils.widgets.base.decoding import (
    checked_images,
    decode_pixels,
    encode_all,
    seeded_generator,
)
from course_utils.widgets.base.pixels import enlarged, gray_png, height_for
from course_utils.widgets.base.still import paste, still_figure, still_png, write_text
from course_utils.widgets.base.text import number, subscript
from course_utils.widgets.base.tour import ImageTour

_MOST = 8  # sliders, unless the caller names the dimensions
_RANGE = 3.0
_ASLEEP = 0.01  # nats: a dimension with less KL than this tells the decoder nothing
_IMAGE, _SMALL = 224, 112  # widths of the decoded image and of the one it is compared with, in CSS pixels


class LatentSliders(ImageTour):
    """Move a point through the latent space of a trained model and watch the decoded image.

    One slider for each chosen dimension, from −3 to 3. A code that falls between the slider's steps or outside its
    range is kept and decoded as it is until that slider is moved. Labels count from 1: slider "z1" is column 0 of z.

    Parameters
    ----------
    model : VAE or Autoencoder
        Anything with ``decode(z) -> logits`` and ``latent``; with `images`, also ``encode``.
    images : Tensor, shape (N, 1, H, W), in [0, 1], optional
        The button "next image" puts the sliders on their mean codes in turn. With a VAE they also decide which
        dimensions get a slider: those with the largest mean KL; one below 0.01 nats is marked as asleep.
    start : Tensor, shape (Z,) or (1, Z), optional
        The first code; by default that of the first image, or zero if there are no images.
    dims : sequence of int, optional
        The columns of z that get a slider; at most eight by default.
    seed : int
        Decides the codes that are drawn; no other random state is touched.

    Attributes
    ----------
    ui : ipywidgets.VBox
        The live view, with the DOM class ``course-latent-sliders``.
    controls : dict
        The sliders "z1", "z2", …, and the buttons "draw", "zero" and, with images, "next".
    dims : tuple of int
        The columns of z that have a slider.
    z : Tensor, shape (1, Z)
        The code of the moment, exact.
    png : bytes
        The decoded image of the moment.

    Raises
    ------
    TypeError
        If `model` has no decoder, or `images` is not a tensor of floats.
    ValueError
        If `images`, `start` or `dims` do not fit the model, or `images` leave [0, 1].

    Examples
    --------
    >>> from course_utils.models import VAE
    >>> widget = LatentSliders(VAE(2))
    >>> widget.set(z1=1.5)
    >>> widget.z
    tensor([[1.5000, 0.0000]])
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        images: Tensor | None = None,
        start: Tensor | None = None,
        dims: Sequence[int] | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if not hasattr(model, "decode") or not hasattr(model, "latent"):
            raise TypeError(f"`model` must be a VAE or an Autoencoder, got {type(model).__name__}")
        self._model: Any = model
        self._generator = seeded_generator(seed)
        self._images, self._codes, kl = None, None, None
        if images is not None:
            self._images = checked_images(model, images)
            self._codes, kl = encode_all(model, self._images)
        self.dims = _most_used(model, kl) if dims is None else _checked_dims(model, dims)
        self._make_controls(kl)
        self._make_pictures()
        if start is not None:
            self._jump(_checked_start(model, start), "the start")
        elif images is not None:
            self._show_image(0)
        else:
            self._jump(self._zero(), "z = 0")
        self._lay_out()

    @property
    def z(self) -> Tensor:
        """The code of the moment."""
        return self._z.clone()

    @property
    def png(self) -> bytes:
        """The decoded image of the moment."""
        return bytes(self._decoded_view.value)

    def _make_controls(self, kl: Tensor | None) -> None:
        looks = {"width": "330px"} if kl is None else {"width": "400px", "description_width": "104px"}
        for d in self.dims:
            self.controls[f"z{d + 1}"] = slider(_label(d, kl), 0.0, -_RANGE, _RANGE, 0.1, readout_format=".1f", **looks)
        captions = {"draw": "draw z ~ N(0, I)", "zero": "all zero", "next": "next image"}
        if self._images is None:
            del captions["next"]
        for name, text in captions.items():
            self.controls[name] = widgets.Button(description=text, layout=widgets.Layout(width="140px"))

    def _make_pictures(self) -> None:
        shape = decode_pixels(self._model, self._zero())
        self._decoded_view = picture(b"", _IMAGE, height_for(shape, _IMAGE))
        self._make_image_view(shape, _SMALL)

    def _lay_out(self) -> None:
        sliders = down(*(self.controls[f"z{d + 1}"] for d in self.dims))
        buttons = beside(*(control for control in self.controls.values() if isinstance(control, widgets.Button)))
        images = [captioned(caption("decoded"), self._decoded_view)] + [self._beside] * (self._images is not None)
        self._assemble("course-latent-sliders", beside(sliders, *images), buttons)

    def _press(self, name: str) -> None:
        if name == "draw":
            self._jump(
                torch.randn(1, self._model.latent, generator=self._generator, dtype=self._z.dtype), "the code drawn"
            )
        elif name == "zero":
            self._jump(self._zero(), "z = 0")
        else:
            self._next_image()

    def _move(self, name: str, value: float) -> None:
        self._z[0, int(name[1:]) - 1] = value
        self._redraw()

    def _zero(self) -> Tensor:
        return torch.zeros(1, self._model.latent, dtype=_dtype_of(self._model))

    def _go_to(self, index: int) -> None:
        assert self._codes is not None  # noqa: S101  who calls this has images
        self._jump(self._codes[index : index + 1], f"the mean code of images[{index}]", image=index)

    def _jump(self, z: Tensor, origin: str, *, image: int | None = None) -> None:
        """Go to the code `z`, which the read-out calls `origin`, and show the image it belongs to, if there is one."""
        self._z, self._origin, self._origin_name = z.clone(), z.clone(), origin
        with self._without_redraw():
            for d in self.dims:
                control = self.controls[f"z{d + 1}"]
                control.value = on_grid(control, float(z[0, d]))
        self._show_beside(image)
        self._redraw()

    def _redraw(self) -> None:
        self._decoded = decode_pixels(self._model, self._z)
        self._decoded_view.value = gray_png(self._decoded, _IMAGE)
        self._show_text(self._reading())

    def _reading(self) -> list[str]:
        """Return the lines of the read-out."""
        latent, norm = self._model.latent, float(self._z.norm())
        moved = [
            f"z{subscript(d + 1)} by {number(change, sign=True)}"
            for d, change in enumerate((self._z - self._origin)[0].tolist())
            if change != 0
        ]
        lines = [
            f"‖z‖ = {number(norm)}; most draws from N(0, I) lie near √{latent} = {number(latent**0.5)}",
            f"From {self._origin_name}: " + (", ".join(moved) if moved else "nothing moved yet"),
            f"mean pixel {number(self._decoded.mean() / 255, 3)}"
            + (f", of the image {number(self._image.mean() / 255, 3)}" if self._image is not None else ""),
        ]
        beyond = [f"z{subscript(d + 1)} = {number(v)}" for d in self.dims if abs(v := float(self._z[0, d])) > _RANGE]
        return lines + [f"Beyond its slider, and kept until that is moved: {', '.join(beyond)}"] * bool(beyond)

    def _still(self) -> bytes:
        height = max(34 * len(self.dims) + 20, height_for(self._decoded, _IMAGE) + 34)
        shown = self._image if self._image is not None else None
        x = 400
        figure = still_figure(x + _IMAGE + 8 + (_SMALL + 16) * (shown is not None), height + 84)
        for line, d in enumerate(self.dims):
            self._draw_slider(figure, d, 34 * line + 30)
        for text, pixels, width in (("decoded", self._decoded, _IMAGE), (self._origin_name, shown, _SMALL)):
            if pixels is not None:
                write_text(figure, text.rsplit(maxsplit=1)[-1], x, 6)
                paste(figure, enlarged(pixels, width), x, 28)
                x += width + 16
        write_text(figure, self.text, 12, height + 6, linespacing=1.45)
        return still_png(figure)

    def _draw_slider(self, figure: Figure, d: int, y: float) -> None:
        """Draw the slider of column `d` into a still figure."""
        control = self.controls[f"z{d + 1}"]
        left, right, height = 128, 310, figure.bbox.height
        dot = left + (right - left) * (control.value + _RANGE) / (2 * _RANGE)
        for x, color, marker in (([left, right], PALETTE["grey"], ""), ([dot], ROLES["latent"], "o")):
            line = Line2D(x, [height - y] * len(x), color=color, marker=marker, transform=IdentityTransform())
            figure.add_artist(line)
        write_text(figure, control.description, left - 12, y, ha="right", va="center")
        write_text(figure, number(float(self._z[0, d]), 1), right + 12, y, va="center")

    def _alt(self) -> str:
        values = ", ".join(f"z{d + 1} = {number(float(self._z[0, d]), 1)}" for d in self.dims)
        beside = "" if self._image is None else " and, smaller, the image from whose mean code the sliders started"
        return f"Sliders at {values}. Beside them the image decoded from this code{beside}."


def _most_used(model: Any, kl: Tensor | None) -> tuple[int, ...]:
    """Return up to eight columns: those with the largest KL, or the first ones if that is not known."""
    order = range(model.latent) if kl is None else kl.argsort(descending=True, stable=True).tolist()
    return tuple(order[:_MOST])


def _label(d: int, kl: Tensor | None) -> str:
    name = f"z{subscript(d + 1)}"
    if kl is None:
        return name
    return f"{name} · {number(float(kl[d]))} nats" if kl[d] >= _ASLEEP else f"{name} · asleep"


def _dtype_of(model: Any) -> torch.dtype:
    dtype: torch.dtype = next(model.parameters()).dtype
    return dtype


def _checked_start(model: Any, start: Tensor) -> Tensor:
    latent = model.latent
    if tuple(start.shape) not in ((latent,), (1, latent)) or not start.isfinite().all():
        raise ValueError(
            f"`start` must be finite and have shape ({latent},) or (1, {latent}), got {tuple(start.shape)}"
        )
    return start.detach().cpu().reshape(1, latent).to(_dtype_of(model))


def _checked_dims(model: Any, dims: Sequence[int]) -> tuple[int, ...]:
    chosen = tuple(dims)
    if not chosen or len(set(chosen)) < len(chosen) or any(d not in range(model.latent) for d in chosen):
        raise ValueError(f"`dims` must be different columns of z, from 0 to {model.latent - 1}, got {chosen}")
    return chosen
