"""The losses of the two players of a GAN: pure functions of logits, one number per example, in nats.

A discriminator ends in logits, the log-odds that its input is real: D = sigmoid(logits). From them log D and log(1 − D)
are computed as one function each; the logarithm of a sigmoid would be −∞ where the sigmoid is rounded to 0.

References
----------
I. Goodfellow et al. (2014), *Generative Adversarial Nets*, https://arxiv.org/abs/1406.2661
"""

from torch import Tensor
from torch.nn import functional as F

from course_utils.checks import check_floats, check_same_shape


def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Return −log D(x) − log(1 − D(G(z))), what the discriminator pays for a real example and a forged one [1]_.

    Its mean is −V, and V is what the discriminator makes large: at best 2 · JS(p, q) − log 4, in nats.

    Parameters
    ----------
    real_logits : Tensor, shape (B,)
        Log-odds, given to real examples, that they are real.
    fake_logits : Tensor, shape (B,)
        Log-odds, given to as many forged ones, that they are real.

    Returns
    -------
    Tensor, shape (B,)
        Nats, >= 0; a discriminator that cannot tell pays log 4 = 1.386.

    Raises
    ------
    TypeError
        If an argument is no tensor, or holds integers.
    ValueError
        If the shapes differ.

    References
    ----------
    .. [1] Goodfellow et al. (2014), equation 1 and theorem 1.

    Examples
    --------
    >>> import torch
    >>> discriminator_loss(torch.zeros(1), torch.zeros(1))
    tensor([1.3863])
    """
    check_floats(real_logits=real_logits, fake_logits=fake_logits)
    check_same_shape(real_logits=real_logits, fake_logits=fake_logits)
    return -F.logsigmoid(real_logits) - F.logsigmoid(-fake_logits)  # log(1 − D) is log D of the logits' negative


def generator_loss(fake_logits: Tensor, *, saturating: bool = False) -> Tensor:
    """Return what the generator pays for each of its examples: −log D(G(z)), or log(1 − D(G(z))) [1]_.

    Both fall as D(G(z)) rises. Per unit of the logit the first has the slope D − 1, the second −D: where the
    discriminator sees through every forgery (D ≈ 0) the first still pulls with all its strength, and the second,
    called saturating, with almost none.

    Parameters
    ----------
    fake_logits : Tensor, shape (B,)
        Log-odds, given to forged examples, that they are real.
    saturating : bool
        Take log(1 − D), which makes the game zero-sum, instead of −log D.

    Returns
    -------
    Tensor, shape (B,)
        Nats: −log D >= 0, log(1 − D) <= 0.

    Raises
    ------
    TypeError
        If `fake_logits` is no tensor, or holds integers.

    References
    ----------
    .. [1] Goodfellow et al. (2014), section 3.

    Examples
    --------
    >>> import torch
    >>> generator_loss(torch.zeros(1)), generator_loss(torch.zeros(1), saturating=True)
    (tensor([0.6931]), tensor([-0.6931]))
    """
    check_floats(fake_logits=fake_logits)
    return F.logsigmoid(-fake_logits) if saturating else -F.logsigmoid(fake_logits)
