"""The pictures drawn beforehand: each at its place, and closed when they have been drawn."""

import io
import math
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from gallery import bars, flipbook
from matplotlib.figure import Figure
from PIL import Image

from course_utils.widgets import Flipbook


def png_of(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi="figure")
    return buffer.getvalue()


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def test_each_position_shows_the_picture_that_was_given_for_it() -> None:
    given = [pixels(png_of(figure)) for figure in bars(4)]
    widget = flipbook()
    for value in (20, 0, 5, 1, 20):
        widget.set(value=value)
        at = [0, 1, 5, 20].index(value)
        assert np.array_equal(pixels(widget.png), given[at])
        assert widget.text.splitlines() == [
            f"epoch = {value}, picture {at + 1} of 4",
            ["no", "hardly", "some", "all"][at],
        ]
        assert widget.controls["play"].value == at


def test_png_files_are_shown_as_they_are_and_may_be_mixed_with_figures() -> None:
    files = [png_of(figure) for figure in bars(2)]
    widget = Flipbook([*files, bars(3)[2]], alt="Bars.")
    assert widget.png == files[0]
    widget.set(value=1)
    assert widget.png == files[1]
    widget.set(value=2)
    assert np.array_equal(pixels(widget.png), pixels(png_of(bars(3)[2])))


def test_playing_takes_the_slider_along_and_the_other_way_round() -> None:
    widget = flipbook(values=[10, 3.5, -2, 0])
    for at, value in enumerate([10, 3.5, -2, 0]):
        widget.controls["play"].set_state({"value": at})
        assert widget.controls["value"].value == value
        assert widget.text.startswith(f"epoch = {value:g}".replace("-", "−"))
    widget.set(value=3.5)
    assert widget.controls["play"].value == 1
    assert (widget.controls["play"].min, widget.controls["play"].max) == (0, 3)


def test_figures_are_closed_and_files_of_others_are_left_alone() -> None:
    before = plt.get_fignums()
    figures = [plt.figure(figsize=(2, 1)) for _ in range(3)]
    other = plt.figure()
    Flipbook(figures, alt="Nothing.")
    assert plt.get_fignums() == [*before, other.number]
    plt.close(other)


def test_nothing_is_closed_that_is_refused() -> None:
    figures = [plt.figure(figsize=(2, 1)), plt.figure(figsize=(3, 1))]
    with pytest.raises(ValueError, match="one size"):
        Flipbook(figures, alt="Nothing.")
    assert all(plt.fignum_exists(figure.number) for figure in figures)
    for figure in figures:
        plt.close(figure)


def test_still_picture_has_the_moment_and_a_strip_from_first_to_last() -> None:
    widget = Flipbook(bars(9), values=[2**i for i in range(9)], label="width", alt="Bars.")
    written: list[str] = []
    original = Figure.text

    def note(figure: Figure, x: float, y: float, text: str, **style: object) -> object:
        written.append(text)
        return original(figure, x, y, text, **style)

    widget.set(value=8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "text", note)
        still = pixels(widget._still())
    assert [text for text in written if text.startswith("width")] == [
        "width = 8, picture 4 of 9",
        *(f"width = {2**i}" for i in (0, 2, 4, 6, 8)),
    ]
    difference = np.abs(still[:200, :400].astype(int) - pixels(png_of(bars(4)[3]))).mean()
    assert difference < 2  # a palette of 256 colours


def test_alternative_text_says_what_is_shown_and_where() -> None:
    widget = flipbook(label="steps", values=[1, 10, 100, 1000])
    widget.set(value=1000)
    assert widget._alt() == (
        "Bars that become more and more. One picture for each of 4 values of steps, from 1 to 1,000; "
        "shown is steps = 1,000."
    )


def maps(**arguments: object) -> Flipbook:
    """Pictures on two numbers: three perplexities, given in no order, and two seeds."""
    keys = [(perplexity, seed) for perplexity in (30, 5, 100) for seed in (0, 1)]
    usual: dict = {"label": ("perplexity", "seed"), "alt": "Bars."}
    return Flipbook(dict(zip(keys, bars(6), strict=True)), **usual | arguments)


