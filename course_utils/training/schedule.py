"""The learning rate over a run."""

import math

WARM_UP = 0.3  # share of the steps in which the learning rate rises
FIRST_LR, LAST_LR = 1 / 25, 1 / 250_000  # as fractions of the peak


def one_cycle(progress: float, lr: float) -> float:
    """Return the learning rate at `progress`: a cosine rise to `lr`, then a cosine fall to almost zero.

    A function of the progress alone, so that a resumed run needs no scheduler state. The curve is that of
    ``torch.optim.lr_scheduler.OneCycleLR``, which puts the peak up to one step earlier.

    Parameters
    ----------
    progress : float
        Share of the run that is over, in [0, 1].
    lr : float
        Peak, reached at 0.3.

    Returns
    -------
    float
        From ``lr / 25`` to `lr` to ``lr / 250_000``.

    References
    ----------
    L. N. Smith and N. Topin (2018), *Super-Convergence*, https://arxiv.org/abs/1708.07120

    Examples
    --------
    >>> [round(one_cycle(p, 1.0), 3) for p in (0, 0.3, 1)]
    [0.04, 1.0, 0.0]
    """
    if progress < WARM_UP:
        start, end, t = FIRST_LR * lr, lr, progress / WARM_UP
    else:
        start, end, t = lr, LAST_LR * lr, (progress - WARM_UP) / (1 - WARM_UP)
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * t))
