"""The training loop: it learns, it repeats itself bit for bit, it sees what it should, and it says what went wrong."""

import copy
import itertools
import math
import re

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import OneCycleLR

from course_utils.checks import SEEDS
from course_utils.data import ImageData, ImageSet
from course_utils.losses import bernoulli_nll, vae_loss
from course_utils.models import VAE, Autoencoder, Classifier
from course_utils.training import (
    Batch,
    History,
    classification_nll,
    evaluate,
    fit,
    negative_elbo,
    one_cycle,
    reconstruction_nll,
)

QUIET = {"device": "cpu", "precision": "float32", "progress": False}


class Tiny(nn.Module):
    """Everything that a run must carry along: weights, running statistics, a step counter, and noise while training."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(), nn.Linear(16, 8), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.Linear(8, 16)
        )

    def forward(self, x):
        return self.layers(x).view(x.shape)


def tiny(seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Tiny()


def some_data(n=50, side=4):
    """Images whose first pixel says which one it is, with that number as label."""
    images = torch.rand(n, 1, side, side, generator=torch.Generator().manual_seed(7))
    images[:, 0, 0, 0] = torch.arange(n) / n
    return ImageSet(images, torch.arange(n))


def squared_error(model, batch):
    return (model(batch.images) - batch.images).square().flatten(1).sum(1)


def weights(model):
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def spy(record, loss=squared_error):
    """Return `loss`, appending every batch that it sees to `record`."""

    def spying(model, batch):
        record.append(batch)
        return loss(model, batch)

    return spying


# ---- the learning rate ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [4, 10, 101, 1000])
def test_one_cycle_equals_the_scheduler_of_pytorch_at_every_step(steps):
    # PyTorch puts the peak at step pct_start · T - 1; this pct_start puts it where ours is, at 0.3 (T - 1).
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = OneCycleLR(
        optimizer, max_lr=3e-3, total_steps=steps, pct_start=(0.3 * (steps - 1) + 1) / steps, cycle_momentum=False
    )
    expected = []
    for _ in range(steps):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(expected) < steps:
            scheduler.step()
    assert [one_cycle(i / (steps - 1), 3e-3) for i in range(steps)] == pytest.approx(expected, rel=1e-9)


def test_one_cycle_is_continuous_positive_and_never_above_the_peak():
    curve = [one_cycle(i / 10_000, 2.0) for i in range(10_001)]
    assert max(curve) == pytest.approx(2.0)
    assert min(curve) > 0
    # The steepest place is half-way up: a cosine over a length of 0.3 has slope π/2 · height / 0.3.
    assert max(abs(a - b) for a, b in itertools.pairwise(curve)) <= 2.0 * math.pi / 2 / 0.3 / 10_000


# ---- fit learns -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backbone", ["dense", "conv"])
def test_fit_teaches_a_vae(backbone):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        vae = VAE(2, backbone=backbone, image_shape=(1, 8, 8))
        autoencoder = Autoencoder(2, backbone=backbone, image_shape=(1, 8, 8))
    stripes = (torch.arange(8) % 2).float().expand(64, 1, 8, 8).clone()
    stripes[::2] = 1 - stripes[::2]  # two images: one bit to be coded
    data = ImageSet(stripes, torch.zeros(64, dtype=torch.int64))
    history = fit(vae, data, lambda m, b: vae_loss(m(b.images), b.images).loss, epochs=15, batch_size=16, **QUIET)
    assert history.loss[0] > 40  # 64 log 2 = 44.4 nats at the start
    # The best possible is log 2 = 0.7 nats, what it costs to say which of the two it is.
    assert 0.6 < history.loss[-1] < 5
    history = fit(
        autoencoder, data, lambda m, b: bernoulli_nll(m(b.images), b.images), epochs=15, batch_size=16, **QUIET
    )
    assert history.loss[-1] < 1


def test_fit_equals_the_loop_written_by_hand():
    data, record = some_data(), []
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 16), nn.Unflatten(1, (1, 4, 4)))
    reference = copy.deepcopy(model)
    history = fit(model, data, spy(record), epochs=4, batch_size=10, lr=0.01, **QUIET)
    optimizer = torch.optim.Adam(reference.parameters())
    losses = []
    for i, batch in enumerate(record):
        for group in optimizer.param_groups:
            group["lr"] = one_cycle(i / 19, 0.01)
        optimizer.zero_grad()
        loss = squared_error(reference, batch).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    for name, tensor in reference.state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], tensor, rtol=1e-4, atol=1e-6)
    assert history.loss == pytest.approx([sum(losses[e : e + 5]) / 5 for e in range(0, 20, 5)], rel=1e-5)


def test_fit_trains_in_training_mode_and_returns_in_evaluation_mode():
    model, modes = tiny(), []

    def loss(model, batch):
        modes.append(model.training)
        return squared_error(model, batch)

    fit(model, some_data(), loss, epochs=2, batch_size=25, on_epoch=lambda m, h: m.eval(), **QUIET)
    assert modes == [True] * 4
    assert not model.training


# ---- what the loss sees -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "batch_size", "steps"), [(50, 10, 5), (53, 10, 5), (19, 10, 1), (7, 100, 1), (5, 2, 2)])
def test_fit_shows_every_image_at_most_once_an_epoch(n, batch_size, steps):
    record, data = [], some_data(n)
    history = fit(tiny(), data, spy(record), epochs=3, batch_size=batch_size, **QUIET)
    assert len(record) == history.steps == 3 * steps
    assert history.images == sum(len(b.images) for b in record) == 3 * steps * min(batch_size, n)
    for epoch in range(3):
        seen = torch.cat([b.labels for b in record[epoch * steps : (epoch + 1) * steps]])
        assert len(seen.unique()) == len(seen) == steps * min(batch_size, n)
    for batch in record:
        assert torch.equal(batch.images, data.images[batch.labels])  # a label goes with its image


def test_fit_shuffles_anew_in_every_epoch():
    record = []
    fit(tiny(), some_data(), spy(record), epochs=3, batch_size=50, **QUIET)
    orders = [tuple(b.labels.tolist()) for b in record]
    assert len({*orders, tuple(range(50))}) == 4
    # What is left over in one epoch is not always the same.
    record = []
    fit(tiny(), some_data(11), spy(record), epochs=30, batch_size=10, **QUIET)
    assert len(torch.cat([b.labels for b in record]).unique()) == 11


@pytest.mark.parametrize(("epochs", "expected"), [(1, [0, 0.25, 0.5, 0.75, 1]), (2, [i / 9 for i in range(10)])])
def test_fit_tells_the_progress_from_zero_to_one(epochs, expected):
    record = []
    fit(tiny(), some_data(), spy(record), epochs=epochs, batch_size=10, **QUIET)
    assert [b.progress for b in record] == pytest.approx(expected)
    assert (record[0].progress, record[-1].progress) == (0, 1)


def test_fit_of_a_single_step_has_progress_zero():
    record = []
    history = fit(tiny(), some_data(), spy(record), epochs=1, batch_size=50, **QUIET)
    assert [b.progress for b in record] == [0]
    assert len(history.loss) == 1


def test_fit_takes_tensors_that_are_not_contiguous():
    data = some_data()
    rows = torch.stack([data.labels, data.labels], 1)
    images = data.images.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0)
    assert not images.is_contiguous()
    assert not rows[:, 0].is_contiguous()
    plain, strided = tiny(), tiny()
    fit(plain, data, squared_error, epochs=2, batch_size=10, **QUIET)
    fit(strided, ImageSet(images, rows[:, 0]), squared_error, epochs=2, batch_size=10, **QUIET)
    assert same(weights(plain), weights(strided))


def test_fit_does_not_change_the_data():
    data = some_data()
    images, labels = data.images.clone(), data.labels.clone()
    fit(tiny(), data, squared_error, epochs=2, batch_size=10, **QUIET)
    assert torch.equal(data.images, images)
    assert torch.equal(data.labels, labels)


# ---- randomness -------------------------------------------------------------------------------------------------


def noisy_loss(model, batch):
    images = batch.images + 0.1 * torch.randn(batch.images.shape)
    return (model(images) - batch.images).square().flatten(1).sum(1)


def test_fit_repeats_itself_bit_for_bit_whatever_was_drawn_before():
    runs = []
    with torch.random.fork_rng(devices=[]):
        for world, seed in ((1, 5), (2, 5), (1, 6)):
            torch.manual_seed(world)
            model = tiny()
            history = fit(model, some_data(), noisy_loss, epochs=3, batch_size=10, seed=seed, **QUIET)
            runs.append((weights(model), history.loss))
    assert same(runs[0][0], runs[1][0])
    assert runs[0][1] == runs[1][1]
    assert not same(runs[0][0], runs[2][0])
    assert runs[0][1] != runs[2][1]


def test_fit_draws_other_noise_in_every_epoch():
    draws = []

    def loss(model, batch):
        draws.append(torch.randn(1).item())
        return squared_error(model, batch)

    fit(tiny(), some_data(), loss, epochs=4, batch_size=10, **QUIET)
    assert len(set(draws)) == 20


@pytest.mark.filterwarnings("ignore:training was interrupted")
@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_fit_leaves_the_random_state_of_its_caller(error):
    def loss(model, batch):
        torch.rand(3)
        if error and batch.progress == 1:
            raise error
        return squared_error(model, batch)

    before = torch.get_rng_state()
    if error is ValueError:
        with pytest.raises(ValueError):  # noqa: PT011  (ours, raised two lines above)
            fit(tiny(), some_data(), loss, epochs=2, batch_size=10, **QUIET)
    else:
        fit(tiny(), some_data(), loss, epochs=2, batch_size=10, **QUIET)
    assert torch.equal(torch.get_rng_state(), before)


def test_fit_is_not_disturbed_by_what_happens_between_epochs():
    plain, disturbed = tiny(), tiny()

    def between(model, history):
        torch.manual_seed(99)
        torch.rand(5)
        evaluate(model, some_data(), squared_error)

    fit(plain, some_data(), noisy_loss, epochs=3, batch_size=10, **QUIET)
    fit(disturbed, some_data(), noisy_loss, epochs=3, batch_size=10, on_epoch=between, **QUIET)
    assert same(weights(plain), weights(disturbed))


def test_fit_and_evaluate_on_the_cpu_seed_no_accelerator(monkeypatch):
    seeded, model = [], tiny()
    for accelerator in (torch.cuda, torch.xpu, torch.mps):
        for name in ("manual_seed", "manual_seed_all"):
            monkeypatch.setattr(accelerator, name, seeded.append, raising=False)
    fit(model, some_data(), noisy_loss, epochs=2, batch_size=10, **QUIET)
    evaluate(model, some_data(), noisy_loss)
    assert seeded == []


@pytest.mark.usefixtures("no_float64")
def test_fit_and_evaluate_need_no_float64_on_the_device():
    with pytest.raises(TypeError):
        torch.ones(1).double()
    fit(tiny(), some_data(), squared_error, epochs=1, batch_size=10, **QUIET)
    assert evaluate(tiny(), some_data(), squared_error) > 0


# ---- the history, the bar, the call after each epoch ------------------------------------------------------------


def test_fit_calls_on_epoch_after_every_epoch():
    calls, model = [], tiny()

    def on_epoch(called_with, history):
        assert called_with is model
        calls.append((len(history.loss), history.steps, history.images))

    fit(model, some_data(), squared_error, epochs=3, batch_size=10, on_epoch=on_epoch, **QUIET)
    assert calls == [(1, 5, 50), (2, 10, 100), (3, 15, 150)]


def test_history_knows_the_speed():
    history = fit(tiny(), some_data(), squared_error, epochs=2, batch_size=10, **QUIET)
    assert history.seconds > 0
    assert history.images_per_second == pytest.approx(100 / history.seconds)
    assert not history.interrupted
    assert History().images_per_second == 0


def test_fit_shows_a_bar_or_nothing(capsys):
    arguments = QUIET | {"progress": True}
    fit(tiny(), some_data(), squared_error, epochs=3, batch_size=10, **arguments)
    assert "3/3" in capsys.readouterr().err
    fit(tiny(), some_data(), squared_error, epochs=3, batch_size=10, **QUIET)
    assert capsys.readouterr() == ("", "")


class Kernel:
    """Stands in for IPython in a notebook."""

    kernel = object()


def test_fit_in_a_notebook_leaves_the_table_whole_that_is_printed_between_trainings(monkeypatch, capsys):
    import IPython

    monkeypatch.setattr(IPython, "get_ipython", Kernel)
    for row in range(2):
        fit(tiny(), some_data(), squared_error, epochs=3, batch_size=10, **QUIET | {"progress": True})
        print(f"{row:3d}  1.00")
    printed, errors = capsys.readouterr()
    assert errors == ""
    assert "0/3" in printed
    # What a screen shows: a carriage return takes the line back to its start.
    assert re.sub(r"[^\n]*\r", "", printed) == "  0  1.00\n  1  1.00\n"


# ---- precision --------------------------------------------------------------------------------------------------


def test_fit_in_bfloat16_multiplies_in_bfloat16_and_keeps_weights_in_float32():
    dtypes, models, histories = [], {}, {}

    def loss(model, batch):
        prediction = model(batch.images)
        dtypes.append(prediction.dtype)
        return bernoulli_nll(prediction, batch.images)

    for precision in ("float32", "bfloat16"):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            models[precision] = Autoencoder(2, image_shape=(1, 4, 4))
        arguments = QUIET | {"precision": precision}
        histories[precision] = fit(models[precision], some_data(), loss, epochs=3, batch_size=10, **arguments)
    assert dtypes == [torch.float32] * 15 + [torch.bfloat16] * 15
    assert all(p.dtype == torch.float32 for p in models["bfloat16"].parameters())
    assert histories["bfloat16"].loss == pytest.approx(histories["float32"].loss, rel=0.01)
    assert histories["bfloat16"].loss != histories["float32"].loss


# ---- what goes wrong --------------------------------------------------------------------------------------------


def breaking(step, value, means):
    """Return a loss that becomes `value` at `step`; it appends the mean of every step to `means`."""

    def loss(model, batch):
        values = squared_error(model, batch)
        if len(means) == step:
            values = values * torch.tensor([1.0] * 9 + [value])  # one image is enough
        means.append(values.mean().item())
        return values

    return loss


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("step", [3, 8, 19])
def test_fit_stops_at_a_loss_that_is_not_finite_and_says_where(step, value):
    means = []
    with pytest.raises(FloatingPointError) as caught:
        fit(tiny(), some_data(), breaking(step, value, means), epochs=4, batch_size=10, lr=0.01, **QUIET)
    message = str(caught.value)
    assert f"the loss became {value} at step {step} (epoch {step // 5 + 1})" in message
    assert f"learning rate was {one_cycle(step / 19, 0.01):.2g};" in message
    assert f"last finite loss was {means[step - 1]:.6g}." in message
    assert "Lower `lr`" in message
    assert len(means) <= 5 * (step // 5 + 1)  # at the latest at the end of that epoch


def test_fit_says_what_it_knows_when_the_first_loss_of_an_epoch_is_not_finite():
    means = []
    with pytest.raises(FloatingPointError, match=r"at step 0 \(epoch 1\).*no loss before it was finite"):
        fit(tiny(), some_data(), breaking(0, math.nan, []), epochs=2, batch_size=10, **QUIET)
    with pytest.raises(FloatingPointError, match=r"at step 5 \(epoch 2\)") as caught:
        fit(tiny(), some_data(), breaking(5, math.nan, means), epochs=2, batch_size=10, **QUIET)
    assert f"mean loss of the epoch before was {sum(means[:5]) / 5:.6g}" in str(caught.value)


@pytest.mark.parametrize("step", [4, 9])
def test_fit_notices_weights_that_a_gradient_spoilt_after_the_last_finite_loss(step, tmp_path):
    # The gradient of a square root at zero is infinite, times zero it is NaN; the loss itself stays finite.
    seen, path, at = [], tmp_path / "run.safetensors", [step]

    def loss(model, batch):
        seen.append(batch)
        prediction = model(batch.images)
        norm = (0 * prediction).sum().sqrt() if len(seen) - 1 in at else 0
        return (prediction - batch.images).square().flatten(1).sum(1) + norm

    with pytest.raises(FloatingPointError, match=rf"after step {step} `layers\.\S+` is not.*square root"):
        fit(tiny(), some_data(), loss, epochs=2, batch_size=10, checkpoint=path, **QUIET)
    # The checkpoint holds the last state that was sound: the run can be continued once the loss is mended.
    at.clear()
    history = fit(tiny(), some_data(), loss, epochs=2, batch_size=10, checkpoint=path, **QUIET)
    assert all(map(math.isfinite, history.loss))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_fit_and_evaluate_refuse_data_that_are_not_finite(value):
    data = some_data()
    data.images[49, 0, 3, 3] = value
    model = tiny()
    before = weights(model)
    with pytest.raises(ValueError, match="`data` must be finite"):
        fit(model, data, squared_error, epochs=1, **QUIET)
    with pytest.raises(ValueError, match="`data` must be finite"):
        evaluate(model, data, squared_error)
    assert same(weights(model), before)


def test_fit_and_evaluate_refuse_empty_data():
    nothing = ImageSet(torch.zeros(0, 1, 4, 4), torch.zeros(0, dtype=torch.int64))
    with pytest.raises(ValueError, match="`data` must hold at least one image"):
        fit(tiny(), nothing, squared_error, epochs=1, **QUIET)
    with pytest.raises(ValueError, match="`data` must hold at least one image"):
        evaluate(tiny(), nothing, squared_error)


WRONG_LOSSES = {
    "mean over the batch": (lambda m, b: squared_error(m, b).mean(), r"shape \(10,\), got \(\)"),
    "one for each pixel": (lambda m, b: (m(b.images) - b.images).square(), r"shape \(10,\), got \(10, 1, 4, 4\)"),
    "a column": (lambda m, b: squared_error(m, b)[:, None], r"shape \(10,\), got \(10, 1\)"),
}


@pytest.mark.parametrize(("loss", "message"), WRONG_LOSSES.values(), ids=WRONG_LOSSES)
def test_fit_and_evaluate_refuse_a_loss_of_another_shape(loss, message):
    with pytest.raises(ValueError, match="`loss` must return one number per example, " + message):
        fit(tiny(), some_data(), loss, epochs=1, batch_size=10, **QUIET)
    with pytest.raises(ValueError, match="`loss` must return one number per example, " + message):
        evaluate(tiny(), some_data(), loss, batch_size=10)


def test_fit_says_what_was_forgotten_when_the_loss_is_a_vae_loss():
    vae = VAE(2, image_shape=(1, 4, 4))
    with pytest.raises(TypeError, match=r"`loss` must return a tensor of shape \(10,\), got a VAELoss.*`\.loss`"):
        fit(vae, some_data(), lambda m, b: vae_loss(m(b.images), b.images), epochs=1, batch_size=10, **QUIET)
    with pytest.raises(TypeError, match="got a float"):
        fit(vae, some_data(), lambda m, b: 0.0, epochs=1, batch_size=10, **QUIET)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("epochs", [0, -1, 1.5, "3", None, True]),
        ("batch_size", [0, -1, 12.8, None]),
        ("seed", [-1, 0.5, None, True, SEEDS]),
        ("lr", [0, -1e-3, math.nan, math.inf]),
        ("device", ["gpu", "cuda:99"]),
        ("precision", ["float16", "half"]),
    ],
)
def test_fit_refuses_an_argument_by_its_name(name, values):
    model = tiny()
    before = weights(model)
    for value in values:
        with pytest.raises(ValueError, match=f"`{name}` .*{re.escape(repr(value))}"):
            fit(model, some_data(), squared_error, **{"epochs": 1} | QUIET | {name: value})
    assert same(weights(model), before)


@pytest.mark.parametrize("lr", ["1e-3", None, True, torch.tensor(0.01)])
def test_fit_refuses_a_learning_rate_that_is_no_number(lr):
    with pytest.raises(TypeError, match=f"`lr` must be a number, got {re.escape(repr(lr))}"):
        fit(tiny(), some_data(), squared_error, epochs=1, lr=lr, **QUIET)


def test_fit_takes_the_largest_seed():
    assert fit(tiny(), some_data(), squared_error, epochs=2, seed=SEEDS - 1, **QUIET).steps == 2


@pytest.mark.parametrize("function", [evaluate, lambda *arguments, **options: fit(*arguments, epochs=1, **options)])
def test_fit_and_evaluate_refuse_an_argument_of_another_kind_by_its_name(function):
    model, data = VAE(2, image_shape=(1, 4, 4)), some_data()
    with pytest.raises(ValueError, match="`batch_size` must be an int >= 1, got 0"):
        function(model, data, squared_error, batch_size=0)
    with pytest.raises(ValueError, match="`seed` must be an int"):
        function(model, data, squared_error, seed=-1)
    with pytest.raises(ValueError, match="`model` must have parameters, this Flatten has none"):
        function(nn.Flatten(), data, squared_error)
    with pytest.raises(TypeError, match=r"`data` must be an ImageSet, got ImageData; .*\.train"):
        function(model, ImageData("x", data, data, ()), squared_error)
    with pytest.raises(TypeError, match=r"`loss` must be .*\(model, batch\), which vae_loss is not.*negative_elbo"):
        function(model, data, vae_loss)


@pytest.mark.parametrize("function", [evaluate, lambda *arguments, **options: fit(*arguments, epochs=1, **options)])
def test_fit_and_evaluate_name_what_was_mixed_up(function):
    data = some_data()
    vae, autoencoder = (cls(2, image_shape=(1, 4, 4)) for cls in (VAE, Autoencoder))
    with pytest.raises(TypeError, match=r"negative_elbo, which needs a VAE.*this Autoencoder.*reconstruction_nll"):
        function(autoencoder, data, negative_elbo)
    with pytest.raises(TypeError, match=r"reconstruction_nll, which.*this VAE returned a VAEOutput.*negative_elbo"):
        function(vae, data, reconstruction_nll)
    with pytest.raises(TypeError, match=r"`model` must be an nn.Module, got the class VAE; build one"):
        function(VAE, data, negative_elbo)
    with pytest.raises(TypeError, match=r"`loss` must be a function of .*, got 'elbo'"):
        function(vae, data, "elbo")
    for dtype, remedy in ((torch.uint8, r"\.to\(torch\.float32\) / 255"), (torch.float64, r"\.to\(torch\.float32\)$")):
        images = ImageSet(data.images.to(dtype), data.labels)
        with pytest.raises(TypeError, match=f"`data` must hold images in torch.float32, .*got {dtype}; use {remedy}"):
            function(vae, images, negative_elbo)


def test_fit_refuses_to_train_what_cannot_change():
    frozen = tiny().requires_grad_(False)
    with pytest.raises(ValueError, match=r"`model` must have a weight that can change.*this Tiny are frozen"):
        fit(frozen, some_data(), squared_error, epochs=1, **QUIET)
    assert evaluate(frozen, some_data(), squared_error) > 0  # to measure it is another matter
    with pytest.raises(ValueError, match="`loss` must depend on the weights, but no gradient leads to them"):
        fit(tiny(), some_data(), lambda m, b: squared_error(m, b).detach(), epochs=1, **QUIET)


def test_losses_of_the_two_models_are_ready_for_fit():
    data, eps = some_data(10), torch.Generator().manual_seed(0)
    batch = Batch(data.images, data.labels, 1.0)
    vae, autoencoder = (cls(2, image_shape=(1, 4, 4)) for cls in (VAE, Autoencoder))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        values = negative_elbo(vae, batch)
    torch.testing.assert_close(values, vae_loss(vae(data.images, generator=eps), data.images).loss)
    torch.testing.assert_close(
        reconstruction_nll(autoencoder, batch), bernoulli_nll(autoencoder(data.images), data.images)
    )


def test_loss_of_the_classifier_is_minus_the_log_probability_of_the_right_class():
    images, labels = torch.rand(6, 1, 4, 4), torch.arange(6) % 3
    classifier = Classifier("dense", classes=3, image_shape=(1, 4, 4))
    values = classification_nll(classifier, Batch(images, labels, 1.0))
    probabilities = torch.exp(classifier(images)) / torch.exp(classifier(images)).sum(1, keepdim=True)
    torch.testing.assert_close(values, -torch.log(probabilities[torch.arange(6), labels]))
    with torch.no_grad():
        classifier.head.weight.zero_(), classifier.head.bias.zero_()
    undecided = classification_nll(classifier, Batch(images, labels, 1.0))
    torch.testing.assert_close(undecided, torch.full((6,), math.log(3)))


def test_fit_teaches_a_classifier_and_names_models_that_are_none():
    data = some_data()
    labels = (data.images.flatten(1).sum(1) > data.images.sum() / len(data)).long()
    data = ImageSet(data.images, labels)
    classifier = Classifier("dense", classes=2, image_shape=(1, 4, 4))
    before = evaluate(classifier, data, classification_nll)
    fit(classifier, data, classification_nll, epochs=40, batch_size=10, lr=1e-2, **QUIET)
    assert evaluate(classifier, data, classification_nll) < 0.7 * before
    vae, autoencoder = (cls(2, image_shape=(1, 4, 4)) for cls in (VAE, Autoencoder))
    with pytest.raises(TypeError, match=r"classification_nll, which.*this VAE returned a VAEOutput"):
        evaluate(vae, data, classification_nll)
    with pytest.raises(
        ValueError, match=r"classification_nll, which.*this Autoencoder returned \(.*reconstruction_nll"
    ):
        evaluate(autoencoder, data, classification_nll)


def test_fit_leaves_a_spoilt_model_in_evaluation_mode():
    model = tiny()
    with pytest.raises(FloatingPointError):
        fit(model, some_data(), breaking(3, math.nan, []), epochs=1, batch_size=10, **QUIET)
    assert not model.training


# ---- an interrupt -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stop", [0, 3, 7])
def test_fit_keeps_what_it_has_when_it_is_interrupted(stop):
    model, moment, calls = tiny(), {}, []

    def loss(model, batch):
        calls.append(batch)
        if len(calls) == stop + 1:
            moment.update({name: p.detach().clone() for name, p in model.named_parameters()})
            raise KeyboardInterrupt
        return squared_error(model, batch)

    start = weights(model)
    with pytest.warns(UserWarning, match=f"interrupted after {stop // 5} of 4 epochs"):
        history = fit(model, some_data(), loss, epochs=4, batch_size=10, **QUIET)
    now = dict(model.named_parameters())
    assert history.interrupted
    assert len(history.loss) == stop // 5
    assert history.steps == 5 * (stop // 5)
    assert len(calls) == stop + 1
    assert all(torch.equal(now[name], moment[name]) for name in now)
    assert stop == 0 or not torch.equal(now["layers.1.weight"], start["layers.1.weight"])
    assert not model.training


def test_fit_continues_from_the_last_epoch_after_an_interrupt(tmp_path):
    path, calls = tmp_path / "run.safetensors", []

    def interrupted_loss(model, batch):
        calls.append(batch)
        if len(calls) == 13:
            raise KeyboardInterrupt
        return noisy_loss(model, batch)

    interrupted_loss.__qualname__ = "noisy_loss"  # a checkpoint tells losses apart by their names

    straight, resumed = tiny(), tiny()
    fit(straight, some_data(), noisy_loss, epochs=4, batch_size=10, **QUIET)
    with pytest.warns(UserWarning, match="interrupted after 2 of 4 epochs"):
        fit(tiny(), some_data(), interrupted_loss, epochs=4, batch_size=10, checkpoint=path, **QUIET)
    history = fit(resumed, some_data(), noisy_loss, epochs=4, batch_size=10, checkpoint=path, **QUIET)
    assert not history.interrupted
    assert same(weights(straight), weights(resumed))


# ---- evaluate ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [1, 7, 50, 1000])
def test_evaluate_is_the_mean_over_all_images(batch_size):
    model, data = tiny(), some_data()
    fit(model, data, squared_error, epochs=1, batch_size=10, **QUIET)
    model.train()  # dropout and batch statistics would change the result
    value = evaluate(model, data, squared_error, batch_size=batch_size)
    assert isinstance(value, float)
    assert not model.training
    with torch.no_grad():
        expected = squared_error(model, Batch(data.images, data.labels, 1.0)).mean().item()
    assert value == pytest.approx(expected, rel=1e-5)


def test_evaluate_shows_every_image_once_in_order_with_progress_one():
    record, data = [], some_data(23)
    evaluate(tiny(), data, spy(record), batch_size=10)
    assert torch.equal(torch.cat([b.labels for b in record]), data.labels)
    assert torch.equal(torch.cat([b.images for b in record]), data.images)
    assert [b.progress for b in record] == [1.0] * 3


def test_evaluate_repeats_its_noise_and_leaves_the_random_state_of_its_caller():
    model, before = tiny(), torch.get_rng_state()
    values = [evaluate(model, some_data(), noisy_loss, seed=seed) for seed in (1, 1, 2)]
    assert values[0] == values[1] != values[2]
    assert torch.equal(torch.get_rng_state(), before)


def test_evaluate_computes_no_gradient_and_changes_no_weight():
    model = tiny()
    before = weights(model)

    def loss(model, batch):
        assert not torch.is_grad_enabled()
        return squared_error(model, batch)

    evaluate(model, some_data(), loss)
    assert same(weights(model), before)
    assert all(p.grad is None for p in model.parameters())


def test_evaluate_and_fit_agree_on_the_labels():
    # A classifier's loss sees labels: the other half of a batch.
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 10))
    data = ImageSet(some_data().images, torch.arange(50) % 10)

    def loss(model, batch):
        return F.cross_entropy(model(batch.images), batch.labels, reduction="none")

    before = evaluate(model, data, loss)
    history = fit(model, data, loss, epochs=60, batch_size=10, lr=0.05, **QUIET)
    assert before == pytest.approx(math.log(10), rel=0.1)
    assert evaluate(model, data, loss) < 0.5 * before
    assert history.loss[-1] < 0.6 * before