def test_a_dict_has_a_slider_for_each_part_of_its_keys() -> None:
    given = [pixels(png_of(figure)) for figure in bars(6)]
    widget = maps(texts={(p, s): f"after {p} and {s}" for s in (0, 1) for p in (5, 30, 100)})
    assert list(widget.controls) == ["perplexity", "seed", "play"]
    assert [stop for _, stop in widget.controls["perplexity"].options] == [30, 5, 100]
    for perplexity, seed, at in [(5, 1, 3), (100, 1, 5), (100, 0, 4), (30, 0, 0)]:
        widget.set(perplexity=perplexity, seed=seed)
        assert np.array_equal(pixels(widget.png), given[at])
        assert widget.controls["play"].value == at
        said = [f"perplexity = {perplexity}, seed = {seed}, picture {at + 1} of 6", f"after {perplexity} and {seed}"]
        assert widget.text.splitlines() == said
    for at in (3, 5):
        widget.controls["play"].set_state({"value": at})
        assert (widget.controls["perplexity"].value, widget.controls["seed"].value) == ((30, 5, 100)[at // 2], at % 2)
        assert np.array_equal(pixels(widget.png), given[at])
    widget.controls["seed"].set_state({"index": 0})
    assert widget.text.startswith("perplexity = 100, seed = 0,")
    widget._fields["perplexity"].set_state({"value": 8.0})
    assert widget.text.startswith("perplexity = 5, seed = 0,")


def test_a_dict_s_still_has_a_strip_along_the_first_slider() -> None:
    widget = maps()
    widget.set(perplexity=5, seed=1)
    assert [widget._keys[at] for at in widget._strip()] == [(30, 1), (5, 1), (100, 1)]
    assert widget._alt() == (
        "Bars. One picture for each combination of 3 values of perplexity, from 30 to 100, and 2 values of seed, from "
        "0 to 1; shown is perplexity = 5, seed = 1."
    )
    assert pixels(widget._still()).shape[1] == 560


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"label": "perplexity"}, ValueError, "`label` must hold a different text for each number in the keys"),
        ({"label": ("a", "a")}, ValueError, "`label` must hold a different text"),
        ({"label": ("a", "play")}, ValueError, "`label` must hold a different text"),
        ({"label": ("a", " ")}, ValueError, r"`label\[1\]` must be a text and not empty"),
        ({"label": ("a",)}, ValueError, r"as keys tuples of 1 numbers, one for each label, got \(30, 0\)"),
        ({"values": [1] * 6}, ValueError, "`values` must be left out if `pictures` is a dict"),
        ({"texts": ["one"]}, ValueError, "`texts` must hold one for each of the 6 pictures, got 1"),
        ({"texts": dict.fromkeys(range(6), "x")}, ValueError, r"`texts` must have the keys .* none for \(30, 0\)"),
        ({"alt": ""}, ValueError, "`alt` must be a text and not empty"),
    ],
)
def test_what_does_not_fit_a_dict_is_refused_by_name(arguments: dict, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        maps(**arguments)


@pytest.mark.parametrize(
    ("keys", "error", "message"),
    [
        ([(1, 0), (1, 1), (2, 0)], ValueError, r"`pictures` must hold a picture for every combination, .* \(2, 1\)"),
        ([(1, 0), (1, "a")], TypeError, r"`seed in the key \(1, 'a'\)` must be a number"),
        ([(1, 0), (math.inf, 0)], ValueError, r"`perplexity in the key \(inf, 0\)` must be finite"),
        ([(1, 0), 2], ValueError, "as keys tuples of 2 numbers, one for each label, got 2"),
        ([], ValueError, "`pictures` must be a list of at least 2 pictures, got 0"),
    ],
)
def test_keys_that_do_not_fit_are_refused_by_name(keys: list, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Flipbook(dict(zip(keys, bars(9), strict=False)), label=("perplexity", "seed"), alt="Bars.")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"pictures": []}, ValueError, "`pictures` must be a list of at least 2 pictures, got 0"),
        ({"pictures": bars(1)}, ValueError, "at least 2 pictures, got 1"),
        ({"pictures": b"PNG"}, ValueError, "must be a list of at least 2 pictures, got a bytes"),
        ({"pictures": [*bars(1), Figure().add_subplot()]}, TypeError, "got Axes.* at place 1; use ax.figure"),
        ({"pictures": [*bars(2), Figure(figsize=(4, 3))]}, ValueError, "400 × 200 .* at place 0 and 400 × 300 .* 2"),
        ({"pictures": [*bars(1), b"GIF89a"]}, ValueError, "whole PNG files, got 6 bytes at place 1"),
        ({"pictures": [png_of(bars(1)[0])[:300]] * 2}, ValueError, "whole PNG files, got 300 bytes at place 0"),
        ({"values": [1, 2]}, ValueError, "`values` must hold one for each of the 3 pictures, got 2"),
        ({"values": [1, 2, 1]}, ValueError, "`values` must all be different"),
        ({"values": [1, math.nan, 2]}, ValueError, "`values[1]` must be finite, got nan"),
        ({"values": ["a", "b", "c"]}, TypeError, "`values[0]` must be a number, got 'a'"),
        ({"texts": ["one"]}, ValueError, "`texts` must hold one for each of the 3 pictures, got 1"),
        ({"texts": "one"}, ValueError, "`texts` must hold one for each of the 3 pictures, got a str"),
        ({"texts": ["one", "two", 3]}, TypeError, "`texts[2]` must be a text, got 3"),
        ({"alt": " "}, ValueError, "`alt` must be a text and not empty"),
        ({"label": ""}, ValueError, "say what is counted"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(arguments: dict, error: type[Exception], message: str) -> None:
    usual: dict = {"pictures": bars(3), "alt": "Bars."} | arguments
    with pytest.raises(error, match=re.escape(message).replace(r"\.\*", ".*")):
        Flipbook(usual.pop("pictures"), **usual)
