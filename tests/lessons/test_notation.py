"""docs/notation.md against the lessons: every symbol is there, with its first lesson and the shape that it has."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
import torch

from course_utils import losses, metrics
from course_utils.data import load_images
from course_utils.models import VAE, Discriminator

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "notation.md").read_text(encoding="utf-8")
LESSONS = {int(path.name[:2]): path for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
UNITS = {"nats", "grey", "code", "pixels", "count", "–"}
GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta", "η": "eta"}
GREEK |= {
    "θ": "theta",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "mu",
    "ν": "nu",
    "ξ": "xi",
    "π": "pi",
    "ρ": "rho",
    "σ": "sigma",
}
GREEK |= {"τ": "tau", "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta"}
GREEK |= {"Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega"}
GREEK |= {"ϵ": "epsilon", "ϕ": "phi"}  # drawn otherwise, and another letter to who reads
MATH = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL)
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
# A name in another alphabet; a letter with something on top; any command; a letter.
LETTER = re.compile(
    r"\\(?:mathrm|mathcal|mathbb|operatorname)\{\w+\}|\\(?:hat|bar|dot|tilde) ?\{?\\?[a-zA-Z]+\}?|\\[a-zA-Z]+|[a-zA-Z]"
)


class Row(NamedTuple):
    symbol: str
    code: str
    shape: str
    unit: str
    lesson: int


def plain(math):
    """Return a formula without what only makes it look well: `q(z \\mid x)` is `q(z\\mid x)`."""
    math = re.sub(r"\\[lr]?Vert(?![a-zA-Z])", r"\\|", math.strip("$"))
    math = re.sub(r"\\(?:[bB]ig+|left|right|textstyle)(?![a-zA-Z])|\\[,;! ]", "", math)
    return re.sub(r"(\\[a-zA-Z]+)\s+(?=[a-zA-Z])|\s+", lambda found: f"{found[1]} " if found[1] else "", math)


def letters(math):
    """Return the symbols of a formula that must have a meaning, each once."""
    named = LETTER.findall(re.sub(r"\\text\{[^{}]*\}|\\(?:begin|end)\{\w+\}|\\\|_F", " ", plain(math)))
    greek = {f"\\{name}" for name in GREEK.values()}
    return list(dict.fromkeys(name for name in named if name in greek or not re.fullmatch(r"\\[a-zA-Z]+", name)))


@cache
def lesson(number):
    """Return a lesson's formulas, its letters (also Greek ones in running text), and its code."""
    cells = nbformat.read(LESSONS[number], as_version=4).cells
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    prose = [CODE.sub(" ", text) for text in texts]
    formulas = [plain(math) for text in prose for math in MATH.findall(text)]
    running = "".join(MATH.sub(" ", text) for text in prose)
    known = {letter for math in formulas for letter in letters(math)}
    known |= {f"\\{name}" for sign, name in GREEK.items() if sign in running}
    code = "\n".join(
        [cell.source for cell in cells if cell.cell_type == "code"] + [c for t in texts for c in CODE.findall(t)]
    )
    return formulas, known, code


def rows():
    """Return the rows of all tables of symbols."""
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.splitlines() if line.startswith("| $")]
    return [Row(plain(symbol), code.strip("`"), shape, unit, int(n)) for symbol, code, _, shape, unit, n in cells]


ROWS = rows()
written = pytest.mark.parametrize(
    "row", [r for r in ROWS if r.lesson in LESSONS], ids=lambda r: f"{r.lesson} {r.symbol}"
)


def head(row):
    """Return the letter that a row explains."""
    return (letters(row.symbol) or [row.symbol])[0]


def stands_in(row, number, *, but_in=()):
    """Say whether a lesson has the row's symbol; a single letter may also stand `but_in` other symbols."""
    formulas, known, _ = lesson(number)
    if letters(row.symbol) != [row.symbol]:
        return any(row.symbol in formula for formula in formulas)
    if not but_in:
        return row.symbol in known
    for other in but_in:
        formulas = [formula.replace(other, " ") for formula in formulas]
    return any(row.symbol in letters(formula) for formula in formulas)  # p does not stand in \top


# ---- the rules do find what they look for ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("math", "expected"),
    [
        (r"$q(z \mid x)$", r"q(z\mid x)"),
        (r"$\mathrm{KL}\big(q(z)\,\|\, p\big)$", r"\mathrm{KL}(q(z)\|p)"),
        (r"$\lVert W\rVert_F^2$", r"\|W\|_F^2"),
        ("$$a =\n  b$$", "a=b"),
    ],
)
def test_plain_keeps_what_a_formula_says(math, expected):
    assert plain(math) == expected


