"""Matrix games against nashpy, against the definition of an equilibrium, and against games whose answer is known."""

import itertools
import random
import warnings

import nashpy
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.games import best_responses, is_degenerate, nash_equilibria, pure_equilibria, regrets

PENNIES = [[1.0, -1.0], [-1.0, 1.0]]
DILEMMA = [[3.0, 0.0], [5.0, 1.0]], [[3.0, 5.0], [0.0, 1.0]]


def found(A, B=None) -> set[tuple[float, ...]]:
    return {tuple(round(v, 6) + 0.0 for v in (*e.p.tolist(), *e.q.tolist())) for e in nash_equilibria(A, B)}


def rounded(pairs) -> set[tuple[float, ...]]:
    return {tuple(round(float(v), 6) + 0.0 for v in (*p, *q)) for p, q in pairs}


def random_game(seed: int, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    return generator.normal(size=shape), generator.normal(size=shape)


@pytest.mark.parametrize(
    ("shape", "games"), [((2, 2), 60), ((2, 3), 30), ((3, 2), 30), ((3, 3), 40), ((4, 3), 10), ((4, 4), 6)]
)
def test_equilibria_of_random_games_are_those_of_nashpy(shape, games):
    for seed in range(games):
        A, B = random_game(seed, shape)
        # its support_enumeration misses some: those in which a strategy that is not played comes out as −1e-17
        theirs = rounded(nashpy.Game(A, B).vertex_enumeration())
        assert found(A, B) == theirs
        assert not is_degenerate(A, B)
        assert len(theirs) % 2 == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (2, 2)])
def test_equilibria_of_small_games_are_those_of_nashpy_s_support_enumeration_too(shape):
    for seed in range(20):
        A, B = random_game(seed, shape)
        assert found(A, B) == rounded(nashpy.Game(A, B).support_enumeration())


@pytest.mark.parametrize("shape", [(2, 2), (3, 3)])
def test_zero_sum_games_have_the_value_of_linear_programming(shape):
    for seed in range(5):
        A, _ = random_game(seed, shape)
        (p, q, payoffs), *_ = nash_equilibria(A)
        theirs = nashpy.Game(A).linear_program()
        assert payoffs[0] == pytest.approx(theirs[0] @ A @ theirs[1], abs=1e-9) == -payoffs[1]
        assert (torch.as_tensor(A) @ q).max().item() == pytest.approx((p @ torch.as_tensor(A)).min().item())


whole = st.integers(-2, 2)
tables = st.tuples(st.integers(1, 3), st.integers(1, 3)).flatmap(
    lambda shape: st.tuples(
        *[st.lists(st.lists(whole, min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0])] * 2
    )
)


@settings(max_examples=60, deadline=None)
@given(tables)
def test_in_any_game_also_a_degenerate_one_there_is_an_equilibrium_and_nobody_gains(game):
    A, B = game
    equilibria = nash_equilibria(A, B)
    assert equilibria
    for p, q, payoffs in equilibria:
        assert max(regrets(A, B, p, q)) < 1e-8
        mixed = [row for row in range(len(p)) if p[row] > 0]
        assert set(mixed) <= set(best_responses(A, q))
        assert {c for c in range(len(q)) if q[c] > 0} <= set(best_responses(torch.tensor(B, dtype=torch.float64).T, p))
        assert payoffs == pytest.approx(tuple((p @ torch.tensor(T, dtype=torch.float64) @ q).item() for T in game))
    pure = {
        (row, column)
        for p, q, _ in equilibria
        for row, column in [(int(p.argmax()), int(q.argmax()))]
        if p[row] == q[column] == 1
    }
    assert pure == set(pure_equilibria(A, B))  # a pure equilibrium is always a corner
    if not is_degenerate(A, B):
        assert len(equilibria) % 2 == 1


def rational_vertices(answers, n: int):
    """Return the corners of {(mix, payoff): no answer earns more than payoff}, by trying every choice of what binds."""
    corners = {}
    table = np.array(answers, dtype=float)  # (answers, n)
    for tight in itertools.combinations(range(n + len(table)), n):
        rows = [[1.0] * n + [0.0]]
        rows += [[float(j == i) for j in range(n)] + [0.0] if i < n else [*table[i - n], -1.0] for i in tight]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                solved = np.linalg.solve(np.array(rows), [1.0] + [0.0] * n)
            except np.linalg.LinAlgError:
                continue
        mix, payoff = solved[:-1], solved[-1]
        if mix.min() > -1e-9 and (table @ mix).max() < payoff + 1e-9:
            corners[tuple(np.round(mix, 6) + 0.0)] = mix
    return list(corners.values())


