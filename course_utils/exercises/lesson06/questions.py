"""Lesson 6, what to predict before the next cell tells."""

from course_utils.exercises.machine.questions import Choice, Question

predict_symmetry = Question(
    "p = N(0, 1), and q = N(0, σ²) with σ = 0.01: a needle on the top of a wide hill. Compare KL(q‖p) with KL(p‖q).",
    [
        Choice(
            "They are equal: both say how far apart q and p are",
            "KL is no distance. It asks one of the two for draws, and lets the other judge them; who draws matters.",
        ),
        Choice(
            "KL(q‖p) is about 5,000 nats, KL(p‖q) about 4.1",
            "The right numbers, the other way round. The first one draws: the needle's draws all lie where the hill "
            "is high.",
        ),
        Choice(
            "KL(q‖p) is about 4.1 nats, KL(p‖q) about 5,000",
            "The needle's draws are nothing unusual for the hill: log(1/σ) − ½. The hill's draws fall where the "
            "needle has next to nothing: about ½/σ², which has no upper end.",
            correct=True,
        ),
        Choice(
            "They differ, but both lie between 0 and 1",
            "0 is a lower end; there is no upper one. The surprise −log p(z) has no limit, nor has its average.",
        ),
    ],
)

predict_two_bumps = Question(
    "The target p has two equal bumps, far apart. A single bell q is fitted to it, once by the smallest KL(p‖q) "
    "(forward), once by the smallest KL(q‖p) (reverse). What do you get?",
    [
        Choice(
            "Both: one wide bell over both bumps",
            "Forward does that. Reverse asks p about q's draws, and a wide q draws in the valley, where p has nearly "
            "nothing.",
        ),
        Choice(
            "Both: a narrow bell on one bump",
            "Reverse does that. Forward asks q about p's draws, half of which then lie where q has nearly nothing.",
        ),
        Choice(
            "Forward: a narrow bell on one bump. Reverse: one wide bell over both",
            "The other way round. Ask who draws: in KL(p‖q) it is p, from both bumps, and q must have an answer to "
            "both.",
        ),
        Choice(
            "Forward: one wide bell over both. Reverse: a narrow bell on one bump",
            "The second must not be surprised by what the first draws: forward q must cover what p draws; reverse q "
            "must stay where p is. The KL in a VAE's loss is of the second kind.",
            correct=True,
        ),
    ],
)

predict_negative_term = Question(
    "The KL is estimated from draws z ~ q: each draw contributes log q(z) − log p(z). Can one of these contributions "
    "be negative?",
    [
        Choice(
            "No: a KL is never negative",
            "The KL is what they come to on average, over all draws that q can make. A single draw may lie where p is "
            "higher than q: for q = N(1, 1) and p = N(0, 1) every z below ½.",
        ),
        Choice(
            "Yes, and it belongs to the average",
            "Where p(z) is above q(z) the contribution is negative. Taking absolute values, or cutting off at 0, makes "
            "the estimate too high on average.",
            correct=True,
        ),
        Choice(
            "Yes, and it is a sign that too few draws were taken",
            "More draws make the average steadier; each of them is still negative as often as before.",
        ),
        Choice(
            "Only if there is a bug in log q",
            "A bug can do that; but for two different normals correct code does it as well, for some of the draws.",
        ),
    ],
)

predict_without_log = Question(
    "Drop −log σ² from the price ½ (μ² + σ² − log σ² − 1) and let N(2, 0.5²) slide downhill. Where does it end?",
    [
        Choice(
            "At N(0, 1), only later than with the logarithm",
            "Something must stop σ at 1. Look at what is left: which term would complain about a smaller σ?",
        ),
        Choice(
            "At 0, becoming wider and wider without end",
            "That is what happens without σ². The term that is left punishes width.",
        ),
        Choice(
            "At 0, becoming narrower without end",
            "σ² alone wants 0. If log σ² is what slides, σ falls slowly, like 1/√t. A VAE with this price drifts "
            "towards zero variance: the autoencoder of lesson 3.",
            correct=True,
        ),
        Choice(
            "At N(0, 0.5²): μ moves, σ stays",
            "σ² is still in the price, and has a slope everywhere but at 0: σ moves as well.",
        ),
    ],
)

