"""Lesson 1, the questions at its end."""

from course_utils.exercises.machine.questions import Choice, Question

quiz_parameters = Question(
    "A convolution with 5×5 kernels reads images with 8 channels and 28×28 pixels, and gives 24 channels. How many "
    "numbers does it learn, biases included?",
    [
        Choice(
            "624: 24 kernels of 5·5, and 24 biases",
            "A kernel is as deep as its input: it has 5·5 weights for *each* of the 8 channels.",
        ),
        Choice(
            "4,824: 24 kernels of 8·5·5, and 24 biases",
            "24 · 200 + 24. The size of the image does not occur: the same kernel is used at each place.",
            correct=True,
        ),
        Choice(
            "4,808: 24 kernels of 8·5·5, and 8 biases",
            "A bias is added to what comes out, one for each of the 24 output channels.",
        ),
        Choice(
            "3,782,016: 4,824 for each of the 784 pixels",
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
            "A small one makes training slow; it does not make the loss swing wildly.",
        ),
        Choice(
            "The steps follow the sum of all gradients so far, not the present one",
            "backward() *adds* to what is there. Old gradients from places left long ago keep pushing.",
            correct=True,
        ),
        Choice(
            "Gradients that are never emptied become zero in the end, and the network forgets",
            "They add up, and nothing empties them.",
        ),
    ],
    lead="Check yourself.",
)
