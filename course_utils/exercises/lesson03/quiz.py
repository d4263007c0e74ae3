"""Lesson 3, the questions at its end."""

from course_utils.exercises.machine.questions import Choice, Question

quiz_units = Question(
    "A colleague reports: “I train my autoencoder with noise of σ = 1 on its codes, and the reconstructions are as "
    "sharp as without. So its code is robust.” What do you ask first?",
    [
        Choice("How many epochs it was trained", "Worth knowing, but it does not tell what σ = 1 means in this model."),
        Choice(
            "How wide its codes are spread",
            "σ = 1 is a lot where the codes spread over 1, and nothing where they spread over 100. Noise has a size "
            "only in units of the spread, and training with noise makes the spread grow.",
            correct=True,
        ),
        Choice(
            "Whether the noise was really drawn anew in each step",
            "A good question if the code looks suspicious. But even honest noise of σ = 1 is harmless once the codes "
            "are far enough apart.",
        ),
    ],
    lead="Check yourself.",
)

quiz_without_price = Question(
    "Somebody removes the price from a variational autoencoder's loss and expects an ordinary autoencoder. Right?",
    [
        Choice(
            "Right at once: without the price no noise is drawn",
            "The line z = μ + σε is still there. The price was in the loss, the noise is in the model.",
        ),
        Choice(
            "Wrong: the noise stays, so it is trained like the autoencoder with fixed noise",
            "The noise is drawn, but its width is the network's own choice: it need not stay.",
        ),
        Choice(
            "Right in the end: it must first learn to turn its noise down",
            "At the start σ is about 1. Training drives it down by orders of magnitude, until the noise does not "
            "show any more: the autoencoder comes back as a limit.",
            correct=True,
        ),
    ],
    lead="Check yourself.",
)

quiz_decorative_price = Question(
    "In somebody's code the price is in the loss, `z = mu + std * eps` is computed, but then `decode(mu)` is called. "
    "Where does training carry σ?",
    [
        Choice(
            "Towards 1: only the price speaks to it",
            "Reconstruction does not see the noise, so it does not ask for less of it. The price alone decides, "
            "and its minimum is at σ = 1. The model is an autoencoder with a price on μ², and σ is decoration.",
            correct=True,
        ),
        Choice(
            "Towards 0: reconstruction wants no noise",
            "It wants none where it suffers from it. Here no noise reaches the decoder.",
        ),
        Choice(
            "To the same narrow width as in this lesson's last run",
            "That width was a balance of two forces. One of them is missing here.",
        ),
    ],
    lead="Check yourself.",
)