predict_without_spread = Question(
    "Now drop σ² instead, keep −log σ², and let μ and log σ² slide downhill, the two numbers that an encoder gives. "
    "What does the width do?",
    [
        Choice(
            "It grows without end",
            "−log σ² rewards every widening, and nothing objects any more. log σ² rises at the constant speed ½, so "
            "σ = σ₀·exp(t/4). (If σ itself were what slides: √(σ₀² + 2t), in the long run slower, and without end, "
            "too.)",
            correct=True,
        ),
        Choice("It falls to 0", "That is without −log σ². This term is the wall that keeps σ away from 0."),
        Choice("It goes to 1 and stays", "1 is where the pull of σ² and that of −log σ² cancel; one of them is gone."),
        Choice(
            "It grows to a limit, where the logarithm is flat",
            "The logarithm becomes flatter along σ, but nowhere flat: each widening still lowers the price.",
        ),
    ],
)

predict_without_constant = Question(
    "Drop the −1, and nothing else. What changes in the flow, and in a VAE trained with this price?",
    [
        Choice(
            "The flow comes to rest before it has reached N(0, 1)",
            "It rests where the slope is 0, and a constant does not change the slope.",
        ),
        Choice(
            "σ goes to another value than 1",
            "The lowest point stays where it is; the whole valley is lifted.",
        ),
        Choice(
            "The loss is higher, so training ends with a worse model",
            "The loss is higher by a constant, whatever the weights of the network are. No gradient feels it.",
        ),
        Choice(
            "Nothing but the number that is printed",
            "A constant has no slope, so nothing moves differently. The number is ½ nat too high for each dimension: "
            "the −1 sets the price of N(0, 1) to 0.",
            correct=True,
        ),
    ],
)

predict_bill = Question(
    "For every test image you print its KL, its share of the bill. Which images do you expect to pay most?",
    [
        Choice(
            "Those that are reconstructed worst",
            "A bad reconstruction is the other half of the bill, and the two halves are only weakly related: the cell "
            "below prints their correlation. What the code does not say costs no KL.",
        ),
        Choice(
            "Those that differ most from the average image",
            "The more an image differs from the average one, the more its code has to say, and ½Σμ² is most of what "
            "varies from image to image. It is a tendency: the cell below prints how strong.",
            correct=True,
        ),
        Choice(
            "Those with the most bright pixels",
            "Bright images do pay more on average, and the cheapest are dark. But how far an image is from the average "
            "one tells more: compare the correlations below.",
        ),
        Choice(
            "All pay about the same: the KL is a property of the model",
            "It is computed from μ and σ of each image. The mean is a property of the model; single images differ by "
            "a lot.",
        ),
    ],
)

predict_above_log_n = Question(
    "A code that names each of 10,000 training images needs log 10,000 = 9.21 nats. Can the mean KL of a VAE on these "
    "images be 28 nats?",
    [
        Choice(
            "Yes, if all clouds together differ from the prior",
            "About *which* of these images it is, the code can say 9.21 nats at most. So the average of these 10,000 "
            "clouds differs from the prior by a KL of 28 − 9.21 = 18.79 nats or more. (At the same rate, more "
            "images lower that bound.)",
            correct=True,
        ),
        Choice(
            "No: with 9.21 nats everything is said",
            "About *which* image it is, yes. But mean KL = I(x; z) + KL(q(z)‖p(z)), with q(z) the average of all "
            "clouds, and only the first part is bounded by 9.21.",
        ),
        Choice(
            "Yes: an image has 784 pixels, so there is more to say than its number",
            "A natural thought. But once you know which of the 10,000 it is, every pixel is known.",
        ),
        Choice(
            "Only if there is a bug in the KL",
            "Check it by sampling (section 2), then believe it. A small β makes KL cheap, and the clouds move apart.",
        ),
    ],
)

predict_correlation = Question(
    "z has two dimensions and is jointly normal. Each dimension by itself is exactly N(0, 1), but their correlation is "
    "0.9. What is the KL of this z to N(0, I)?",
    [
        Choice(
            "0: both dimensions are standard normal",
            "That is the sum of the two KLs by themselves. A thin diagonal cloud has perfect shadows on both axes and "
            "is still no round one.",
        ),
        Choice(
            "0.9 nats, the correlation",
            "It does grow with the correlation, but as −½ log(1 − ρ²), which has no upper end as ρ comes close to 1.",
        ),
        Choice(
            "It cannot be computed without independent dimensions",
            "The *sum* over dimensions needs independence. For full covariances there is `losses.kl_mvn`.",
        ),
        Choice(
            "About 0.83 nats",
            "−½ log(1 − 0.9²) = 0.83, of which no histogram of a single dimension shows anything. Look at pairs, too: "
            "the KL of the aggregate posterior can hide in its correlations.",
            correct=True,
        ),
    ],
)
