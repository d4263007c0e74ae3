"""The course's drawings: legible, complete, and the same every time."""

import io
import itertools
from collections import Counter
from collections.abc import Callable
from unittest import mock

import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Patch
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from course_utils import diagrams, plots
from course_utils.plots import ROLES
from course_utils.plots import output as _show

IMAGE = torch.zeros(1, 28, 28)
GRADIENT = to_rgba(ROLES["gradient"])

DRAWINGS: dict[str, Callable[[], Figure]] = {
    "architecture": diagrams.vae_architecture,
    "architecture, one layer": lambda: diagrams.vae_architecture(hidden=(400,)),
    "architecture, wide numbers": lambda: diagrams.vae_architecture(latent=512, hidden=(1024, 2048), pixels=3072),
    "architecture, three layers": lambda: diagrams.vae_architecture(latent=1, hidden=(1024, 512, 256), pixels=3072),
    "architecture, upright image": lambda: diagrams.vae_architecture(
        image=torch.rand(1, 30, 20), reconstruction=torch.rand(30, 20)
    ),
    "graph before": lambda: diagrams.computation_graph(reparameterized=False),
    "graph after": lambda: diagrams.computation_graph(reparameterized=True),
    "graphs": diagrams.computation_graphs,
    "story": diagrams.generative_story,
    "autoencoder": lambda: diagrams.autoencoder(image=IMAGE, reconstruction=IMAGE),
    "autoencoder, three layers": lambda: diagrams.autoencoder(
        image=IMAGE, reconstruction=IMAGE, latent=512, hidden=(1024, 2048, 512), pixels=3072
    ),
    "two neurons": lambda: diagrams.two_neurons(x=2.0, w1=0.5, b1=-1.0, w2=3.0, b2=0.5, y=1.0),
    "two neurons, long numbers": lambda: diagrams.two_neurons(
        x=-1 / 7, w1=-22.123, b1=-1e-4, w2=3e5, b2=-1 / 3, y=-9.9
    ),
    "both updates of a GAN": diagrams.adversarial_steps,
    "story with images": lambda: diagrams.generative_story(torch.rand(9, 1, 28, 28)),
}
every_drawing = pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS.keys())


pytestmark = pytest.mark.usefixtures("clean_matplotlib")


def find(fig: Figure, kind: type) -> list:
    return [artist for artist in fig.axes[0].get_children() if isinstance(artist, kind)]


def texts(fig: Figure) -> list[Text]:
    return [text for text in find(fig, Text) if text.get_text()]


def written(fig: Figure) -> Counter[str]:
    return Counter(text.get_text() for text in texts(fig))


def extent(fig: Figure, artist: Text | Patch | AxesImage) -> Bbox:
    return artist.get_window_extent(FigureCanvasAgg(fig).get_renderer())


def points(path_owner: FancyArrowPatch | Line2D) -> NDArray[np.float64]:
    """Return points, in pixels, about every pixel along an arrow's shaft or a line."""
    path = path_owner.get_transform().transform_path(path_owner.get_path())
    (corners, *_) = path.to_polygons(closed_only=False)
    pieces = [np.linspace(a, b, 200) for a, b in itertools.pairwise(corners)]
    return np.concatenate(pieces)


def apart_or_inside(inner: Bbox, outer: Bbox) -> bool:
    contained = Bbox.union([inner, outer.padded(0.5)]).bounds == outer.padded(0.5).bounds
    return contained or not inner.overlaps(outer)


def png(fig: Figure) -> bytes:
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png")
    return buffer.getvalue()


# --- Legible


@every_drawing
def test_drawings_have_no_overlapping_texts(draw) -> None:
    fig = draw()
    boxes = [(text.get_text(), extent(fig, text)) for text in texts(fig)]
    clashes = [(one, two) for (one, a), (two, b) in itertools.combinations(boxes, 2) if a.padded(1).overlaps(b)]
    assert len(boxes) >= 6
    assert clashes == []


@every_drawing
def test_drawings_cut_nothing_off(draw) -> None:
    fig = draw()
    inside = fig.bbox.padded(-4)
    artists = texts(fig) + find(fig, FancyBboxPatch) + find(fig, Circle) + find(fig, AxesImage)
    out = [artist for artist in artists if Bbox.union([inside, extent(fig, artist)]).bounds != inside.bounds]
    assert out == []


@every_drawing
def test_drawings_texts_are_inside_or_outside_of_every_shape(draw) -> None:
    fig = draw()
    shapes = [extent(fig, shape) for shape in find(fig, FancyBboxPatch) + find(fig, Circle) + find(fig, AxesImage)]
    written_in = [(text.get_text(), extent(fig, text)) for text in texts(fig)]
    crossed = [(text, box) for text, box in written_in for shape in shapes if not apart_or_inside(box, shape)]
    assert crossed == []


