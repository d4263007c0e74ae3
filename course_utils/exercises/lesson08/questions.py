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
            "That can happen where the critic runs too far ahead for the forger to follow. Here the points arrive.",
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
    "Freeze the critic. Of all forgers, which one gets the lowest loss from it?",
    [
        Choice(
            "One that fills all eight heaps, in equal shares",
            "Nothing in the forger's loss speaks of shares. It is an average over single points, and the critic that "
            "could complain about shares does not learn any more.",
        ),
        Choice(
            "One that puts every point where D is largest",
            "Each point is best off there, whatever the others do: the best answer to a fixed critic that judges "
            "points one by one is a single point. Such a critic asks for variety only by answering back.",
            correct=True,
        ),
        Choice(
            "One that the critic has never seen: it cannot know its points",
            "The critic says something of every place, seen or not, and the loss depends on what it says.",
        ),
        Choice(
            "One at which D is ½ everywhere, as at the equilibrium",
            "That is where the *critic* is helpless. A forger against a frozen critic wants D to be as high as it "
            "gets.",
        ),
    ],
)

predict_fresh_critic = Question(
    "At the end of the training the critic is right about most pictures, but far from all. Now the generator stays as "
    "it is, and a *new* critic learns to tell its pictures from real ones. How often will it be right, on pictures "
    "that it has not seen?",
    [
        Choice(
            "About as often as the old one: that is how good the forgeries are",
            "It is how they fare against *that* critic, which was trained while its target moved.",
        ),
        Choice(
            "Half of the time: it must first see as many pictures as the old one did",
            "Ask how much easier its task is: the forgeries stand still.",
        ),
        Choice(
            "Nearly always: the forgeries have flaws, and it may aim in peace",
            "At an equilibrium no critic at all could do better than ½. One that looks at nothing but these forgeries "
            "soon finds what gives them away.",
            correct=True,
        ),
        Choice(
            "Hardly ever: the generator has learned to fool critics",
            "It has learned to please one critic. And nobody falls far below one half by honest guessing.",
        ),
    ],
)
