"""Lesson 1, what to predict before the next cell tells."""

from course_utils.exercises.machine.questions import Choice, Question

predict_shifted_accuracy = Question(
    "The network gets about 85 of 100 test images right. Now *all* of them move 3 pixels to the right (a tenth of "
    "their width), and nothing else changes. How many of 100 does it get right?",
    [
        Choice(
            "About 85: a shirt is a shirt, wherever it hangs",
            "To you, because you have seen shirts everywhere. To this network pixel 300 is one thing and pixel 303 "
            "another, and nothing tells it that they lie close together.",
        ),
        Choice(
            "About 75: only what lies at the rim gets lost",
            "If something is cut off at the rim, that costs a little. But look at the trousers above: nothing of them "
            "was cut off.",
        ),
        Choice(
            "Fewer than half",
            "Most images now meet weights that were learned for other parts of a garment. Section 8 measures which "
            "networks stand this better.",
            correct=True,
        ),
        Choice(
            "About 10: it guesses among ten classes",
            "Not so bad: much of a large coat still covers the pixels that it covered before.",
        ),
    ],
)

predict_linear_depth = Question(
    "Three layers in a row, nothing between them: each takes the numbers of the one before, multiplies them by a "
    "matrix and adds a bias. How does the border between its two classes look, after as much training as you like?",
    [
        Choice(
            "A curve: three layers can do more than one",
            "Each layer does more work, but multiplying by three matrices is multiplying by one, their product.",
        ),
        Choice(
            "A straight line, whatever the layers have learned",
            "A matrix times a matrix is a matrix. Whatever the three layers learn, one layer could have done, and its "
            "border is a straight line.",
            correct=True,
        ),
        Choice(
            "A line with at most two kinks, one for each layer after the first",
            "A kink would need a function that is not straight: each layer keeps straight lines straight.",
        ),
        Choice(
            "That depends on how wide the middle layer is",
            "A wider middle means larger matrices; their product is still one matrix, of the size of a single layer's.",
        ),
    ],
)

predict_zero_grad = Question(
    "Somebody moves `optimizer.zero_grad()` down by one line: it now stands between `loss.backward()` and "
    "`optimizer.step()`. The loop runs without an error. What does the network learn?",
    [
        Choice(
            "Nothing: the weights stay where they are",
            "backward() fills the gradients, zero_grad() empties them, and the step goes nowhere.",
            correct=True,
        ),
        Choice(
            "The same: the line only has to stand somewhere in the loop",
            "Nearly: anywhere *except* between backward() and step(). There it throws away what the step needs.",
        ),
        Choice(
            "It learns, but more slowly and less well",
            "Every gradient is emptied before it is used, not some of them.",
        ),
        Choice(
            "It learns too fast, because the gradients of all batches add up",
            "They add up if zero_grad() is missing altogether. Here they are emptied before each step.",
        ),
    ],
)

predict_equivariance = Question(
    "An image goes through a convolution (kernel 3×3, stride 1): a *feature map* comes out. Now you move the image 3 "
    "pixels to the right. What happens to the feature map, away from its rim?",
    [
        Choice(
            "It stays as it was: a convolution finds a pattern wherever it is",
            "It finds the pattern, and reports it at the place where it found it. To *stay* is called invariance, and "
            "a convolution alone does not have it.",
        ),
        Choice(
            "It moves 3 pixels to the right",
            "The same kernel meets the same pixels, three places later. That is called equivariance.",
            correct=True,
        ),
        Choice(
            "It changes everywhere, as the output of a dense layer does",
            "A dense layer has a weight of its own for every pixel. The kernel's weights are the same at each place.",
        ),
        Choice(
            "It moves 1 pixel to the right, because a 3×3 kernel sees three at a time",
            "Three at a time, but it still stops at every pixel: its stride is 1. With stride 3 you would be right.",
        ),
    ],
)

predict_transposed = Question(
    "The kernel [1, 1] makes 3 and 5 out of 1, 2, 3: each output is the sum of two neighbours. A *transposed* "
    "convolution with the same kernel now gets 3 and 5. What comes out?",
    [
        Choice(
            "1, 2, 3: it undoes the convolution",
            "Nothing can: 0, 3, 2 gives 3 and 5 as well. Two numbers do not say which three they came from.",
        ),
        Choice(
            "3, 8, 5",
            "3 is written onto places 1 and 2, and 5 onto places 2 and 3; where they overlap, they add up.",
            correct=True,
        ),
        Choice(
            "8: the sum of the two",
            "That would be the same convolution once more, from two numbers to one. The transposed one goes the other "
            "way, from fewer to more.",
        ),
        Choice(
            "3, 4, 5: the numbers in between are filled in",
            "That is interpolation. Here the kernel decides what is written, and overlapping copies add up.",
        ),
    ],
)

predict_three_classifiers = Question(
    "Three networks with nearly the same number of parameters: dense; convolutions, whose maps are then flattened into "
    "a dense layer; convolutions, whose maps are then averaged over the image. Which of them loses least when the "
    "images move by 3 pixels?",
    [
        Choice(
            "Both convolutional ones, alike: convolutions do not care where things are",
            "Their maps move along with the image. What comes *after* the maps decides whether that matters.",
        ),
        Choice(
            "The one that flattens: it keeps all the information of its maps",
            "It does, and has a weight for each place of each map: when the maps move, they meet other weights.",
        ),
        Choice(
            "The one that averages: where something stands is lost in an average",
            "An average over the image hardly changes when the map below it moves. Hardly, not exactly: think of the "
            "rim, and of strides.",
            correct=True,
        ),
        Choice(
            "None: if nothing but the training images count, all three must fall alike",
            "They have seen the same images, but how a network is built decides what it makes of images that it has "
            "not seen.",
        ),
    ],
)

predict_three_small_kernels = Question(
    "Three convolutions with 3×3 kernels, one after the other, against a single one with a 7×7 kernel, all with C "
    "channels in and out. Which sees farther, and which has more weights?",
    [
        Choice(
            "The 7×7 sees farther and has more weights",
            "More weights, yes. But each 3×3 layer adds a pixel on every side: 3, 5, 7.",
        ),
        Choice(
            "They see equally far; the 7×7 has more weights",
            "Both see 7×7 pixels. 49·C² weights against 3·9·C² = 27·C², and there is room for two bends between the "
            "three.",
            correct=True,
        ),
        Choice(
            "They see equally far; the three have more weights, because there are three of them",
            "Three times 9·C² is 27·C², and the 7×7 has 49·C².",
        ),
        Choice(
            "The three see farther: 9×9, for 3 + 3 + 3 is 9",
            "The fields overlap: the second layer adds one pixel on each side of the first one's 3, not 3.",
        ),
    ],
)
