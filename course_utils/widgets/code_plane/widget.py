"""The widget that walks over the plane of two-dimensional codes."""

from collections.abc import Sequence

import ipywidgets as widgets
import numpy as np
import torch
from torch import Tensor, nn

from course_utils.checks import check_floats, check_shape
from course_utils.widgets.base.controls import (
    beside,
    caption,
    captioned,
    down,
    on_grid,
    picture,
    slider,
    wide_picture,
)
from course_utils.widgets.base.decoding import decode_pixels, evaluation_mode, seeded_generator
from course_utils.widgets.base.pixels import enlarged, gray_png, height_for
from course_utils.widgets.base.plane import as_codes, check_two_dimensional, class_of, nearest
from course_utils.widgets.base.plot import LivePlot, PlotWidget
from course_utils.widgets.base.still import (
    height_of,
    paste,
    still_figure,
    still_png,
    wrapped,
    write_lines,
    write_text,
)
from course_utils.widgets.base.text import number, short, subscript
from course_utils.widgets.code_plane.plane import (
    HEIGHT,
    WIDTH,
    PlanePlot,
    axes_of,
    usual_distance,
)

_IMAGE = 168  # width of the images, in CSS pixels
_CAPTIONS = ("decoded at z", "at the nearest code")


class CodePlane(PlotWidget):
    """Walk over the plane of the codes of a model: see what is decoded where there are codes, and where there are none.

    The plane shows the codes of the training images, the point z and a line to the nearest code; beside it stand the
    images decoded at both. What is decoded follows the weights of the moment; the codes are those that were given.

    Parameters
    ----------
    model : Autoencoder or VAE
        Anything with ``decode(z) -> logits`` and ``latent``, which must be 2. It is not changed.
    codes : Tensor, shape (N, 2)
        Codes of images, N >= 2; of a VAE, the means.
    labels : Tensor, shape (N,), optional
        Class numbers from 0, at most ten classes.
    classes : sequence of str, optional
        Name of each class; the numbers by default.
    seed : int
        Decides which codes the button goes to; no other random state is touched.

    Attributes
    ----------
    ui : ipywidgets.VBox
        The live view, with the DOM class ``course-code-plane``.
    controls : dict
        "z1" and "z2", from end to end of the codes, and the button "code", which goes to one of the codes.
    z : Tensor, shape (1, 2)
        The point of the moment, exact.
    nearest : Nearest
        The nearest code: its ``row`` in `codes`, and its ``distance`` (Euclidean).
    png, image_png : bytes
        The plane, and the image decoded at z.

    Raises
    ------
    TypeError
        If `model` has no decoder, or `codes` is not a tensor of floats.
    ValueError
        If `model` does not have two latent dimensions, `codes` are not finite or not (N, 2), or `labels` or `classes`
        do not fit.

    Examples
    --------
    >>> from course_utils.models import Autoencoder
    >>> widget = CodePlane(Autoencoder(2), torch.tensor([[0.0, 0.0], [2.0, 0.0]]))
    >>> widget.set(z1=1.5, z2=0.0)
    >>> widget.nearest
    Nearest(row=1, distance=0.5)
    """

    def __init__(
        self,
        model: nn.Module,
        codes: Tensor,
        labels: Tensor | None = None,
        classes: Sequence[str] | None = None,
        *,
        seed: int = 0,
    ) -> None:
        super().__init__()
        check_two_dimensional("model", model)
        self._model, self._codes = model, _checked_codes(codes)
        self._labels, self._classes = labels, classes
        self._generator = seeded_generator(seed)
        self._usual, self._asked = usual_distance(self._codes)
        self._axes = axes_of(self._codes)
        self._plot.arrange(torch.zeros(1, 2), self._codes[0])  # says now if labels or classes do not fit
        self._make_controls()
        self._z = torch.tensor([[control.value for control in self._sliders]], dtype=torch.float64)
        self._view = wide_picture(WIDTH)
        shape = decode_pixels(model, self._z)
        self._views = {name: picture(b"", _IMAGE, height_for(shape, _IMAGE)) for name in _CAPTIONS}
        self._redraw()
        self._lay_out()

    @property
    def z(self) -> Tensor:
        """The point of the moment."""
        return self._z.clone()

    @property
    def image_png(self) -> bytes:
        """The image decoded at z."""
        return bytes(self._views[_CAPTIONS[0]].value)

    @property
    def _sliders(self) -> list[widgets.FloatSlider]:
        return [self.controls[name] for name in ("z1", "z2")]

    def _make_controls(self) -> None:
        middle = self._codes.mean(dim=0).tolist()
        for i, axis in enumerate(self._axes):
            digits = f".{axis.decimals}f"
            control = slider(f"z{subscript(i + 1)}", axis.low, *axis, width="400px", readout_format=digits)
            control.value = on_grid(control, middle[i])
            self.controls[f"z{i + 1}"] = control
        self.controls["code"] = widgets.Button(description="a training code", layout=widgets.Layout(width="140px"))

    def _lay_out(self) -> None:
        images = beside(*(captioned(caption(name), view) for name, view in self._views.items()))
        images.layout.flex = "1 1 190px"  # a column beside the plot, or a row of two below the sliders
        # The sliders next to the plot: in a narrow cell the images go below them.
        left = down(self._view, beside(down(*self._sliders), self.controls["code"]))
        self._assemble("course-code-plane", beside(left, images))

    def _press(self, name: str) -> None:
        index = int(torch.randint(len(self._codes), (), generator=self._generator))
        self._z = self._codes[index : index + 1].clone()
        with self._without_redraw():
            for control, value in zip(self._sliders, self._z[0].tolist(), strict=True):
                control.value = on_grid(control, value)
        self._redraw()

    def _move(self, name: str, value: float) -> None:
        self._z[0, int(name[1]) - 1] = value
        self._redraw()

    def _build_plot(self) -> LivePlot:
        return PlanePlot(self._codes, self._labels, self._classes, self._axes)

    def _arranged_plot(self) -> LivePlot:
        plot: PlanePlot = self._plot
        plot.arrange(self._z, self._codes[self.nearest.row])
        return plot

    def _redraw(self) -> None:
        self.nearest = nearest(self._codes, self._z)
        code = self._codes[self.nearest.row][None]
        with evaluation_mode(self._model):  # once for both
            self._decoded = [decode_pixels(self._model, z) for z in (self._z, code)]
        self._view.value = self._arranged_plot().png()
        for view, pixels in zip(self._views.values(), self._decoded, strict=True):
            view.value = gray_png(pixels, _IMAGE)
        self._show_text(self._reading())

    def _reading(self) -> list[str]:
        """Return the lines of the read-out."""
        row, distance = self.nearest
        kind = "" if self._labels is None else f", of the class {class_of(row, self._labels, self._classes)}"
        usual = f"A code has its own nearest neighbour at {short(self._usual)} (median of {self._asked:,})"
        if distance > 0 and self._usual > 0:
            usual += f": z is {short(distance / self._usual)} times as far"
        place = f"{short(distance)} from the nearest" if distance > 0 else "one"
        return [
            f"z = ({self._written(self._z[0])}) is {place} of {len(self._codes):,} codes",
            f"That is codes[{row}] = ({self._written(self._codes[row])}){kind}",
            usual,
        ]

    def _written(self, point: Tensor) -> str:
        values = zip(point.tolist(), self._axes, strict=True)
        return ", ".join(number(value, axis.decimals + 1) for value, axis in values)

    def _still(self) -> bytes:
        x, image = WIDTH + 12, height_for(self._decoded[0], _IMAGE)
        whole, height = x + _IMAGE + 12, max(HEIGHT, 2 * image + 64)
        lines = wrapped(self._lines, whole)
        figure = still_figure(whole, height + height_of(lines) + 16)
        paste(figure, np.asarray(self._arranged_plot().image()), 0, 0)
        for i, (text, pixels) in enumerate(zip(_CAPTIONS, self._decoded, strict=True)):
            top = i * (image + 32)
            write_text(figure, text, x, top + 4, fontsize=9)
            paste(figure, enlarged(pixels, _IMAGE), x, top + 24)
        write_lines(figure, lines, 12, height + 6)
        return still_png(figure, inks=self._plot.inks)

    def _alt(self) -> str:
        row, distance = self.nearest
        classes = "" if self._labels is None else ", coloured by class"
        return (
            f"The plane of two latent dimensions with {len(self._codes):,} codes as dots{classes}. A large dot at "
            f"z = ({self._written(self._z[0])}), and a line from it to the nearest code, "
            f"({self._written(self._codes[row])}), {short(distance)} away. Beside the plane the images decoded at "
            "both."
        )


def _checked_codes(codes: Tensor) -> Tensor:
    check_floats(codes=codes)
    check_shape("N 2", least=2, codes=codes, remedy="use model.encode(images)")
    if not codes.isfinite().all():
        raise ValueError("`codes` must be finite, got NaN or infinity; look for them in the weights of the model")
    return as_codes(codes)
