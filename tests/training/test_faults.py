"""What happens when things break: a killed run, a full disk, a damaged file, a file that wants to do harm."""

import functools
import json
import os
import pickle
import platform
import resource
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from course_utils import files
from course_utils.data import ImageSet
from course_utils.files import atomic_write
from course_utils.models import VAE, Autoencoder
from course_utils.training import History, fit, load, save
from course_utils.training.loss_name import loss_name
from course_utils.training.tensor_file import read_tensors, write_tensors

QUIET = {"device": "cpu", "precision": "float32", "progress": False}
SETTINGS = {"epochs": 4, "batch_size": 10, "lr": 0.01, "seed": 3}


# ---- the run that is killed, here and in a process of its own ---------------------------------------------------


def network(seed=0):
    """Everything that a run must carry along: weights, running statistics, a counter, and noise while training."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers = nn.Flatten(), nn.Linear(16, 8), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.Linear(8, 16)
        return nn.Sequential(*layers, nn.Unflatten(1, (1, 4, 4)))


def images(n=53):
    return ImageSet(torch.rand(n, 1, 4, 4, generator=torch.Generator().manual_seed(7)), torch.arange(n))


def noisy_loss(model, batch):
    noisy = batch.images + 0.1 * torch.randn(batch.images.shape)
    return (model(noisy) - batch.images).square().flatten(1).sum(1)


def as_if(loss, known=noisy_loss):
    """Return `loss` under the name of `known`: a checkpoint tells losses apart by their names."""
    loss.__qualname__ = known.__qualname__
    return loss


def train(path, *, model=None, data=None, loss=noisy_loss, on_epoch=None, **changes):
    """Train, and return the model and its history."""
    model = network() if model is None else model
    data = images() if data is None else data
    return model, fit(model, data, loss, checkpoint=path, on_epoch=on_epoch, **QUIET | SETTINGS | changes)


def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


MOMENTS = {  # when the run is killed, and how many epochs its checkpoint then holds
    "in the first epoch": 0,
    "after the second epoch": 2,
    "in the third epoch": 2,
    "while a checkpoint is written": 2,
}


def train_and_die(path, when):
    """Train, and be killed without a chance to clean up."""
    calls, deadly = [], [{"in the first epoch": 3, "in the third epoch": 13}.get(when)]

    def loss(model, batch):
        calls.append(batch)
        if len(calls) in deadly:
            die()
        return noisy_loss(model, batch)

    def on_epoch(model, history):
        if when == "after the second epoch" and len(history.loss) == 2:
            die()
        if when == "while a checkpoint is written" and len(history.loss) == 2:
            os.fsync = die  # the bytes of the third are in the file, not yet in their place

    train(path, loss=as_if(loss), on_epoch=on_epoch)


def fill_the_disk(path):
    """Save over `path` where no file may exceed 4 KiB."""
    model = Autoencoder(2, image_shape=(1, 4, 4))
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    try:
        save(model, path)
    except OSError:
        os._exit(42)


def suffer(folder):
    """Run in a process of its own, which forks (importing PyTorch once is enough): print how each victim ended."""
    torch.optim.Adam(
        [torch.zeros(1, requires_grad=True)]
    )  # the first optimizer imports half of PyTorch: once is enough
    ends = {}
    victims = {when: lambda path, when=when: train_and_die(path, when) for when in MOMENTS}
    for name, victim in (victims | {"disk": fill_the_disk}).items():
        path = Path(folder) / name / "file"
        path.parent.mkdir()
        if name == "disk":
            path.write_bytes(b"the good old file")
        if (child := os.fork()) == 0:
            victim(path)
            os._exit(0)
        ends[name] = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps(ends))


@pytest.fixture(scope="module")
def victims(tmp_path_factory):
    """Return the folder of the victims' files, and how each of them ended."""
    folder = tmp_path_factory.mktemp("victims")
    line = [sys.executable, "-c", f"import test_faults; test_faults.suffer({str(folder)!r})"]
    process = subprocess.run(line, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=120, check=False)
    assert process.returncode == 0, process.stderr
    return folder, json.loads(process.stdout)


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    """Return a run that was never stopped: weights, history, and every tensor of its checkpoint."""
    path = tmp_path_factory.mktemp("straight") / "run.safetensors"
    model, history = train(path)
    return model.state_dict(), history, safetensors.torch.load_file(path)