@every_drawing
def test_drawings_shapes_are_inside_or_outside_of_one_another(draw) -> None:
    fig = draw()
    boxes = [extent(fig, shape).padded(-3) for shape in find(fig, FancyBboxPatch) + find(fig, Circle)]
    for a, b in itertools.combinations(boxes, 2):
        assert apart_or_inside(a, b) or apart_or_inside(b, a)


@every_drawing
def test_drawings_have_no_line_through_a_text(draw) -> None:
    fig = draw()
    boxes = [(text.get_text(), extent(fig, text)) for text in texts(fig)]
    for line in find(fig, FancyArrowPatch) + find(fig, Line2D):
        x, y = points(line).T
        for text, box in boxes:
            hit = (box.x0 < x) & (x < box.x1) & (box.y0 < y) & (y < box.y1)
            assert not hit.any(), text


@every_drawing
def test_drawings_text_is_large_enough_and_in_the_fonts_that_ship(draw) -> None:
    for text in texts(draw()):
        assert text.get_fontsize() >= 11
        assert (text.get_fontfamily(), text.get_math_fontfamily()) == (["DejaVu Sans"], "dejavusans")


@pytest.mark.parametrize("name", [name for name in DRAWINGS if "three" not in name])
def test_drawings_are_at_most_1000_pixels_wide(name: str) -> None:
    assert DRAWINGS[name]().bbox.width <= 1000


# --- Figures


@every_drawing
def test_drawings_are_the_same_every_time_under_any_style(draw) -> None:
    torch.manual_seed(0)
    first = png(draw())
    plots.use_style()
    plt.rcParams.update({"font.size": 20, "lines.linewidth": 9, "axes.facecolor": "red", "image.cmap": "jet"})
    torch.manual_seed(0)
    assert png(draw()) == first


@every_drawing
def test_drawings_are_not_registered_and_change_no_settings(draw) -> None:
    before = dict(plt.rcParams)
    draw()
    assert plt.get_fignums() == []
    assert dict(plt.rcParams) == before


def test_drawings_can_be_shown() -> None:
    with mock.patch.object(_show, "display") as display:
        plots.show(diagrams.generative_story(), caption="The story.", alt="z, then x, and back.")
    picture, _ = (call.args[0] for call in display.call_args_list)
    assert picture.metadata == {"image/png": {"alt": "z, then x, and back."}}


# --- The architecture


def test_vae_architecture_writes_the_shapes_it_is_given() -> None:
    fig = diagrams.vae_architecture(latent=7, hidden=(31, 17), pixels=64)
    shapes = {text: count for text, count in written(fig).items() if text.startswith("(B")}
    # pixels: image, logits, picture; latent: both heads and z; hidden: once on the way down, once on the way up
    assert shapes == {"(B, 64)": 3, "(B, 7)": 3, "(B, 31)": 2, "(B, 17)": 2}


@pytest.mark.parametrize("hidden", [(31,), (31, 17), (31, 17, 11)])
def test_vae_architecture_mirrors_the_hidden_layers(hidden) -> None:
    fig = diagrams.vae_architecture(latent=2, hidden=hidden)
    expected = [f"(B, {width})" for width in (*hidden, *hidden[::-1])]
    labels = [text for text in texts(fig) if text.get_text() in expected]
    assert [text.get_text() for text in sorted(labels, key=lambda text: text.get_position()[0])] == expected


def test_vae_architecture_draws_the_images_it_is_given() -> None:
    x, x_hat = torch.rand(1, 28, 28), np.random.default_rng(0).random((20, 30))
    left, right = find(diagrams.vae_architecture(image=x, reconstruction=x_hat), AxesImage)
    np.testing.assert_array_equal(left.get_array(), x[0])
    np.testing.assert_array_equal(right.get_array(), x_hat)
    x0, x1, y0, y1 = right.get_extent()
    assert (x1 - x0) / (y1 - y0) == pytest.approx(30 / 20)
    assert left.get_extent()[1] < right.get_extent()[0]


def test_vae_architecture_without_images_draws_stand_ins() -> None:
    left, right = (image.get_array() for image in find(diagrams.vae_architecture(), AxesImage))
    assert left.max() > 0
    assert right.sum() == pytest.approx(left.sum())  # the blur moves light, and adds none
    assert right.max() < left.max() + 1e-9
    assert (left != right).any()


