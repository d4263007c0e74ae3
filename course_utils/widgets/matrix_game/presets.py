"""Games that everybody should have met, with the names of their strategies."""

from typing import Final, NamedTuple

Table = tuple[tuple[float, float], tuple[float, float]]
Names = tuple[str, str]

OWN: Final = "your own"


class Preset(NamedTuple):
    """A game of two strategies each: payoffs of both players, what their strategies are called, what it is about."""

    A: Table
    B: Table
    rows: Names
    columns: Names
    note: str

    @property
    def of_columns(self) -> Table:
        """The column player's payoffs, with a row for each of its own strategies."""
        (a, b), (c, d) = self.B
        return (a, c), (b, d)


PRESETS: Final = {
    "matching pennies": Preset(
        ((1, -1), (-1, 1)),
        ((-1, 1), (1, -1)),
        ("heads", "tails"),
        ("heads", "tails"),
        "The row player wins if both show the same side, the column player if they do not.",
    ),
    "prisoner's dilemma": Preset(
        ((3, 0), (5, 1)),
        ((3, 5), (0, 1)),
        ("silent", "betray"),
        ("silent", "betray"),
        "To betray earns more, whatever the other does; and then both earn less than if both had been silent.",
    ),
    "coordination": Preset(
        ((2, 0), (0, 1)),
        ((1, 0), (0, 2)),
        ("concert", "match"),
        ("concert", "match"),
        "Both want to meet, but each would rather meet elsewhere (this game is called the battle of the sexes).",
    ),
    "dominance": Preset(
        ((3, 2), (1, 0)),
        ((1, 2), (3, 0)),
        ("top", "bottom"),
        ("left", "right"),
        "One player has a strategy that is better whatever the other does. The other can rely on it, and answers.",
    ),
    "half the modes": Preset(
        ((-0.5, 0.5), (0.5, -0.5)),
        ((0.5, -0.5), (-0.5, 0.5)),
        ("make shoes", "make bags"),
        ("doubt shoes", "doubt bags"),
        "A forger (rows) against a critic (columns). Half of the real pictures are shoes, half are bags. The critic "
        "earns the share of fakes that it doubts, less the share of real pictures that it doubts; the forger loses it.",
    ),
    "many equilibria": Preset(
        ((1, 1), (0, 2)),
        ((1, 1), (0, 2)),
        ("top", "bottom"),
        ("left", "right"),
        "At the top the column player earns the same with both columns, and so may mix them in many ways.",
    ),
}


def name_of(A: Table, B: Table) -> str:
    """Return the name of a game that is one of `PRESETS`, or `OWN`."""
    return next((name for name, preset in PRESETS.items() if (preset.A, preset.B) == (A, B)), OWN)


def preset_of(A: Table, B: Table) -> Preset:
    """Return a game with the names of its strategies."""
    unnamed = Preset(A, B, ("row 1", "row 2"), ("column 1", "column 2"), "")
    return PRESETS.get(name_of(A, B), unnamed)
