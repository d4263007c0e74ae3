"""Lesson 4: which number stands in the place of σ."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import softplus

_SPREADS: dict[str, Callable[[Tensor], Tensor]] = {
    "0 here: nothing of it is left in z": torch.zeros_like,
    "1, whatever `logvar` says: it is not scaled": torch.ones_like,
    "`exp(logvar)`, which is σ²: the root of it is σ": torch.exp,
    "`½·exp(logvar)`: the ½ belongs inside the exponent": lambda v: 0.5 * v.exp(),
    "`exp(2·logvar)`, which is σ⁴: from σ² to σ the exponent is halved": lambda v: (2 * v).exp(),
    "`exp(¼·logvar)`, which is √σ: one root too many": lambda v: (0.25 * v).exp(),
    "`exp(−½·logvar)`, which is 1/σ: wide clouds become narrow": lambda v: (-0.5 * v).exp(),
    "`exp(−logvar)`, which is 1/σ²: wide clouds become narrow": lambda v: (-v).exp(),
    "−σ: it is subtracted. The draws have the right distribution; with a given ε it is another z": lambda v: (
        -(0.5 * v).exp()
    ),
    "`logvar` itself, the logarithm of σ²: undo the logarithm first": lambda v: v,
    "`½·logvar`, which is log σ: one `exp` is missing": lambda v: 0.5 * v,
    "`logvar²`: neither the logarithm nor the square is undone": torch.square,
    "`log(logvar)`: it is a logarithm already; undo it with `exp`": torch.log,
    "`√logvar`: first `exp` gives σ², then the root gives σ": torch.sqrt,
    "`exp(√logvar)`: the root belongs round the exponential, not inside it": lambda v: v.sqrt().exp(),
    "`exp` applied twice, `exp(½·exp(logvar))`: once is enough to undo a logarithm": lambda v: (0.5 * v.exp()).exp(),
    "`exp` applied twice, `exp(exp(½·logvar))`: once is enough to undo a logarithm": lambda v: (0.5 * v).exp().exp(),
    "`exp` applied twice, `exp(exp(logvar))`: once is enough to undo a logarithm": lambda v: v.exp().exp(),
    "`softplus(logvar)`: that is for a head that outputs no logarithm; this one outputs log σ²": softplus,
    "a power of 2: all logarithms here are natural ones, so undo them with `exp`": lambda v: torch.exp2(0.5 * v),
}
"""What stands in the place of σ, in words, and as a function of logvar."""


def name_spread(used: Tensor, logvar: Tensor, *, tolerance: float = 1e-4, signed: bool = True) -> str:
    """Say in one sentence what the noise is multiplied by, if it is something well known.

    Parameters
    ----------
    used, logvar : Tensor, shape (Z,)
        What the noise is multiplied by, and the logarithm of what σ² should be.
    tolerance : float
        Relative; larger where `used` is estimated from draws.
    signed : bool
        False where only the size of `used` can be known.

    Returns
    -------
    str
        Empty if it is σ, or if nothing of the list fits.
    """
    std = (0.5 * logvar).exp()
    if torch.allclose(used, std, rtol=tolerance):  # first: by its size alone, σ is −σ
        return ""
    for name, function in _SPREADS.items():
        candidate = function(logvar) if signed else function(logvar).abs()
        if torch.allclose(used, candidate, rtol=tolerance, atol=1e-6, equal_nan=True):
            return f"The noise is multiplied by {name}."
    factor = float((used / std).median())
    if not torch.allclose(used, factor * std, rtol=tolerance):
        return ""
    if factor < 0:
        return f"The noise is multiplied by −{-factor:.3g}·σ."
    return f"The noise is turned {'down' if factor < 1 else 'up'}: it spreads by {factor:.3g} times σ here."
