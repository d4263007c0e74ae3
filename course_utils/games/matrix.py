"""Matrix games: what answers best, and where nobody gains by a change of their own.

References
----------
.. [1] J. Nash (1951), *Non-cooperative games*, Annals of Mathematics 54(2), 286-295
.. [2] B. von Stengel (2002), *Computing equilibria for two-person games*, Handbook of Game Theory with Economic
   Applications, volume 3, chapter 45
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from course_utils.checks import check_shape

Payoffs = Tensor | Sequence[Sequence[float]]
Mix = Tensor | Sequence[float]
Array = NDArray[np.float64]

#: Payoffs that differ by less than this share of the largest difference of payoffs count as equal.
TOLERANCE: Final = 1e-9


class Equilibrium(NamedTuple):
    """Two mixed strategies, each a best response to the other, and what each player then earns on average."""

    p: Tensor  # (M,), the probabilities of the row player
    q: Tensor  # (N,), those of the column player
    payoffs: tuple[float, float]  # of the row player, of the column player


def best_responses(payoffs: Payoffs, opponent: Mix) -> list[int]:
    """Return the strategies that earn most against a mixed strategy of the other player.

    Parameters
    ----------
    payoffs : Tensor, shape (M, N), or nested lists
        One row for each strategy of the player who answers, one column for each of the opponent. The column player
        answers with ``best_responses(B.T, p)``.
    opponent : Tensor, shape (N,), or list
        The opponent's probabilities.

    Returns
    -------
    list of int
        The rows that earn most; several if they earn the same.

    Raises
    ------
    ValueError
        If the shapes do not fit, or these are no payoffs or no probabilities.

    References
    ----------
    .. [1] J. Nash (1951), *Non-cooperative games*, Annals of Mathematics 54(2), 286-295

    Examples
    --------
    >>> pennies = [[1, -1], [-1, 1]]
    >>> best_responses(pennies, [0.7, 0.3]), best_responses(pennies, [0.5, 0.5])
    ([0], [0, 1])
    """
    table = _table("payoffs", payoffs)
    mix = _mix("opponent", opponent, table.shape[1])
    earned = (table - table.min()) @ mix  # so that payoffs far from 0 keep their digits
    rounding = torch.finfo(opponent.dtype).eps if isinstance(opponent, Tensor) and opponent.is_floating_point() else 0
    slack = max(TOLERANCE, rounding) * (table.max() - table.min())
    return [int(row) for row in (earned >= earned.max() - slack).nonzero().flatten()]


def pure_equilibria(A: Payoffs, B: Payoffs | None = None) -> list[tuple[int, int]]:
    """Return the cells of a game in which neither player gains by a change of their own.

    Parameters
    ----------
    A, B : Tensor, shape (M, N), or nested lists
        Payoffs of the row player and of the column player. Without `B` what one wins the other loses: B = −A.

    Returns
    -------
    list of (int, int)
        Row and column of each: where A is the largest of its column and B the largest of its row. There may be none.

    Raises
    ------
    ValueError
        If these are no payoffs of one game.

    References
    ----------
    .. [1] J. Nash (1951), *Non-cooperative games*, Annals of Mathematics 54(2), 286-295

    Examples
    --------
    >>> pure_equilibria([[3, 0], [5, 1]], [[3, 5], [0, 1]])  # the prisoner's dilemma: both betray
    [(1, 1)]
    >>> pure_equilibria([[1, -1], [-1, 1]])  # matching pennies
    []
    """
    A, B = _game(A, B)
    answers_column = A.amax(0, keepdim=True) - A <= _slack(A)
    answers_row = B.amax(1, keepdim=True) - B <= _slack(B)
    return [(int(row), int(column)) for row, column in (answers_column & answers_row).nonzero()]


def regrets(A: Payoffs, B: Payoffs | None, p: Mix, q: Mix) -> tuple[float, float]:
    """Return how much each player would gain by the best change of their own; both are 0 in an equilibrium.

    Parameters
    ----------
    A, B : Tensor, shape (M, N), or nested lists
        Payoffs of the row player and of the column player; None for B = −A.
    p, q : Tensor, shape (M,) and (N,), or lists
        Their mixed strategies.

    Returns
    -------
    tuple of two floats
        max(A q) − p·A q of the row player, and max(p·B) − p·B q of the column player; never negative.

    Raises
    ------
    ValueError
        If these are no payoffs of one game, or no probabilities.

    References
    ----------
    .. [1] J. Nash (1951), *Non-cooperative games*, Annals of Mathematics 54(2), 286-295

    Examples
    --------
    >>> regrets([[1, -1], [-1, 1]], None, [1.0, 0.0], [0.75, 0.25])
    (0.0, 1.5)
    """
    A, B = _game(A, B)
    p, q = _mix("p", p, A.shape[0]), _mix("q", q, A.shape[1])
    rows, columns = A @ q, p @ B
    gains = rows.max() - p @ rows, columns.max() - columns @ q
    return max(gains[0].item(), 0.0), max(gains[1].item(), 0.0)


def nash_equilibria(A: Payoffs, B: Payoffs | None = None) -> list[Equilibrium]:
    """Return the equilibria of a small game: guess who plays what, solve for the probabilities, keep what holds.

    Whoever mixes several strategies must earn the same with each of them, and it is the *other* player's
    probabilities that see to it. So for every choice of the strategies that one player mixes, and of as many between
    which the other shall be indifferent, one solves linear equations for the probabilities. What comes out as
    probabilities is a candidate; two candidates that are best responses to each other are an equilibrium.

    A degenerate game (`is_degenerate`) may have whole segments of equilibria. Then the corners of all of them are
    returned: every other equilibrium mixes corners that may be exchanged with each other.

    Parameters
    ----------
    A, B : Tensor, shape (M, N), or nested lists
        Payoffs of the row player and of the column player. Without `B` what one wins the other loses: B = −A.
        The work grows exponentially with M and N; five strategies each take a tenth of a second.

    Returns
    -------
    list of Equilibrium
        At least one, as Nash proved; the tensors are float64.

    Raises
    ------
    ValueError
        If these are no payoffs of one game.

    References
    ----------
    .. [1] B. von Stengel (2002), *Computing equilibria for two-person games*, Handbook of Game Theory with Economic
       Applications, volume 3, chapter 45 (algorithms 3.4 and 3.5: equilibria by support, and by vertices)

    Examples
    --------
    >>> for p, q, payoffs in nash_equilibria([[2, 0], [0, 1]], [[1, 0], [0, 2]]):  # battle of the sexes
    ...     print([round(x, 3) for x in (*p.tolist(), *q.tolist(), *payoffs)])
    [1.0, 0.0, 1.0, 0.0, 2.0, 1.0]
    [0.0, 1.0, 0.0, 1.0, 1.0, 2.0]
    [0.667, 0.333, 0.333, 0.667, 0.667, 0.667]
    """
    A, B = _game(A, B)
    rows, columns = _scaled(A), _scaled(B)
    found = [
        (torch.from_numpy(p), torch.from_numpy(q))
        for p, q in product(_candidates(columns), _candidates(rows.T))
        if (rows @ q).max() - p @ rows @ q <= TOLERANCE and (p @ columns).max() - p @ columns @ q <= TOLERANCE
    ]
    return [Equilibrium(p, q, ((p @ A @ q).item(), (p @ B @ q).item())) for p, q in found]


def is_degenerate(A: Payoffs, B: Payoffs | None = None) -> bool:
    """Return whether some mix of k strategies has more than k best responses, so that equilibria may fill segments.

    Parameters
    ----------
    A, B : Tensor, shape (M, N), or nested lists
        Payoffs of the row player and of the column player. Without `B` what one wins the other loses: B = −A.

    Returns
    -------
    bool
        If False, the equilibria are an odd number of points.

    Raises
    ------
    ValueError
        If these are no payoffs of one game.

    References
    ----------
    .. [1] B. von Stengel (2002), *Computing equilibria for two-person games*, Handbook of Game Theory with Economic
       Applications, volume 3, chapter 45 (section 2.6)

    Examples
    --------
    >>> is_degenerate([[1, -1], [-1, 1]]), is_degenerate([[1, 1], [0, 2]], [[1, 1], [0, 2]])
    (False, True)
    """
    A, B = _game(A, B)
    return any(
        len(best_responses(answers, torch.from_numpy(mix))) > (mix > 0).sum()
        for payoffs, answers in ((A.T, A), (B, B.T))
        for mix in _candidates(_scaled(payoffs))
    )


def _candidates(table: Array) -> list[Array]:
    """Return the mixes of the rows that could be part of an equilibrium; `table` (M, N) has the other's payoffs.

    They are the mixes that its strategies determine: those rows, and as many columns that all earn most against them.
    """
    found: list[Array] = []
    for mix in _indifferent(table):
        if mix.min() >= 0 and all(abs(mix - other).max() > TOLERANCE for other in found):
            found.append(mix)
    return found


def _indifferent(table: Array) -> Iterator[Array]:
    """Yield, for rows and as many columns, the weights of the rows for which these columns earn the same, and most."""
    m, n = table.shape
    for size in range(1, min(m, n) + 1):
        for rows in combinations(range(m), size):
            for columns in combinations(range(n), size):
                # Unknown: the rows' weights and the payoff. Every column earns the payoff; the weights sum to 1.
                equations = np.ones((size + 1, size + 1))
                equations[:size, :size] = table[np.ix_(rows, columns)].T
                equations[:size, size], equations[size, size] = -1, 0
                if np.linalg.matrix_rank(equations) <= size:
                    continue  # no weights, or many: then fewer rows or other columns find the corners
                *weights, payoff = np.linalg.solve(equations, np.eye(size + 1)[size])
                mix = np.zeros(m)
                mix[list(rows)] = weights
                mix[abs(mix) < TOLERANCE] = 0
                if (mix @ table).max() <= payoff + TOLERANCE:
                    yield mix


def _game(A: Payoffs, B: Payoffs | None) -> tuple[Tensor, Tensor]:
    A = _table("A", A)
    B = -A if B is None else _table("B", B)
    check_shape(f"{A.shape[0]} {A.shape[1]}", B=B, remedy="both players' payoffs have the shape of `A`")
    return A, B


def _table(name: str, payoffs: Payoffs) -> Tensor:
    table = _doubles(name, payoffs, "M N")
    if not table.numel() or not bool((table.max() - table.min()).isfinite()):  # nor may their difference overflow
        raise ValueError(f"`{name}` must hold finite payoffs, at least one, got {table.tolist()}")
    return table


def _mix(name: str, mix: Mix, n: int) -> Tensor:
    weights = _doubles(name, mix, str(n))
    if bool((weights < 0).any()) or not abs(weights.sum().item() - 1) <= 1e-5:  # what float32 leaves of a sum of 1
        raise ValueError(f"`{name}` must hold probabilities, >= 0 with the sum 1, got {weights.tolist()}")
    return weights


def _doubles(name: str, values: Any, layout: str) -> Tensor:
    try:
        numbers = torch.as_tensor(values, dtype=torch.float64).detach().cpu()
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"`{name}` must be a tensor or lists of numbers, all of one length: {error}") from None
    named: dict[str, Any] = {name: numbers}
    check_shape(layout, **named)
    return numbers


def _scaled(payoffs: Tensor) -> Array:
    """Return payoffs from 0 to 1: the same game, for what is a best response knows neither zero nor unit."""
    low, high = payoffs.min(), payoffs.max()
    scaled: Array = ((payoffs - low) / (high - low if high > low else 1)).numpy()
    return scaled


def _slack(payoffs: Tensor) -> Tensor:
    return TOLERANCE * (payoffs.max() - payoffs.min())
