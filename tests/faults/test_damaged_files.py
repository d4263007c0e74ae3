"""Files that are damaged, replaced or locked: an error that names the file and the remedy, or nothing has changed."""

import random
import shutil
import warnings

import pytest
import torch
from damage import cases, inflict, locked, must_say, open_folder, without_privileges
from small_mnist import SMALL, write_small
from torch import nn

from course_utils import data
from course_utils.data import ImageSet, idx, images, locate, sample
from course_utils.training import fit, load, save

NPZ, RECORD = f"{sample.SAMPLE}.npz", f"{sample.SAMPLE}.json"
DATA_REMEDY = "get a fresh copy of it|add what is missing"


def network(seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Flatten(), nn.Linear(16, 64), nn.Linear(64, 16), nn.Unflatten(1, (1, 4, 4)))


def squares(model, batch):
    return (model(batch.images) - batch.images).square().flatten(1).sum(1)


def train(model, path, epochs=2):
    pixels = torch.rand(20, 1, 4, 4, generator=torch.Generator().manual_seed(7))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "the weights of `model` are replaced")
        settings = {"epochs": epochs, "batch_size": 10, "progress": False, "device": "cpu", "precision": "float32"}
        fit(model, ImageSet(pixels, torch.arange(20)), squares, checkpoint=path, **settings)


def same(ones, others):
    return ones.keys() == others.keys() and all(torch.equal(ones[key], others[key]) for key in ones)


class Damage:
    """Inflicts one damage after the other on fresh copies of sound files, and looks at what comes of it."""

    def __init__(self, folder, use, names, remedy):
        self.folder, self.use, self.names, self.remedy = folder, use, names, remedy
        self.sound = {path.name: path.read_bytes() for path in folder.iterdir()}
        self.expected = use()

    def __call__(self, case):
        do, seed = case
        rng = random.Random(seed)
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        for name, content in self.sound.items():
            (self.folder / name).write_bytes(content)
        path = self.folder / rng.choice(self.names)
        inflict(do, path, rng)
        try:
            if do is locked:
                with without_privileges():
                    found = self.use()
            else:
                found = self.use()
        except (ValueError, OSError) as error:
            must_say(error, path, self.remedy)
        else:
            assert same(found, self.expected), "damage passed without a word"


def tensors(loaded):
    parts = {"train": loaded.train, "test": loaded.test}
    return {f"{name} {key}": tensor for name, part in parts.items() for key, tensor in vars(part).items()}


# The data


@pytest.mark.parametrize(("file", "whole", "short"), [(NPZ, 120, 3), (RECORD, 60, 6)], ids=["sample", "record"])
def test_bundled(file, whole, short, campaign, monkeypatch):
    with open_folder() as folder:
        for name in (NPZ, RECORD):
            shutil.copy(sample.ASSETS / name, folder / name)
        monkeypatch.setattr(sample, "ASSETS", folder)
        check = Damage(
            folder, lambda: tensors(data.load_images()), [file], "reinstall the package, or rebuild the file"
        )
        campaign.run(cases(whole, campaign.rng), check, short=short)


@pytest.mark.parametrize("form", ["packed", "packed and not", "with known checksums"])
def test_idx_files(form, campaign, monkeypatch):
    with open_folder() as folder:
        arrays = write_small(folder, packed=form != "with known checksums")
        names = [path.name for path in folder.iterdir()]
        name = "mnist"
        if form == "packed and not":  # as torchvision leaves them
            write_small(folder)
            names = [path.name for path in folder.iterdir()]
        if form == "with known checksums":
            name = "fashion-mnist"
            known = {key: idx.checksum(array) for key, array in arrays.items()}
            monkeypatch.setattr(images, "recorded", lambda _: known)
        monkeypatch.setattr(idx, "SHAPES", SMALL)
        monkeypatch.setattr(locate, "download", lambda *_: pytest.fail("fell back to a download"))
        check = Damage(folder, lambda: tensors(data.load_images(name, full=True, root=folder)), names, DATA_REMEDY)
        campaign.run(cases(130, campaign.rng), check, short=10)


# Weights and checkpoints


def test_weights(campaign):
    with open_folder() as folder:
        path = folder / "weights.safetensors"
        save(network(seed=0), path)

        def use():
            model = network(seed=9)
            try:
                load(model, path)
            except Exception:
                assert same(model.state_dict(), network(seed=9).state_dict()), "an error, and half is loaded"
                raise
            return model.state_dict()

        remedy = "take a copy|train anew|name a file|may be damaged|correct the path"
        campaign.run(cases(200, campaign.rng), Damage(folder, use, [path.name], remedy), short=12)


def test_checkpoint(campaign):
    with open_folder() as folder:
        path = folder / "run.safetensors"
        train(network(seed=0), path)

        def use():
            model = network(seed=0)
            try:
                train(model, path)
            except Exception:
                assert same(model.state_dict(), network(seed=0).state_dict()), "an error, and half is loaded"
                raise
            return model.state_dict()

        remedy = "take a copy|train anew|name a file|may be damaged|choose another path|correct the path"
        campaign.run(cases(200, campaign.rng), Damage(folder, use, [path.name], remedy), short=12)
