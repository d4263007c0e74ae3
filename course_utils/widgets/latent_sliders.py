"""The widget with one slider for each latent dimension."""

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets
import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import IdentityTransform
from torch import Tensor, nn

from course_utils.checks import check_number
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
from course_utils.widgets.base.pixels import Pixels, enlarged, gray_png, height_for
from course_utils.widgets.base.still import height_of, paste, still_figure, still_png, wrapped, write_lines, write_text
from course_utils.widgets.base.text import number, subscript
from course_utils.widgets.base.tour import ImageTour

_MOST = 8  # sliders, unless the caller asks for more; and as many stand under each other
_RANGE = 3.0
_COLUMN = 400  # width of a slider in a still picture, in pixels
_IMAGE, _SMALL = 224, 112  # widths of the decoded image and of the one it is compared with, in CSS pixels


class LatentSliders(ImageTour):
    """Move a point through the latent space of a trained model and watch the decoded image.

    One slider for each chosen dimension, from −3 to 3. A code that falls between the slider's steps or outside its
    range is kept and decoded as it is until that slider is moved. Labels count from 1: slider "z1" is column 0 of z.
    Buttons go to a draw from the prior, to zero and, with images, to the next image's mean code and to the mean of all.

    Parameters
    ----------
    model : VAE or Autoencoder
        Anything with ``decode(z) -> logits`` and ``latent``; with `images`, also ``encode``.
    images : Tensor, shape (N, 1, H, W), in [0, 1], optional
        The button "next image" puts the sliders on their mean codes in turn. With a VAE they also decide which
        dimensions get a slider, those with the largest mean KL, in falling order, and which are marked as asleep.
    start : Tensor, shape (Z,) or (1, Z), optional
        The first code; by default that of the first image, or zero if there are no images.
    dims : sequence of int or "all", optional
        The columns of z that get a slider, in this order; at most eight by default. "all" gives one to each, of a VAE
        with images in falling order of KL, and puts more than eight into two columns.
    asleep : float
        A dimension whose mean KL over the images is below this many nats is marked as asleep; >= 0.
    seed : int
        Decides the codes that are drawn; no other random state is touched.

    Attributes
    ----------
    ui : ipywidgets.VBox
        The live view, with the DOM class ``course-latent-sliders``.
    controls : dict
        The sliders "z1", "z2", …, and the buttons "draw", "zero" and, with images, "next" and "mean".
    dims : tuple of int
        The columns of z that have a slider.
    z : Tensor, shape (1, Z)
        The code of the moment, exact.
    png : bytes
        The decoded image of the moment.

    Raises
    ------
    TypeError
        If `model` has no decoder, `images` is not a tensor of floats, or `asleep` is not a number.
    ValueError
        If `images`, `start` or `dims` do not fit the model, `images` leave [0, 1], or `asleep` is below 0.

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
        dims: Sequence[int] | str | None = None,
        asleep: float = 0.01,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if not hasattr(model, "decode") or not hasattr(model, "latent"):
            raise TypeError(f"`model` must be a VAE or an Autoencoder, got {type(model).__name__}")
        check_number(least=0, asleep=asleep)
        self._model: Any = model
        self._generator = seeded_generator(seed)
        self._images, self._codes, kl = None, None, None
        if images is not None:
            self._images = checked_images(model, images)
            self._codes, kl = encode_all(model, self._images)
        self.dims = _chosen(model, dims, kl)
        self._asleep = tuple(d for d in self.dims if kl is not None and kl[d] < asleep)
        self._limit = asleep
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
        if len(self.dims) > _MOST:
            looks["width"] = "340px"  # two columns
        for d in self.dims:
            label = _label(d, kl, asleep=d in self._asleep)
            self.controls[f"z{d + 1}"] = slider(label, 0.0, -_RANGE, _RANGE, 0.1, readout_format=".1f", **looks)
        captions = {"draw": "draw z ~ N(0, I)", "zero": "all zero", "next": "next image", "mean": "mean of the codes"}
        if self._images is None:
            del captions["next"], captions["mean"]
        for name, text in captions.items():
            self.controls[name] = widgets.Button(description=text, layout=widgets.Layout(width="150px"))

    def _make_pictures(self) -> None:
        shape = decode_pixels(self._model, self._zero())
        self._decoded_view = picture(b"", _IMAGE, height_for(shape, _IMAGE))
        self._make_image_view(shape, _SMALL)

    def _lay_out(self) -> None:
        columns = [down(*(self.controls[f"z{d + 1}"] for d in column)) for column in self._columns()]
        sliders = columns[0] if len(columns) == 1 else beside(*columns)
        buttons = beside(*(control for control in self.controls.values() if isinstance(control, widgets.Button)))
        images = [captioned(caption("decoded"), self._decoded_view)] + [self._beside] * (self._images is not None)
        self._assemble("course-latent-sliders", beside(sliders, *images), buttons)

    def _columns(self) -> list[tuple[int, ...]]:
        """Return which sliders stand under each other: all, or in two columns if they are many."""
        half = -(-len(self.dims) // 2)
        return [self.dims] if len(self.dims) <= _MOST else [self.dims[:half], self.dims[half:]]

    def _press(self, name: str) -> None:
        if name == "draw":
            self._jump(
                torch.randn(1, self._model.latent, generator=self._generator, dtype=self._z.dtype), "the code drawn"
            )
        elif name == "zero":
            self._jump(self._zero(), "z = 0")
        elif name == "mean" and self._codes is not None:
            self._jump(self._codes.mean(dim=0, keepdim=True), f"the mean of {len(self._codes):,} codes")
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
        self._before: Pixels = decode_pixels(self._model, self._z)  # what any move is compared with
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
        if moved:
            change = np.abs(self._decoded.astype(float) - self._before).mean() / 255
            lines.append(f"The decoded image has changed by {number(change, 3)} per pixel (black is 0, white 1)")
        if self._asleep:
            names = ", ".join(f"z{subscript(d + 1)}" for d in self._asleep)
            lines.append(f"Asleep (KL below {self._limit:g} nats, averaged over the images): {names}")
        beyond = [f"z{subscript(d + 1)} = {number(v)}" for d in self.dims if abs(v := float(self._z[0, d])) > _RANGE]
        return lines + [f"Beyond its slider, and kept until that is moved: {', '.join(beyond)}"] * bool(beyond)

    def _still(self) -> bytes:
        """Draw the sliders, and beside them the images; below them, where two columns leave no room."""
        columns, image = self._columns(), height_for(self._decoded, _IMAGE) + 34
        high, below = 34 * len(columns[0]) + 20, len(columns) > 1
        x, top = (24, high) if below else (_COLUMN, 0)
        height = high + image if below else max(high, image)
        whole = 2 * _COLUMN if below else x + _IMAGE + 8 + (_SMALL + 16) * (self._image is not None)
        lines = wrapped(self._lines, whole)
        figure = still_figure(whole, height + height_of(lines) + 24)
        for column, dims in enumerate(columns):
            for line, d in enumerate(dims):
                self._draw_slider(figure, d, column * _COLUMN, 34 * line + 30)
        for text, pixels, width in (("decoded", self._decoded, _IMAGE), (self._origin_name, self._image, _SMALL)):
            if pixels is not None:
                write_text(figure, text.rsplit(maxsplit=1)[-1], x, top + 6)
                paste(figure, enlarged(pixels, width), x, top + 28)
                x += width + 16
        write_lines(figure, lines, 12, height + 6)
        return still_png(figure)

    def _draw_slider(self, figure: Figure, d: int, edge: float, y: float) -> None:
        """Draw the slider of column `d` into a still figure, from `edge` to the right."""
        control = self.controls[f"z{d + 1}"]
        left, right, height = edge + 128, edge + 310, figure.bbox.height
        dot = left + (right - left) * (control.value + _RANGE) / (2 * _RANGE)
        for x, color, marker in (([left, right], PALETTE["grey"], ""), ([dot], ROLES["latent"], "o")):
            line = Line2D(x, [height - y] * len(x), color=color, marker=marker, transform=IdentityTransform())
            figure.add_artist(line)
        write_text(figure, control.description, left - 12, y, ha="right", va="center")
        write_text(figure, number(float(self._z[0, d]), 1), right + 12, y, va="center")

    def _alt(self) -> str:
        values = ", ".join(f"z{d + 1} = {number(float(self._z[0, d]), 1)}" for d in self.dims)
        beside = "" if self._image is None else " and, smaller, the image from whose mean code the sliders started"
        asleep = ", ".join(f"z{d + 1}" for d in self._asleep)
        marked = f" Marked as asleep: {asleep}." if asleep else ""
        place = "Beside" if len(self._columns()) == 1 else "Below"
        return f"Sliders at {values}.{marked} {place} them the image decoded from this code{beside}."


def _chosen(model: Any, dims: Sequence[int] | str | None, kl: Tensor | None) -> tuple[int, ...]:
    """Return the columns that get a slider: those that are asked for, else in falling order of KL if that is known."""
    if dims is None or (isinstance(dims, str) and dims == "all"):
        order = range(model.latent) if kl is None else kl.argsort(descending=True, stable=True).tolist()
        return tuple(order[:_MOST] if dims is None else order)
    return _checked_dims(model, dims)


def _label(d: int, kl: Tensor | None, *, asleep: bool) -> str:
    name = f"z{subscript(d + 1)}"
    if kl is None:
        return name
    return f"{name} · asleep" if asleep else f"{name} · {number(float(kl[d]))} nats"


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


def _checked_dims(model: Any, dims: Sequence[int] | str) -> tuple[int, ...]:
    chosen: tuple[Any, ...] = tuple(dims)
    given = repr(dims) if isinstance(dims, str) else chosen
    if not chosen or len(set(chosen)) < len(chosen) or any(d not in range(model.latent) for d in chosen):
        raise ValueError(f'`dims` must be "all", or different columns of z, from 0 to {model.latent - 1}, got {given}')
    return chosen
