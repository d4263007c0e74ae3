"""Lesson 7, the questions that look back."""

from course_utils.exercises.machine.questions import Choice, Question

quiz_far_apart = Question(
    "On your t-SNE map the boots lie far from the trousers, and the bags make a wide cloud. A colleague writes: “Boots "
    "are least like trousers, and bags vary most.” What do you say?",
    [
        Choice(
            "Right: near is alike and far is unlike, that is what a map is for",
            "Near is alike, with care. Far is only *not a neighbour*; how far, the map has not measured.",
        ),
        Choice(
            "The first may be read off, the second may not",
            "Neither: gaps between groups depend on chance and on the perplexity, as sizes do.",
        ),
        Choice(
            "Neither follows; compare distances and spreads among the codes",
            "The map gives every point a yardstick of its own. Compute both among the codes; that takes two lines.",
            correct=True,
        ),
        Choice(
            "It is true if the trustworthiness of the map is high enough",
            "Trustworthiness asks about neighbours. A map with 1.00 may have all its sizes and gaps wrong.",
        ),
    ],
    lead="Check yourself.",
)

quiz_new_point = Question(
    "You have a t-SNE map of 1,000 codes. A new image arrives, and you want its dot on the same map. What do you do?",
    [
        Choice(
            "Encode the image, and apply the fitted t-SNE to its code",
            "There is nothing to apply: t-SNE moved 1,000 dots, it learned no function of a code.",
        ),
        Choice(
            "Make a map of the new code alone, and lay the two over each other",
            "One dot has no neighbours; and two maps have nothing in common, neither axes nor places.",
        ),
        Choice(
            "Make a new map of all 1,001 codes, or use PCA",
            "PCA is a formula, which takes any code. A new t-SNE of all of them works too, but every dot may lie "
            "elsewhere.",
            correct=True,
        ),
    ],
    lead="Check yourself.",
)

quiz_first_axis = Question(
    "Somebody plots dimension 1 of a 16-dimensional VAE against dimension 2 and sees one round grey blob. “The VAE has "
    "learned nothing.” What do you look at first?",
    [
        Choice(
            "The KL of each dimension",
            "Columns of z come in no order. The first two may be asleep, while others carry all there is: take the two "
            "with the largest KL, or PCA.",
            correct=True,
        ),
        Choice(
            "The learning rate, and whether it was trained long enough",
            "Perhaps later. First ask whether these two columns are in use at all.",
        ),
        Choice(
            "Dimensions 3 and 4, then 5 and 6, until a pair shows something",
            "That would find it in the end. The KL tells at once which are in use.",
        ),
        Choice(
            "Nothing: the first axes carry most, as in PCA",
            "In PCA they are sorted by variance. In a VAE nothing sorts them.",
        ),
    ],
    lead="Check yourself.",
)
