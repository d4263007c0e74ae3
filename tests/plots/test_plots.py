"""The course's data plots, and what `show` leaves in a notebook."""

import base64
import html
import io
import itertools
import re
import subprocess
import sys
import types
from collections.abc import Iterator
from unittest import mock

import hypothesis.strategies as st
import matplotlib as mpl
import nbconvert
import nbformat
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import RichOutput, capture_output
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image
from traitlets.config import Config

from course_utils import plots
from course_utils.plots import CLASS_COLORS, PALETTE, ROLES
from course_utils.plots.output import render
from course_utils.plots.style import style_sheet

CLASSES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]


pytestmark = pytest.mark.usefixtures("clean_matplotlib")


@pytest.fixture
def shell(tmp_path, monkeypatch) -> Iterator[None]:
    """Stand in for a notebook's kernel: `display` publishes instead of printing."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    InteractiveShell.clear_instance()
    InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    yield
    InteractiveShell.clear_instance()


def published(fig: Figure, **texts: str) -> list[RichOutput]:
    with capture_output() as captured:
        plots.show(fig, **texts)
    assert captured.stdout == ""
    return captured.outputs


def line_figure() -> Figure:
    fig, ax = plt.subplots()
    ax.plot([0, 1], [0, 1])
    return fig


def decoded(png: bytes) -> Image.Image:
    with Image.open(io.BytesIO(png)) as image:
        image.load()
        return image


def text_boxes(fig: Figure) -> list[tuple[str, Bbox]]:
    """Return what is really written (ticks outside of the view are artists too), and where."""
    with mock.patch.object(Text, "draw", autospec=True, side_effect=Text.draw) as draw:
        fig.canvas.draw()
    drawn = {id(call.args[0]): call.args[0] for call in draw.call_args_list}.values()
    return [
        (text.get_text(), text.get_window_extent()) for text in drawn if text.get_visible() and text.get_text().strip()
    ]


def assert_texts_legible(fig: Figure) -> None:
    boxes = text_boxes(fig)
    assert boxes
    for text, box in boxes:
        assert Bbox.union([fig.bbox.padded(0.5), box]).bounds == fig.bbox.padded(0.5).bounds, f"{text} is cut off"
    for (text, box), (other, place) in itertools.combinations(boxes, 2):
        assert not box.overlaps(place), (text, other)


# --- Colours and style


def test_palette_is_okabe_and_itos() -> None:
    published_2008 = {"#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"}
    assert published_2008 <= set(PALETTE.values())


def test_roles_are_different_colours_of_the_palette() -> None:
    assert set(ROLES.values()) <= set(PALETTE.values())
    assert len(set(ROLES.values())) == len(ROLES)


def test_class_colors_are_ten_and_never_a_role() -> None:
    assert len(set(CLASS_COLORS)) == 10
    assert not set(CLASS_COLORS) & set(PALETTE.values())


def test_use_style_is_legible_when_projected() -> None:
    plots.use_style()
    sizes = [name for name in plt.rcParams if name.endswith(("labelsize", "titlesize", "font.size", "legend.fontsize"))]
    assert len(sizes) >= 7
    for name in sizes:
        size = mpl.font_manager.FontProperties(size=plt.rcParams[name]).get_size_in_points()
        assert size >= 11, name
    expected = {
        "figure.dpi": 100, "figure.facecolor": "white", "figure.constrained_layout.use": True, "axes.grid": True,
        "axes.spines.top": False, "axes.spines.right": False, "image.interpolation": "nearest", "image.cmap": "gray",
    }  # fmt: skip
    assert {name: plt.rcParams[name] for name in expected} == expected


def test_style_cycle_is_the_palette() -> None:
    plots.use_style()
    cycle = {color.upper() for color in plt.rcParams["axes.prop_cycle"].by_key()["color"]}
    assert {f"#{color}".replace("##", "#") for color in cycle} <= set(PALETTE.values())


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.plot_images(torch.rand(4, 1, 8, 8)),
        lambda: plots.plot_latent(torch.randn(9, 2), torch.arange(9)),
        lambda: plots.plot_history([3.0, 2.0], lr=[0.1, 0.2]),
        lambda: plots.plot_density(0, 1),
        lambda: plots.plot_border(lambda x: x, torch.eye(2), torch.tensor([0, 1])),
        plots.plot_rings,
    ],
)
def test_plots_leave_global_settings_alone(draw) -> None:
    before = dict(plt.rcParams)
    draw()
    assert dict(plt.rcParams) == before


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: plots.plot_images(torch.rand(4, 1, 8, 8), ax=ax, title="here"),
        lambda ax: plots.plot_latent(torch.randn(9, 2), torch.arange(9), ax=ax, title="here"),
        lambda ax: plots.plot_history([3.0, 2.0], ax=ax, title="here"),
        lambda ax: plots.plot_density(0, 1, ax=ax, title="here"),
        lambda ax: plots.plot_border(lambda x: x, torch.eye(2), torch.tensor([0, 1]), ax=ax, title="here"),
    ],
)
def test_plots_draw_on_the_given_axes(draw) -> None:
    plots.use_style()  # titles stand at the left
    _, ax = plt.subplots()
    assert draw(ax) is ax
    assert ax.get_title(loc="left") == "here"
    assert len(plt.get_fignums()) == 1


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: plots.plot_images(torch.rand(4, 1, 8, 8), ax=ax),
        lambda ax: plots.plot_latent(torch.randn(9, 2), ax=ax),
        lambda ax: plots.plot_history([3.0, 2.0], ax=ax),
        lambda ax: plots.plot_density(0, 1, ax=ax),
        lambda ax: plots.plot_border(lambda x: x, torch.eye(2), torch.tensor([0, 1]), ax=ax),
        lambda ax: plots.plot_rings(ax=ax),
    ],
)
def test_plots_want_axes_and_no_figure(draw) -> None:
    with pytest.raises(TypeError, match="`ax` must be matplotlib Axes, got Figure; use"):
        draw(Figure())


@pytest.mark.parametrize(
    ("draw", "name"),
    [
        (lambda: plots.plot_images([["a", "b"]]), "images"),
        (lambda: plots.plot_latent([{}]), "z"),
        (lambda: plots.plot_history(types.SimpleNamespace(loss=[3.0])), "losses"),
        (lambda: plots.plot_density("0", 1), "mu"),
        (lambda: plots.plot_border(lambda x: x, [["a", "b"]], [0]), "points"),
    ],
)
def test_plots_want_numbers(draw, name) -> None:
    with pytest.raises(TypeError, match=f"`{name}` must hold numbers, got "):
        draw()


def test_style_sheet_is_what_use_style_applies_and_changes_nothing_itself() -> None:
    before = dict(plt.rcParams)
    sheet = style_sheet()
    assert dict(plt.rcParams) == before
    assert any(before[name] != sheet[name] for name in sheet)
    plots.use_style()
    assert {name: plt.rcParams[name] for name in sheet} == sheet


def test_palette_costs_no_pyplot() -> None:
    # The widgets draw without it; importing it takes longer than all else that they need.
    code = "import sys, course_utils.plots.style; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# --- Images


@settings(max_examples=40, deadline=None)
@given(n=st.integers(1, 13), columns=st.integers(1, 6), height=st.integers(1, 5), width=st.integers(1, 5))
def test_plot_images_puts_every_pixel_in_its_place(n: int, columns: int, height: int, width: int) -> None:
    images = torch.rand(n, 1, height, width)
    drawn = np.ma.filled(plots.plot_images(images, columns=columns).images[0].get_array(), np.nan)
    plt.close("all")
    seen = np.full(drawn.shape, False)
    for i, image in enumerate(images[:, 0].numpy()):
        top, left = (i // columns) * (height + 1), (i % columns) * (width + 1)
        place = (slice(top, top + height), slice(left, left + width))
        np.testing.assert_array_equal(drawn[place], image)
        seen[place] = True
    assert np.isnan(drawn[~seen]).all()  # separators and empty places
    assert drawn.shape == (-(-n // columns) * (height + 1) - 1, columns * (width + 1) - 1)


@pytest.mark.parametrize(
    ("n", "given_size", "grid"),
    [
        (10, {}, (1, 10)),
        (11, {}, (2, 10)),
        (6, {"rows": 2}, (2, 3)),
        (7, {"rows": 2}, (2, 4)),
        (3, {"columns": 5}, (1, 5)),
    ],
)
def test_plot_images_completes_the_grid(n, given_size, grid) -> None:
    drawn = plots.plot_images(torch.zeros(n, 1, 4, 4), **given_size).images[0].get_array()
    assert drawn.shape == (grid[0] * 5 - 1, grid[1] * 5 - 1)


def test_plot_images_shows_grey_values_unchanged_and_separators_white() -> None:
    images = torch.tensor([0.0, 0.5, 1.0])[:, None, None].expand(3, 4, 4)  # a constant must not be stretched to black
    image = plots.plot_images(images).images[0]
    colors = image.to_rgba(image.get_array(), bytes=True)[0, :, :3]
    np.testing.assert_array_equal(colors[[0, 4, 5, 10]], [[0] * 3, [255] * 3, [128] * 3, [255] * 3])
    assert image.get_interpolation() == "nearest"


def test_plot_images_does_not_change_its_argument() -> None:
    images = np.full((2, 3, 3), 0.25)
    plots.plot_images(images)
    assert (images == 0.25).all()


def test_plot_images_takes_bfloat16_with_a_gradient() -> None:
    images = torch.full((2, 1, 3, 3), 0.5, dtype=torch.bfloat16, requires_grad=True)
    assert plots.plot_images(images).images[0].get_array().max() == 0.5


def test_plot_images_labels_are_legible() -> None:
    plots.use_style()
    ax = plots.plot_images(
        torch.rand(20, 1, 28, 28), rows=2, row_labels=["$x$", r"$\hat{x}$"], column_labels=CLASSES, title="both"
    )
    assert_texts_legible(ax.figure)
    assert ax.figure.bbox.width <= 1000
    texts = {text.replace("\n", " ") for text, _ in text_boxes(ax.figure)}
    assert texts >= {*CLASSES, "$x$", r"$\hat{x}$", "both"}


def test_plot_images_breaks_no_formula() -> None:
    ax = plots.plot_images(torch.rand(1, 1, 8, 8), column_labels=[r"$x$ given $\hat z + \varepsilon$"])
    assert ax.get_xticklabels()[0].get_text() == r"$x$ given $\hat z + \varepsilon$"


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        (torch.rand(5, 784), {}, r"`images` must have shape .* got \(5, 784\); use \.reshape"),
        (torch.rand(5, 3, 8, 8), {}, r"`images` must have shape .* got \(5, 3, 8, 8\)"),
        (torch.rand(0, 1, 8, 8), {}, r"`images` must not be empty, got shape \(0, 1, 8, 8\)"),
        (torch.tensor([[[0.1, float("nan")]]]), {}, "`images` must be finite, got 1 NaN"),
        (
            torch.tensor([[[0.1, -3.0]]]),
            {},
            r"`images` must lie in \[0, 1\], got values from -3 to 0.1; use torch.sigmoid",
        ),
        (torch.tensor([[[255]]]), {}, r"`images` must lie in \[0, 1\], .*255"),
        (torch.rand(5, 1, 8, 8), {"rows": 0}, "`rows` must be an int >= 1, got 0"),
        (torch.rand(5, 1, 8, 8), {"columns": -1}, "`columns` must be an int >= 1, got -1"),
        (torch.rand(5, 1, 8, 8), {"columns": 2.0}, r"`columns` must be an int >= 1, got 2\.0"),
        (torch.rand(5, 1, 8, 8), {"rows": 2, "columns": 2}, r"must be >= 5, the number of images, got 2 \* 2"),
        (torch.rand(5, 1, 8, 8), {"row_labels": ["a", "b"]}, "`row_labels` must have 1 texts, .* got 2"),
        (torch.rand(5, 1, 8, 8), {"column_labels": ["a", "b"]}, "`column_labels` must have 5 texts, .* got 2"),
    ],
)
def test_plot_images_names_what_is_wrong(images, options, message) -> None:
    with pytest.raises(ValueError, match=message):
        plots.plot_images(images, **options)


# --- Codes


def test_plot_latent_gives_each_code_its_class_color() -> None:
    labels = torch.tensor([3, 0, 9, 3])
    z = torch.randn(4, 2)
    dots = plots.plot_latent(z, labels).collections[0]
    np.testing.assert_allclose(dots.get_offsets(), z.numpy(), rtol=1e-6)
    for color, label in zip(dots.get_facecolors(), labels, strict=True):
        assert tuple(color[:3]) == to_rgba(CLASS_COLORS[label])[:3]


def test_plot_latent_legend_names_the_classes_present_with_their_color() -> None:
    legend = plots.plot_latent(torch.randn(3, 2), torch.tensor([9, 1, 1]), classes=CLASSES).get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["Trouser", "Ankle boot"]
    colors = [tuple(handle.get_facecolor()[0]) for handle in legend.legend_handles]
    assert colors == [to_rgba(CLASS_COLORS[1]), to_rgba(CLASS_COLORS[9])]


def test_plot_latent_is_legible_at_ten_classes() -> None:
    plots.use_style()
    ax = plots.plot_latent(torch.randn(500, 2), torch.arange(500) % 10, classes=CLASSES)
    assert_texts_legible(ax.figure)
    assert set(CLASSES) < {text for text, _ in text_boxes(ax.figure)}
    assert ax.get_title(loc="left") == "500 codes"


def test_plot_latent_without_labels_is_one_colour_without_a_legend() -> None:
    ax = plots.plot_latent(torch.randn(4, 2))
    assert {tuple(color[:3]) for color in ax.collections[0].get_facecolors()} == {to_rgba(ROLES["latent"])[:3]}
    assert ax.get_legend() is None
    assert ax.get_title(loc="left") + ax.get_title() == "4 codes"


def test_plot_latent_dots_are_pixels_in_a_vector_file() -> None:
    assert plots.plot_latent(torch.randn(5, 2), torch.zeros(5)).collections[0].get_rasterized()


@pytest.mark.parametrize(
    ("z", "labels", "classes", "message"),
    [
        (torch.randn(5, 3), torch.zeros(5), None, r"`z` must have shape \(N, 2\), got \(5, 3\)"),
        (torch.randn(5), torch.zeros(5), None, r"`z` must have shape \(N, 2\), got \(5,\)"),
        (torch.full((5, 2), torch.inf), torch.zeros(5), None, "`z` must be finite, got 10"),
        (torch.randn(0, 2), torch.zeros(0), None, "`z` must not be empty"),
        (torch.randn(5, 2), torch.zeros(4), None, r"`labels` must have shape \(5,\), .* got \(4,\)"),
        (torch.randn(5, 2), torch.zeros(5, 1), None, r"`labels` must have shape \(5,\), .* got \(5, 1\)"),
        (torch.randn(5, 2), torch.full((5,), 10), None, "`labels` must be whole numbers from 0 to 9, got 10"),
        (torch.randn(5, 2), torch.full((5,), -1), None, "`labels` must be .* got -1"),
        (torch.randn(5, 2), torch.full((5,), 0.5), None, "`labels` must be .* got 0.5"),
        (torch.randn(5, 2), torch.full((5,), 2), ["a", "b"], "`labels` must be whole numbers from 0 to 1, got 2"),
    ],
)
def test_plot_latent_names_what_is_wrong(z, labels, classes, message) -> None:
    with pytest.raises(ValueError, match=message):
        plots.plot_latent(z, labels, classes=classes)


# --- Training


def test_plot_history_counts_epochs_from_one() -> None:
    ax = plots.plot_history([310.0, 250.0, 240.0])
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[1, 310], [2, 250], [3, 240]])
    assert ax.get_ylabel() == "loss (nats per image)"


def test_plot_history_has_whole_epochs_only() -> None:
    ax = plots.plot_history([310.0, 250.0])
    assert all(tick == int(tick) for tick in ax.get_xticks())


def test_plot_history_puts_the_learning_rate_on_its_own_axis() -> None:
    ax = plots.plot_history([310.0, 250.0], lr=[2e-3, 1e-3])
    (other,) = (axes for axes in ax.figure.axes if axes is not ax)
    np.testing.assert_array_equal(other.lines[0].get_xydata(), [[1, 2e-3], [2, 1e-3]])
    assert len(ax.lines) == 1
    assert_texts_legible(ax.figure)


@pytest.mark.parametrize(
    ("losses", "lr", "message"),
    [
        ([], None, "`losses` must not be empty"),
        ([1.0, float("nan")], None, "`losses` must be finite"),
        ([[1.0, 2.0]], None, r"`losses` must have shape \(T,\), .* got \(1, 2\)"),
        ([1.0, 2.0], [0.1], r"`lr` must have shape \(2,\), .* got \(1,\)"),
        ([1.0, 2.0], [0.1, float("inf")], "`lr` must be finite"),
    ],
)
def test_plot_history_names_what_is_wrong(losses, lr, message) -> None:
    with pytest.raises(ValueError, match=message):
        plots.plot_history(losses, lr=lr)


# --- Borders


def test_plot_border_draws_the_line_where_both_scores_are_equal() -> None:
    points = torch.tensor([[-1.0, 0.0], [3.0, 1.0], [0.5, 2.0]])
    weights = torch.tensor([[1.0, -2.0], [0.5, 1.0]])  # equal where 0.5·first = 3·second
    ax = plots.plot_border(lambda x: x @ weights.T, points, torch.tensor([0, 1, 1]))
    image, lines = ax.images[0], np.concatenate(ax.collections[0].get_paths()[0].to_polygons(closed_only=False))
    np.testing.assert_allclose(0.5 * lines[:, 0], 3 * lines[:, 1], atol=0.01)
    assert (lines[:, 0].min(), lines[:, 0].max()) == pytest.approx((-1.6, 3.6))
    assert image.get_extent() == pytest.approx((-1.6, 3.6, -0.6, 2.6))
    top_left, bottom_right = image.get_array()[-1, 0], image.get_array()[0, -1]
    assert top_left == pytest.approx(1 / (1 + np.exp(0.5 * -1.6 - 3 * 2.6)), rel=1e-5)
    assert bottom_right == pytest.approx(1 / (1 + np.exp(0.5 * 3.6 - 3 * -0.6)), rel=1e-5)


def test_plot_border_draws_no_line_where_there_is_none() -> None:
    ax = plots.plot_border(lambda x: torch.tensor([1.0, 0.0]).expand(len(x), 2), torch.eye(2), torch.tensor([0, 1]))
    assert len(ax.collections) == 1  # the points
    np.testing.assert_allclose(ax.images[0].get_array(), 1 / (1 + np.e), rtol=1e-5)


@pytest.mark.parametrize(
    ("network", "points", "labels", "message"),
    [
        (lambda x: x, torch.ones(3, 3), torch.zeros(3), r"`points` must have shape \(N, 2\), got \(3, 3\)"),
        (lambda x: x, torch.ones(3, 2), torch.zeros(2), "`labels` must be 3 numbers 0 or 1"),
        (lambda x: x, torch.ones(2, 2), torch.tensor([0, 2]), "`labels` must be 2 numbers 0 or 1"),
        (lambda x: x[:, :1], torch.ones(2, 2), torch.tensor([0, 1]), "`network` must give two scores"),
    ],
)
def test_plot_border_says_what_it_cannot_draw(network, points, labels, message) -> None:
    with pytest.raises(ValueError, match=message):
        plots.plot_border(network, points, labels)


# --- Rings


def test_plot_rings_are_circles_that_hold_what_is_said_of_the_standard_normal() -> None:
    rings = plots.plot_rings(iter([1, 2, 3])).lines
    for ring, radius in zip(rings, (1, 2, 3), strict=True):
        np.testing.assert_allclose(np.hypot(*ring.get_data()), radius)
    points = torch.randn(100_000, 2, generator=torch.Generator().manual_seed(0)).norm(dim=1)
    for radius, inside in ((1, 0.39), (2, 0.86), (3, 0.99)):  # as the docstring says; five standard errors and rounding
        assert (points < radius).float().mean().item() == pytest.approx(inside, abs=0.005 + 5 * 0.0016)


def test_plot_rings_leave_the_limits_and_take_one_place_in_the_legend() -> None:
    ax = plots.plot_latent(torch.randn(50, 2))
    before = ax.axis()
    assert plots.plot_rings([1, 100], ax=ax, label="prior") is ax
    ax.autoscale_view()
    assert ax.axis() == before
    assert ax.get_legend_handles_labels()[1] == ["prior"]
    assert plots.plot_rings([2.0]).get_xlim() == pytest.approx((-2.2, 2.2))


@pytest.mark.parametrize(
    ("radii", "error", "message"),
    [
        ([1, 0], ValueError, r"`radii\[1\]` must be > 0"),
        ([float("nan")], ValueError, r"`radii\[0\]` must be > 0"),
        (["1"], TypeError, r"`radii\[0\]` must be a number"),
    ],
)
def test_plot_rings_names_what_is_wrong(radii, error, message) -> None:
    with pytest.raises(error, match=message):
        plots.plot_rings(radii)


# --- Densities


@settings(max_examples=25, deadline=None)
@given(mu=st.floats(-50, 50), std=st.floats(0.01, 50))
def test_plot_density_is_the_normal_density(mu: float, std: float) -> None:
    x, y = plots.plot_density(mu, std).lines[0].get_data()
    plt.close("all")
    expected = np.exp(-0.5 * ((x - mu) / std) ** 2) / np.sqrt(2 * np.pi * std**2)
    np.testing.assert_allclose(y, expected, rtol=1e-5)
    assert np.trapezoid(y, x) == pytest.approx(1, abs=1e-4)  # N(0, 1) has 6e-5 outside of +-4


def test_plot_density_shows_all_of_a_taller_second_curve() -> None:
    ax = plots.plot_density(0, 1, label="p(z)")
    plots.plot_density(2, 0.1, ax=ax, color=ROLES["data"])
    low, high = ax.get_ylim()
    assert low == 0
    assert high > 1 / (0.1 * np.sqrt(2 * np.pi))


def test_plot_density_takes_tensors() -> None:
    x, _ = plots.plot_density(torch.tensor(1.0, requires_grad=True), torch.tensor(0.5)).lines[0].get_data()
    assert (x[0], x[-1]) == (-1, 3)


@pytest.mark.parametrize(
    ("mu", "std", "message"),
    [
        (0, 0, "`std` must be > 0, got 0"),
        (0, -1, "`std` must be > 0"),
        (float("nan"), 1, "`mu` must be finite"),
        (torch.zeros(3, 2), 1, r"`mu` must be one number, got shape \(3, 2\)"),
    ],
)
def test_plot_density_names_what_is_wrong(mu, std, message) -> None:
    with pytest.raises(ValueError, match=message):
        plots.plot_density(mu, std)


# --- show


@pytest.mark.usefixtures("shell")
def test_show_publishes_the_picture_with_alt_text_then_the_caption() -> None:
    picture, caption = published(line_figure(), caption="A line\n  rises.", alt="A straight line\n  from 0 to 1.")
    assert picture.metadata == {"image/png": {"alt": "A straight line from 0 to 1."}}
    assert picture.data["text/plain"] == "A straight line from 0 to 1."
    assert decoded(base64.b64decode(picture.data["image/png"])).size == (640, 480)
    assert caption.data["text/markdown"].startswith("<small><em>A line rises.</em></small>\n\n<details>")
    assert caption.data["text/plain"] == "A line rises."


@pytest.mark.usefixtures("shell")
def test_show_says_the_description_in_html_made_with_the_default_template() -> None:
    alt = "Where a < b, 3 * x * y & more: it falls."
    outputs = published(line_figure(), caption="A line, *rising*.", alt=alt)
    cell = nbformat.v4.new_code_cell(
        outputs=[nbformat.v4.new_output("display_data", data=o.data, metadata=o.metadata) for o in outputs]
    )
    page, _ = nbconvert.HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    page = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    picture, words = page.index("<img"), page.index("<details")
    assert picture < page.index("<em>rising</em>") < words
    assert html.unescape(re.search(r"</summary>(.*?)</details>", page)[1]) == alt


@pytest.mark.usefixtures("shell")
def test_show_closes_the_figure() -> None:
    published(line_figure(), caption="c", alt="a")
    assert plt.get_fignums() == []


@pytest.mark.usefixtures("shell")
def test_show_twice_gives_the_same_bytes() -> None:
    first, second = (published(line_figure(), caption="c", alt="a")[0].data["image/png"] for _ in range(2))
    assert first == second


def test_show_outside_a_notebook_prints_the_texts(capsys) -> None:
    InteractiveShell.clear_instance()
    plots.show(line_figure(), caption="A caption.", alt="A line.")
    assert capsys.readouterr().out == "A line.\nA caption.\n"


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        ({"caption": " ", "alt": "a"}, "caption"),
        ({"caption": "c", "alt": ""}, "alt"),
        ({"caption": "c", "alt": None}, "alt"),
    ],
)
def test_show_wants_both_texts(texts, name) -> None:
    with pytest.raises(ValueError, match=f"`{name}` must be a text and not empty"):
        plots.show(line_figure(), **texts)


def test_show_wants_a_figure() -> None:
    with pytest.raises(TypeError, match=r"`fig` must be a matplotlib Figure, got Axes; use ax\.figure"):
        plots.show(line_figure().axes[0], caption="c", alt="a")


@pytest.mark.parametrize(("images", "mode"), [(1, "P"), (60, "RGB")])
def test_png_changes_no_pixel(images: int, mode: str) -> None:
    generator = torch.Generator().manual_seed(0)
    fig = plt.figure(figsize=(3, 3))
    if mode == "P":
        plots.plot_images(torch.rand(images, 1, 28, 28, generator=generator), ax=fig.add_subplot())
    else:
        fig.add_subplot().imshow(torch.rand(40, 40, 3, generator=generator).numpy())
    raw = io.BytesIO()
    fig.savefig(raw, format="png")
    packed = decoded(render(fig))
    assert packed.mode == mode
    np.testing.assert_array_equal(packed.convert("RGB"), decoded(raw.getvalue()).convert("RGB"))


def test_png_keeps_transparency() -> None:
    fig = line_figure()
    fig.patch.set_alpha(0.0)
    assert decoded(render(fig)).convert("RGBA").getpixel((0, 0))[3] == 0


def test_png_carries_no_metadata() -> None:
    assert decoded(render(line_figure())).info == {}


@pytest.mark.parametrize("label", ["x", "image", "at the mean", "reconstruction", "average training image"])
@pytest.mark.parametrize("columns", [3, 10])
def test_plot_images_leaves_room_for_the_row_labels(label, columns):
    plots.use_style()
    ax = plots.plot_images(torch.rand(2 * columns, 28, 28), columns=columns, row_labels=[label] * 2)
    ax.figure.draw_without_rendering()
    for text in ax.get_yticklabels():
        assert text.get_window_extent().x0 >= 0
