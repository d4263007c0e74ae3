"""The smallest GAN: one fake point, one real point, a critic that is a straight line."""

from torch import Tensor
from torch.nn.functional import softplus

from course_utils.checks import check_floats, check_number


def dirac_gan(theta: Tensor, psi: Tensor, *, gamma: float = 0.0) -> Tensor:
    """Return the value of the Dirac-GAN, which the generator makes small and the discriminator large.

    All data are the one point 0, all fakes the one point theta, and the discriminator's logit at x is psi·x. Then
    log D(0) + log(1 − D(theta)) = −log 2 − softplus(psi·theta). The equilibrium is theta = psi = 0.

    Parameters
    ----------
    theta, psi : Tensor, shape ()
        Where the generator puts its point, and the slope of the discriminator.
    gamma : float
        Weight of the penalty R1 = ½·gamma·(slope at the data)² = ½·gamma·psi², which only the discriminator feels.

    Returns
    -------
    Tensor, shape ()
        The value, in nats, less the penalty.

    Raises
    ------
    TypeError
        If theta or psi is not a floating-point tensor.
    ValueError
        If gamma is negative or not finite.

    Notes
    -----
    The value has the form f(theta·psi) + constant with f = −softplus and f′(t) = −sigmoid(t). Without R1, if both
    step at once, by plain gradients with the same step size η and on this one value (so not with the generator's
    non-saturating loss), each step multiplies theta² + psi² by exactly 1 + η² f′(theta·psi)²: the two cross terms
    cancel, for any f. With R1 the field in which both move has at the equilibrium the Jacobian
    [[0, ½], [−½, −gamma]], whose eigenvalues are −½gamma ± √(¼gamma² − ¼): all real parts are negative, so small
    steps converge from nearby.

    References
    ----------
    .. [1] L. Mescheder, A. Geiger and S. Nowozin (2018), *Which training methods for GANs do actually converge?*,
       https://arxiv.org/abs/1801.04406

    Examples
    --------
    >>> import torch
    >>> from course_utils.games import field_jacobian
    >>> dirac_gan(torch.tensor(0.0), torch.tensor(0.0))  # −log 4
    tensor(-1.3863)
    >>> field_jacobian(lambda theta, psi: dirac_gan(theta, psi, gamma=1.0), torch.tensor(0.0), torch.tensor(0.0))
    tensor([[ 0.0000,  0.5000],
            [-0.5000, -1.0000]])
    """
    check_floats(theta=theta, psi=psi)
    check_number(gamma=gamma, least=0)
    return -softplus(0 * psi) - softplus(psi * theta) - 0.5 * gamma * psi**2
