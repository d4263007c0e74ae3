"""The command line, as a person or a script uses it."""

import json
import os
import re
import subprocess
import sys

import pytest

from course_utils import __main__ as command
from course_utils.cli import doctor as _doctor
from course_utils.cli import train as _experiment
from course_utils.data import load_images
from course_utils.models import VAE
from course_utils.training import History, evaluate, load, negative_elbo

QUICK = ["train", "--epochs", "1", "--json"]


def last_json(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_train_with_its_defaults_reaches_the_promised_elbo(capsys):
    assert command.main(["train", "--model", "vae", "--latent", "20", "--seed", "0", "--json"]) == 0
    result = last_json(capsys)
    assert result["test_neg_elbo"] <= 254  # nats per image; twenty epochs arrive a little below
    assert result["test_neg_elbo"] > 200  # less than that would be a wrong sum, not a better model
    assert {"seconds", "images_per_second", "device", "precision", "seed"} <= result.keys()


def test_train_prints_the_same_numbers_twice(capsys):
    numbers = []
    for _ in range(2):
        assert command.main([*QUICK, "--seed", "3", "--device", "cpu"]) == 0
        numbers.append(last_json(capsys)["test_neg_elbo"])
    assert numbers[0] == numbers[1]
    assert command.main([*QUICK, "--seed", "4", "--device", "cpu"]) == 0
    assert last_json(capsys)["test_neg_elbo"] != numbers[0]


def test_train_measures_an_autoencoder_by_its_reconstruction(capsys):
    assert command.main([*QUICK, "--model", "autoencoder"]) == 0
    result = last_json(capsys)
    assert result["test_neg_elbo"] is None  # an autoencoder has no ELBO
    assert 200 < result["test_nll"] < 400


def test_train_continues_from_its_checkpoint(tmp_path, capsys):
    arguments = [
        "train",
        "--epochs",
        "2",
        "--json",
        "--device",
        "cpu",
        "--checkpoint",
        str(tmp_path / "run.safetensors"),
    ]
    assert command.main(arguments) == 0
    first = last_json(capsys)
    assert command.main(arguments) == 0
    assert last_json(capsys) == first  # nothing left to do: also the seconds are those of the first run


def test_train_shows_a_bar_unless_json_is_asked_for(capsys):
    assert command.main(["train", "--epochs", "1"]) == 0
    captured = capsys.readouterr()
    assert "1/1" in captured.err
    assert "test_neg_elbo" in captured.out
    assert command.main(QUICK) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--latent", "0"], "`latent`"),
        (["--epochs", "0"], "`epochs`"),
        (["--batch-size", "-1"], "`batch_size`"),
        (["--batch-size", "1000000"], "`batch_size` must be an int >= 1 and <= 10000, got 1000000; there are no more"),
        (["--lr", "nan"], "`lr`"),
        (["--seed", "-1"], "`seed`"),
        (["--seed", "9" * 20], "`seed`"),
        (["--root", "no/such/folder"], "`root`"),
        (["--save", "no/such/folder/vae.safetensors"], "no/such/folder"),
        (["--save", "."], "it is a folder"),
        (["--save", "/"], "it is a folder"),
        (["--device", "abacus"], "`device`"),
        (["--checkpoint", "no/such/folder/run.safetensors"], "no/such/folder"),
    ],
)
def test_train_refuses_bad_values_by_name(arguments, named, capsys):
    assert command.main([*QUICK, *arguments]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert named in captured.err


def test_train_saves_weights_that_load_reads(tmp_path, capsys):
    path = tmp_path / "vae.safetensors"
    assert command.main([*QUICK, "--latent", "2", "--device", "cpu", "--save", str(path)]) == 0
    vae, vae_before = VAE(2), VAE(2)
    load(vae, path)
    test = load_images().test
    measured = evaluate(vae, test, negative_elbo)
    assert measured == pytest.approx(last_json(capsys)["test_neg_elbo"], abs=0.01)
    assert measured < evaluate(vae_before, test, negative_elbo)


def test_train_reads_the_images_from_the_folder_named(monkeypatch, capsys, tmp_path):
    asked, sound = {}, load_images()
    monkeypatch.setattr(_experiment, "load_images", lambda **options: asked.update(options) or sound)
    assert command.main([*QUICK, "--full", "--root", str(tmp_path)]) == 0
    assert asked == {"full": True, "root": str(tmp_path)}


def test_train_prints_no_line_without_a_value(monkeypatch, capsys):
    monkeypatch.setattr(_experiment, "fit", lambda *args, **kwargs: History())
    assert command.main(["train"]) == 0
    printed = capsys.readouterr().out
    assert "test_neg_elbo" in printed
    assert "None" not in printed


def test_train_says_that_it_was_interrupted(monkeypatch, capsys):
    monkeypatch.setattr(_experiment, "fit", lambda *args, **kwargs: History(interrupted=True))
    assert command.main(QUICK) == 130
    assert last_json(capsys)["interrupted"] is True


def test_doctor_finds_this_machine_ready():
    done = subprocess.run([sys.executable, "-m", "course_utils", "doctor"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for subject in (
        "Python",
        "torch",
        "ipywidgets",
        "device",
        "bundled data",
        "full data",
        "sliders",
        "free memory",
        "free disk",
    ):
        assert subject in done.stdout
    assert "The course will run here." in done.stdout


@pytest.mark.parametrize(
    ("attribute", "value", "subject", "remedy"),
    [
        ("MEMORY_NEEDED", 2**60, "free memory", "close other programs"),
        ("DISK_NEEDED", 2**60, "free disk", "delete"),
        ("requires", lambda name: ["torch>=999"], "torch", 'pip install "torch>=999"'),
        ("requires", lambda name: ["no-such-package>=1"], "no-such-package", "not installed"),
    ],
)
def test_doctor_names_problem_and_remedy(attribute, value, subject, remedy, monkeypatch, capsys):
    monkeypatch.setattr(_doctor, attribute, value)
    assert _doctor.examine() == 1
    printed = capsys.readouterr().out
    problem = printed[printed.index("problem") :]
    assert subject in problem
    assert remedy in problem
    assert "will not run here yet" in printed


def test_train_names_a_missing_package(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "course_utils.cli.train", None)  # importing it now raises
    assert command.main(QUICK) == 1
    assert re.search("^error: .*course_utils.cli.train.*doctor` says what to install$", capsys.readouterr().err)


@pytest.mark.parametrize("given", [None, "7"])
def test_train_sets_how_long_threads_spin_before_pytorch_is_loaded(given):
    script = (
        "import os, sys; from course_utils.cli import main; assert 'torch' not in sys.modules;"
        "main(['train', '--latent', '0']); assert 'torch' in sys.modules; print(os.environ['GOMP_SPINCOUNT'])"
    )
    environment = {k: v for k, v in os.environ.items() if k != "GOMP_SPINCOUNT"} | (
        {"GOMP_SPINCOUNT": given} if given else {}
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False)
    assert done.stdout == f"{given or 1000}\n", done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="PyTorch's threads spin on Linux")
def test_doctor_says_whether_threads_spin(monkeypatch):
    monkeypatch.setenv("GOMP_SPINCOUNT", "1000")
    assert _doctor._check_spinning()[0].state == "ok"
    monkeypatch.delenv("GOMP_SPINCOUNT")
    (finding,) = _doctor._check_spinning()
    assert finding.state == "note"
    assert "make lab" in finding.remedy


def test_doctor_goes_on_after_a_check_that_fails(monkeypatch, capsys):
    def load_images():
        raise ValueError("fashion-mnist-sample.npz is damaged")

    monkeypatch.setattr("course_utils.data.load_images", load_images)
    assert _doctor.examine() == 1
    printed = capsys.readouterr().out
    assert "fashion-mnist-sample.npz is damaged" in printed
    assert "free disk" in printed


def test_doctor_accepts_a_machine_without_the_full_data(monkeypatch, capsys):
    monkeypatch.setattr("course_utils.data.locate.find_full", lambda name: None)
    assert _doctor.examine() == 0
    assert "no lesson needs it" in capsys.readouterr().out


def test_doctor_notes_stray_files_in_the_cache_and_goes_on(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("course_utils.data.locate.SYSTEM_FOLDER", tmp_path / "none")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    stray = tmp_path / "course_utils" / "FashionMNIST" / "raw" / "train-labels-idx1-ubyte"
    stray.parent.mkdir(parents=True)
    stray.touch()
    assert _doctor.examine() == 0
    printed = capsys.readouterr().out
    assert re.search(r"^ok +bundled data .*intact", printed, re.MULTILINE)
    assert re.search(r"^note +full data .*\n.*holds 1 of the four files", printed, re.MULTILINE)
