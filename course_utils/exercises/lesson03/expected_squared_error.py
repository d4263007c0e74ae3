# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 3, exercise: the expected loss of a linear decoder under noise, a σ for each latent dimension."""

import torch

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal

FIRST = (
    "One image, three pixels, one code. Without noise the errors are 3, 0 and 0. The column of W has the squared "
    "length 5, and σ² is 9: 9 + 45 = 54."
)
NEAR = " Yours is near: is it an average over draws? The expectation itself can be written down."

expected_squared_error = Exercise(
    "What the noise costs",
    task="""
        A linear decoder makes x̂ = W z: `W` has the shape (D, Z), one row a pixel, one column a latent dimension. The
        code is noisy, z = μ + σ · ε with ε ~ N(0, I), and now every image has its own σ in every latent dimension:
        `mu` and `sigma` have the shape (B, Z), and `x`, shape (B, D), are the images. Return the expected squared
        error E‖x − W z‖² of each image, summed over the pixels, shape (B,): exactly, without drawing anything.
    """,
    signature="expected_squared_error(x, mu, sigma, W)",
    returns=["expected error"],
    axes={"x": "batch pixels", "W": "pixels latent"},
    hints=[
        "x − Wz = (x − Wμ) − W(σ·ε). Square it and take the mean over ε: which part does not depend on ε, and which "
        "part has the mean 0?",
        "What is left is ‖x − Wμ‖² plus the mean of ‖W(σ·ε)‖². The dimensions' noises do not know of each other: "
        "their prices add.",
        "Dimension j moves the image along column j of W. With one σ for all dimensions the price would be σ²‖W‖²_F, "
        "and ‖W‖²_F is the sum of the columns' squared lengths. Now each column has its own σ².",
    ],
    probes=[
        given(x=[[5.0, 1.0, 0.0]], mu=[[1.0]], sigma=[[3.0]], W=[[2.0], [1.0], [0.0]]).note(
            lambda error: FIRST + (NEAR if 0.01 < abs(float(error) - 54) < 2 else "")
        ),
        given(x=[[1.0, 2.0, 0.0]], mu=[[1.0, 1.0]], sigma=[[0.5, 3.0]], W=[[1.0, 0.0], [2.0, -1.0], [0.0, 1.0]]).note(
            "Two dimensions with σ = 0.5 and 3; the columns of W have the squared lengths 5 and 2: the noise costs "
            "0.25 · 5 + 9 · 2 = 19.25, and the error without noise is 2."
        ),
        given(
            x=[[1.0, 0.0], [0.0, 1.0], [2.0, 2.0]],
            mu=[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]],
            sigma=[[0.0, 0.0], [1.0, 0.0], [0.3, 2.0]],
            W=[[1.0, 0.5], [0.0, 3.0]],
        ).note(
            "Three images, two pixels, two dimensions. Where σ is 0 the autoencoder's error is left. The *columns* "
            "of W have the squared lengths 1 and 9.25, its rows 1.25 and 9."
        ),
        given(
            x=normal(4, 6, seed=311),
            mu=normal(4, 3, seed=312),
            sigma=normal(4, 3, seed=313).exp(),
            W=normal(6, 3, seed=314),
        ).note("Four images, six pixels, three dimensions: every image and dimension has its own σ."),
        given(
            x=normal(5, 4, seed=315),
            mu=normal(5, 4, seed=316),
            sigma=0.1 * normal(5, 4, seed=317).exp(),
            W=normal(4, 4, seed=318, scale=2.0),
        )
        .double()
        .note("As many pixels as dimensions, in float64, and σ about 0.1."),
        given(
            x=normal(7, 5, seed=319),
            mu=normal(7, 2, seed=320),
            sigma=normal(7, 2, seed=321).abs() + 0.2,
            W=normal(5, 2, seed=322),
        ).note("Seven images, five pixels, two dimensions."),
    ],
)


@expected_squared_error.reference
def _(x, mu, sigma, W):
    clean = ((x - mu @ W.T) ** 2).sum(1)
    noise = (sigma**2 * (W**2).sum(0)).sum(1)
    return clean + noise


@expected_squared_error.parts("expected error")
def _(x, mu, sigma, W):
    return {"the error without noise": (x - mu @ W.T) ** 2, "the price of the noise": sigma**2 * (W**2).sum(0)}


@expected_squared_error.terms("expected error")
def _(x, mu, sigma, W):
    columns = (W**2).sum(0)
    missed, step = x - mu @ W.T, sigma @ W.T
    return {
        "‖x − Wμ‖²": (missed**2).sum(1),
        "‖x − Wμ‖": (missed**2).sum(1).sqrt(),
        "Σ |x − Wμ|": missed.abs().sum(1),
        "Σ σ²‖w‖²": (sigma**2 * columns).sum(1),
        "Σ σ‖w‖²": (sigma * columns).sum(1),
        "Σ σ‖w‖": (sigma * columns.sqrt()).sum(1),
        "Σ σ²‖w‖": (sigma**2 * columns.sqrt()).sum(1),
        "Σ σ²": (sigma**2).sum(1),
        "Σ σ²·Σw": (sigma**2 * W.sum(0)).sum(1),
        "D Σ σ²": len(W) * (sigma**2).sum(1),
        "‖W‖²": columns.sum() * torch.ones_like(mu[:, 0]),
        "Σ μ²‖w‖²": (mu**2 * columns).sum(1),
        "‖Wσ‖²": (step**2).sum(1),
        "(x − Wμ)·Wσ": (missed * step).sum(1),
    }


