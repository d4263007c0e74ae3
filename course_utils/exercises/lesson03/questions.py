"""Lesson 3, what to predict before the next cell tells."""

from course_utils.exercises.machine.questions import Choice, Question

predict_shaken = Question(
    "Every code of a trained autoencoder is shaken by noise as wide as the spread of all codes. What does the decoder "
    "pay for redrawing the image from the shaken code?",
    [
        Choice(
            "Hardly more than before: all the shaken codes still lie among codes that it knows",
            "Many of them do. But the codes that it knows there belong to other garments, and those it draws.",
        ),
        Choice(
            "Something between its own loss and what the average image for everybody pays",
            "A little noise ends there. Noise of the codes' own width leaves less than nothing of the message: it "
            "points to another garment.",
        ),
        Choice(
            "The same as the average image: the code has become worthless",
            "A worthless code would cost that much if the decoder *knew* that it is worthless. This one believes "
            "every code to the last digit.",
        ),
        Choice(
            "More than the average image: a wrong code is worse than none",
            "The decoder believes the code it is given, and draws some other garment with confidence. Binary "
            "cross-entropy punishes confidence in the wrong pixels more than it punishes a blur.",
            correct=True,
        ),
    ],
)

predict_zero_logvar = Question(
    "A network says for each code how wide its cloud is: it returns logvar = log σ². You want an autoencoder, no noise "
    "at all. Which logvar must it return?",
    [
        Choice("0", "exp(0) = 1: that is variance *one*, a cloud as wide as the standard normal distribution itself."),
        Choice("−1", "exp(−1) ≈ 0.37 is a variance like any other, and σ ≈ 0.61."),
        Choice(
            "No number will do",
            "exp(logvar) is positive for every number (until a computer rounds it to 0): the autoencoder is the "
            "limit logvar → −∞. In code, leave the noise out: z = mu.",
            correct=True,
        ),
        Choice(
            "The smallest that a variance can have, 1e-8 for instance",
            "As a variance 1e-8 would be small, as its logarithm it is nearly 0: the variance is 1.",
        ),
    ],
)

predict_linear_decoder = Question(
    "A decoder is linear: x̂ = Wz. Its code is shaken, z = μ + σε, and the mean of ε is zero. What does that do to the "
    "average squared error of an image?",
    [
        Choice(
            "Nothing: the noise has mean zero and averages out",
            "The redrawn image averages out. Its *squared* error does not: a miss to the left and one to the right "
            "both cost.",
        ),
        Choice(
            "It grows by σ² times the sum of the squared weights, for every image alike",
            "The noise adds σWε to the error. Squared, the mixed term has mean zero, and σ²‖Wε‖² has the mean "
            "σ²·ΣW². The image does not occur in it.",
            correct=True,
        ),
        Choice(
            "It grows by σ times the largest weight",
            "A length grows like σ; a squared length like σ². And every weight moves a pixel.",
        ),
        Choice(
            "It grows most for the images that were redrawn worst",
            "The mixed term, error times noise, is the one that would do this; its mean is zero.",
        ),
    ],
)

predict_fixed_noise = Question(
    "Now the autoencoder *trains* with noise of σ = 1, a fixed number, not in spreads. What will become of the "
    "spread of its codes, epoch by epoch?",
    [
        Choice(
            "It goes to about 1, the width of the noise",
            "Nothing asks for that. With clouds as wide as the whole spread the decoder could hardly tell any two "
            "images apart.",
        ),
        Choice(
            "It stays where the plain autoencoder has it: noise does not move codes",
            "The noise itself has no direction. The loss has one: codes that lie farther apart are mixed up less.",
        ),
        Choice(
            "It grows and grows: far apart, the noise matters less",
            "The noise has a fixed width, the code space has no edge. Making the codes ten times as large makes the "
            "noise ten times as small, and nothing in the loss charges for it.",
            correct=True,
        ),
        Choice(
            "It shrinks: noisy codes are pulled to a safe place in the middle",
            "That needs a force towards the middle. Reconstruction knows none, and section 6 has to add one.",
        ),
    ],
)

