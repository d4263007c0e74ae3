"""What holds for every widget: it moves, it says what is seen, it refuses nonsense, and it leaves the world alone."""

import base64
import gc
import html
import io
import math
import random
import re
import subprocess
import sys
import threading
import time
import weakref

import ipywidgets
import numpy as np
import pytest
import torch
from gallery import (
    CLASSES,
    GALLERY,
    MOVES,
    ONE_MOVE,
    move_by_message,
    pictures,
    random_autoencoder,
    random_images,
    random_vae,
    two_planes,
)
from matplotlib.figure import Figure
from PIL import Image

from course_utils import widgets
from course_utils.widgets.base.plot import MOST_FIGURES

each_widget = pytest.mark.parametrize("name", GALLERY)
each_move = pytest.mark.parametrize(("name", "control", "value"), MOVES)


def shown(widget):
    return pictures(widget), widget.text, widget.error


def test_gallery_holds_every_widget():
    assert sorted(GALLERY) == sorted(CLASSES) == sorted(ONE_MOVE) == sorted(widgets.__all__)


# It moves


@each_move
@pytest.mark.parametrize("by_message", [False, True])
def test_every_control_changes_pictures_and_read_out(name, control, value, by_message):
    widget = GALLERY[name]()
    before, said = pictures(widget), widget.text
    if by_message:
        move_by_message(widget, control, value)
    else:
        widget.set(**{control: value})
    assert all(old != new for old, new in zip(before, pictures(widget), strict=True))
    assert (widget.text != said, widget.error) == (True, "")


@each_widget
def test_an_error_is_shown_until_a_move_succeeds(name, monkeypatch):
    widget, (control, value) = GALLERY[name](), ONE_MOVE[name]

    def broken(*_):
        raise RuntimeError("no <picture> today")

    with monkeypatch.context() as patch:
        patch.setattr(widget, "_redraw", broken)
        widget.set(**{control: value})
        assert "RuntimeError: no &lt;picture&gt; today" in widget.error
        assert widget.ui.children[-1].value == widget.error
    widget.set(**{control: value})
    assert shown(widget) == shown_after(name, {control: value})
    assert widget.error == ""


def shown_after(name, values):
    widget = GALLERY[name]()
    widget.set(**values)
    return shown(widget)


@pytest.mark.parametrize(
    ("name", "control", "value"),
    [
        ("LatentSliders", "z1", 1.2),
        ("FrozenNoise", "mu", 1.2),
        ("CodePlane", "z1", 1.2),
        ("TwoPlanes", "up", 1.2),
        ("KLTerms", "mu", 2.0),
        ("KLFlow", "t", 3.0),
        ("BetaCalculator", "nll_weight", 0.5),
        ("MatrixGame", "a12", 0.5),
        ("GradientPlay", "eta", 0.5),
    ],
)
def test_a_position_that_is_no_number_is_said_to_be_so_and_the_next_move_is_heard(name, control, value):
    widget = GALLERY[name]()
    before = pictures(widget)
    widget.controls[control].set_state({"value": math.nan})
    assert f"`{control}` must be a number, got nan" in widget.error
    assert pictures(widget) == before
    widget.controls[control].set_state({"value": value})
    assert shown(widget) == shown_after(name, {control: value})


