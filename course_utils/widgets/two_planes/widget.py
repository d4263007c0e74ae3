"""The widget whose cursor moves over the codes of an autoencoder and of a VAE at once."""

from collections.abc import Sequence

import ipywidgets as widgets
import numpy as np
import torch
from torch import Tensor, nn

from course_utils.checks import check_shape
from course_utils.widgets.base.controls import beside, caption, captioned, down, picture, slider
from course_utils.widgets.base.decoding import checked_images, decode_pixels, image_shape, seeded_generator
from course_utils.widgets.base.pixels import enlarged, gray_png, height_for
from course_utils.widgets.base.plane import class_of
from course_utils.widgets.base.plot import WIDTH, LivePlot, PlotWidget
from course_utils.widgets.base.still import (
    height_of,
    paste,
    still_figure,
    still_png,
    wrapped,
    write_lines,
    write_text,
)
from course_utils.widgets.base.text import number, short
from course_utils.widgets.base.tour import ImageTour
from course_utils.widgets.two_planes.planes import NEAR, RING, PlanesPlot, Space, half_side

_FARTHEST, _STEP = 3.0, 0.05  # of the sliders, in spreads
_IMAGE = 112  # width of the images, in CSS pixels
_MOVES = ("right", "up")


class TwoPlanes(ImageTour, PlotWidget):
    """Move one cursor over the codes of an autoencoder and of a VAE at once, and see what each decodes there.

    The two spaces have different scales, so a move is measured in *spreads*: one step to the right goes as many
    standard deviations of its own codes to the right in each plane. Both planes are drawn to the spread of their codes.
    Buttons say where the moves begin: at the mean of the codes of each space, at each model's code of one image, or at
    one draw z ~ N(0, I), the same two numbers in both. It is moved by sliders and keyboard; a click on a picture is
    nothing that ipywidgets tells.

    Parameters
    ----------
    ae : Autoencoder
        Two latent dimensions. It is not changed.
    vae : VAE
        Two latent dimensions; its codes are the means. It is not changed.
    images : Tensor, shape (N, 1, H, W), in [0, 1]
        Images whose codes are drawn, N >= 2; those that were not trained on are the honest ones.
    labels : Tensor, shape (N,), optional
        Class numbers from 0, at most ten classes.
    classes : sequence of str, optional
        Name of each class; the numbers by default.
    seed : int
        Decides the codes that are drawn; no other random state is touched.

    Attributes
    ----------
    ui : ipywidgets.VBox
        The live view, with the DOM class ``course-two-planes``.
    controls : dict
        The sliders "right" and "up", in spreads, and the buttons "next", "mean" and "draw".
    z : Tensor, shape (2, 2)
        Where the cursors are: in the autoencoder's plane, and in the VAE's.
    nearest : tuple of Nearest
        In each plane the nearest code: its ``row`` among the images, and its ``distance`` in spreads.
    png, image_png : bytes
        Both planes, and both decoded images side by side.

    Raises
    ------
    TypeError
        If `ae` and `vae` are not what they are called, or `images` is not a tensor of floats.
    ValueError
        If a model does not have two latent dimensions or gives all images one code, `images` leave [0, 1] or are fewer
        than two, or `labels` or `classes` do not fit.

    Examples
    --------
    >>> from course_utils.models import VAE, Autoencoder
    >>> images = torch.rand(5, 1, 28, 28)
    >>> widget = TwoPlanes(Autoencoder(2), VAE(2), images)
    >>> widget.set(image=3)
    >>> [nearest.row for nearest in widget.nearest]
    [3, 3]
    """

    def __init__(
        self,
        ae: nn.Module,
        vae: nn.Module,
        images: Tensor,
        labels: Tensor | None = None,
        classes: Sequence[str] | None = None,
        *,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self._images = _checked(ae, vae, images)
        self._spaces = [
            Space("ae", "autoencoder", ae, self._images),
            Space("vae", "VAE", vae, self._images),
        ]
        self._labels, self._classes = labels, classes
        self._generator = seeded_generator(seed)
        self._half = half_side(self._spaces)
        self._hidden = sum(int(space.outside(space.codes, self._half).sum()) for space in self._spaces)
        self._origins, self._origin_name = self._middles(), "the mean of its codes"
        self._make_controls()
        self._make_pictures()
        self._plot.arrange(self._origins, [space.codes[0] for space in self._spaces])  # says now if labels do not fit
        self._show_beside(None)
        self._redraw()
        self._lay_out()

    @property
    def z(self) -> Tensor:
        """Where the cursors are."""
        return torch.cat(self._z)

    @property
    def image_png(self) -> bytes:
        """Both decoded images, side by side."""
        return gray_png(np.hstack(self._decoded), 2 * _IMAGE)

    def _make_controls(self) -> None:
        looks = {"width": "380px", "description_width": "122px"}
        for name in _MOVES:
            self.controls[name] = slider(f"{name}, in spreads", 0.0, -_FARTHEST, _FARTHEST, _STEP, **looks)
        captions = {"next": "next image", "mean": "means of the codes", "draw": "one z ~ N(0, I)"}
        for name, text in captions.items():
            self.controls[name] = widgets.Button(description=text, layout=widgets.Layout(width="150px"))

    def _make_pictures(self) -> None:
        shape = decode_pixels(self._spaces[0].model, self._origins[0])
        self._views = [picture(b"", _IMAGE, height_for(shape, _IMAGE)) for _ in self._spaces]
        self._make_image_view(shape, _IMAGE)

    def _lay_out(self) -> None:
        captions = [caption(f"{space.name}:") for space in self._spaces]
        images = [captioned(text, view) for text, view in zip(captions, self._views, strict=True)]
        buttons = [self.controls[name] for name in ("next", "mean", "draw")]
        steering = down(*(self.controls[name] for name in _MOVES), *buttons)
        steering.layout.flex = "0 0 auto"
        self._assemble("course-two-planes", self._view, beside(steering, beside(*images, self._beside)))

    def _middles(self) -> list[Tensor]:
        return [space.middle for space in self._spaces]

    def _press(self, name: str) -> None:
        if name == "next":
            self._next_image()
        elif name == "mean":
            self._begin_at(self._middles(), "the mean of its codes")
        else:
            z = torch.randn(1, 2, generator=self._generator, dtype=torch.float64)
            self._begin_at([z, z], "one draw z ~ N(0, I), the same two numbers in both")

    def _go_to(self, index: int) -> None:
        codes = [space.codes[index : index + 1] for space in self._spaces]
        self._begin_at(codes, f"its code of images[{index}]", image=index)

    def _begin_at(self, origins: list[Tensor], name: str, *, image: int | None = None) -> None:
        """Put each cursor at its origin, which the read-out calls `name`, and the sliders at 0."""
        self._origins, self._origin_name = origins, name
        with self._without_redraw():
            for move in _MOVES:
                self.controls[move].value = 0.0
        self._show_beside(image)
        self._redraw()

    def _move(self, name: str, value: float) -> None:
        self._redraw()

    def _build_plot(self) -> LivePlot:
        return PlanesPlot(self._spaces, self._labels, self._classes, self._half)

    def _arranged_plot(self) -> LivePlot:
        plot: PlanesPlot = self._plot
        codes = [space.codes[near.row] for space, near in zip(self._spaces, self.nearest, strict=True)]
        plot.arrange(self._z, codes)
        return plot

    def _redraw(self) -> None:
        self._moved = tuple(float(self.controls[name].value) for name in _MOVES)
        step = torch.tensor([self._moved], dtype=torch.float64)
        self._z = [at + step * space.spread for at, space in zip(self._origins, self._spaces, strict=True)]
        around = [space.around(z) for space, z in zip(self._spaces, self._z, strict=True)]
        self.nearest, self._counts = zip(*around, strict=True)
        self._decoded = [decode_pixels(space.model, z) for space, z in zip(self._spaces, self._z, strict=True)]
        self._view.value = self._arranged_plot().png()
        for view, pixels in zip(self._views, self._decoded, strict=True):
            view.value = gray_png(pixels, _IMAGE)
        self._show_text(self._reading(), note=self._note())

    def _reading(self) -> list[str]:
        """Return the lines of the read-out."""
        right, up = (number(move, sign=True) for move in self._moved)
        moved = f"moved by ({right}, {up}) spreads" if any(self._moved) else "not moved"
        return [f"Each cursor begins at {self._origin_name}; {moved}", *map(self._line, range(2)), *self._beyond()]

    def _line(self, i: int) -> str:
        """Say where a cursor is, and what is near it."""
        space, (row, distance), count = self._spaces[i], self.nearest[i], self._counts[i]
        where = f"{short(distance)} from" if distance > 0 else "the code of"
        kind = "" if self._labels is None else f" ({class_of(row, self._labels, self._classes)})"
        place = f"{space.name}: z = ({self._written(i)}), {where} images[{row}]{kind}"
        return f"{place}; codes within {NEAR:g}: {count:,}"

    def _beyond(self) -> list[str]:
        """Say what cannot be seen in the planes, if there is anything."""
        places = zip(self._spaces, self._z, strict=True)
        names = [f"the {space.name}'s cursor" for space, z in places if space.outside(z, self._half).any()]
        said = [f"Outside its plane, and drawn at the edge: {' and '.join(names)}"] * bool(names)
        return said + [f"Outside their planes, and not drawn: {self._hidden:,} codes"] * bool(self._hidden)

    def _note(self) -> str:
        sizes = " and ".join(f"{short(space.spread)} in the {space.name}" for space in self._spaces)
        return (
            f"Distances in spreads, to the nearest of {len(self._spaces[0].codes):,} codes. A spread is the codes' own "
            f"standard deviation, both dimensions averaged: {sizes}. Codes of the VAE: its means."
        )

    def _written(self, i: int) -> str:
        return ", ".join(number(value, self._spaces[i].decimals) for value in self._z[i][0].tolist())

    def _still(self) -> bytes:
        lines, plot = wrapped(self._lines, WIDTH), self._arranged_plot()
        top = plot.height + 6
        below = top + 24 + height_for(self._decoded[0], _IMAGE) + 8
        figure = still_figure(WIDTH, below + height_of(lines) + 10)
        paste(figure, np.asarray(plot.image()), 0, 0)
        shown = [(f"{space.name} decodes", pixels) for space, pixels in zip(self._spaces, self._decoded, strict=True)]
        if self._image is not None:
            shown.append((self._origin_name.rsplit(maxsplit=1)[-1], self._image))
        for i, (text, pixels) in enumerate(shown):
            left = 52 + i * (_IMAGE + 52)
            write_text(figure, text, left, top, fontsize=9)
            paste(figure, enlarged(pixels, _IMAGE), left, top + 20)
        write_lines(figure, lines, 12, below)
        return still_png(figure, inks=plot.inks)

    def _alt(self) -> str:
        count = len(self._spaces[0].codes)
        coloured = "" if self._labels is None else ", coloured by class"
        cursors = [
            f"in the {space.name}'s at z = ({self._written(i)}), {short(self.nearest[i].distance)} spreads away"
            for i, space in enumerate(self._spaces)
        ]
        image = "" if self._image is None else f", and {self._origin_name.rsplit(maxsplit=1)[-1]}"
        unseen = "".join(f" {line}." for line in self._beyond())
        return (
            f"Two planes side by side, the autoencoder's and the VAE's: the codes of the same {count:,} images as "
            f"dots{coloured}, each plane drawn to the spread of its own codes. Dashed, as far as it lies in view, the "
            f"circle of radius {RING:g} round z = 0. A large dot in each, and a line from it to the nearest code: "
            f"{', '.join(cursors)}.{unseen} Below, the image that each decodes there{image}."
        )


def _checked(ae: nn.Module, vae: nn.Module, images: Tensor) -> Tensor:
    """Return a private copy of the images, if both models could have drawn them."""
    for name, model in (("ae", ae), ("vae", vae)):
        if not hasattr(model, "decode") or not hasattr(model, "encode"):
            kind = "an Autoencoder" if name == "ae" else "a VAE"
            raise TypeError(f"`{name}` must be {kind}, got {type(model).__name__}")
    checked = checked_images(ae, images)
    check_shape(" ".join(["N", *map(str, image_shape(vae))]), least=2, images=checked)
    return checked
