"""Pictures of data, on a matplotlib ``ax``.

Functions named ``plot_x`` draw on the axes they are given (or on a new figure) and return them. None of them shows,
saves or changes global settings; `use_style` is called once, at the top of a lesson, and `show` puts a finished figure
under its cell, with a caption and with alternative text for readers who cannot see it.
"""

from course_utils.plots.border import plot_border
from course_utils.plots.density import plot_density
from course_utils.plots.history import plot_history
from course_utils.plots.images import plot_images
from course_utils.plots.latent import plot_latent
from course_utils.plots.output import show
from course_utils.plots.rings import plot_rings
from course_utils.plots.style import CLASS_COLORS, PALETTE, ROLES, use_style

__all__ = [
    "CLASS_COLORS",
    "PALETTE",
    "ROLES",
    "plot_border",
    "plot_density",
    "plot_history",
    "plot_images",
    "plot_latent",
    "plot_rings",
    "show",
    "use_style",
]