@pytest.mark.parametrize(
    ("math", "expected"),
    [
        (r"$\hat x = g(f(x))$", [r"\hat x", "g", "f", "x"]),
        (r"$\log\sigma^2 \to n_\text{out}$", [r"\sigma", "n"]),
        (r"$\mathrm{KL}_j\top \mathbb{E}$", [r"\mathrm{KL}", "j", r"\mathbb{E}"]),
        (r"$wx + b$", ["w", "x", "b"]),
    ],
)
def test_letters_are_what_needs_a_meaning(math, expected):
    assert letters(math) == expected


# ---- the page and the lessons ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", LESSONS)
def test_every_letter_of_a_lesson_has_a_meaning_by_then(number):
    explained = {head(row) for row in ROWS if row.lesson <= number}
    assert sorted(lesson(number)[1] - explained) == [], "remedy: enter it in docs/notation.md"


@written
def test_symbol_stands_in_the_lesson_that_introduces_it(row):
    assert stands_in(row, row.lesson)


@written
def test_symbol_stands_in_no_earlier_lesson_without_a_meaning(row):
    meanings = [other.symbol for other in ROWS if head(other) == head(row) and other.lesson < row.lesson]
    if row.symbol not in meanings:  # else it is a second meaning of the letter
        longer = tuple(sorted(meanings, key=len, reverse=True))
        assert [n for n in LESSONS if n < row.lesson and stands_in(row, n, but_in=longer)] == []


@written
def test_name_in_code_stands_in_the_lesson_too(row):
    assert row.code == "–" or re.search(rf"\b{re.escape(row.code)}\b", lesson(row.lesson)[2])


def test_rows_are_different_and_their_units_are_the_ones_listed():
    assert len({(row.symbol, row.lesson) for row in ROWS}) == len(ROWS)
    assert {unit.rstrip("²") for row in ROWS for unit in row.unit.split(" / ")} <= UNITS
    assert all(f"*{unit}*" in PAGE for unit in UNITS - {"–"})


# ---- shapes ---------------------------------------------------------------------------------------------------------

SIZES = {"B": 5, "C": 1, "H": 28, "W": 28, "D": 784, "Z": 3, "K": 4}


@cache
def measured():
    """Return what the package makes of five images with three latent numbers, by its name in code."""
    x = load_images().test.images[: SIZES["B"]]
    model = VAE(SIZES["Z"])
    logits, mu, logvar, z = model(x)
    std, kl, nll = torch.exp(0.5 * logvar), losses.kl_standard_normal(mu, logvar), losses.bernoulli_nll(logits, x)
    return {
        "x": x,
        "x_hat": logits.sigmoid(),
        "mean": x.flatten(1).mean(0),
        "logits": logits,
        "z": z,
        "mu": mu,
        "logvar": logvar,
        "std": std,
        "eps": (z - mu) / std,
        "kl": kl,
        "nll": nll,
        "bernoulli_nll": nll,
        "loss": (nll + kl).mean(),
        "kl_per_dimension": metrics.kl_per_dimension(mu, logvar),
        "iwae_bound": metrics.iwae_bound(model, x, SIZES["K"]),
        "log_w": torch.stack([metrics.iwae_bound(model, x, 1) for _ in range(SIZES["K"])]),
        "discriminator": Discriminator(shape=x.shape[1:])(x),
        "sigmoid": torch.sigmoid(torch.tensor(0.0)),
        **dict.fromkeys(["w", "b", "h", "beta", "tau", "eta", "padding", "kernel_size"], torch.tensor(1.0)),
    }


@pytest.mark.parametrize(
    "row", [r for r in ROWS if r.code != "–" and "(" in r.shape], ids=lambda r: f"{r.lesson} {r.code}"
)
def test_shape_is_what_the_package_makes(row):
    if row.code == "weight":
        assert row.shape == "(out, in)"
        assert tuple(torch.nn.Linear(2, 16).weight.shape) == (16, 2)
        return
    assert tuple(SIZES[axis] for axis in re.findall(r"\w+", row.shape)) == tuple(measured()[row.code].shape)


def test_shapes_name_axes_that_are_listed():
    listed = set(re.findall(r"^\| (\w) \|", PAGE, re.MULTILINE))
    used = {axis for row in ROWS for axis in re.findall(r"\w+", row.shape)} - {"out", "in"}
    assert used == listed == set(SIZES)