predict_learned_sigma = Question(
    "Now the encoder chooses σ for each image and each dimension by itself, and only the reconstruction is paid for. "
    "What will the typical σ do?",
    [
        Choice(
            "Settle at a moderate value: some noise is good for the code",
            "Good for whom? The loss asks for one thing, the picture at hand, and for that no noise is best.",
        ),
        Choice(
            "Stay near 1, where it starts: the network spreads the codes instead",
            "It can do both, and making the noise small is the shorter way: one number a dimension.",
        ),
        Choice(
            "Fall towards 0, by orders of magnitude",
            "The average of the loss over a cloud is never below its smallest value in the cloud. A cloud can only "
            "lose against its best point, so the noise is turned down.",
            correct=True,
        ),
        Choice(
            "Be exactly 0 after the first steps: nothing forbids it",
            "exp(½·logvar) is never 0, and training must carry logvar down step by step. The smaller σ is, the "
            "weaker the push.",
        ),
    ],
)

predict_price = Question(
    "Reconstruction wants σ = 0. The price is lowest at μ = 0, σ = 1. A network is trained on the sum of both. What "
    "will the typical σ be?",
    [
        Choice(
            "Close to 1: the price has its minimum there",
            "A cloud as wide as all codes together tells the decoder nothing. Then it must draw the average image for "
            "everybody, and that costs more than a narrower cloud.",
        ),
        Choice(
            "Close to 0, as before: reconstruction is hundreds of nats, the price only a few",
            "What counts is not how large they are but how they *change*. Halve a small σ again and again: the price "
            "rises by about log 2 = 0.69 nats a dimension each time, and reconstruction has ever less to gain.",
        ),
        Choice(
            "Somewhere between 0 and 1: narrow, and no longer falling",
            "Below a certain width the gain in reconstruction is smaller than what −log σ charges. There it stops.",
            correct=True,
        ),
        Choice(
            "Either 0 or 1, depending on which of the two wins",
            "Neither has to win: the sum has its minimum in between.",
        ),
    ],
)

predict_aggregate = Question(
    "With the price, each cloud is narrow: σ is far below 1. Put the clouds of all images together. How wide is the "
    "distribution of all these draws, in each dimension?",
    [
        Choice(
            "As narrow as one cloud",
            "It would be, if all clouds lay on one spot. Then the codes would tell nothing.",
        ),
        Choice(
            "Of the order of 1: what the clouds lack in width, their centres have in spread",
            "Variances add: that of all draws is the average σ² plus the variance of the centres. The price "
            "pays attention to both, and keeps their sum of the order of 1.",
            correct=True,
        ),
        Choice(
            "Ten thousand times as wide as one cloud: there are as many of them",
            "The number of clouds does not matter, only where they lie. They may lie on top of each other.",
        ),
    ],
)

predict_prior_draws = Question(
    "Take 500 codes from N(0, I), and let the decoder of each of the four runs draw them. Which run shows the most "
    "kinds of garment?",
    [
        Choice(
            "plain: nothing ever disturbed what its decoder learned",
            "Its codes lie where chance has put them. N(0, I) covers one spot of their plane, and only the kinds that "
            "happen to live there are drawn.",
        ),
        Choice(
            "fixed: its clouds are by far the widest of the four",
            "They may cover all of N(0, I). But in its large code space that is one small spot, and few kinds live "
            "there.",
        ),
        Choice(
            "kl: it had to pay for every cloud that left N(0, I)",
            "So its clouds lie where you draw, and the draws meet clouds of many kinds.",
            correct=True,
        ),
        Choice(
            "No difference: every decoder draws a garment from any code",
            "Each draws some picture from any code. Which kinds appear depends on whose codes lie where you draw.",
        ),
    ],
)