def identical(a, b):
    return a.keys() == b.keys() and all(a[k].dtype == b[k].dtype and torch.equal(a[k], b[k]) for k in a)


def without_seconds(history):
    return history.loss, history.steps, history.images, history.interrupted


@pytest.mark.parametrize(("when", "epochs"), MOMENTS.items(), ids=MOMENTS)
def test_fit_killed_and_resumed_ends_in_the_same_bits(when, epochs, straight, victims):
    folder, ends = victims
    assert ends[when] == -signal.SIGKILL
    path = folder / when / "file"
    with safetensors.safe_open(path, framework="pt") as file:
        assert len(json.loads(file.metadata()["history"])["loss"]) == epochs
    calls = []
    # A model with other weights: all that counts must come from the file.
    with pytest.warns(UserWarning, match=f"the weights of `model` are replaced: {path} began with others"):
        model, history = train(path, model=network(seed=9), on_epoch=lambda m, h: calls.append(len(h.loss)))
    weights, expected, tensors = straight
    assert calls == list(range(epochs + 1, 5))
    assert identical(model.state_dict(), weights)
    assert without_seconds(history) == without_seconds(expected)
    assert history.seconds > 0
    # The moments of Adam and its step counter too, bit for bit.
    assert any(name.startswith("optimizer.") for name in tensors)
    assert identical(safetensors.torch.load_file(path), tensors)


def test_fit_has_written_every_epoch_before_on_epoch_is_called(tmp_path):
    path, written = tmp_path / "run.safetensors", []

    def on_epoch(model, history):
        with safetensors.safe_open(path, framework="pt") as file:
            written.append((json.loads(file.metadata()["history"])["loss"], list(history.loss)))
            assert torch.equal(file.get_tensor("model.1.weight"), model.state_dict()["1.weight"])

    train(path, on_epoch=on_epoch)
    assert [len(in_file) for in_file, _ in written] == [1, 2, 3, 4]
    assert all(in_file == in_memory for in_file, in_memory in written)


def test_fit_without_a_checkpoint_ends_in_the_same_bits(straight):
    model, _ = train(None)
    assert identical(model.state_dict(), straight[0])


def test_fit_returns_at_once_from_a_finished_checkpoint(straight, tmp_path):
    path = tmp_path / "run.safetensors"
    train(path)
    written = path.read_bytes()

    def refuse(*_):
        raise AssertionError("nothing is left to be trained")

    model, history = train(path, loss=as_if(refuse), on_epoch=refuse)
    assert identical(model.state_dict(), straight[0])
    assert without_seconds(history) == without_seconds(straight[1])
    assert path.read_bytes() == written
    assert not model.training


@pytest.mark.parametrize("change", [{"epochs": 5}, {"batch_size": 7}, {"lr": 0.02}, {"seed": 4}])
def test_fit_refuses_to_resume_with_other_settings(change, tmp_path):
    path = tmp_path / "run.safetensors"
    train(path)
    ((name, value),) = change.items()
    with pytest.raises(ValueError, match=rf"{path} belongs to a run with {name}={SETTINGS[name]}.* has {name}={value}"):
        train(path, **change)


def test_fit_refuses_to_resume_with_another_precision(tmp_path):
    path = tmp_path / "run.safetensors"
    train(path)  # in float32
    with pytest.raises(ValueError, match="belongs to a run with precision=float32, this one has precision=bfloat16"):
        train(path, precision="bfloat16")


def test_fit_refuses_to_resume_with_other_data_or_another_model(tmp_path):
    path = tmp_path / "run.safetensors"
    train(path)
    with pytest.raises(ValueError, match="belongs to a run with images=53, this one has images=54"):
        train(path, data=images(54))
    with pytest.raises(ValueError, match=r"belongs to another model: `1\.bias` is .*\(8,\) in the file"):
        train(path, model=nn.Sequential(nn.Flatten(), nn.Linear(16, 16), nn.Unflatten(1, (1, 4, 4))))


def test_fit_says_before_training_that_a_checkpoint_cannot_be_written(tmp_path):
    def refuse(*_):
        raise AssertionError("an hour of training would be lost")

    with pytest.raises(FileNotFoundError, match=rf"the folder '{tmp_path}/missing' does not exist; create it"):
        train(tmp_path / "missing" / "run.safetensors", loss=refuse)