def test_vae_architecture_attaches_each_loss_to_what_it_needs() -> None:
    fig = diagrams.vae_architecture()
    place = {text.get_text(): np.array(text.get_position()) for text in texts(fig)}
    nll = place[r"$-\log\,p_\theta(x \mid z)$"]
    kl = place[r"$\mathrm{KL}(q_\phi(z \mid x)\,\Vert\,N(0, I))$"]
    down = [arrow for arrow in find(fig, FancyArrowPatch) if to_rgba(arrow.get_edgecolor()) == GRADIENT]
    ends = [points(arrow)[-1] for arrow in down]
    assert len(ends) == 2
    for loss, source in ((nll, "Linear\nlogits"), (kl, "Linear\n$\\mu$")):
        (end,) = (end for end in ends if np.linalg.norm(end - loss) < 100)
        assert end[0] == pytest.approx(place[source][0], abs=1)
        assert loss[1] < end[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"latent": 0}, "`latent` must be an int >= 1, got 0"),
        ({"pixels": -1}, "`pixels` must be an int >= 1, got -1"),
        ({"hidden": (400, 0)}, r"`hidden\[1\]` must be an int >= 1, got 0"),
        ({"latent": 2.5}, r"`latent` must be an int >= 1, got 2\.5"),
        ({"hidden": ()}, "`hidden` must have one to three widths, got 0"),
        ({"hidden": (1, 2, 3, 4)}, "`hidden` must have one to three widths, got 4"),
        ({"image": torch.rand(1, 28, 28)}, "`image` and `reconstruction` must be given together"),
        ({"reconstruction": torch.rand(1, 28, 28)}, "`image` and `reconstruction` must be given together"),
        (
            {"image": torch.rand(2, 1, 28, 28), "reconstruction": IMAGE},
            r"`image` must be one image, .* got \(2, 1, 28, 28\)",
        ),
        ({"image": torch.rand(3, 28, 28), "reconstruction": IMAGE}, r"`image` must be one image, .* got \(3, 28, 28\)"),
        ({"image": torch.rand(784), "reconstruction": IMAGE}, r"`image` must have shape .* got \(784,\)"),
        ({"image": IMAGE, "reconstruction": torch.full((1, 28, 28), 2.0)}, r"`reconstruction` must lie in \[0, 1\]"),
        ({"image": IMAGE, "reconstruction": torch.full((28, 28), torch.nan)}, "`reconstruction` must be finite"),
    ],
)
def test_vae_architecture_names_what_is_wrong(options, message) -> None:
    with pytest.raises(ValueError, match=message):
        diagrams.vae_architecture(**options)


# --- The computation graph


def gradients(fig: Figure) -> list[NDArray[np.float64]]:
    """Return (start, end) of each gradient arrow, without the one in the legend."""
    arrows = [arrow for arrow in find(fig, FancyArrowPatch) if to_rgba(arrow.get_edgecolor()) == GRADIENT]
    ways = [points(arrow)[[0, -1]] for arrow in arrows]
    return [way for way in ways if way[:, 1].max() < fig.bbox.height - 50]


def crosses(fig: Figure) -> list[Line2D]:
    return [line for line in find(fig, Line2D) if to_rgba(line.get_color()) == GRADIENT]


def position(fig: Figure, label: str) -> NDArray[np.float64]:
    (text,) = (text for text in texts(fig) if text.get_text() == label)
    return np.array(text.get_position())


def dashed_circles(fig: Figure) -> list[Circle]:
    return [circle for circle in find(fig, Circle) if circle.get_linestyle() not in ("-", "solid")]


def test_computation_graph_gradient_stops_at_the_sampling_node() -> None:
    fig = diagrams.computation_graph(reparameterized=False)
    z = position(fig, "$z$")
    assert len(gradients(fig)) == 2  # loss to decoder, decoder to z
    assert min(way[:, 0].min() for way in gradients(fig)) > z[0]
    assert len(crosses(fig)) == 4  # two marks of two strokes
    assert all(np.linalg.norm(points(stroke).mean(0) - z) < 100 for stroke in crosses(fig))


def test_computation_graph_gradient_runs_through_to_the_encoder() -> None:
    fig = diagrams.computation_graph(reparameterized=True)
    assert len(gradients(fig)) == 6
    assert crosses(fig) == []
    for node in ("$z$", r"$\mu$", r"$\log\,\sigma^2$"):
        reached = [way for way in gradients(fig) if np.linalg.norm(way[1] - position(fig, node)) < 42]
        assert len(reached) == 1, node
    assert sum(way[1, 0] < 200 for way in gradients(fig)) == 2  # from mu and from logvar into the encoder
    assert all(way[1, 0] < way[0, 0] for way in gradients(fig))  # every gradient goes back


