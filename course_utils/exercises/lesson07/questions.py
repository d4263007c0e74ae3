"""Lesson 7, what to predict before the next cell tells."""

from course_utils.exercises.machine.questions import Choice, Question

predict_noise_map = Question(
    "300 points are drawn from N(0, I) in 16 dimensions: one cloud, no groups. A map shall put points that are near to "
    "each other in 16 numbers near to each other in the plane, and its dial is set to look at about two neighbours of "
    "each. What will it show?",
    [
        Choice(
            "An even disc: where there is nothing to see, a map shows nothing",
            "It must do something with each point's two nearest, and every point has some, also in pure noise.",
        ),
        Choice(
            "A bell: dense in the middle, thin at the rim, as N(0, I) is",
            "In 16 dimensions hardly a point lies near the middle, and the map keeps neighbours, not densities.",
        ),
        Choice(
            "Little clumps, as if there were groups",
            "Every point has nearest neighbours, by chance. Asked for two of each, the map draws these together, and "
            "chance looks like a group.",
            correct=True,
        ),
        Choice(
            "Sixteen arms, one for each dimension",
            "N(0, I) has no preferred direction: the axes are no more special than any other line.",
        ),
    ],
)

predict_redraw = Question(
    "An autoencoder and a VAE: the same network, starting weights, images and number of steps. Each redraws the test "
    "images, the VAE from its mean codes. With 16 latent numbers, which does it better?",
    [
        Choice(
            "The VAE: noise has made its decoder robust",
            "Robust against noise that is now switched off. It has paid for that with precision.",
        ),
        Choice(
            "Equally well: without the noise they are the same network",
            "The weights are not: the VAE's codes had to leave room for the noise, and to pay for every nat.",
        ),
        Choice(
            "The autoencoder: it was trained for nothing else",
            "Its loss *is* the reconstruction. The VAE's has a second term, and gives up what saves fewer nats than "
            "its KL costs. So this comparison has a winner from the start; others have not.",
            correct=True,
        ),
    ],
)

predict_empty_cells = Question(
    "Cut the autoencoder's plane into 12 × 12 equal cells between its smallest and largest codes, and the VAE's into "
    "12 × 12 cells of equal probability under N(0, I). How many cells hold not one of the 10,000 training codes?",
    [
        Choice(
            "Next to none in both: 10,000 codes for 144 cells are plenty",
            "Plenty for cells that the codes had a reason to visit. The autoencoder's had none to fill a rectangle.",
        ),
        Choice(
            "Many of the autoencoder's, few of the VAE's",
            "The KL asks that all clouds together look like N(0, I), so that cells of equal probability are all "
            "visited. Nothing asks the like of an autoencoder; and a rectangle has corners that no code needs.",
            correct=True,
        ),
        Choice(
            "Few of the autoencoder's, many of the VAE's: its codes crowd round the origin",
            "They lie round the origin much as N(0, I) does, and the cells are made for that: small in the middle.",
        ),
        Choice(
            "About half in both: clusters with gaps between",
            "There are clusters in both planes. But in the VAE's the gaps cost, and are narrow.",
        ),
    ],
)

predict_three_groups = Question(
    "Three groups of 100 points in 16 dimensions. A and B have spread 1, and their centres are 12 apart. C has spread "
    "5, and its centre is nine times as far from B's. What does the t-SNE map show, with its dial at 30 neighbours?",
    [
        Choice(
            "A and B side by side, C a wide cloud far away",
            "So a photograph would show them. The map measures every distance against the nearest neighbours of the "
            "point it starts from, and forgets the scale.",
        ),
        Choice(
            "Three discs of much the same size, at much the same distance",
            "Each point gets a yardstick of its own: its own neighbours are always near. So wide and narrow groups "
            "come out alike; and between groups it only counts that they are not neighbours.",
            correct=True,
        ),
        Choice(
            "Two discs: A and B are too near to be told apart",
            "12 spreads lie between their centres: no point of A has a neighbour in B.",
        ),
        Choice(
            "C torn into pieces, since its points are so far from each other",
            "They are far from each other only by the yardstick of A and B, which the map does not use for C.",
        ),
    ],
)

predict_labels_from_codes = Question(
    "1,000 labels are known. Ten nearest neighbours vote on the class of a test image: neighbours among the "
    "autoencoder's 16 numbers, the VAE's 16, or all 784 pixels. Which description names the class most often?",
    [
        Choice(
            "The VAE's codes: a tidy space has tidy classes",
            "Tidy towards the prior. It was never told what a class is, and dropped what was not worth its nats.",
        ),
        Choice(
            "The autoencoder's codes, and clearly: 16 numbers without noise",
            "Without noise, and without a reason to keep what tells classes apart. Look at the pixels' row as well.",
        ),
        Choice(
            "The pixels, or at least no worse",
            "A code drops what costs little when redrawn, and that may be what tells a shirt from a coat. (What only "
            "disturbs the vote may go, too: which weighs more, the table says.) A code is small, not wise.",
            correct=True,
        ),
    ],
)

predict_rotation = Question(
    "Turn a trained VAE's latent space: put a rotation R before its decoder, which now gets Rz instead of z. Codes are "
    "still drawn from N(0, I). How do the images that it generates change?",
    [
        Choice(
            "They get worse: the decoder knows the old axes only",
            "Each single code now yields another image. But all codes together: where does Rz lie, if z is from "
            "N(0, I)?",
        ),
        Choice(
            "Not at all, taken together: Rz is from N(0, I) as well",
            "The bell looks the same from every side, so the images have the same distribution, and log p(x) does not "
            "move. No axis of z is special to p(x).",
            correct=True,
        ),
        Choice(
            "Only the order of the kinds changes: axis 1 is now another",
            "No axis ranks above another, so there is no such order to change.",
        ),
    ],
)

predict_midpoint = Question(
    "Two independent draws from N(0, I) in 16 dimensions have lengths near 4. How long is the point halfway between "
    "them, typically?",
    [
        Choice(
            "Near 4 as well: it lies between two points of that length",
            "It would, if the two pointed the same way. They stand nearly at right angles.",
        ),
        Choice(
            "Near 2.8",
            "Each number is the mean of two independent normals: variance ½. So the length is near √(16 / 2) = 2.8, "
            "and few draws from N(0, I) are that short.",
            correct=True,
        ),
        Choice(
            "Near 0: they cancel",
            "That is what opposite directions would do. In 16 dimensions two random directions are nearly at right "
            "angles.",
        ),
        Choice(
            "Anything from 0 to 4, all about equally likely",
            "16 numbers are many: the length of their mean varies as little as each length does.",
        ),
    ],
)

predict_factors = Question(
    "Pictures of one shape each, drawn from five known numbers: kind, column, row, size, tilt. A VAE with 6 latent "
    "numbers is trained on them. Will each of the five have a latent number of its own?",
    [
        Choice(
            "Yes: they are independent, and so are the numbers of z",
            "Independent under the prior; but a rotation of z is as good to the loss's first term, and mixes them.",
        ),
        Choice(
            "Yes, if β is large enough: that is what β is for",
            "A larger β puts factors to sleep as well: what saves fewer nats than it costs goes first.",
        ),
        Choice(
            "No: a few are found, most often mixed, some not at all",
            "What moves many pixels is worth its nats, as the position is. Nothing in the loss says along which axis.",
            correct=True,
        ),
        Choice(
            "No: without labels a network cannot find any of them",
            "It has to redraw the picture, and for that it must know where the shape is.",
        ),
    ],
)
