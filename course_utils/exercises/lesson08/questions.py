"""Lesson 8, what to predict before the next cell tells."""

from course_utils.exercises.machine.questions import Choice, Question

predict_losses = Question(
    "The training below goes well: at its end, most forged points lie in the eight heaps. What do the two losses do on "
    "the way?",
    [
        Choice(
            "Both fall towards 0: both networks get better",
            "They do get better, but each loss is measured against the *other* network, which gets better, too. And "
            "both cannot be near 0: a critic that is never fooled is a forger that always fails.",
        ),
        Choice(
            "The critic's falls and the forger's rises: one wins, one loses",
            "That happens when the critic runs away, and then the forger learns little. Here the points arrive.",
        ),
        Choice(
            "They wander, and end about where they began",
            "A critic that cannot tell pays log 4 ≈ 1.39, and its forger log 2 ≈ 0.69. So it is at the start, where it "
            "has learned nothing, and near the end, where there is little left to see.",
            correct=True,
        ),
        Choice(
            "The forger's falls steadily: it is the one that counts",
            "It is the one that trains the forger, but it says how the forger does against *today's* critic. The "
            "points get better while it goes up and down.",
        ),
    ],
)

predict_half_modes = Question(
    "The data are eight kinds of clothes, equally frequent. A forger makes only four of the kinds, but each so well "
    "that nobody can tell. What does the best possible critic say of one of its forgeries?",
    [
        Choice(
            "½: it looks like a real one in every detail",
            "In every detail, yes. But the critic knows how *often* real ones of this kind come, and how often forged.",
        ),
        Choice(
            "⅓: this kind comes too often from the forger",
            "Such a piece comes with probability ⅛ from the data and ¼ from the forger: p/(p + q) = ⅓. The kinds "
            "that the forger leaves out get 1, so it gains by making those.",
            correct=True,
        ),
        Choice(
            "0: it has found the trick out",
            "Then it would also condemn every real piece of these four kinds, and pay for it without bound.",
        ),
        Choice(
            "¼: four of the eight kinds are missing",
            "What is missing does not enter: the verdict on a piece depends on p and q *there*. Put in ⅛ and ¼.",
        ),
    ],
)

predict_spiral = Question(
    "f(x, y) = x·y. Player x walks downhill on f, player y uphill, both at once and with small steps of size η. The "
    "equilibrium is (0, 0). They start at (1, 1). How does their distance from it develop?",
    [
        Choice(
            "It shrinks, if η is small enough and they have patience",
            "So it would for one player and one valley. Here the distance² is multiplied by 1 + η² at every step: "
            "smaller steps only run away more slowly.",
        ),
        Choice(
            "It stays: they walk in a circle",
            "In the limit of infinitely small steps they do. A finite step goes along the tangent, which leaves the "
            "circle on the outside.",
        ),
        Choice(
            "It grows at every step, whatever η",
            "Both moves together, (−ηy, ηx), stand at right angles to (x, y): by Pythagoras the distance² grows by the "
            "factor 1 + η², every time.",
            correct=True,
        ),
        Choice(
            "It shrinks at first, and then they jitter round (0, 0)",
            "That is what noisy gradients do in a valley. There is no noise here, and no valley.",
        ),
    ],
)

predict_fixed_critic = Question(
    "You freeze the critic and let the forger train on alone, for as long as it likes. What becomes of its points?",
    [
        Choice(
            "They settle in all eight heaps: that is where the critic says 'real'",
            "Nothing in the forger's loss speaks of *all*. Each point climbs to where the critic is surest, whatever "
            "the others do.",
        ),
        Choice(
            "They pile up where the critic is surest, and leave the rest empty",
            "The loss is an average over single points, and each is best off at the same place: the best answer to a "
            "fixed critic is one point. Variety is enforced only by a critic that answers back.",
            correct=True,
        ),
        Choice(
            "Nothing: without a critic that learns there is no gradient",
            "The gradient comes *through* the critic, whether or not its own weights move.",
        ),
        Choice(
            "They spread evenly over the plane",
            "The forger has no reason to go where the critic says 'forged'.",
        ),
    ],
)

predict_fresh_critic = Question(
    "At the end of the training the critic is right about little more than half of the pictures. Now generator and "
    "pictures stay as they are, and a *new* critic learns to tell them from real ones. How often will it be right, on "
    "pictures that it has not seen?",
    [
        Choice(
            "About half of the time: the forgeries have become perfect",
            "Then the generator would have learned the distribution of clothes itself. The old critic's score only "
            "says that *it* cannot keep up.",
        ),
        Choice(
            "A little better than the old critic: it has not learned for so long",
            "Learning for long was a burden here: the old critic had to hit a target that ran away. The new one may "
            "aim in peace.",
        ),
        Choice(
            "Nearly always: the game stood still, but at no equilibrium",
            "At an equilibrium no critic at all could do better than ½. One that only looks at these forgeries finds "
            "what gives them away.",
            correct=True,
        ),
        Choice(
            "Worse than half of the time",
            "On pictures from the same source a trained critic does not fall below guessing, but for chance.",
        ),
    ],
)