@expected_squared_error.mistake(
    """You left the noise out: this is the error of the autoencoder, with z = μ. The noise has the mean 0, but its
    *square* has not: add what it costs."""
)
def noise_left_out(x, mu, sigma, W):
    return ((x - mu @ W.T) ** 2).sum(1)


@expected_squared_error.mistake(
    """You used σ where the price has σ². The mean of (σ·ε)² is σ²: noise twice as wide costs four times as much."""
)
def sigma_for_its_square(x, mu, sigma, W):
    return ((x - mu @ W.T) ** 2).sum(1) + (sigma * (W**2).sum(0)).sum(1)


@expected_squared_error.mistake(
    """You count the noise of the code, Σσ², and not what it does to the image: W is missing from the price. A
    dimension along which the decoder is steep makes its noise dear."""
)
def no_decoder(x, mu, sigma, W):
    return ((x - mu @ W.T) ** 2).sum(1) + (sigma**2).sum(1)


@expected_squared_error.mistake(
    """You charge Σσ² once for each pixel, as if the noise were added to the pixels. It is added to the code and
    reaches the pixels through W: dimension j costs σ² times the squared length of column j of W."""
)
def noise_on_the_pixels(x, mu, sigma, W):
    return ((x - mu @ W.T) ** 2).sum(1) + len(W) * (sigma**2).sum(1)


@expected_squared_error.mistake(
    """You used the spectral norm of W: its largest stretch of any direction. The noise shakes all directions, each in
    its turn, so what counts is the sum of all squares (Frobenius), taken apart by columns."""
)
def spectral_norm(x, mu, sigma, W):
    return ((x - mu @ W.T) ** 2).sum(1) + sigma.square().sum(1) * torch.linalg.matrix_norm(W, 2) ** 2


@expected_squared_error.mistake(
    """You gave every dimension the whole ‖W‖²_F. Dimension j moves the image along column j of W only: it costs σ²
    times the squared length of *that* column. (With one σ for all, summing the columns gives σ²‖W‖²_F, and just
    once.)"""
)
def whole_norm_for_each(x, mu, sigma, W):
    return ((x - mu @ W.T) ** 2).sum(1) + (sigma**2).sum(1) * (W**2).sum()


@expected_squared_error.mistake(
    """You took the average σ² of the image's dimensions times ‖W‖²_F, as if one σ served them all. A wide σ along a
    short column of W is cheap, along a long one dear: multiply each σ² by its own column's squared length, then
    add."""
)
def average_sigma(x, mu, sigma, W):
    return ((x - mu @ W.T) ** 2).sum(1) + (sigma**2).mean(1) * (W**2).sum()


@expected_squared_error.mistake(
    """You put ε = 1 in: this is the error at the one point z = μ + σ. The expectation runs over all ε; parts with ε
    to the first power have the mean 0, and so have products of two dimensions' noises."""
)
def at_the_edge(x, mu, sigma, W):
    return ((x - (mu + sigma) @ W.T) ** 2).sum(1)


ROWS = """You added the squares of W along its rows: one number for each pixel. But σ belongs to a latent dimension, so
    what it meets must have one number for each of those, too. Which axis of W are the latent dimensions?"""


@expected_squared_error.mistake(ROWS)
def rows_for_columns_in_a_product(x, mu, sigma, W):
    return ((x - mu @ W.T) ** 2).sum(1) + sigma**2 @ (W**2).sum(1)


@expected_squared_error.mistake(ROWS)
def rows_for_columns(x, mu, sigma, W):
    return ((x - mu @ W.T) ** 2).sum(1) + (sigma**2 * (W**2).sum(1)).sum(1)


@expected_squared_error.mistake(
    """Your price is ‖Wσ‖²: the columns are added before they are squared, which also makes products of two
    *different* dimensions. Their noises do not know of each other, so the mean of such a product is 0. Square first,
    then add."""
)
def products_of_dimensions(x, mu, sigma, W):
    return ((x - mu @ W.T) ** 2).sum(1) + ((sigma @ W.T) ** 2).sum(1)


@expected_squared_error.mistake(
    """You draw noise, so the result is another one on every call. For a linear decoder the expectation can be written
    down, without any draw: what is the mean of ‖W(σ·ε)‖²?"""
)
def drawn(x, mu, sigma, W):
    eps = torch.randn(200, *mu.shape, dtype=mu.dtype)
    return ((x - (mu + sigma * eps) @ W.T) ** 2).sum(2).mean(0)


@expected_squared_error.mistake(
    """You multiply rows of shape (B, Z) by W itself (or by its squares), which has one row a pixel and one column a
    latent dimension, (D, Z): these do not fit. From codes to pixels it is `@ W.T`."""
)
def decoder_not_transposed(x, mu, sigma, W):
    return ((x - mu @ W) ** 2).sum(1) + (sigma**2 * (W**2).sum(0)).sum(1)
