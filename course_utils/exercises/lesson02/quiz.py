"""Lesson 2, the questions at its end."""

from course_utils.exercises.machine.questions import Choice, Question

quiz_low_error = Question(
    "An autoencoder with a single latent number redraws its 10,000 training images without any error. What do you "
    "conclude?",
    [
        Choice(
            "It has understood the data: nothing else gets so much through one number",
            "A list does. The one number may be the image's place in a list, and the decoder may hold the list.",
        ),
        Choice(
            "Nothing yet: show me its error on images that it has not seen",
            "One real number can name any of 10,000 images. A small code does not prevent learning by heart; only "
            "new images tell.",
            correct=True,
        ),
        Choice(
            "It cannot be: one number is too small for 10,000 images",
            "A real number has as many digits as you like. Four decimals are enough to number 10,000 images.",
        ),
    ],
    lead="Check yourself.",
)

quiz_plateau = Question(
    "A friend's autoencoder on grey images, trained with binary cross-entropy, stops improving at 210 nats per image. "
    "'It must be broken, the loss should go to 0.' What do you compute first?",
    [
        Choice(
            "The gradient, to see whether it still learns",
            "Worth a look later. First find out how much there is left to gain.",
        ),
        Choice(
            "The loss of a perfect copy, BCE(x, x)",
            "That is the pixels' entropy, the floor. Only what lies above it is the network's own error.",
            correct=True,
        ),
        Choice(
            "The same run with a larger code, which must reach 0",
            "No code and no network goes below the entropy of grey pixels.",
        ),
    ],
    lead="Check yourself.",
)

quiz_generate = Question(
    "You have a trained autoencoder with 16 latent numbers, and want new garments from it without training it again. "
    "What is the best of these?",
    [
        Choice(
            "Decode draws from N(0, I), as everybody does with a decoder",
            "The decoder knows the places where codes lie. Nothing has told this encoder about N(0, I).",
        ),
        Choice(
            "Multiply the codes by a factor until they fit N(0, I)",
            "That mends the scale alone. The gaps, the clusters and the tilt stay as they were.",
        ),
        Choice(
            "Fit a mixture of bell curves to the codes, draw from it",
            "Then the pictures come close to redrawn images, as you measured. It is a second model, made afterwards, "
            "of something that was never asked to be easy to describe.",
            correct=True,
        ),
    ],
    lead="Check yourself.",
)