def test_weights_and_checkpoints_are_not_taken_for_each_other(tmp_path):
    weights, checkpoint = tmp_path / "weights.safetensors", tmp_path / "run.safetensors"
    save(network(), weights)
    train(checkpoint)
    with pytest.raises(ValueError, match=f"{weights} holds weights, not a checkpoint of `fit`; choose another path"):
        train(weights)
    with pytest.raises(ValueError, match=f"{checkpoint} holds a checkpoint of `fit`, not weights"):
        load(network(), checkpoint)


# ---- weights in files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_save_and_load_return_the_same_bits(precision, tmp_path):
    path = tmp_path / "weights.safetensors"
    trained, _ = train(None, precision=precision)
    save(trained, path)
    other = network(seed=9)
    load(other, path)
    assert identical(other.state_dict(), trained.state_dict())
    x = images().images
    assert torch.equal(other.eval()(x), trained(x))
    save(other, str(tmp_path / "again"))  # a path may be a string, and any name will do
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


class Tied(nn.Module):
    """An autoencoder whose decoder has the encoder's weights: as they are, and transposed without a copy."""

    def __init__(self):
        super().__init__()
        self.encoder, self.decoder, self.again = nn.Linear(16, 4), nn.Linear(4, 16), nn.Linear(16, 4)
        self.decoder.weight = nn.Parameter(self.encoder.weight.T)
        self.again.weight = self.encoder.weight

    def forward(self, x):
        return self.decoder(self.again(x.flatten(1)) + self.encoder(x.flatten(1))).view(x.shape)


def test_tied_weights_are_saved_loaded_and_continued(tmp_path):
    trained, _ = train(tmp_path / "run.safetensors", model=Tied())
    with pytest.warns(UserWarning, match="are replaced"):
        resumed, _ = train(tmp_path / "run.safetensors", model=Tied())
    save(trained, tmp_path / "weights.safetensors")
    loaded = Tied()
    load(loaded, tmp_path / "weights.safetensors")
    for other in (resumed, loaded):
        assert identical(other.state_dict(), trained.state_dict())
        assert other.again.weight is other.encoder.weight


def test_load_does_not_tie_the_model_to_the_file(tmp_path):
    path = tmp_path / "weights.safetensors"
    save(network(), path)
    model = network(seed=9)
    load(model, path)
    path.write_bytes(b"")
    assert identical(model.state_dict(), network().state_dict())


@pytest.fixture
def good_file(tmp_path):
    path = tmp_path / "weights.safetensors"
    save(network(), path)
    return path


