"""Lesson 4, what to predict before the next cell tells."""

from course_utils.exercises.machine.questions import Choice, Question

predict_sample_gradient = Question(
    "z is drawn with `Normal(mu, std).sample()`, the loss is computed from z, and `loss.backward()` is called on it "
    "alone. What is in `mu.grad` afterwards?",
    [
        Choice(
            "1, because z = μ + something",
            "With `.rsample()` ∂z/∂μ would be 1. `.sample()` hands out a bare number: nothing in it remembers μ.",
        ),
        Choice(
            "0: μ has no influence on the loss, which is computed from a random number",
            "It has: move μ and the draws move. But autograd was never told; and what it does not know, it does "
            "not report as 0.",
        ),
        Choice(
            "None: no path leads from the loss back to μ",
            "`.sample()` runs under `no_grad`, so the graph ends at z. If z is all that the loss depends on, "
            "backward() has nothing to differentiate and raises an error. In a VAE it raises none: the decoder's "
            "weights need gradients, and they get them. Nothing warns you there.",
            correct=True,
        ),
        Choice(
            "Another number on every run",
            "A gradient through a draw may be random (section 4 has one that is), but first there must be one.",
        ),
    ],
)

predict_torch_normal = Question(
    "Now z = `torch.normal(mu, std)`, where mu and std need gradients. z has a `grad_fn`, and backward() raises no "
    "error. What is in `mu.grad`?",
    [
        Choice(
            "All zeros",
            "PyTorch defines the derivative of this operation as zero. No error, no None, and nothing for μ and σ to "
            "learn from: a quiet way to fail.",
            correct=True,
        ),
        Choice("All ones", "That is the derivative of μ + σ·ε. `torch.normal` does not know its ε any more."),
        Choice("None", "So it was with `.sample()`. Here a gradient does arrive; look at its value."),
        Choice("Noise with mean 1", "The gradient does not depend on the draw. Look at its value."),
    ],
)

predict_zero_gradient_training = Question(
    "A VAE is trained for a few epochs, and draws its codes by `torch.normal(mu, std)`. What comes out?",
    [
        Choice(
            "An ordinary VAE; it only learns more slowly",
            "No amount of time helps: nothing ever tells the encoder that its codes matter to the picture.",
        ),
        Choice(
            "The loss does not move",
            "It falls: the decoder can still learn what an average image looks like. That is what makes this bug "
            "hard to see.",
        ),
        Choice(
            "Perfect reconstructions, but new images that look like nothing at all",
            "That is what a tiny KL weight tends to do. Here it is the other term that is missing from the "
            "encoder's gradient.",
        ),
        Choice(
            "KL near 0; every image is redrawn as the average",
            "The KL alone moves the encoder: to μ = 0, σ = 1 for every image. Then z is pure noise, and the best "
            "a decoder can do is the mean image.",
            correct=True,
        ),
    ],
)

predict_frozen_noise = Question(
    "z = μ + σ·ε. ε is drawn once and frozen; now you move the μ slider by 0.1. What does z do?",
    [
        Choice(
            "It moves by exactly 0.1",
            "∂z/∂μ = 1: with ε frozen, z is an ordinary function of μ. That is the whole trick.",
            correct=True,
        ),
        Choice(
            "It jumps to a random place near the new μ",
            "It would if ε were drawn again. Frozen, the same ε goes along.",
        ),
        Choice(
            "It moves by 0.1·ε",
            "ε multiplies σ, not μ. That is what moving σ does: z moves by ε times the change of σ.",
        ),
        Choice("It stays: ε decides where z is", "ε decides where in the cloud z sits; μ moves the whole cloud."),
    ],
)

predict_estimators = Question(
    "Two unbiased estimates of d/dμ E[z²] for z ~ N(μ, σ²), from one draw each: score function z²·(z − μ)/σ², and "
    "pathwise 2z. Let σ become small, with μ = 1. "
    "Which has the smaller variance?",
    [
        Choice(
            "The score function: a small σ means little noise in z",
            "There is little noise in z, but the score divides by it: (z − μ)/σ² = ε/σ is large when σ is small.",
        ),
        Choice(
            "The pathwise one: 2z varies as little as z",
            "Its variance is 4σ² and goes to 0, while the other grows like 1/σ²: the score-function estimate is "
            "about μ²·ε/σ, ever larger numbers of both signs that must cancel.",
            correct=True,
        ),
        Choice(
            "Both the same: both are unbiased",
            "Unbiased means the right average. How far single draws stray from it is another matter, and it decides "
            "how many you need.",
        ),
        Choice(
            "It depends on the random numbers only",
            "Both variances are known in closed form; the lesson compares them with what is measured.",
        ),
    ],
)

predict_new_images = Question(
    "Your VAE is trained and you want images that nobody has seen. Where does z come from?",
    [
        Choice(
            "From the encoder: μ and σ that were learned",
            "Those belong to one image each, and give variations of that image. For a new one there is nothing to "
            "encode.",
        ),
        Choice(
            "From N(μ̄, σ̄²), with the averages over the training set",
            "It sounds close, yet it is no part of the model. The model says p(z) = N(0, I), and the KL has pulled "
            "all clouds together towards it.",
        ),
        Choice(
            "From the prior N(0, I); the encoder is not needed",
            "The generative story begins with z ~ p(z). The encoder was there for training.",
            correct=True,
        ),
        Choice(
            "From a uniform distribution, so that no region is preferred",
            "The decoder was trained where the clouds lie, and the KL has spread them roughly as the prior: dense"
            " at the origin, thin far out.",
        ),
    ],
)

predict_negative_logvar = Question(
    "For one image the encoder returns logvar = −3 in one latent dimension. What does that say?",
    [
        Choice("A bug: a variance cannot be negative", "A variance cannot, its logarithm can: exp(−3) ≈ 0.05."),
        Choice(
            "The standard deviation is −1.5, so take its absolute value",
            "−1.5 is log σ. The standard deviation is exp(−1.5) ≈ 0.22, positive by itself.",
        ),
        Choice(
            "The dimension is switched off",
            "The other way round: a dimension that is not used is pulled to the prior by the KL, logvar ≈ 0.",
        ),
        Choice(
            "The cloud is narrow there: σ ≈ 0.22",
            "exp(½·(−3)) ≈ 0.22, much narrower than the prior. It is the normal case for a dimension that carries"
            " information.",
            correct=True,
        ),
    ],
)