def test_small_moves_are_moves():
    widget = widgets.BetaCalculator()
    widget.set(kl_weight=1e-9)
    for weight in (5e-10, 0.0, 1e-12):
        widget.controls["kl_weight"].set_state({"value": weight})
        assert widget.beta == pytest.approx(784 * weight, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("name", "control", "typed", "stop"),
    [
        ("KLTerms", "sigma", 7.0, 3.0),
        ("KLTerms", "sigma", 0.51, 0.5),  # where it stands
        ("KLFlow", "sigma0", 0.93, 0.95),
        ("BetaSlider", "beta", 3.0, 4.0),
        ("Flipbook", "value", 4, 5),
        ("NoiseDial", "sigma", 0.93, 0.95),
    ],
)
def test_what_is_typed_beside_a_slider_with_stops_goes_to_the_nearest(name, control, typed, stop):
    widget = GALLERY[name]()
    field = widget._fields[control]
    assert field in everything_in(widget.ui)
    assert not widget.controls[control].readout
    assert field.description == f"{widget.controls[control].description} ="
    field.set_state({"value": typed})
    assert (field.value, widget.controls[control].value) == (stop, stop)
    assert shown(widget) == shown_after(name, {control: stop})
    field.set_state({"value": math.nan})
    assert field.value == stop
    other = widget.controls[control].options[0][1]
    move_by_message(widget, control, other)
    assert field.value == other
    assert shown(widget) == shown_after(name, {control: other})


def everything_in(box):
    inner = [part for child in getattr(box, "children", ()) for part in everything_in(child)]
    return [box, *inner]


# Two threads: a notebook's cells run on one, the front end's messages arrive on another


@pytest.fixture
def busy_redraws(monkeypatch):
    """Let every redraw take a while, and return how many were under way whenever one began."""
    inside, counts = [], []

    def watch(widget):
        redraw = widget._redraw

        def watched():
            inside.append(widget)
            counts.append(len(inside))
            time.sleep(0.003)  # the other thread's chance
            redraw()
            inside.pop()

        monkeypatch.setattr(widget, "_redraw", watched)
        return counts

    return watch