@pytest.mark.parametrize("seed", range(25))
def test_degenerate_games_give_all_corners_of_their_equilibria(seed):
    draw = random.Random(seed)
    m, n = draw.choice([(2, 2), (2, 3), (3, 3)])
    A, B = ([[draw.randint(0, 2) for _ in range(n)] for _ in range(m)] for _ in range(2))
    pairs = itertools.product(rational_vertices(np.array(B).T, m), rational_vertices(A, n))
    expected = rounded(
        (p, q) for p, q in pairs if max(regrets(A, B, *map(torch.tensor, (p.clip(0), q.clip(0))))) < 1e-9
    )
    assert found(A, B) == expected


@pytest.mark.parametrize(
    ("A", "B", "expected"),
    [
        (PENNIES, None, {(0.5, 0.5, 0.5, 0.5)}),
        (*DILEMMA, {(0, 1, 0, 1)}),
        ([[2, 0], [0, 1]], [[1, 0], [0, 2]], {(1, 0, 1, 0), (0, 1, 0, 1), (0.666667, 0.333333, 0.333333, 0.666667)}),
        ([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], None, {(0.333333,) * 6}),
        # degenerate: with the first row, the column player may do anything up to q = (½, ½)
        ([[1, 1], [0, 2]], [[1, 1], [0, 2]], {(1, 0, 1, 0), (1, 0, 0.5, 0.5), (0, 1, 0, 1)}),
        ([[0, 0], [0, 0]], None, {(*p, *q) for p in ((1, 0), (0, 1)) for q in ((1, 0), (0, 1))}),
    ],
)
def test_known_games(A, B, expected):
    assert found(A, B) == expected


def test_segment_between_exchangeable_corners_holds_equilibria_only():
    A = B = [[1, 1], [0, 2]]
    assert is_degenerate(A, B)
    for q in (1.0, 0.9, 0.5):
        assert regrets(A, B, [1, 0], [q, 1 - q]) == pytest.approx((0, 0))
    assert regrets(A, B, [1, 0], [0.4, 0.6])[0] == pytest.approx(0.2)


@pytest.mark.parametrize(("scale", "shift"), [(1e-6, 0.0), (1e6, 0.0), (1.0, 1e4), (1e-3, -7.0)])
def test_equilibria_know_neither_the_unit_nor_the_zero_of_payoffs(scale, shift):
    A, B = random_game(3, (3, 3))
    assert found(scale * A + shift, B) == found(A, B)
    assert best_responses(scale * A + shift, [0.2, 0.3, 0.5]) == best_responses(A, [0.2, 0.3, 0.5])


def test_a_tie_is_seen_through_the_rounding_of_float32_and_far_from_zero():
    A = torch.tensor([[7.0, 0.0], [0.0, 3.0]], dtype=torch.float64)
    for far in (0.0, 1e12):
        assert best_responses(A + far, torch.tensor([0.3, 0.7])) == [0, 1]
        assert best_responses(A + far, [0.3, 0.7]) == [0, 1]
        assert best_responses(A + far, [0.3 + 1e-6, 0.7 - 1e-6]) == [0]
        assert best_responses(A + far, [0.3 + 1e-8, 0.7 - 1e-8]) == [0]  # as numbers that are not of float32


def test_inputs_may_be_tensors_arrays_or_lists_and_stay_as_they_were():
    A = torch.tensor(PENNIES)
    before = A.clone()
    assert found(A) == found(A.numpy()) == found(PENNIES)
    assert torch.equal(A, before)
    assert found(A.requires_grad_()) == found(PENNIES)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nash_equilibria([1.0, 2.0]), r"`A` must have shape \(M, N\)"),
        (lambda: nash_equilibria(PENNIES, [[1.0, 2.0]]), r"`B` must have shape \(2, 2\), got \(1, 2\); both players"),
        (lambda: pure_equilibria([[float("nan"), 1.0]]), "`A` must hold finite payoffs"),
        (lambda: best_responses([[1e308, -1e308]], [1, 0]), "`payoffs` must hold finite payoffs"),
        (lambda: nash_equilibria([[]]), "`A` must hold finite payoffs, at least one"),
        (lambda: nash_equilibria([[1, 2], [3]]), "`A` must be a tensor or lists of numbers, all of one length"),
        (lambda: regrets(PENNIES, None, ["a", "b"], [1, 0]), "`p` must be a tensor or lists of numbers"),
        (lambda: regrets(PENNIES, None, [0.7, 0.7], [1, 0]), "`p` must hold probabilities, .* the sum 1, got"),
        (lambda: regrets(PENNIES, None, [1, 0], [1.5, -0.5]), "`q` must hold probabilities, >= 0"),
        (lambda: best_responses(PENNIES, [1.0]), r"`opponent` must have shape \(2,\s?\), got \(1,\)"),
    ],
)
def test_what_is_no_game_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
