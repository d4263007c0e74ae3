"""Facts about draws: judged by their distribution, never by equality of numbers.

Every statistic comes with a standard error from 100 blocks of draws and is compared within `facts.SIGMAS` = 6 of
them, which raises a false alarm in fewer than one of ten million comparisons; a check makes fewer than 40. The
seeds are fixed, so the same function always gets the same verdict.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from course_utils.exercises.machine.facts import Fact, statistic

BLOCKS = 100


def noise_facts(noise: Tensor, *, of: str = "the noise (z − μ)/σ") -> Iterator[Fact]:
    """Yield what tells standard normal noise, fresh for every number, from everything else.

    Parameters
    ----------
    noise : Tensor, shape (N, Z)
        Standardised draws, N a multiple of 100.
    of : str
        What the numbers are, for the verdict.

    Yields
    ------
    Fact
        Are the numbers finite; is there anything; is it fresh for every row, for every column; then, only if it is,
        mean, variance, fourth moment and correlation between the columns.
    """
    noise = noise.detach().double()
    yield Fact(f"finite numbers in {of}", _yes(bool(noise.isfinite().all())), note=_NOT_FINITE)
    some = bool((noise.abs() > 1e-5).any())
    yield Fact(f"any number but 0 in {of}", _yes(some), note=f"There is no noise: {of} is 0 everywhere.")
    rows, columns = variety(noise), fresh_columns(noise)
    yield Fact("different draws for different images", rows, note=_REPEATED.get(rows, _FEW.format(rows)))
    yield Fact(
        "different draws for different latent dimensions",
        _yes(columns) if rows == "yes" else "not measured",
        note="The latent dimensions of an image share one draw: each of them needs its own.",
    )
    if rows == "yes" and columns:
        yield from moment_facts(noise, of)


_NOT_FINITE = (
    "NaN or infinite numbers came back: look for a root or a logarithm of a negative number, or a division by 0."
)
_REPEATED = {
    "no, one draw for all": "The whole batch shares one row: every image gets the same noise, or none. Draw one a row."
}
_FEW = "Images share their draws, or these are not normal: {}. Draw a normal number of its own for each image."


def variety(noise: Tensor) -> str:
    """Say how the rows of `noise`, shape (N, Z), differ: "yes", or what else they do."""
    if bool((noise - noise[0]).abs().max() < 1e-5):
        return "no, one draw for all"
    spread = float(noise[:, 0].std())  # noise that is turned down has as many different values
    distinct = len((noise[:, 0] / (spread or 1.0)).round(decimals=5).unique())
    return "yes" if distinct > 0.5 * len(noise) else f"only {distinct:,} different values among {len(noise):,}"


def fresh_columns(noise: Tensor) -> bool:
    """Whether no two columns of `noise`, shape (N, Z), are the same up to scale and shift."""
    correlation = torch.corrcoef(noise.T).nan_to_num().reshape(noise.shape[1], -1)
    return bool((correlation - torch.diag(correlation.diagonal())).abs().max() < 0.99)


def moment_facts(noise: Tensor, of: str) -> Iterator[Fact]:
    """Yield the moments of standardised draws, shape (N, Z), as statistics with their standard errors."""
    blocks = noise.reshape(BLOCKS, -1, noise.shape[1])
    centred = blocks - blocks.mean(1, keepdim=True)
    variance = centred.square().mean(1)
    mean, spread = noise.mean(0), noise.std(0)
    yield statistic(
        f"the mean of {of}", blocks.mean(1), note=f"The noise is shifted: its mean is {_list(mean)}, not 0."
    )
    way = "down" if float(spread.mean()) < 1 else "up"
    turned = f"The noise is turned {way}: its spread is {_list(spread)} of what it should be."
    yield statistic(f"the variance of {of}", blocks.var(1), note=turned)
    kurtosis = (centred**4).mean(1) / variance.clamp(min=1e-30) ** 2
    yield statistic(f"the fourth moment of {of} over its squared variance (3 if normal)", kurtosis, note=_SHAPE)
    yield statistic(f"the variance of the squared length of {of}", blocks.square().sum(2).var(1), note=_TOGETHER)
    products = (centred * centred.roll(1, dims=2)).mean(1)
    yield statistic(f"the covariance of neighbouring columns of {of}", products, note=_TOGETHER)


_SHAPE = "Mean and spread are right, but not the shape: it is not that of a normal distribution."
_TOGETHER = "The draws of one image depend on each other: each latent dimension needs its own."


def _list(values: Tensor) -> str:
    """Write one number, or one a column if they differ."""
    if float(values.max() - values.min()) <= 0.02 * float(values.abs().max()) + 0.02:
        return f"{float(values.mean()):.2g}"
    return ", ".join(f"{value:.2g}" for value in values.tolist())


def _yes(it_is: bool) -> str:
    return "yes" if it_is else "no"
