"""Lesson 4, section 1's prediction and the questions by which you check yourself."""

from course_utils.exercises.machine.questions import Choice, Question

predict_posterior_width = Question(
    "The prior allows codes from about −2 to 2: its width (standard deviation) is 1. Now you are shown one image, all "
    "784 pixels of it. How wide, typically, is the posterior p(z|x): the codes that could have made this image?",
    [
        Choice(
            "About 1: the image does not tell which code made it",
            "That would be so if the decoder drew the same picture for every code. Then z would carry no information.",
        ),
        Choice(
            "About one half",
            "A single pixel says little; but 784 little pieces of evidence add up to more than that.",
        ),
        Choice(
            "Of the order of a tenth, or less",
            "Log-likelihoods add over the pixels. A small step of z changes many of them, and together they rule out "
            "all but a sliver of the line.",
            correct=True,
        ),
        Choice(
            "Zero: exactly one code fits",
            "Nearly, but the decoder gives probabilities. Codes close by explain the same image almost equally well.",
        ),
    ],
)

quiz_encoder = Question(
    "You have a trained VAE and delete its encoder. What can you still do?",
    [
        Choice(
            "Nothing: the encoder has learned the images",
            "It has learned to *find codes* for images. What an image looks like, given its code, the decoder knows.",
        ),
        Choice(
            "Draw new images, and even find codes",
            "The decoder with its prior is the whole model. Codes can be searched by gradient, for each "
            "image anew: slowly, which is why there is an encoder.",
            correct=True,
        ),
        Choice(
            "Reconstruct images, but draw no new ones",
            "A new image needs only the prior and the decoder. It is the reconstruction that needs a code of its "
            "image, and a search for it.",
        ),
    ],
    lead="Check yourself.",
)

quiz_collapse = Question(
    "A friend's VAE redraws every image as the same grey blur, and the KL is 0.0001. The loss has fallen from 543 to "
    "384. What do you look at first?",
    [
        Choice(
            "The learning rate: perhaps it only needs more time",
            "The loss has settled where a decoder settles that knows nothing of the image. Without a gradient "
            "time does not change that.",
        ),
        Choice(
            "The decoder: it must be too small to draw more than a blur",
            "A small decoder blurs, but it blurs differently for a shoe and for a shirt, if z tells it which.",
        ),
        Choice(
            "The reconstruction's gradient at the head of μ",
            "If it is None or all zeros, only the KL moves the encoder, and it gives in. Then look at the line "
            "that draws z. (Other causes exist, a KL that weighs too much among them: lessons 5 and 6.)",
            correct=True,
        ),
        Choice(
            "The data: perhaps the images are all alike",
            "Worth a glance, but then one picture would do for all of them, and it would be no blur.",
        ),
    ],
    lead="Check yourself.",
)

quiz_evaluation = Question(
    "You report a VAE's ELBO on test images. Your colleague suggests to decode μ instead of a sample, because "
    "'sampling is for training'. What do you answer?",
    [
        Choice(
            "Right: at test time the noise is switched off, as with dropout",
            "Dropout's noise is a tool of training. This noise is part of the definition: the ELBO is an average over "
            "z ~ q(z|x).",
        ),
        Choice(
            "The ELBO needs draws at test time, too",
            "At z = μ the reconstruction usually looks better than it is on average, and the number is no longer "
            "a bound on log p(x). For looking and for embeddings μ is fine.",
            correct=True,
        ),
        Choice(
            "It makes no difference: the mean of the samples is μ",
            "The mean of z is μ, but the mean of the loss over z is not the loss at μ: the loss is no straight "
            "line in z.",
        ),
    ],
    lead="Check yourself.",
)
