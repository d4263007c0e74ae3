"""Generator and discriminator: shapes, sizes, groups, and what they refuse."""

import pytest
import torch

from course_utils.models import BatchSpread, Discriminator, Generator, GroupSpread

SHAPES = [(2,), (5,), (1, 8, 8), (3, 28, 20)]
each_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


def build(cls, *arguments, seed=0, **options):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return cls(*arguments, **options)


def noise(*size, seed=1):
    return torch.randn(size, generator=torch.Generator().manual_seed(seed))


def parameters(model):
    return sum(weight.numel() for weight in model.parameters())


@each_shape
def test_generator_forges_what_the_discriminator_judges(shape):
    generator, discriminator = build(Generator, 7, shape=shape), build(Discriminator, shape=shape)
    forged = generator(noise(4, 7))
    assert forged.shape == (4, *shape)
    assert discriminator(forged).shape == (4,)
    assert (generator.latent, generator.shape, discriminator.shape, discriminator.group) == (7, shape, shape, 1)


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 12, 8)])
def test_forged_images_are_grey_values_however_loud_the_noise(shape):
    images = build(Generator, 3, shape=shape)(1000 * noise(5, 3))
    assert images.min() >= 0
    assert images.max() <= 1


def test_dense_networks_have_the_parameters_that_the_formula_says():
    latent, width = 3, 10
    generator, discriminator = (
        Generator(latent, shape=(2,), width=width),
        Discriminator(shape=(2,), width=width, group=4),
    )
    assert parameters(generator) == (latent + 1) * width + (width + 1) * width + (width + 1) * 2
    assert parameters(discriminator) == (2 * 2 + 1) * width + (width + 1) * width + (width + 1)


@pytest.mark.parametrize(
    ("shape", "generator", "discriminator"),
    [
        ((2,), [3 * 128, 128, 128 * 128, 128, 128 * 2, 2], [2 * 128, 128, 128 * 128, 128, 128, 1]),
        (
            (1, 8, 8),
            [3 * 256, 256, 256, 256 * 512, 512, 512, 512 * 64, 64],
            [16 * 16, 16, 16 * 32 * 16, 32, 32 * 4 * 256, 256, 257, 1],
        ),
    ],
)
def test_networks_have_by_default_the_sizes_that_are_stated(shape, generator, discriminator):
    assert [weight.numel() for weight in Generator(3, shape=shape).parameters()] == generator
    assert [weight.numel() for weight in Discriminator(shape=shape).parameters()] == discriminator


def test_dense_discriminator_computes_what_its_weights_say():
    discriminator = build(Discriminator, shape=(2,), width=6).double()
    x = noise(5, 2).double()
    (w1, b1, w2, b2, w3, b3) = (weight.detach() for weight in discriminator.parameters())
    h = x @ w1.T + b1
    h = torch.where(h > 0, h, 0.2 * h) @ w2.T + b2
    h = torch.where(h > 0, h, 0.2 * h) @ w3.T + b3
    torch.testing.assert_close(discriminator(x), h[:, 0])


def test_a_group_is_judged_by_its_points_and_their_standard_deviations():
    discriminator = build(Discriminator, shape=(2,), width=6, group=4).double()
    x = noise(8, 2).double()
    spread = torch.from_numpy(x.numpy().reshape(2, 4, 2).std(axis=1)).repeat_interleave(4, dim=0)  # numpy divides by N
    expected = discriminator.layers(torch.cat((x, spread), dim=1))[:, 0]
    torch.testing.assert_close(discriminator(x), expected, rtol=1e-6, atol=1e-6)
    changed = x.clone()
    changed[7] += 1
    same = discriminator(changed) == discriminator(x)
    assert same.tolist() == [True] * 4 + [False] * 4


def test_points_that_are_all_alike_have_a_finite_slope():
    x = torch.ones(6, 2, requires_grad=True)
    build(Discriminator, shape=(2,), group=3)(x).sum().backward()
    assert x.grad.isfinite().all()


