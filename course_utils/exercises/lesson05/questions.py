"""Lesson 5, what to predict before the next cell tells."""

from course_utils.exercises.machine.questions import Choice, Question

predict_prior_sampling = Question(
    "You estimate log p(x) of one image: draw 1,000 codes from the prior, average p(x|z), take the "
    "logarithm. Repeated "
    "many times, where do these estimates lie on average?",
    [
        Choice(
            "On log p(x): an average of p(x|z) under the prior is unbiased",
            "The average of p(x|z) is unbiased for p(x). But the logarithm of it is not unbiased for log p(x): the "
            "logarithm bends.",
        ),
        Choice(
            "Below log p(x)",
            "The logarithm bends downwards, so E log(average) ≤ log E(average) (Jensen). And by much: hardly any of "
            "the 1,000 codes can have made this image, and the estimate hangs on the best of them.",
            correct=True,
        ),
        Choice(
            "Above log p(x): a few lucky codes make it too large",
            "Lucky codes do exist, and they lift the average of p(x|z) above p(x) now and then. Most of the time "
            "there "
            "is none, and the logarithm punishes that more than it rewards luck.",
        ),
        Choice(
            "Anywhere: it is only noise, and no bias",
            "Noisy it is, but the noise goes through the logarithm. Noise in front of a bent function turns into bias.",
        ),
    ],
)

predict_gap_zero = Question(
    "When is the gap log p(x) − ELBO exactly zero?",
    [
        Choice(
            "When q(z|x) is the posterior p(z|x)",
            "The gap is KL(q(z|x)‖p(z|x)), and a KL is zero only between equal distributions. A diagonal q cannot"
            " get there if the posterior is correlated.",
            correct=True,
        ),
        Choice(
            "When the KL term of the loss is zero",
            "That is KL(q‖p(z)), the distance to the *prior*. Where it is zero, z says nothing about x; the gap is the "
            "distance to the posterior.",
        ),
        Choice(
            "When the reconstruction is perfect",
            "The reconstruction is one part of the ELBO. A decoder may be perfect and q still too narrow, or too wide.",
        ),
        Choice(
            "When training has converged",
            "At best, training finds the best q of its family and the best encoder of its network. Neither needs "
            "to contain the posterior.",
        ),
    ],
)

predict_first_loss = Question(
    "A Bernoulli VAE on 28×28 pixels, before its first step: the logits are all near 0. What is the reconstruction "
    "term, in nats per image, summed over the pixels?",
    [
        Choice(
            "About 0: nothing has been learned yet",
            "Nothing learned is not nothing to pay. −log p is 0 only for a model that is sure and right.",
        ),
        Choice("About 0.69", "That is log 2, the cost of *one* pixel at p = ½. The term is a sum over 784 of them."),
        Choice("About 543", "784 coins with p = ½ cost log 2 each, whatever the image: 784 · 0.693.", correct=True),
        Choice(
            "It depends on the image: a black one is cheaper",
            "After training it may. At p = ½ every pixel costs log 2, black, white or grey.",
        ),
    ],
)

predict_negative_loss = Question(
    "After some epochs the loss of your VAE is negative: −480 nats per image. Is that a bug?",
    [
        Choice(
            "Yes: a loss is never negative",
            "Squared errors are not. −log of a *density* may well be: a density may be greater than 1.",
        ),
        Choice(
            "Yes: the KL has the wrong sign",
            "That is one bug that makes a loss negative, and the KL printed alone would tell. But there is a case in "
            "which everything is right.",
        ),
        Choice(
            "No: the lower the better, whatever its sign",
            "With a Bernoulli likelihood it is a bug, and 'still falling' is how that bug looks: pixels from 0 to 255 "
            "instead of 0 to 1, say.",
        ),
        Choice(
            "It depends on the likelihood p(x|z)",
            "A Bernoulli gives probabilities, at most 1, so −log p ≥ 0: a negative value is a bug, such as "
            "targets outside [0, 1]. A narrow Gaussian has a density above 1, and −log of that is below 0.",
            correct=True,
        ),
    ],
)

predict_sharpest = Question(
    "Three small VAEs, the same network, the same grey pictures in [0, 1], only another p(x|z): Bernoulli, Gaussian "
    "with σ = 1, Gaussian with one learned σ. Which one's reconstructions keep the *least* detail?",
    [
        Choice(
            "Bernoulli: grey pixels are no coins",
            "As a model of grey pixels it is odd, as a loss it works: its errors weigh enough to make the codes carry "
            "detail.",
        ),
        Choice(
            "Gaussian with σ = 1",
            "σ = 1 says that an error of 1 (black for white) is quite normal. Half a squared error is then so cheap "
            "that hardly any detail is worth its KL. It is a large β in disguise.",
            correct=True,
        ),
        Choice(
            "Gaussian with learned σ: one more thing that can go astray",
            "It settles by itself: σ² becomes the mean squared error, far below 1, and so errors become expensive.",
        ),
        Choice(
            "All the same: the network decides what it can draw",
            "It decides what it *could* draw. What is worth storing in z is decided by the balance of the two terms, "
            "and p(x|z) sets that.",
        ),
    ],
)

