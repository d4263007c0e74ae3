"""The networks: their shapes, sizes and contracts, and that a comparison between them is fair."""

import pytest
import torch

from course_utils.losses import bernoulli_nll, reparameterize, vae_loss
from course_utils.models import FEATURES, LOGVAR_RANGE, VAE, Autoencoder, Classifier

SHAPES = [(1, 8, 8), (1, 28, 28), (3, 32, 32)]
each_backbone = pytest.mark.parametrize("backbone", ["dense", "conv"])
each_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)
each_model = pytest.mark.parametrize("model", [VAE, Autoencoder])


def build(cls, latent=2, *, seed=0, **arguments):
    """Build a model from its own seed, without a trace in the global random state."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return cls(latent, **arguments)


def images(n, shape, *, seed=1):
    return torch.rand(n, *shape, generator=torch.Generator().manual_seed(seed))


def backbone_shapes(model):
    heads = ("to_z.", "to_mu.", "to_logvar.")
    return {name: tuple(p.shape) for name, p in model.named_parameters() if not name.startswith(heads)}


@each_backbone
@each_shape
def test_models_map_images_to_codes_and_codes_to_images(backbone, shape):
    x = images(5, shape)
    vae = build(VAE, 3, backbone=backbone, image_shape=shape)
    output = vae(x)
    assert output.logits.shape == x.shape
    assert output.mu.shape == output.logvar.shape == output.z.shape == (5, 3)
    assert vae.sample(4).shape == (4, *shape)
    assert (vae.latent, vae.backbone, vae.image_shape) == (3, backbone, shape)
    autoencoder = build(Autoencoder, 3, backbone=backbone, image_shape=shape)
    assert autoencoder.encode(x).shape == (5, 3)
    assert autoencoder(x).shape == x.shape
    torch.testing.assert_close(autoencoder(x), autoencoder.decode(autoencoder.encode(x)))


@each_backbone
@each_shape
@pytest.mark.parametrize("latent", [1, 20])
def test_autoencoder_and_vae_differ_in_the_head_alone(backbone, shape, latent):
    vae, autoencoder = (build(cls, latent, backbone=backbone, image_shape=shape) for cls in (VAE, Autoencoder))
    assert backbone_shapes(vae) == backbone_shapes(autoencoder)
    assert str(vae.features) == str(autoencoder.features)
    assert str(vae.decoder) == str(autoencoder.decoder)
    # The one difference in size is the second head: a weight for each feature and a bias, for each latent dimension.
    extra = sum(p.numel() for p in vae.parameters()) - sum(p.numel() for p in autoencoder.parameters())
    assert extra == latent * (400 + 1)


def dense(n_in, n_out):
    return n_in * n_out + n_out


def conv(n_in, n_out):
    return n_in * n_out * 4 * 4 + n_out


@each_shape
def test_vae_has_the_number_of_parameters_that_the_formula_says(shape):
    channels, height, width = shape
    pixels, small, latent, hidden = channels * height * width, 64 * (height // 4) * (width // 4), 5, 400
    heads = 2 * dense(hidden, latent)
    expected = {
        "dense": dense(pixels, hidden) + 2 * dense(hidden, hidden) + dense(latent, hidden) + dense(hidden, pixels),
        "conv": conv(channels, 32) + conv(32, 64) + dense(small, hidden)
        + dense(latent, hidden) + dense(hidden, small)
        + 64 * 32 * 16 + 32 + 32 * channels * 16 + channels,
    }  # fmt: skip
    for backbone, count in expected.items():
        model = build(VAE, latent, backbone=backbone, image_shape=shape)
        assert sum(p.numel() for p in model.parameters()) == count + heads


@each_backbone
def test_models_built_from_one_seed_share_all_weights_but_the_heads(backbone):
    vae, autoencoder = build(VAE, backbone=backbone), build(Autoencoder, backbone=backbone)
    for part in ("features", "decoder"):
        ours, theirs = getattr(vae, part).parameters(), getattr(autoencoder, part).parameters()
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
    again = build(VAE, backbone=backbone)
    assert all(torch.equal(a, b) for a, b in zip(vae.parameters(), again.parameters(), strict=True))


@each_backbone
def test_vae_forward_with_eps_decodes_mu_plus_sigma_eps(backbone):
    vae, x = build(VAE, 3, backbone=backbone), images(4, (1, 28, 28))
    eps = torch.randn(4, 3, generator=torch.Generator().manual_seed(2))
    output = vae(x, eps=eps)
    mu, logvar = vae.encode(x)
    torch.testing.assert_close(output.mu, mu)
    torch.testing.assert_close(output.logvar, logvar)
    torch.testing.assert_close(output.z, mu + logvar.exp().sqrt() * eps)
    torch.testing.assert_close(output.logits, vae.decode(output.z))


def test_vae_forward_draws_from_its_generator_and_leaves_the_global_one_alone():
    vae, x = build(VAE), images(4, (1, 28, 28))
    before = torch.get_rng_state()
    first, again, other = (vae(x, generator=torch.Generator().manual_seed(s)).z for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)
    mu, logvar = vae.encode(x)
    assert torch.equal(first, reparameterize(mu, logvar, generator=torch.Generator().manual_seed(1)))


@each_backbone
@each_model
def test_encode_sees_every_image_by_itself(backbone, model):
    network, x = build(model, backbone=backbone), images(5, (1, 28, 28))
    order = [4, 2, 0, 1, 3]
    whole, shuffled = network.encode(x), network.encode(x[order])
    whole, shuffled = (whole[0], shuffled[0]) if model is VAE else (whole, shuffled)
    torch.testing.assert_close(shuffled, whole[order])


@each_backbone
def test_vae_sample_gives_images_without_gradient_from_its_generator(backbone):
    vae = build(VAE, 3, backbone=backbone)
    before = torch.get_rng_state()
    first, again, other = (vae.sample(8, generator=torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)
    assert not first.requires_grad
    assert first.min() >= 0
    assert first.max() <= 1
    z = torch.randn(8, 3, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(first, torch.sigmoid(vae.decode(z)).detach())


def test_decoder_ends_in_logits_not_in_probabilities():
    vae = build(VAE)
    with torch.no_grad():
        vae.decoder[-2].bias.fill_(7.0)
        assert vae.decode(torch.zeros(1, 2)).min() > 1


@pytest.mark.parametrize("bias", [-1e6, 1e6])
def test_vae_keeps_logvar_where_exp_is_finite(bias):
    vae = build(VAE)
    with torch.no_grad():
        vae.to_logvar.bias.fill_(bias)
    x = images(3, (1, 28, 28))
    output = vae(x)
    assert (output.logvar == (LOGVAR_RANGE[0] if bias < 0 else LOGVAR_RANGE[1])).all()
    loss = vae_loss(output, x).loss.mean()
    loss.backward()
    assert loss.isfinite()
    assert all(p.grad.isfinite().all() for p in vae.parameters())


def test_vae_does_not_touch_a_logvar_inside_the_range():
    vae, x = build(VAE), images(3, (1, 28, 28))
    with torch.no_grad():
        vae.to_logvar.bias.fill_(-12.0)
        torch.testing.assert_close(vae.encode(x)[1], vae.to_logvar(vae.features(x)))


@each_backbone
@each_model
def test_one_optimizer_step_changes_every_parameter(backbone, model):
    # A layer that is built and forgotten in the forward pass, or cut off by a detach, keeps its weights.
    network, x = build(model, backbone=backbone, image_shape=(1, 8, 8)), images(16, (1, 8, 8))
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
    output = network(x)
    loss = vae_loss(output, x).loss if model is VAE else bernoulli_nll(output, x)
    loss.mean().backward()
    optimizer.step()
    assert [name for name, p in network.named_parameters() if torch.equal(p, before[name])] == []


@each_backbone
@each_model
def test_models_start_near_one_half(backbone, model):
    # A sane initialisation: the first loss is near D log 2, 44.4 nats for 64 pixels.
    network, x = build(model, backbone=backbone, image_shape=(1, 8, 8)), images(32, (1, 8, 8))
    output = network(x)
    logits = output.logits if model is VAE else output
    assert bernoulli_nll(logits, x).mean().item() == pytest.approx(44.4, rel=0.1)


@each_model
def test_model_takes_another_type_and_is_silent(model, capsys):
    network = build(model).double()
    x = images(2, (1, 28, 28)).double()
    output = network(x)
    assert (output.logits if model is VAE else output).dtype == torch.float64
    if model is VAE:
        assert network.sample(2).dtype == torch.float64
    assert capsys.readouterr() == ("", "")


@each_model
@pytest.mark.parametrize("latent", [0, -3, 2.0, True, "2", None])
def test_model_refuses_a_latent_that_is_no_dimension(model, latent):
    with pytest.raises(ValueError, match=rf"`latent` must be an int >= 1, got {latent!r}"):
        model(latent)


@each_model
def test_model_refuses_an_unknown_backbone(model):
    with pytest.raises(ValueError, match="`backbone` must be 'dense' or 'conv', got 'resnet'"):
        model(2, backbone="resnet")


@each_model
@pytest.mark.parametrize("shape", [(28, 28), (1, 28), (0, 28, 28), (1, 1, 28, 28), 28, (1, 28.0, 28), "128"])
def test_model_refuses_an_image_shape_that_is_none(model, shape):
    with pytest.raises(ValueError, match=r"`image_shape` must be \(channels, height, width\)"):
        model(2, image_shape=shape)


@each_model
@pytest.mark.parametrize("shape", [(1, 28, 27), (1, 30, 28)])
def test_conv_model_refuses_sides_that_cannot_be_halved_twice(model, shape):
    with pytest.raises(
        ValueError, match=r"`image_shape` must have height and width divisible by 4.*use backbone='dense'"
    ):
        model(2, backbone="conv", image_shape=shape)
    model(2, backbone="dense", image_shape=shape)


@each_model
@pytest.mark.parametrize("shape", [(2, 784), (28, 28), (2, 3, 28, 28), (2, 1, 32, 32)])
def test_encode_names_images_of_another_shape(model, shape):
    with pytest.raises(ValueError, match=r"`x` must have shape \(B, 1, 28, 28\), got \(" + ", ".join(map(str, shape))):
        build(model).encode(torch.zeros(shape))


@each_model
@pytest.mark.parametrize("shape", [(2,), (4, 3), (4, 2, 1)])
def test_decode_names_codes_of_another_shape(model, shape):
    with pytest.raises(ValueError, match=r"`z` must have shape \(B, 2\)"):
        build(model).decode(torch.zeros(shape))


@each_model
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda x: x.byte(), r"`x` must be floating point, got torch.uint8; use .float\(\), and / 255"),
        (lambda x: x.double(), r"`x` must be torch.float32 as the weights are, got torch.float64; use .to\("),
        (lambda x: x.bfloat16(), "`x` must be torch.float32 as the weights are, got torch.bfloat16"),
        (lambda x: x.numpy(), "`x` must be a tensor, got a ndarray"),
    ],
)
def test_encode_names_images_of_another_type(model, wrong, message):
    with pytest.raises(TypeError, match=message):
        build(model).encode(wrong(torch.zeros(2, 1, 28, 28)))


@each_model
def test_decode_names_codes_of_another_type(model):
    with pytest.raises(TypeError, match=r"`z` must be floating point, got torch\.int64"):
        build(model).decode(torch.zeros(2, 2).long())
    with pytest.raises(TypeError, match=r"`z` must be torch\.float32 as the weights are, got torch\.float64"):
        build(model).decode(torch.zeros(2, 2).double())


@each_model
def test_models_leave_types_to_autocast(model):
    network = build(model)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        code = network.encode(images(2, (1, 28, 28)))
        z = code[0] if model is VAE else code
        assert z.dtype == torch.bfloat16
        assert network.decode(z).shape == (2, 1, 28, 28)


@pytest.mark.parametrize("n", [0, -1, 2.0, True, "3"])
def test_vae_sample_names_a_wrong_n(n):
    with pytest.raises(ValueError, match=f"`n` must be an int >= 1, got {n!r}"):
        build(VAE).sample(n)


# --- Classifier -------------------------------------------------------------------------------------------------------

each_kind = pytest.mark.parametrize("kind", ["dense", "conv", "pooled"])


def classifier(kind, *, seed=0, **arguments):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Classifier(kind, **arguments)


@each_kind
@each_shape
def test_classifier_maps_images_to_features_and_scores(kind, shape):
    network, x = classifier(kind, classes=7, image_shape=shape).eval(), images(5, shape)
    assert network(x).shape == (5, 7)
    assert network.features(x).shape == (5, FEATURES)
    torch.testing.assert_close(network(x), network.head(network.features(x)))
    assert (network.kind, network.classes, network.image_shape) == (kind, 7, shape)


@each_shape
def test_classifier_has_the_number_of_parameters_that_the_formula_says(shape):
    channels, height, width = shape
    quarter, head = (height // 4) * (width // 4), dense(64, 10)
    expected = {
        "dense": dense(channels * height * width, 32) + dense(32, 64),
        "conv": conv(channels, 16) + conv(16, 8) + dense(8 * quarter, 64),
        "pooled": conv(channels, 16) + conv(16, 32) + 32 * 64 * 3 * 3 + 64 + 2 * (16 + 32 + 64),
    }
    for kind, count in expected.items():
        network = classifier(kind, image_shape=shape)
        assert sum(p.numel() for p in network.parameters()) == count + head


def test_classifiers_have_equal_budgets_for_the_images_of_the_course():
    counts = [sum(p.numel() for p in classifier(kind).parameters()) for kind in ("dense", "conv", "pooled")]
    assert counts == [27_882, 28_130, 27_866]
    assert max(counts) < 1.02 * min(counts)


def test_pooled_features_are_the_averages_of_the_last_maps():
    network, x = classifier("pooled").eval(), images(4, (1, 28, 28))
    maps = network.features[:-2](x)
    assert maps.shape == (4, FEATURES, 7, 7)
    torch.testing.assert_close(network.features(x), maps.mean((2, 3)))


@pytest.mark.parametrize("kind", ["dense", "conv"])
def test_classifier_sees_every_image_by_itself(kind):
    network, x = classifier(kind), images(5, (1, 28, 28))
    torch.testing.assert_close(network(x[[3, 1]]), network(x)[[3, 1]])


def test_pooled_classifier_sees_every_image_by_itself_once_it_is_trained():
    network, x = classifier("pooled").train(), images(5, (1, 28, 28))
    assert not torch.allclose(network(x[[3, 1]]), network(x)[[3, 1]])  # batch normalisation looks at the whole batch
    network.eval()
    torch.testing.assert_close(network(x[[3, 1]]), network(x)[[3, 1]])


@each_kind
def test_one_optimizer_step_changes_every_parameter_of_a_classifier(kind):
    network, x = classifier(kind, image_shape=(1, 8, 8)), images(16, (1, 8, 8))
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
    torch.nn.functional.cross_entropy(network(x), torch.arange(16) % 10).backward()
    optimizer.step()
    # A bias in front of a batch normalisation has no effect (it is subtracted again), so it has no gradient to move by.
    idle = {"features.0.bias", "features.3.bias", "features.6.bias"} if kind == "pooled" else set()
    assert {name for name, p in network.named_parameters() if torch.equal(p, before[name])} <= idle


@each_kind
def test_classifier_names_what_is_wrong(kind):
    network = classifier(kind)
    with pytest.raises(ValueError, match=r"`x` must have shape \(B, 1, 28, 28\), got \(2, 784\)"):
        network(torch.zeros(2, 784))
    with pytest.raises(TypeError, match=r"`x` must be floating point, got torch.uint8; use .float\(\), and / 255"):
        network(torch.zeros(2, 1, 28, 28).byte())
    with pytest.raises(ValueError, match="`classes` must be an int >= 1, got 0"):
        Classifier(kind, classes=0)
    with pytest.raises(ValueError, match=r"`image_shape` must be \(channels, height, width\)"):
        Classifier(kind, image_shape=(28, 28))


def test_classifier_refuses_an_unknown_kind_and_sides_that_cannot_be_halved_twice():
    with pytest.raises(ValueError, match="`kind` must be 'dense', 'conv' or 'pooled', got 'resnet'"):
        Classifier("resnet")
    for kind in ("conv", "pooled"):
        with pytest.raises(ValueError, match=r"divisible by 4.*use kind='dense'"):
            Classifier(kind, image_shape=(1, 30, 28))
    Classifier("dense", image_shape=(1, 30, 28))
