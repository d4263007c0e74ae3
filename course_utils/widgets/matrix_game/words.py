"""What `MatrixGame` says of a game in words."""

from collections.abc import Sequence

from course_utils.widgets.base.text import number
from course_utils.widgets.matrix_game.presets import Names, Preset, Table
from course_utils.widgets.matrix_game.sets import EquilibriumSet, Range

PLAYERS = ("the row player", "the column player")


def short(value: float, decimals: int = 3) -> str:
    """Format a payoff with as many digits as it needs, at most so many after the point.

    Examples
    --------
    >>> short(-1.0), short(0.5), short(2 / 3)
    ('−1', '0.5', '0.667')
    """
    text = number(value, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def place_words(p: float, q: float, payoffs: tuple[float, float]) -> str:
    """Say what both earn at a place."""
    return (
        f"p = {number(p)}, q = {number(q)}: {PLAYERS[0]} earns {short(payoffs[0])} on average, "
        f"{PLAYERS[1]} {short(payoffs[1])}"
    )


def gain_words(gains: tuple[float, float], better: Names) -> str:
    """Say who would gain how much by which change of their own; a gain of 0 is none."""
    parts = [
        f"{player} would gain {_gain(gain)} with “{name}”"
        for player, gain, name in zip(PLAYERS, gains, better, strict=True)
        if gain > 0
    ]
    if not parts:
        return "Neither would gain by a change of their own: this is an equilibrium"
    text = f"By a change of their own: {' and '.join(parts)}"
    return text if len(parts) == 2 else f"{text}, {PLAYERS[0 if gains[1] > 0 else 1]} nothing"


def _gain(gain: float) -> str:
    return short(gain) if gain >= 0.0005 else "less than 0.001"


def set_words(found: Sequence[EquilibriumSet], game: Preset) -> list[str]:
    """Say of every set of equilibria what is played there and what is earned, one line each."""
    lines = []
    for n, one in enumerate(found, start=1):
        if one.kind == "square":
            what = "every p and every q, for what a player does never changes what that player earns"
        else:
            kind = "a whole segment" if one.kind == "segment" else one.kind
            what = f"{kind}: {_played('row', one.p, game.rows)}; {_played('column', one.q, game.columns)}"
        earned = " and ".join(_between(payoff) for payoff in one.payoffs)
        lines.append(f"Equilibrium {n}, {what}; payoffs {earned}")
    return lines


def _played(player: str, probability: Range, names: Names) -> str:
    low, high = probability
    if low < high:
        return f"{player} “{names[0]}” with any probability from {number(low)} to {number(high)}, else “{names[1]}”"
    if low in (0.0, 1.0):
        return f"{player} “{names[0] if low else names[1]}”"
    return f"{player} “{names[0]}” with probability {number(low)}, else “{names[1]}”"


def _between(payoff: Range) -> str:
    low, high = map(short, payoff)
    return low if low == high else f"{low} to {high}"


def dominance_words(own: Table, names: Names, player: str) -> list[str]:
    """Say whether one strategy is better, or never worse, whatever the other player does; `own` has a row for each."""
    gains = [first - second for first, second in zip(*own, strict=True)]
    if not any(gains):
        return [f"{player.capitalize()} earns the same with both, whatever the other does"]
    for better, signed in ((0, gains), (1, [-gain for gain in gains])):
        worse = names[1 - better]
        if min(signed) > 0:
            return [
                f"“{names[better]}” dominates: {player} earns more with it than with “{worse}”, whatever the other does"
            ]
        if min(signed) == 0:
            return [f"“{names[better]}” never earns {player} less than “{worse}”, and sometimes more"]
    return []