@each_widget
def test_moves_on_two_threads_end_in_the_picture_of_the_last_positions(name, busy_redraws):
    widget = GALLERY[name]()
    counts = busy_redraws(widget)
    moves = [move for move in MOVES if move[0] == name and move[1] != "play"] or [(name, *ONE_MOVE[name])]
    start = {control: widget.controls[control].value for _, control, _ in moves}
    barrier, failures = threading.Barrier(2), []

    def hammer(move, seed):
        order = random.Random(seed)
        barrier.wait()
        try:
            for _ in range(20):
                _, control, value = order.choice(moves)
                move(control, order.choice([value, start[control]]))
        except Exception as error:  # a thread's error would end unseen
            failures.append(error)

    threads = [
        threading.Thread(target=hammer, args=(lambda control, value: widget.set(**{control: value}), 1)),
        threading.Thread(target=hammer, args=(lambda control, value: move_by_message(widget, control, value), 2)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert widget.error == ""
    assert set(counts) == {1}
    last = {control: widget.controls[control].value for control in start}
    fresh = GALLERY[name]()
    fresh.set(**last)
    if name == "LatentSliders":  # a code between two steps is kept until its slider is moved
        widget.set(**last)
    assert (pictures(widget), widget.text) == (pictures(fresh), fresh.text)


def test_a_term_that_is_switched_off_while_the_flow_plays(busy_redraws):
    widget = widgets.KLFlow()
    counts = busy_redraws(widget)
    barrier = threading.Barrier(2)

    def play():
        barrier.wait()
        for tick in range(0, 129, 4):
            widget.controls["play"].set_state({"value": tick})

    player = threading.Thread(target=play)
    player.start()
    barrier.wait()
    for on in [False, True] * 8 + [False]:
        widget.controls["log"].set_state({"value": on})
    player.join()
    assert set(counts) == {1}
    assert shown(widget) == shown_after("KLFlow", {"t": 8.0, "log": False})


# It says what is seen


@each_widget
def test_bundle_holds_view_picture_and_words(name):
    widget = GALLERY[name]()
    data, metadata = widget._repr_mimebundle_(include=None, exclude=None)
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.ui.model_id
    assert len(metadata["image/png"]["alt"]) > 40
    assert widget.text in data["text/plain"]
    still = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert 500 < still.width <= 820
    assert still.convert("RGB").getpixel((0, still.height - 1)) == (255, 255, 255)
    assert data["image/png"] == widget._repr_mimebundle_()[0]["image/png"]


@each_widget
def test_the_still_picture_says_that_it_is_one(name, monkeypatch):
    written = []
    monkeypatch.setattr(Figure, "text", lambda figure, x, y, text, **style: written.append((text, y)))
    GALLERY[name]()._still()
    assert [text for text, y in written if text.endswith("run this cell to make it move.") and 0 < y < 0.1] != []


@each_widget
def test_ui_carries_its_class_and_the_read_out(name):
    widget = GALLERY[name]()
    assert CLASSES[name] in widget.ui._dom_classes
    read_out = widget.ui.children[-2].value
    for line in widget.text.splitlines():
        assert html.escape(line) in read_out


@each_widget
def test_screen_readers_are_told_the_numbers_and_find_the_picture_described(name):
    widget, (control, value) = GALLERY[name](), ONE_MOVE[name]
    widget.set(**{control: value})
    read_out = widget.ui.children[-2].value
    assert re.findall(r'role="status">([^<]+)<', read_out) == [widget.text.splitlines()[0]]
    assert f"Picture: {html.escape(widget._alt())}" in read_out


@each_widget
def test_every_control_has_a_name_on_screen(name):
    widget = GALLERY[name]()
    for key, control in widget.controls.items():
        assert key == "play" or control.description.strip()
        assert control in everything_in(widget.ui)


# It refuses nonsense


@pytest.mark.parametrize(
    ("name", "moves", "error", "message"),
    [
        ("LatentSliders", {"z1": 1.0, "z99": 0.0}, ValueError, "`z99` is not a control"),
        ("LatentSliders", {"z1": 3.5}, ValueError, "`z1` must be >= -3 and <= 3, got 3.5"),
        ("LatentSliders", {"z1": 1.0, "draw": 1}, ValueError, "`draw` is not a control"),
        ("LatentSliders", {"z1": 1.0, "image": 4}, ValueError, "from 0 to 3, got 4"),
        ("LatentSliders", {"image": 1, "z1": "1"}, TypeError, "`z1` must be a number, got '1'"),
        ("LatentSliders", {"image": True}, ValueError, "`image` must be a whole number"),
        ("FrozenNoise", {"mu": 1.0, "sigma": 0.0}, ValueError, "`sigma` must be >= 0.05 and <= 2, got 0.0"),
        ("FrozenNoise", {"mu": 1.0, "eps": torch.tensor(1.0)}, TypeError, "`eps` must be a number, got tensor"),
        ("KLTerms", {"mu": 1.5, "sigma": 0.123}, ValueError, "`sigma` must be one of 0.05, .* got 0.123"),
        ("KLTerms", {"sigma": 2.0, "mu": 3.1}, ValueError, "`mu` must be >= -3 and <= 3, got 3.1"),
        ("KLTerms", {"sigma": 2.0, "mu": math.nan}, ValueError, "`mu` must be >= -3 and <= 3, got nan"),
        ("KLTerms", {"sigma": 2.0, "mu": "1"}, TypeError, "`mu` must be a number, got '1'"),
        ("KLTerms", {"mu": 2.0, "sigma": True}, ValueError, "`sigma` must be one of .* got True"),
        ("KLTerms", {"sigma": 2.0, "mu": True}, TypeError, "`mu` must be a number, got True"),
        ("KLFlow", {"mu0": 1.0, "t": 9.0}, ValueError, "`t` must be >= 0 and <= 8, got 9"),
        ("KLFlow", {"mu0": 1.0, "play": 1.5}, ValueError, "`play` must be a whole number, got 1.5"),
        ("KLFlow", {"mu0": 1.0, "mean": "yes"}, TypeError, "`mean` must be True or False, got 'yes'"),
        ("KLFlow", {"mu0": 1.0, "mean": 0}, TypeError, "`mean` must be True or False, got 0"),
        ("Flipbook", {"play": 1, "value": 2}, ValueError, "`value` must be one of 0, 1, 5, 20, got 2"),
        ("Flipbook", {"value": 1, "play": 4}, ValueError, "`play` must be >= 0 and <= 3, got 4"),
        ("Convolution", {"kernel": 2, "stride": 0}, ValueError, "`stride` must be >= 1 and <= 3, got 0"),
        ("Convolution", {"kernel": 2, "stride": 1.5}, ValueError, "`stride` must be a whole number, got 1.5"),
        ("Convolution", {"kernel": 2, "position": 50}, ValueError, "`position` must be >= 1 and <= 49, got 50"),
        ("NoiseDial", {"sigma": 0.33}, ValueError, "`sigma` must be one of 0.0, 0.05, .* got 0.33"),
        ("CodePlane", {"z1": 0.0, "z2": 99.0}, ValueError, "`z2` must be >= .* got 99"),
        ("CodePlane", {"z1": 0.0, "code": 3}, ValueError, "`code` is not a control"),
        ("TwoPlanes", {"right": 1.0, "up": 3.5}, ValueError, "`up` must be >= -3 and <= 3, got 3.5"),
        ("TwoPlanes", {"right": 1.0, "image": 60}, ValueError, "`image` must be .* from 0 to 59, got 60"),
        ("BetaSlider", {"beta": 2.0}, ValueError, "`beta` must be one of 0.5, 1.0, 4.0, got 2.0"),
        ("GradientPlay", {"eta": 0.5, "steps": 201}, ValueError, "`steps` must be >= 0 and <= 200, got 201"),
        ("GradientPlay", {"eta": 0.5, "alternating": 1}, TypeError, "`alternating` must be True or False, got 1"),
        ("GradientPlay", {"steps": 5, "eta": 0.0}, ValueError, "`eta` must be >= 0.02 and <= 1.2, got 0.0"),
        ("MatrixGame", {"p": 0.5, "q": 1.5}, ValueError, "`q` must be >= 0 and <= 1, got 1.5"),
        ("MatrixGame", {"p": 0.5, "a11": 100}, ValueError, "`a11` must be >= -99 and <= 99, got 100"),
        (
            "MatrixGame",
            {"p": 0.5, "game": "chess"},
            ValueError,
            "`game` must be one of matching pennies, .* got 'chess'",
        ),
        ("MatrixGame", {"p": 0.5, "c11": 1}, ValueError, "`c11` is not a control"),
        ("BetaCalculator", {"kl_batch": "sum", "nll_pixels": "max"}, ValueError, "must be one of sum, mean, got 'max'"),
        ("BetaCalculator", {"kl_batch": "sum", "latents": 0}, ValueError, "`latents` must be >= 1 and"),
        ("BetaCalculator", {"kl_batch": "sum", "beta": 1}, ValueError, "`beta` is not a control"),
    ],
)
def test_set_refuses_what_no_user_could_do_and_nothing_moves(name, moves, error, message):
    widget = GALLERY[name]()
    before = shown(widget)
    with pytest.raises(error, match=message):
        widget.set(**moves)
    assert shown(widget) == before


def test_set_takes_numpy_s_numbers():
    widget = widgets.KLFlow()
    widget.set(mu0=np.float32(0.5), play=np.int64(16), t=1)
    assert (widget.start.mu, widget.controls["t"].value) == (0.5, 1.0)


def test_set_goes_to_the_nearest_step_as_the_browser_would():
    widget = widgets.KLTerms()
    widget.set(mu=0.6123)
    assert widget.controls["mu"].value == widget.numbers.mu == 0.6


WITH_IMAGES = {
    "LatentSliders": lambda x: widgets.LatentSliders(random_vae(2), images=x),
    "FrozenNoise": lambda x: widgets.FrozenNoise(random_vae(1), x[0]),
    "BetaSlider": lambda x: widgets.BetaSlider({1.0: random_vae(2), 2.0: random_vae(2)}, x),
    "NoiseDial": lambda x: widgets.NoiseDial(random_autoencoder(2), x),
    "TwoPlanes": lambda x: widgets.TwoPlanes(random_autoencoder(2), random_vae(2), x),
}


@pytest.mark.parametrize("make", WITH_IMAGES.values(), ids=WITH_IMAGES)
@pytest.mark.parametrize(
    ("damage", "error", "message"),
    [
        (lambda x: x * 255, ValueError, r"must lie in \[0, 1\], got values from .*; use images / 255"),
        (lambda x: x * 2 - 1, ValueError, r"must lie in \[0, 1\], got values from -"),
        (lambda x: x * math.nan, ValueError, r"must lie in \[0, 1\], got values from nan"),
        (lambda x: (x * 255).byte(), TypeError, r"must be floating point, got torch.uint8; use .float\(\) / 255"),
        (lambda x: x.numpy(), TypeError, "must be a tensor, got a ndarray"),
    ],
)
def test_images_that_are_not_grey_values_from_0_to_1_are_refused(make, damage, error, message):
    with pytest.raises(error, match=f"`(images|x)` {message}"):
        make(damage(random_images(3)))


@pytest.mark.parametrize(
    "make",
    [
        lambda seed: widgets.KLTerms(seed=seed),
        lambda seed: widgets.LatentSliders(random_vae(2), seed=seed),
        lambda seed: widgets.FrozenNoise(random_vae(1), random_images(1)[0], seed=seed),
        lambda seed: widgets.CodePlane(random_autoencoder(2), torch.eye(2), seed=seed),
        lambda seed: two_planes(seed=seed),
        lambda seed: widgets.NoiseDial(random_autoencoder(1), random_images(2), seed=seed),
        lambda seed: widgets.BetaSlider({1.0: random_vae(2), 2.0: random_vae(2)}, random_images(3), seed=seed),
    ],
)
@pytest.mark.parametrize("seed", [None, "1", 1.0, True, -1])
def test_a_seed_is_a_whole_number(make, seed):
    with pytest.raises(ValueError, match=f"`seed` must be an int >= 0 .* got {seed!r}"):
        make(seed)


# It leaves the world alone


@each_widget
def test_two_widgets_share_nothing_and_leave_the_random_state_alone(name):
    state = torch.get_rng_state()
    one, other = GALLERY[name](), GALLERY[name]()
    before = shown(other)
    control, value = ONE_MOVE[name]
    one.set(**{control: value})
    assert shown(other) == before
    assert pictures(one) != pictures(other)
    assert torch.equal(torch.get_rng_state(), state)


def test_figures_of_widgets_from_long_ago_are_let_go_and_come_back_when_they_move():
    first = widgets.KLFlow()
    first.set(t=2.0, log=False)
    figure = weakref.ref(first._plot._plane_ax.figure)
    kept = [widgets.BetaCalculator() for _ in range(MOST_FIGURES)]
    gc.collect()
    assert figure() is None
    still = first._repr_mimebundle_()[0]["image/png"]
    first.set(mu0=1.0)
    assert shown(first) == shown_after("KLFlow", {"t": 2.0, "log": False, "mu0": 1.0})
    first.set(mu0=-2.5)
    assert first._repr_mimebundle_()[0]["image/png"] == still
    assert len({widget.png for widget in kept}) == 1


def test_importing_the_widgets_loads_no_pyplot():
    code = "import sys, course_utils.widgets; assert 'matplotlib.pyplot' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_controls_stand_next_to_the_plot_in_a_narrow_cell_too():
    for name in (
        "FrozenNoise",
        "KLTerms",
        "KLFlow",
        "BetaCalculator",
        "CodePlane",
        "TwoPlanes",
        "MatrixGame",
        "GradientPlay",
    ):
        widget = GALLERY[name]()
        parts = everything_in(widget.ui)
        place = next(i for i, part in enumerate(parts) if isinstance(part, ipywidgets.Image))
        after = [part for part in parts[place + 1 :] if not hasattr(part, "children")]
        assert not isinstance(after[0], ipywidgets.Image), name
        assert widget._view.layout.max_width == "calc(100% - 4px)", name