predict_beta_hundred = Question(
    "The same VAE is trained with β = 1 and with β = 100. What do its KL and its reconstructions do?",
    [
        Choice(
            "The KL is about 100 times larger",
            "The *price* of a nat is 100 times larger. So the network buys less of it.",
        ),
        Choice(
            "The KL falls, the reconstructions stay: the decoder makes up for it",
            "The decoder knows of the image only what z tells. With a KL near 0 that is nothing.",
        ),
        Choice(
            "Reconstructions get sharper, because the codes are better ordered",
            "Order is not what is missing. Sharp reconstructions need a code that says much, and a large β makes "
            "saying expensive.",
        ),
        Choice(
            "The KL falls to nearly 0, and all reconstructions look alike",
            "A nat in z must now save 100 nats of reconstruction, and hardly any does. Then z is about the prior "
            "for every image, and the decoder draws the mean image.",
            correct=True,
        ),
    ],
)

predict_overfitting = Question(
    "You train with a rising β, on few images, and compare −log p(x|z) on training and on test images. What does "
    "the gap between the two do as β grows?",
    [
        Choice(
            "It narrows, as z can carry less detail",
            "What z no longer carries includes what belongs to one training image only, so train and test become "
            "more alike. But mind the price: a large β makes the reconstructions worse on both. A small gap is not yet "
            "a good model.",
            correct=True,
        ),
        Choice(
            "It widens: the KL is in the way",
            "It disturbs, on training and test images alike. What makes the two differ is what is remembered of "
            "single "
            "training images.",
        ),
        Choice(
            "Nothing: a KL cannot prevent overfitting",
            "It does limit what the codes carry. (What the decoder's weights remember, it does not limit.)",
        ),
    ],
)

predict_identical = Question(
    "A friend trains on images of 28×28 pixels, writes `F.binary_cross_entropy_with_logits(logits, x)` "
    "and adds the KL, summed over the latents and "
    "averaged over the batch. What will the reconstructions look like?",
    [
        Choice(
            "As always: the factor only changes the size of the loss",
            "It changes the size of *one* term. A common factor would be harmless.",
        ),
        Choice(
            "Sharper: the smaller reconstruction term is easier to minimise",
            "A small term is one that the optimum neglects.",
        ),
        Choice(
            "All alike: the mean over 784 pixels makes β = 784",
            "The reconstruction is divided by 784 and the KL is not. So each nat of the code costs 784 nats of "
            "reconstruction, and the codes collapse.",
            correct=True,
        ),
        Choice(
            "Sharp, but new images are poor",
            "That is a small β: the KL divided instead of the reconstruction.",
        ),
    ],
)

predict_iwae = Question(
    "One trained VAE, the same test images. With k = 1 the importance-weighted bound is the ELBO. What happens to it, "
    "on average, with k = 500?",
    [
        Choice(
            "It rises: the bound is tighter, the model is the same",
            "The bound never falls with k, and approaches log p(x) from below. Nothing was trained: k belongs to the "
            "ruler. So only values with the same k can be compared.",
            correct=True,
        ),
        Choice(
            "It stays, only with less noise: an average of more draws",
            "That is what averaging the *log*-weights does. Here the mean is inside the logarithm, and that moves the "
            "value itself.",
        ),
        Choice(
            "It rises past log p(x) if k is large enough",
            "On average it cannot: log of a mean lies below the log of its expectation, for every k.",
        ),
        Choice(
            "It falls: more codes, more bad ones among them",
            "Bad codes do come, but the mean of the weights has the same expectation, p(x), for every k. With more "
            "codes it varies less, and so its logarithm is larger on average.",
        ),
    ],
)

quiz_rising_elbo = Question(
    "During training the ELBO rises by 3 nats. What do you know?",
    [
        Choice(
            "log p(x) has risen by 3 nats: the model is better",
            "Perhaps. But the ELBO is log p(x) minus a gap, and the gap may have become smaller instead.",
        ),
        Choice(
            "q has come closer to the posterior",
            "Perhaps. Or log p(x) has risen, which is the other of the two reasons.",
        ),
        Choice(
            "The KL term of the loss has fallen by 3",
            "It may even have risen, when the reconstruction gained more. That KL is to the prior, and it is no gap.",
        ),
        Choice(
            "log p(x) minus a gap has risen by 3",
            "The gap is KL(q(z|x)‖p(z|x)). A better model and a better encoder look the same in the ELBO; log "
            "p(x) might even have fallen. A tighter bound (section 6) helps to tell them apart.",
            correct=True,
        ),
    ],
    lead="Check yourself.",
)

quiz_nats = Question(
    "On the same images model A (Bernoulli) reaches −log p = 240 nats, model B (Gaussian, learned σ) −480 nats. Which "
    "one is better?",
    [
        Choice(
            "B: −480 is lower",
            "B's number is minus the log of a *density*; with pixels from 0 to 255 instead of 0 to 1 it would be "
            "784 · "
            "log 255 = 4,344 nats higher, for the very same model.",
        ),
        Choice(
            "A: a negative −log p is meaningless",
            "For a density it has a meaning. Only it is not the same as A's.",
        ),
        Choice(
            "They cannot be compared",
            "Probabilities here, densities there: the two numbers measure different things, on different "
            "spaces (grey pixels have no probability under A at all). Compare within one likelihood, or compare "
            "what both can be asked for: pictures, errors.",
            correct=True,
        ),
        Choice(
            "Add log 784 to B and compare",
            "No constant repairs it: the two models do not speak about the same set of images.",
        ),
    ],
    lead="Check yourself.",
)
