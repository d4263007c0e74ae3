"""Which latent dimensions a model uses, and how much of the KL each of them costs."""

from torch import Tensor

from course_utils.checks import check_number
from course_utils.losses import kl_standard_normal
from course_utils.metrics.arguments import check_codes, check_posteriors


def active_units(mu: Tensor, *, threshold: float = 0.01) -> Tensor:
    """Say which latent dimensions depend on the image: those whose posterior mean varies over the images.

    A_j = Var_x (E[z_j | x]) = Var_x mu_j > threshold, section 5.2 of [1]_.

    Parameters
    ----------
    mu : Tensor, shape (N, Z)
        Posterior means of at least two images.
    threshold : float
        >= 0; the authors' 0.01 lies in the wide gap between the two kinds.

    Returns
    -------
    Tensor of bool, shape (Z,)
        True for the dimensions in use.

    Raises
    ------
    TypeError
        If `mu` is no tensor of floating-point numbers, or `threshold` is no number.
    ValueError
        If `mu` does not have that shape or is not finite (a model that diverged has not collapsed), or `threshold` is
        negative.

    References
    ----------
    .. [1] Burda, Grosse and Salakhutdinov (2016), *Importance Weighted Autoencoders*, https://arxiv.org/abs/1509.00519

    Examples
    --------
    >>> import torch
    >>> active_units(torch.tensor([[1.0, 0.01], [-1.0, 0.0]]))
    tensor([ True, False])
    """
    check_codes(least=2, mu=mu)
    check_number(threshold=threshold, least=0, remedy="the usual one is 0.01")
    return mu.var(0, correction=0) > threshold


def kl_per_dimension(mu: Tensor, logvar: Tensor) -> Tensor:
    """Return every latent dimension's share of the KL, averaged over images [1]_.

    KL_j = E_x ½ (mu_j² + exp(logvar_j) − 1 − logvar_j); the sum over j is the mean of `kl_standard_normal`.

    Parameters
    ----------
    mu, logvar : Tensor, shape (N, Z)
        Means and log-variances of q(z|x) for N >= 1 images.

    Returns
    -------
    Tensor, shape (Z,)
        Nats, >= 0.

    Raises
    ------
    TypeError
        If an argument is no tensor of floating-point numbers.
    ValueError
        If the tensors do not have that shape.

    References
    ----------
    .. [1] D. P. Kingma and M. Welling (2014), *Auto-Encoding Variational Bayes*, appendix B.

    Examples
    --------
    >>> import torch
    >>> kl_per_dimension(torch.tensor([[2.0, 0.0], [0.0, 0.0]]), torch.zeros(2, 2))
    tensor([1., 0.])
    """
    check_posteriors(mu, logvar)
    return kl_standard_normal(mu[..., None], logvar[..., None]).mean(0)  # (N, Z, 1) -> (N, Z) -> (Z,)
