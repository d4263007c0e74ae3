"""What a picture cannot settle: bounds on log p(x), who uses the latent space for what, how two spaces compare.

Tensors in; a float, a tensor or a small record out, in the unit that the docstring says.
"""

from course_utils.metrics.classes import knn_accuracy, linear_probe_accuracy, silhouette
from course_utils.metrics.coverage import ModeCoverage, mode_coverage
from course_utils.metrics.cycle import Autoencoding, cycle_error
from course_utils.metrics.evidence import LatentModel, iwae_bound
from course_utils.metrics.frechet import frechet_distance
from course_utils.metrics.neighbours import trustworthiness
from course_utils.metrics.prior import prior_distance
from course_utils.metrics.surgery import Information, information
from course_utils.metrics.units import active_units, kl_per_dimension

__all__ = [
    "Autoencoding",
    "Information",
    "LatentModel",
    "ModeCoverage",
    "active_units",
    "cycle_error",
    "frechet_distance",
    "information",
    "iwae_bound",
    "kl_per_dimension",
    "knn_accuracy",
    "linear_probe_accuracy",
    "mode_coverage",
    "prior_distance",
    "silhouette",
    "trustworthiness",
]
