"""Lesson 8, the questions by which you check yourself."""

from course_utils.exercises.machine.questions import Choice, Question

quiz_detach = Question(
    "A friend's generator never changes, though its loss is computed and `optimizer_g.step()` is called. In the "
    "generator's step you find `fake = generator(z).detach()`; 'so that the discriminator is left in peace', says the "
    "friend. What do you say?",
    [
        Choice(
            "Right: without detach the discriminator would learn to help",
            "Its weights change only if *its* optimizer steps. Here `optimizer_g` does, and it holds the generator's.",
        ),
        Choice(
            "Detach D's output instead",
            "Then nothing in the loss needs a gradient at all, and backward() raises an error.",
        ),
        Choice(
            "Detach belongs into the other step",
            "The generator learns from a gradient that comes back through D and the forged pictures. It is in D's "
            "step that they should be plain numbers.",
            correct=True,
        ),
    ],
    lead="Check yourself.",
)

quiz_losses = Question(
    "For an hour the discriminator's loss has stood at 1.386 = log 4, and the generator's at 0.693 = log 2. What do "
    "you know?",
    [
        Choice(
            "That by its loss this discriminator is no better than a coin",
            "One that says ½ to everything pays as much. Because there is no difference to see, or because it has "
            "learned nothing, is too small, or has a bug: the losses cannot tell. Look at samples, and ask a fresh "
            "critic.",
            correct=True,
        ),
        Choice(
            "That the generator has learned the data's distribution",
            "Then the losses would be these. But they are the same for a discriminator that never learned anything.",
        ),
        Choice(
            "That training has failed: a loss should fall",
            "In a game of two it need not. These are the very values at the equilibrium.",
        ),
    ],
    lead="Check yourself.",
)

quiz_equilibrium = Question(
    "Rock, paper, scissors: your opponent plays each with probability ⅓, and you play rock, always. Is that a Nash "
    "equilibrium?",
    [
        Choice(
            "Yes: I cannot do better, and a third each is the equilibrium strategy",
            "You cannot, that is true. But the *other* player can: against rock, paper wins every time.",
        ),
        Choice(
            "No: my opponent can gain by playing paper",
            "In an equilibrium *neither* gains by a change of their own. Your ⅓ each is needed to keep the other one "
            "indifferent, as a forger's right shares keep the critic at ½.",
            correct=True,
        ),
        Choice(
            "No: I should play each with ⅓, because that earns more",
            "Against ⅓ each every strategy earns the same, 0. It earns you no more; it gives the other nothing to "
            "gain.",
        ),
    ],
    lead="Check yourself.",
)
