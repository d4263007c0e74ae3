"""Lesson 6: answers that were known mistakes once."""

from dropped import Dropped


def _terms(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar)


DROPPED = [
    Dropped(
        "kl_standard_normal",
        "divided_by_the_batch",
        lambda mu, logvar: _terms(mu, logvar).sum(1) / len(mu),
        ("the size of the batch",),
    ),
]