@pytest.mark.parametrize("group", [1, 3])
def test_among_judges_every_point_in_the_same_company(group):
    discriminator = build(Discriminator, shape=(2,), group=group)
    x, company = noise(5, 2), noise(group - 1, 2, seed=7)
    expected = [discriminator(torch.cat((point[None], company)))[0] for point in x]
    torch.testing.assert_close(discriminator.among(x, company), torch.stack(expected))
    with pytest.raises(ValueError, match=rf"`company` must have shape \({group - 1}, 2\), got \(9, 2\)"):
        discriminator.among(x, noise(9, 2))


def test_batch_spread_is_the_mean_of_the_features_standard_deviations():
    features = noise(7, 5).double()
    out = BatchSpread()(features)
    assert torch.equal(out[:, :5], features)
    expected = features.numpy().std(axis=0).mean()  # numpy divides by N
    torch.testing.assert_close(out[:, 5], torch.full((7,), expected, dtype=torch.float64))


def test_batch_spread_has_a_finite_slope_where_all_features_agree():
    features = torch.ones(4, 3, requires_grad=True)
    BatchSpread()(features)[:, 3].sum().backward()
    assert features.grad.isfinite().all()


def test_images_that_are_all_alike_are_judged_otherwise_than_among_others():
    discriminator = build(Discriminator, shape=(1, 8, 8))
    x = noise(6, 1, 8, 8).sigmoid()
    alone, among = discriminator(x[:1].expand(6, -1, -1, -1)), discriminator(x)
    torch.testing.assert_close(alone, alone[:1].expand(6))
    assert not torch.allclose(alone[0], among[0], atol=1e-5)


@each_shape
def test_every_weight_gets_a_gradient(shape):
    generator, discriminator = build(Generator, 4, shape=shape), build(Discriminator, shape=shape)
    discriminator(generator(noise(8, 4))).square().sum().backward()
    for name, weight in (*generator.named_parameters(), *discriminator.named_parameters()):
        assert weight.grad is not None, name
        assert weight.grad.abs().sum() > 0, name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"latent": 0}, "`latent` must be an int >= 1, got 0"),
        ({"shape": 2}, r"`shape` must be \(D,\) for points or \(C, H, W\) for images, each an int >= 1, got 2"),
        ({"shape": ()}, "`shape` must be"),
        ({"shape": (2.0,)}, "`shape` must be"),
        ({"shape": (28, 28)}, "`shape` must be"),
        ({"shape": (1, 0, 28)}, "`shape` must be"),
        ({"shape": (1, 28, 30)}, "`shape` must have height and width divisible by 4"),
        ({"width": 0}, "`width` must be an int >= 1"),
    ],
)
def test_generator_names_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        Generator(**{"latent": 2, "shape": (2,)} | arguments)


@pytest.mark.parametrize("arguments", [{"group": 0}, {"group": True}, {"width": 1.5}, {"shape": "2"}])
def test_discriminator_names_what_is_wrong(arguments):
    with pytest.raises(ValueError, match=f"`{next(iter(arguments))}` must be"):
        Discriminator(**{"shape": (2,)} | arguments)


def test_networks_name_examples_that_do_not_fit():
    with pytest.raises(ValueError, match=r"`z` must have shape \(B, 3\), got \(4, 2\)"):
        Generator(3, shape=(2,))(torch.zeros(4, 2))
    with pytest.raises(ValueError, match=r"`x` must have shape \(B, 1, 8, 8\), got \(4, 64\)"):
        Discriminator(shape=(1, 8, 8))(torch.zeros(4, 64))
    with pytest.raises(ValueError, match="`x` must hold a multiple of group = 3 examples, got 4"):
        Discriminator(shape=(2,), group=3)(torch.zeros(4, 2))
    for beside in (GroupSpread(2), BatchSpread()):
        with pytest.raises(ValueError, match=r"`features` must have shape \(B, F\), got \(4,\)"):
            beside(torch.zeros(4))
    with pytest.raises(TypeError, match=r"`x` must be torch\.float32 as the weights are, got torch\.float64"):
        Discriminator(shape=(2,))(torch.zeros(4, 2, dtype=torch.float64))
    with pytest.raises(ValueError, match="`group` must be an int >= 1 and <= 1, got 2; a group is for points"):
        Discriminator(shape=(1, 8, 8), group=2)
    with pytest.raises(ValueError, match="`group` must be an int >= 2, got 1"):
        GroupSpread(1)