DAMAGES = {
    "empty": lambda data: b"",
    "a few bytes": lambda data: data[:7],
    "half of the header": lambda data: data[:60],
    "one byte short": lambda data: data[:-1],
    "one byte too many": lambda data: data + b"!",
    "garbage": lambda data: bytes(range(256)) * 40,
    "text": lambda data: b"<html>404 Not Found</html>" * 100,
    "zeros": lambda data: bytes(len(data)),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_load_refuses_a_damaged_file(damage, good_file):
    good_file.write_bytes(damage(good_file.read_bytes()))
    model = network(seed=9)
    for use in (lambda: load(model, good_file), lambda: train(good_file, model=model)):
        with pytest.raises(ValueError, match=f"{good_file} is not a whole safetensors file .* may be damaged"):
            use()
    assert identical(model.state_dict(), network(seed=9).state_dict())


def small_file():
    with tempfile.TemporaryDirectory() as folder:
        save(nn.Linear(2, 1), path := Path(folder) / "weights.safetensors")
        return path.read_bytes()


SMALL_FILE = small_file()
SMALL_HEADER = 8 + int.from_bytes(SMALL_FILE[:8], "little")


@given(st.lists(st.tuples(st.integers(0, SMALL_HEADER - 1), st.integers(0, 255)), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_load_of_a_file_with_any_damage_to_its_header_is_an_error_with_its_name(changes):
    content = bytearray(SMALL_FILE)
    for position, value in changes:
        content[position] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.safetensors"
        path.write_bytes(content)
        try:
            load(nn.Linear(2, 1), path)
        except ValueError as error:
            assert str(path) in str(error)  # noqa: PT017  (a few changes do no harm: a blank in the padding, no error)


def test_load_names_a_file_that_is_missing_and_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=f"there is no file {tmp_path}/nothing"):
        load(network(), tmp_path / "nothing")
    with pytest.raises(ValueError, match=f"{tmp_path} is a folder"):
        load(network(), tmp_path)
    with pytest.raises(ValueError, match=f"{tmp_path} is a folder"):
        train(tmp_path)


class Harm:
    """A pickle of this creates a file when it is opened."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.mark.parametrize("form", ["pickle", "torch", "old torch"])
def test_load_executes_nothing_that_a_pickle_brings(form, tmp_path):
    trace, path = tmp_path / "trace", tmp_path / "weights.pt"
    if form == "pickle":
        path.write_bytes(pickle.dumps(Harm(trace)))
    else:
        torch.save({"weights": Harm(trace)}, path, _use_new_zipfile_serialization=form == "torch")
    for use in (lambda: load(network(), path), lambda: train(path)):
        with pytest.raises(ValueError, match=r"is not a whole safetensors file .*a pickle, which is never opened"):
            use()
    assert not trace.exists()
    if form == "pickle":  # the trap does work
        pickle.loads(path.read_bytes()).close()
        assert trace.exists()


def test_load_names_a_parameter_of_another_architecture(tmp_path):
    path = tmp_path / "vae.safetensors"
    save(VAE(2, image_shape=(1, 4, 4)), path)
    with pytest.raises(ValueError, match=r"`decoder\.0\.weight` is \(400, 2\) in the file and \(400, 3\) in this VAE"):
        load(VAE(3, image_shape=(1, 4, 4)), path)
    other = Autoencoder(2, image_shape=(1, 4, 4))
    before = {name: tensor.clone() for name, tensor in other.state_dict().items()}
    with pytest.raises(ValueError, match=r"`to_logvar\.bias` is \(2,\) in the file and missing in this Autoencoder"):
        load(other, path)
    assert identical(other.state_dict(), before)


# ---- a file that says what it holds -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["weights", "checkpoint"])
@pytest.mark.parametrize("damage", ["one bit of a number", "4 KiB of zeros", "one digit of a text"])
def test_damage_behind_a_sound_header_is_an_error_with_the_files_name(kind, damage, tmp_path):
    path = tmp_path / "file.safetensors"
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 128), nn.Linear(128, 16), nn.Unflatten(1, (1, 4, 4)))
    use = {"weights": lambda: load(model, path), "checkpoint": lambda: train(path, model=model)}[kind]
    save(model, path) if kind == "weights" else use()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    content = bytearray(path.read_bytes())
    if damage == "one bit of a number":
        content[-5] ^= 0x40
    elif damage == "4 KiB of zeros":
        content[-6000:-1904] = bytes(4096)
    else:
        digit = content.index(b'"sha256":"') + 10 if kind == "weights" else content.index(b"interrupted") - 20
        content[digit] = ord("1") if content[digit] != ord("1") else ord("2")
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"{path} is (damaged|not a whole safetensors file)"):
        use()
    assert identical(model.state_dict(), before)


def test_files_without_a_checksum_are_refused(tmp_path):
    path = tmp_path / "old.safetensors"
    for metadata in ({}, {"settings": "{}", "history": "{}"}):  # weights and a checkpoint as they once were
        path.write_bytes(safetensors.torch.save(network().state_dict(), metadata))
        for use in (lambda: load(network(), path), lambda: train(path)):
            with pytest.raises(ValueError, match=f"{path} carries no checksum: .*older version.*train anew"):
                use()


@pytest.mark.parametrize("name", ["settings", "modules", "history"])
@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"loss": 1, "no": 2}', None])
def test_a_checkpoint_with_texts_of_another_form_is_named(name, text, tmp_path):
    path = tmp_path / "run.safetensors"
    train(path)
    tensors, texts = read_tensors(path)
    texts.pop(name) if text is None else texts.update({name: text})
    write_tensors(path, tensors, texts)
    with pytest.raises(ValueError, match=str(path)):
        train(path)


def test_load_refuses_weights_that_are_not_finite_and_save_writes_none(tmp_path):
    path = tmp_path / "weights.safetensors"
    save(network(), path)
    tensors, _ = read_tensors(path)
    tensors["1.bias"][3] = float("nan")
    write_tensors(path, tensors, {})
    with pytest.raises(ValueError, match=rf"`1\.bias` are NaN or infinite.*{path}"):
        load(network(), path)
    spoilt = network()
    spoilt.load_state_dict(tensors)
    written = path.read_bytes()
    with pytest.raises(ValueError, match=rf"`1\.bias` are NaN or infinite, nothing was written to {path}"):
        save(spoilt, path)
    assert path.read_bytes() == written


def test_load_refuses_weights_of_another_number_format(tmp_path):
    path = tmp_path / "weights.safetensors"
    write_tensors(path, {name: tensor.to(torch.int8) for name, tensor in network().state_dict().items()}, {})
    with pytest.raises(ValueError, match=r"`1\.bias` is torch\.int8 in the file and torch\.float32 in this Sequential"):
        load(network(), path)


# ---- a checkpoint knows what it belongs to --------------------------------------------------------------------------


class TwoHeads(nn.Module):
    """Two layers of one shape, and one of another; `order` is the order in which they are written down."""

    def __init__(self, order):
        super().__init__()
        torch.manual_seed(0)
        shapes = {"mu": (16, 16), "logvar": (16, 16), "narrow": (16, 4)}
        layers = {name: nn.Linear(*shape) for name, shape in shapes.items()}
        for name in order:
            self.add_module(name, layers[name])

    def forward(self, x):
        x = x.flatten(1)
        return (self.mu(x) * self.logvar(x) + self.narrow(x).sum(1, keepdim=True)).view(-1, 1, 4, 4)


def test_a_run_goes_on_when_layers_have_moved_in_the_code(tmp_path):
    path, orders = tmp_path / "run.safetensors", [("mu", "logvar", "narrow"), ("narrow", "logvar", "mu")]

    def stop(model, history):
        if len(history.loss) == 2:
            raise KeyboardInterrupt

    with torch.random.fork_rng(devices=[]):
        straight, _ = train(None, model=TwoHeads(orders[0]))
        with pytest.warns(UserWarning, match="interrupted after 2"):
            train(path, model=TwoHeads(orders[0]), on_epoch=stop)
        resumed, _ = train(path, model=TwoHeads(orders[1]))
    assert identical(resumed.state_dict(), straight.state_dict())


def test_moments_of_another_shape_are_refused_before_anything_is_changed(tmp_path):
    path = tmp_path / "run.safetensors"
    train(path)
    tensors, texts = read_tensors(path)
    tensors["optimizer.1.weight.exp_avg"] = torch.zeros(3, 3)
    write_tensors(path, tensors, texts)
    model = network(seed=9)
    with pytest.raises(ValueError, match=rf"{path} belongs to another .*Adam's state for `1\.weight` is .*\(3, 3\)"):
        train(path, model=model)
    assert identical(model.state_dict(), network(seed=9).state_dict())


def priced(beta):
    return lambda model, batch: beta * noisy_loss(model, batch)


def brighter():
    return ImageSet(images().images / 2, images().labels)


def relabelled():
    return ImageSet(images().images, images().labels + 1)


def with_more_dropout():
    model = network()
    model[3].p = 0.5
    return model


def with_a_relu():
    model = network()
    model[3] = nn.ReLU()
    return model


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"data": brighter()}, "a run on other images or labels, though as many"),
        ({"data": relabelled()}, "a run on other images or labels, though as many"),
        ({"loss": priced(2.0)}, r"a run with loss=priced\.<locals>\.<lambda>\(beta=1\.0\), this .*\(beta=2\.0\)"),
        ({"model": with_more_dropout()}, r"another model: `3` was Dropout\(p=0\.2.* and is Dropout\(p=0\.5"),
        ({"model": with_a_relu()}, r"another model: `3` was Dropout\(.* and is ReLU\(\) in this Sequential"),
    ],
)
def test_fit_refuses_to_resume_what_is_another_run(change, match, tmp_path):
    path = tmp_path / "run.safetensors"
    arguments = {"loss": priced(1.0), "model": network(), "data": images()}
    train(path, **arguments)
    train(path, **arguments)
    with pytest.raises(ValueError, match=f"{path} belongs to {match}"):
        train(path, **arguments | change)


def test_fit_warns_that_the_weights_of_another_start_are_replaced(tmp_path):
    path = tmp_path / "run.safetensors"
    first, _ = train(path)
    train(path)  # from the same start
    train(path, model=first)  # and from the weights that are in the file
    with pytest.warns(UserWarning, match="are replaced"):
        train(path, model=network(seed=1))


def test_fit_says_that_it_continues(tmp_path, capsys):
    path = tmp_path / "run.safetensors"

    def stop(model, history):
        raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="interrupted after 1"):
        train(path, on_epoch=stop)
    train(path, progress=True)
    assert capsys.readouterr().out == f"{path} holds 1 of 4 epochs: continuing\n"
    train(path, progress=True)
    assert capsys.readouterr().out == f"{path} holds 4 of 4 epochs\n"


BETA = 4.0


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        (noisy_loss, "noisy_loss"),
        (functools.partial(noisy_loss, beta=2), "noisy_loss(beta=2)"),
        (lambda model, batch, nll=noisy_loss: None, "<lambda>(nll=noisy_loss)"),
        (lambda model, batch: BETA, "<lambda>(BETA=4.0)"),
        (nn.MSELoss(reduction="none"), "MSELoss(reduction='none', training=True)"),
    ],
)
def test_loss_name_tells_what_a_loss_was_made_with(loss, name):
    assert loss_name(loss) == name


# ---- writing all of a file or nothing ---------------------------------------------------------------------------


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_save_on_a_full_disk_is_an_oserror_and_keeps_the_old_file(victims):
    folder, ends = victims
    assert ends["disk"] == 42
    assert (folder / "disk" / "file").read_bytes() == b"the good old file"
    assert names(folder / "disk") == ["file"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_atomic_write_keeps_the_old_file_when_it_is_stopped(function, error, tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def stop(*_):
        assert path.read_bytes() == b"old"  # whoever reads now sees the old file, not half of the new one
        raise error

    monkeypatch.setattr(files.os, function, stop)
    with pytest.raises(error):
        atomic_write(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_atomic_write_flushes_the_whole_file_before_it_takes_the_name(tmp_path, monkeypatch):
    events, fsync, replace = [], os.fsync, os.replace

    def seen_fsync(handle):
        events.append(("fsync", os.fstat(handle).st_size))
        fsync(handle)

    def seen_replace(source, target):
        events.append(("replace", os.stat(source).st_size))
        replace(source, target)

    monkeypatch.setattr(files.os, "fsync", seen_fsync)
    monkeypatch.setattr(files.os, "replace", seen_replace)
    atomic_write(tmp_path / "file", bytes(100_000))
    assert events == [("fsync", 100_000), ("replace", 100_000)]


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_atomic_write_gives_the_permissions_of_an_ordinary_file(umask, tmp_path):
    before = os.umask(umask)
    try:
        atomic_write(tmp_path / "ours", b"data")
        (tmp_path / "ordinary").write_bytes(b"data")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ours", "ordinary")]
    assert modes[0] == modes[1] == 0o666 & ~umask


def test_atomic_write_names_a_missing_folder_and_refuses_a_folder_as_target(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=rf"cannot write 'file': the folder '{tmp_path}/missing' does not exist"
    ):
        atomic_write(tmp_path / "missing" / "file", b"data")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        atomic_write(tmp_path / "folder", b"data")
    assert names(tmp_path) == ["folder"]


@pytest.mark.parametrize("content", [b"", b"x", bytes(3_000_000)], ids=len)
def test_atomic_write_writes_all_bytes_over_any_older_file(content, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in ("relative", tmp_path / "absolute"):
        Path(path).write_bytes(b"older and longer" * 9)
        atomic_write(path, content)
        assert Path(path).read_bytes() == content
    assert names(tmp_path) == ["absolute", "relative"]


def test_history_survives_its_journey_through_the_file(tmp_path):
    # Every digit of every float, or the resumed curve has a kink.
    path = tmp_path / "run.safetensors"
    _, history = train(path)
    with safetensors.safe_open(path, framework="pt") as file:
        assert History(**json.loads(file.metadata()["history"])) == history


def test_atomic_write_removes_what_killed_processes_left(tmp_path):
    script = (
        "import os, signal, sys; from course_utils.files import atomic_write;"
        "os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL); atomic_write(sys.argv[1], bytes(1000))"
    )
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", script, tmp_path / "file[1]"], check=False)
        assert done.returncode == -signal.SIGKILL
        assert len(names(tmp_path)) == 1  # the second took the first one's away before it left its own
    (tmp_path / ".another.tmp").touch()
    others = tmp_path / f".file[1].{platform.node()}.{os.getpid()}.beef.tmp"  # of a process that still runs
    others.touch()
    atomic_write(tmp_path / "file[1]", b"data")
    assert names(tmp_path) == sorted([".another.tmp", "file[1]", others.name])