def test_computation_graph_moves_the_randomness_from_z_to_eps() -> None:
    before, after = (diagrams.computation_graph(reparameterized=flag) for flag in (False, True))
    for fig, random in ((before, "$z$"), (after, r"$\varepsilon$")):
        centers = [circle.center for circle in dashed_circles(fig)]
        assert tuple(position(fig, random)) in centers
        assert len(centers) == 2  # and the one in the legend
    assert r"$\varepsilon$" not in written(before)


def test_computation_graph_writes_the_local_derivatives_only_where_they_exist() -> None:
    before, after = (written(diagrams.computation_graph(reparameterized=flag)) for flag in (False, True))
    derivatives = {
        r"$\partial z / \partial \mu = 1$",
        r"$\partial z / \partial \log\,\sigma^2 = \dfrac{1}{2}\,\sigma \odot \varepsilon$",
        r"$z = \mu + \sigma \odot \varepsilon$",
    }
    assert derivatives <= set(after)
    assert not derivatives & set(before)
    assert r"$z \sim N(\mu, \sigma^2)$" in before
    assert r"$z \sim N(\mu, \sigma^2)$" not in after
    assert r"$\partial L / \partial z$" in before & after


def test_computation_graphs_are_both_with_one_legend() -> None:
    before, after = (written(diagrams.computation_graph(reparameterized=flag)) for flag in (False, True))
    legend = Counter(["drawn at random", "computes", "gradient"])
    assert written(diagrams.computation_graphs()) == before + after - legend


# --- The story


def test_generative_story_has_an_arrow_each_way() -> None:
    fig = diagrams.generative_story()
    z, x = position(fig, "$z$"), position(fig, "$x$")
    ways = {}
    for arrow in find(fig, FancyArrowPatch):
        start, end = points(arrow)[[0, -1]]
        if z[0] - 50 < min(start[0], end[0]) and start[0] > z[0]:
            ways[arrow.get_linestyle() in ("-", "solid")] = np.sign(end[0] - start[0])
    assert z[0] < x[0]
    assert ways == {True: 1, False: -1}  # solid: generating; dashed: the approximate way back
    assert {r"generate:  $p_\theta(x \mid z)$", r"infer:  $q_\phi(z \mid x) \approx p_\theta(z \mid x)$"} <= set(
        written(fig)
    )


@pytest.mark.parametrize(("n", "drawn"), [(1, 1), (2, 2), (3, 3), (7, 3)])
def test_generative_story_draws_the_first_images(n: int, drawn: int) -> None:
    images = torch.rand(n, 1, 8, 8)
    found = find(diagrams.generative_story(images), AxesImage)
    assert len(found) == drawn
    for artist, image in zip(found, images, strict=False):
        np.testing.assert_array_equal(artist.get_array(), image[0])


def test_generative_story_names_what_is_wrong() -> None:
    with pytest.raises(ValueError, match=r"`images` must have shape .* got \(28, 28\)"):
        diagrams.generative_story(torch.rand(28, 28))


def test_two_neurons_writes_every_value_and_the_derivatives_that_autograd_finds() -> None:
    given = {"x": -1.5, "w1": 0.7, "b1": 0.2, "w2": -2.0, "b2": 0.3, "y": 0.5}
    tensors = {name: torch.tensor(v, dtype=torch.float64, requires_grad=True) for name, v in given.items()}
    a = tensors["w1"] * tensors["x"] + tensors["b1"]
    h = torch.sigmoid(a)
    s = tensors["w2"] * h + tensors["b2"]
    inner = [a, h, s]
    for value in inner:
        value.retain_grad()
    loss = (s - tensors["y"]) ** 2
    loss.backward()
    learned = [tensors[name] for name in ("w1", "b1", "w2", "b2")]
    numbers = [*tensors.values(), *inner, loss, *(t.grad for t in learned + inner)]
    expected = Counter(f"{number.item():.4g}".replace("-", "−") for number in numbers)
    assert expected <= written(diagrams.two_neurons(**given))
    with pytest.raises(TypeError, match="`w2` must be a number"):
        diagrams.two_neurons(**given | {"w2": "3"})


def test_autoencoder_writes_the_shape_of_every_tensor() -> None:
    seen = written(diagrams.autoencoder(image=IMAGE, reconstruction=IMAGE, latent=7, hidden=(30, 20), pixels=99))
    assert {"(B, 7)", "(B, 30)", "(B, 20)", "(B, 99)"} <= set(seen)
    with pytest.raises(ValueError, match="hidden"):
        diagrams.autoencoder(image=IMAGE, reconstruction=IMAGE, hidden=())
