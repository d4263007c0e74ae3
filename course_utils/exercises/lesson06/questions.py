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
            "KL(q‖p) is about 4.1 nats, KL(p‖q) about 5,000",
            "The needle's draws are nothing unusual for the hill: log(1/σ) − ½. The hill's draws fall where the "
            "needle has next to nothing: ½/σ². No upper end exists.",
            correct=True,
        ),
        Choice(
            "KL(q‖p) is about 5,000, KL(p‖q) about 4.1",
            "The right numbers, the other way round. The first one draws: the needle's draws all lie where the hill "
            "is high.",
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
            "Forward: one wide bell over both. Reverse: a narrow bell on one bump",
            "Whoever draws must not be surprised: forward q must cover what p draws; reverse q must stay where p is. "
            "The VAE's KL is of the second kind.",
            correct=True,
        ),
        Choice(
            "Forward: a narrow bell on one bump. Reverse: one wide bell over both",
            "The other way round. Ask who draws: in KL(p‖q) it is p, from both bumps, and q must have an answer to "
            "both.",
        ),
    ],
)

predict_negative_term = Question(
    "The KL is estimated from draws z ~ q: each draw contributes log q(z) − log p(z). Can one of these contributions "
    "be negative?",
    [
        Choice(
            "No: a KL is never negative",
            "The average is not. A single draw may lie where p is higher than q: for q = N(1, 1) every z below ½.",
        ),
        Choice(
            "Yes, and it belongs to the average",
            "Where p(z) is above q(z) the contribution is negative. Taking its absolute value, or cutting it off at "
            "0, makes the estimate too high.",
            correct=True,
        ),
        Choice(
            "Yes, and it is a sign that too few draws were taken",
            "More draws make the average steadier; each of them is still negative as often as before.",
        ),
        Choice(
            "Only if there is a bug in log q",
            "A bug can do that; but correct code does it as well, for a good part of the draws.",
        ),
    ],
)

predict_without_log = Question(
    "Drop −log σ² from the price ½ (μ² + σ² − log σ² − 1) and let N(2, 0.5²) slide downhill. Where does it end?",
    [
        Choice(
            "At N(0, 1), only more slowly",
            "Something must stop σ at 1. Look at what is left: which term would complain about a smaller σ?",
        ),
        Choice(
            "It becomes a needle at 0: σ falls and never stops",
            "σ² alone wants 0. It falls slowly, like 1/√t. A VAE with this price drifts to zero variance: the "
            "autoencoder of lesson 3.",
            correct=True,
        ),
        Choice("It becomes ever wider", "That is what happens without σ². The term that is left punishes width."),
        Choice(
            "At N(0, 0.5²): μ moves, σ stays",
            "σ² is still in the price, and has a slope everywhere but at 0: σ moves as well.",
        ),
    ],
)

predict_without_spread = Question(
    "Now drop σ² instead, and keep −log σ². What does the width do?",
    [
        Choice(
            "It grows, ever faster: σ = σ₀·exp(t/4)",
            "−log σ² rewards every widening, and nothing objects any more. log σ² rises at the constant speed ½.",
            correct=True,
        ),
        Choice("It falls to 0", "That is without −log σ². This term is the wall that keeps σ away from 0."),
        Choice("It goes to 1 and stays", "1 is where the pull of σ² and that of −log σ² cancel; one of them is gone."),
        Choice(
            "It grows to a limit",
            "The logarithm flattens, so the *price* falls more and more slowly along σ; but it has no lowest point.",
        ),
    ],
)

predict_without_constant = Question(
    "Drop the −1, and nothing else. What changes in the flow, and in a VAE trained with this price?",
    [
        Choice(
            "Nothing moves differently; only the number is ½ too high for each dimension",
            "A constant has no slope. What it does is to set the price of N(0, 1) to 0, so that the number can be "
            "read.",
            correct=True,
        ),
        Choice("The flow stops too early", "It stops where the slope is 0, and a constant does not change the slope."),
        Choice(
            "σ goes to another value than 1",
            "The lowest point stays where it is; the whole valley is lifted.",
        ),
        Choice(
            "The loss is higher, so training is worse",
            "The loss is higher by a constant, the same for every weight of the network. No gradient feels it.",
        ),
    ],
)

predict_bill = Question(
    "For every test image you print its KL, its share of the bill. Which images do you expect to pay most?",
    [
        Choice(
            "Those that are reconstructed worst",
            "A bad reconstruction is the other half of the bill. Both halves are nearly unrelated: a shirt's pattern "
            "is lost without any KL being paid for it.",
        ),
        Choice(
            "Those that are unlike the average image: their codes lie far from 0",
            "To say something unusual takes a μ far out, and ½μ² is most of what varies from image to image. In "
            "Fashion-MNIST look at the ankle boots.",
            correct=True,
        ),
        Choice(
            "Those with the most bright pixels",
            "Bright images do pay a little more, but it is a weak sign: the KL counts what tells an image from the "
            "average one, and a dark one may be as far from it.",
        ),
        Choice(
            "All pay about the same: the KL is a property of the model",
            "It is computed from μ and σ of each image. The mean is a property of the model; single images differ by "
            "a lot.",
        ),
    ],
)

predict_above_log_n = Question(
    "A code that names each of 10,000 training images needs log 10,000 = 9.2 nats. Can the mean KL of a VAE on these "
    "images be 28 nats?",
    [
        Choice(
            "No: with 9.2 nats everything is said",
            "About *which* image it is, yes. But mean KL = I(x; z) + KL(q(z)‖p(z)), and only the first part is "
            "bounded by 9.2.",
        ),
        Choice(
            "Yes: by at least the rest, all clouds together differ from the prior",
            "The information about the image cannot exceed log N. The rest, 19 nats or more, is mismatch: draws from "
            "the prior fall where the decoder was never trained.",
            correct=True,
        ),
        Choice(
            "Yes: an image has 784 pixels, so there is more to say than its number",
            "A natural thought. But once you know which of the 10,000 it is, every pixel is known.",
        ),
        Choice(
            "Only if there is a bug in the KL",
            "Check it with the probes; then believe it. A small β makes KL cheap, and the clouds move apart.",
        ),
    ],
)

predict_correlation = Question(
    "z has two dimensions. Each by itself is exactly N(0, 1), but their correlation is 0.9. What is the KL of this z "
    "to N(0, I)?",
    [
        Choice(
            "0: both dimensions are standard normal",
            "That is the sum of the marginals' KLs. A thin diagonal cloud has perfect shadows on both axes and is "
            "still no round one.",
        ),
        Choice(
            "About 0.83 nats, of which no histogram of a single dimension shows anything",
            "−½ log(1 − 0.9²) = 0.83. Look at pairs, too: the KL of the aggregate posterior can hide in its "
            "correlations.",
            correct=True,
        ),
        Choice(
            "0.9 nats, the correlation",
            "The unit is another: it is −½ log(1 − ρ²), which is 0 at ρ = 0 and has no upper end as ρ comes close to "
            "1.",
        ),
        Choice(
            "It cannot be computed without independent dimensions",
            "The *sum* over dimensions needs independence. For full covariances there is `kl_mvn`.",
        ),
    ],
)
