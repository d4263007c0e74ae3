"""Lesson 2, what to predict before the next cell tells."""

from course_utils.exercises.machine.questions import Choice, Question

predict_two_numbers = Question(
    "Every image of 784 pixels must pass through two numbers. The network is trained to get the image back. What will "
    "come out for an image that it has never seen?",
    [
        Choice(
            "Nothing useful: two numbers cannot hold a picture",
            "They cannot hold every picture that there might be. But these are all pictures of clothes, and the "
            "decoder knows clothes: the two numbers only say which.",
        ),
        Choice(
            "The same average garment for every image",
            "That is the best answer of a decoder that is told nothing. Two numbers are a lot more than nothing.",
        ),
        Choice(
            "The right kind of garment, without its details",
            "Kind and brightness mostly get through; prints, buttons and seams mostly do not.",
            correct=True,
        ),
        Choice(
            "The image itself, a little noisy",
            "Nothing here adds noise. Whatever the two numbers do not say, the decoder must guess, and it guesses "
            "smoothly.",
        ),
    ],
)

predict_linear_units = Question(
    "PCA and a linear autoencoder with four latent numbers are fitted to the same images, and end with the same "
    "error. Compare the autoencoder's four decoder columns with PCA's first four directions.",
    [
        Choice(
            "They are equal, or point the opposite way",
            "Equal error sounds like equal solution. But the loss sees the encoder and the decoder only together.",
        ),
        Choice(
            "They are equal, but in another order",
            "Order is not in the loss, true. Neither is anything else that a decoder can undo, such as a mixing of "
            "the four numbers.",
        ),
        Choice(
            "They have nothing to do with each other",
            "Then the errors would differ: the least error is reached only by the mixtures of PCA's four directions.",
        ),
        Choice(
            "They are different arrows in the same four-dimensional space",
            "All mixtures of PCA's four directions are the same set as all mixtures of the decoder's four columns. "
            "Which arrows it is made of, the loss does not ask.",
            correct=True,
        ),
    ],
)

predict_bend = Question(
    "A convolutional autoencoder and PCA get the same number of latent numbers: 2, then 8, then 32. The network is "
    "trained for two epochs only. Where is its advantage, as a share of PCA's error, smallest?",
    [
        Choice(
            "At 2: two numbers hold too little to be clever with",
            "PCA with two numbers can only mix two fixed pictures. A decoder that bends draws another garment at "
            "every point, so even two are worth a lot to it.",
        ),
        Choice(
            "At 32: there a flat sheet does well, and a short training does not yet",
            "PCA gets its best 32 directions at once; the network must find out what to do with so many numbers. With "
            "more training its advantage grows there.",
            correct=True,
        ),
        Choice(
            "It is nowhere: PCA is the best code of a given size",
            "The best *linear* one. The proof needs a decoder that adds up fixed pictures.",
        ),
        Choice(
            "On the test images, at any size: a network learns the training images by heart",
            "A fair suspicion, and the reason why the table has columns for test images. The network wins there, too.",
        ),
    ],
)

predict_floor = Question(
    "A pixel has the grey value x = 0.3, and a perfect decoder returns p = 0.3. What is its binary cross-entropy?",
    [
        Choice(
            "0: the answer is perfect",
            "So it would be with the squared error. Put the numbers in: −0.3·log 0.3 − 0.7·log 0.7.",
        ),
        Choice(
            "About 0.61, the least there is",
            "It is the entropy of a coin with probability 0.3. The loss can only be 0 where the pixel is black or "
            "white.",
            correct=True,
        ),
        Choice(
            "More than 0, and p nearer to 0 makes it smaller",
            "The derivative −x/p + (1 − x)/(1 − p) is zero at p = x, and the curve turns up on both sides.",
        ),
    ],
)

predict_denoised = Question(
    "You show a network only noisy images, and train it to return the clean ones. It meets a shirt under so much noise "
    "that a button may be there or not. What does it draw?",
    [
        Choice(
            "The button, as it was in the clean image",
            "It would have to know what the noise has hidden.",
        ),
        Choice(
            "Sometimes the button, sometimes none, as in the data",
            "It is a function: the same noisy image gives the same answer every time.",
        ),
        Choice(
            "Half a button: a grey stain, the average of both",
            "The loss is smallest at the average of all clean images that fit the noisy one, and an average of "
            "different pictures is blurred.",
            correct=True,
        ),
        Choice(
            "The noise: in the end it is an autoencoder",
            "It would be, if the target were the noisy image. The target is the clean one.",
        ),
    ],
)

predict_decode_noise = Question(
    "Your autoencoder redraws garments well. Throw its encoder away, draw codes from N(0, I) and decode them: new "
    "garments? One model has 2 latent numbers, the other 16.",
    [
        Choice(
            "Yes, from both: a decoder turns every code into a garment",
            "It turns every code into *some* picture. What it has learned, it has learned where codes of images lie.",
        ),
        Choice(
            "From the one with 16: it redraws better",
            "It does redraw better. But in 16 dimensions there is far more room in which no code ever lay.",
        ),
        Choice(
            "Passable from the one with 2, from the other seldom",
            "In a plane, N(0, I) lies near some of the codes. In 16 dimensions most of its draws end far "
            "from all of them, and the printed distances tell.",
            correct=True,
        ),
        Choice(
            "From neither: a decoder without its encoder draws nothing but noise",
            "The decoder is a smooth function. Near the codes of images it draws clothes, whoever made the code.",
        ),
    ],
)

predict_rescale = Question(
    "Multiply all codes by 10, and divide by 10 at the decoder's door. What does that do to the reconstructions, and "
    "what to pictures decoded from N(0, I)?",
    [
        Choice(
            "Nothing to either: the two changes cancel",
            "They cancel for codes that pass through both. A code drawn from N(0, I) meets only the division.",
        ),
        Choice(
            "Nothing to the first; the second become alike",
            "The decoder divides the draws by 10, so that all land close together around the origin. The loss cannot "
            "see the difference between the two models.",
            correct=True,
        ),
        Choice(
            "Both get worse: the network was not trained with such codes",
            "The image's code is multiplied and divided again. The decoder's layers meet the numbers they know.",
        ),
        Choice(
            "The reconstructions get better: larger codes carry more",
            "A number ten times as large has the same digits.",
        ),
    ],
)

predict_shift = Question(
    "Two changes to a shirt: all of it moves one pixel to the right, or a hole of 4 × 4 pixels is cut into its middle. "
    "Which has the larger squared error?",
    [
        Choice(
            "The hole: a person sees it at once",
            "The loss does not see as a person does. It adds up squared differences, pixel by pixel.",
        ),
        Choice(
            "The shift: every edge is now beside itself",
            "Along the upright edges a bright pixel stands where a dark one was. It usually adds up to far more than "
            "the hole, and hardly anybody would notice it.",
            correct=True,
        ),
        Choice(
            "They are about equal, since about equally many pixels change",
            "Many more change in the shift.",
        ),
    ],
)
