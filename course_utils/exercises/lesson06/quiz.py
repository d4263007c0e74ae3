"""Lesson 6, the questions that look back."""

from course_utils.exercises.machine.questions import Choice, Question

quiz_kl_zero = Question(
    "Your VAE's KL is 0.00 for every image. A colleague congratulates you: every q(z|x) is N(0, I), as the prior "
    "wants it. What do you say?",
    [
        Choice(
            "Thank you: KL → 0 is what the loss asks for",
            "The loss asks for the smallest *sum*. At KL 0 the code of every image is the same noise.",
        ),
        Choice(
            "It is overfitting: it will not generalise",
            "An overfitted code would say too much about the training images. This one says nothing about any image.",
        ),
        Choice(
            "The codes say nothing about the images",
            "This is posterior collapse. Only the *average* of all q(z|x) should look like N(0, I). Collapse is the "
            "best there is only where z does not help the decoder, or where a nat costs more than it brings.",
            correct=True,
        ),
        Choice(
            "Impossible: a KL of exactly 0 must be a bug",
            "It may be one, but collapse does bring it below what is printed. Look whether the reconstructions differ "
            "from image to image.",
        ),
    ],
    lead="Check yourself.",
)

quiz_rising_curve = Question(
    "During training the loss falls: the reconstruction error comes down, while the KL rises from 0 to 12 nats and "
    "settles there. What is wrong?",
    [
        Choice(
            "The sign of the KL: a loss must fall",
            "The *sum* must fall, and it does. With the wrong sign the KL would not settle: it would grow without end.",
        ),
        Choice(
            "The learning rate: the KL diverges",
            "It settles. At the start the encoder said nothing, at no cost; now it says something, and pays for it.",
        ),
        Choice(
            "Nothing",
            "The reconstruction has won more than the KL costs, or the sum would not have fallen. (Only at the optimum "
            "does the last nat bring just what it costs.) A KL that stays at 0 should worry you more.",
            correct=True,
        ),
        Choice(
            "β is too small: the prior should win in the end",
            "12 nats is what this β makes worth paying, and no error. Nothing says that the KL must come back down.",
        ),
    ],
    lead="Check yourself.",
)

quiz_kl_div = Question(
    "Somebody takes `F.kl_div(mu, torch.randn_like(mu))` as the KL term of a VAE. What does it compute?",
    [
        Choice(
            "Nothing that is a KL",
            "It takes μ for log-probabilities and noise for probabilities. Half of the noise is negative, and the "
            "logarithm of that is NaN (older versions of PyTorch skip these entries). For normals take the formula, or "
            "`torch.distributions.kl_divergence`, and sum over the dimensions.",
            correct=True,
        ),
        Choice(
            "The KL between q(z|x) and the prior, from samples of the prior",
            "`F.kl_div` knows nothing of means or samples. It expects tables: log-probabilities first, probabilities "
            "second.",
        ),
        Choice(
            "The same KL with its arguments in the other order",
            "The order of `F.kl_div` is a trap of its own, but here neither argument is a distribution.",
        ),
        Choice(
            "A good approximation, as long as μ is small",
            "There is no limit in which it becomes the KL: σ does not even appear.",
        ),
    ],
    lead="Check yourself.",
)
