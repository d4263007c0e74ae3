"""Lesson 1, the questions at its end."""

from course_utils.exercises.machine.questions import Choice, Question

quiz_parameters = Question(
    "A convolution with 3×3 kernels reads images with 16 channels and 28×28 pixels, and gives 32 channels. How many "
    "numbers does it learn, biases included?",
    [
        Choice(
            "320: 32 kernels of 3·3, and 32 biases",
            "A kernel is as deep as its input: it has 3·3 weights for *each* of the 16 channels.",
        ),
        Choice(
            "4,640: 32 kernels of 16·3·3, and 32 biases",
            "32 · 144 + 32. The size of the image does not occur: the same kernel is used at each place.",
            correct=True,
        ),
        Choice(
            "4,624: 32 kernels of 16·3·3, and 16 biases",
            "A bias is added to what comes out, one for each of the 32 output channels.",
        ),
        Choice(
            "3,637,760: as many as before, for each of the 784 pixels",
            "That would be a layer without weight sharing. A convolution uses its kernels again at each place.",
        ),
    ],
    lead="Check yourself.",
)

quiz_loss_goes_up = Question(
    "A friend's loop has no `zero_grad()` at all. The loss falls at first, then it rises and swings wildly. Why?",
    [
        Choice(
            "The learning rate was too small",
            "A small one makes training slow; it does not make the loss rise.",
        ),
        Choice(
            "The steps follow the sum of all gradients so far, not the present one",
            "backward() *adds* to what is there. Old gradients from places left long ago keep pushing.",
            correct=True,
        ),
        Choice(
            "Gradients that are never emptied become zero in the end, and the network forgets",
            "They add up; nothing makes them zero.",
        ),
    ],
    lead="Check yourself.",
)

quiz_head_off = Question(
    "You cut the head off a trained classifier. What is left, and what is it good for?",
    [
        Choice(
            "Nothing useful: without class scores there is no loss, so its weights mean nothing",
            "The weights are what training made of them, with or without the head. Compare two images by their "
            "features.",
        ),
        Choice(
            "A smaller classifier: it still says the class, only less surely",
            "The scores were the head's work. What is left gives 64 numbers, none of which stands for a class.",
        ),
        Choice(
            "An encoder: from an image to a few numbers that say what kind of thing it is",
            "Images of the same kind tend to get similar numbers. Lesson 2 trains an encoder without any labels.",
            correct=True,
        ),
    ],
    lead="Check yourself.",
)
