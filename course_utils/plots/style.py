"""The look of the course's figures: what each colour means, and the style sheet. Loads no pyplot."""

from importlib import resources
from typing import Any, Final

import matplotlib as mpl
import matplotlib.style

#: Okabe and Ito's colours (Color Universal Design, 2008), told apart by people with any common colour blindness.
PALETTE: Final[dict[str, str]] = {
    "blue": "#0072B2",
    "orange": "#E69F00",
    "green": "#009E73",
    "vermillion": "#D55E00",
    "sky": "#56B4E9",
    "purple": "#CC79A7",
    "yellow": "#F0E442",
    "black": "#222222",
    "grey": "#8A8A8A",
}

#: What a colour means, in every lesson. Say ``ROLES["latent"]`` rather than ``"orange"``.
ROLES: Final[dict[str, str]] = {
    "data": PALETTE["blue"],  # images, the encoder, q(z|x)
    "latent": PALETTE["orange"],  # codes z, mu, sigma
    "decoder": PALETTE["green"],  # the decoder and what it draws
    "noise": PALETTE["purple"],  # eps, and anything else that is random
    "gradient": PALETTE["vermillion"],  # losses and what flows back from them
    "prior": PALETTE["grey"],  # p(z), and anything that is given and not learned
}

#: Ten colours for classes (Paul Tol's "muted" scheme and black): none of `PALETTE`, so that no class looks like a role.
CLASS_COLORS: Final[tuple[str, ...]] = (
    "#332288",
    "#CC6677",
    "#DDCC77",
    "#117733",
    "#88CCEE",
    "#882255",
    "#44AA99",
    "#999933",
    "#AA4499",
    "#000000",
)


def style_sheet() -> dict[str, Any]:
    """Return the settings of the course's style sheet, for figures that are drawn inside a ``with rc_context(…)``.

    Returns
    -------
    dict
        Value of each of matplotlib's settings that the sheet changes.
    """
    with resources.as_file(resources.files("course_utils") / "assets" / "course.mplstyle") as path:
        return dict(mpl.rc_params_from_file(path, use_default_template=False).items())


def use_style() -> None:
    """Apply the course's style sheet to every figure that follows.

    The only function of `course_utils.plots` that changes matplotlib's global settings.
    """
    matplotlib.style.use(style_sheet())
