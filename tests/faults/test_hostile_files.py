"""Files that want to run code or to use up the machine, in whatever disguise: nothing runs, an error names the file."""

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import shutil
import struct
import tarfile
import zipfile

import numpy as np
import pytest
import safetensors.torch
import torch
from damage import must_say, open_folder
from small_mnist import SMALL, write_small
from test_damaged_files import network, same, train

from course_utils import data
from course_utils.data import idx, locate, sample
from course_utils.training import load
from course_utils.training.tensor_file import read_tensors, write_tensors

DEEP, LONG = 100_000, 10_000_000


class Trap:
    """Whoever unpickles it makes a folder, by a call, by a command of the shell, or by running a text."""

    def __init__(self, place, way):
        self.place, self.way = str(place), way

    def __reduce__(self):
        if self.way == "call":
            return os.mkdir, (self.place,)
        if self.way == "command":
            return os.system, (f"mkdir {self.place}",)
        return exec, (f"import os; os.mkdir({self.place!r})",)


def pack_zip(content, name):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(name, content)
    return buffer.getvalue()


def pack_tar(content):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        member = tarfile.TarInfo("data.pkl")
        member.size = len(content)
        file.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def saved(save):
    buffer = io.BytesIO()
    save(buffer)
    return buffer.getvalue()


def disguises(trap):
    """Return every form in which a pickle travels."""
    plain = pickle.dumps(trap)
    array = np.array([trap], dtype=object)
    forms = {f"protocol {i}": pickle.dumps(trap, i) for i in range(pickle.HIGHEST_PROTOCOL + 1)}
    forms |= {f"from byte {n}": bytes(n) + plain for n in (1, 8, 16)}
    forms |= {"gzip": gzip.compress(plain), "bz2": bz2.compress(plain), "lzma": lzma.compress(plain)}
    forms |= {"tar": pack_tar(plain), "zip": pack_zip(plain, "data.pkl")}
    for old in (False, True):
        weights = {**network(seed=0).state_dict(), "1.weight": trap}
        name = "old torch" if old else "torch"
        forms[name] = saved(lambda b, o=old, w=weights: torch.save(w, b, _use_new_zipfile_serialization=not o))
    forms["npy"] = saved(lambda b: np.save(b, array, allow_pickle=True))
    forms["npz"] = saved(lambda b: np.savez(b, **dict.fromkeys([*idx.FILES, "settings"], array)))
    forms["behind a header of safetensors"] = safetensors.torch.save({"1.weight": torch.zeros(3)}) + plain
    forms["behind a header of idx"] = struct.pack(">HBBI", 0, 8, 1, len(plain)) + plain
    return forms


@pytest.fixture
def no_pickle(monkeypatch):
    """Hear whoever begins to unpickle, even if nothing comes of it."""
    heard = []
    torch.optim.Adam([torch.zeros(1, requires_grad=True)])  # the first one imports what itself uses pickle's names
    for owner, name in [(pickle, "load"), (pickle, "loads"), (pickle, "Unpickler"), (torch, "load")]:
        monkeypatch.setattr(owner, name, lambda *_, name=name, **__: heard.append(name))
    return heard


def test_code(campaign, tmp_path, monkeypatch, no_pickle):
    traps = {way: disguises(Trap(tmp_path / "sprung", way)) for way in ("call", "command", "text")}
    with open_folder() as folder:
        targets = openers(folder, monkeypatch)

        def check(case):
            way, form, target = case
            path, use = targets[target]
            before = path.read_bytes() if path.exists() else None
            path.write_bytes(traps[way][form])
            with pytest.raises((ValueError, OSError)) as caught:
                use()
            path.unlink() if before is None else path.write_bytes(before)
            must_say(caught.value, path, "")
            assert not (tmp_path / "sprung").exists()
            assert no_pickle == []

        cases = [(way, form, target) for way in traps for form in traps[way] for target in targets]
        campaign.run(cases, check, short=15)
    monkeypatch.undo()
    pickle.loads(traps["call"]["protocol 2"])  # the trap does work
    assert (tmp_path / "sprung").exists()


def openers(folder, monkeypatch):
    """Return every file that the package opens, and how."""
    for name in (f"{sample.SAMPLE}.npz", f"{sample.SAMPLE}.json"):
        shutil.copy(sample.ASSETS / name, folder / name)
    (folder / "mnist").mkdir()
    write_small(folder / "mnist", packed=True)
    monkeypatch.setattr(sample, "ASSETS", folder)
    monkeypatch.setattr(idx, "SHAPES", SMALL)
    monkeypatch.setattr(locate, "download", lambda *_: pytest.fail("fell back to a download"))
    weights, run = folder / "weights.pt", folder / "run.safetensors"

    def mnist():
        data.load_images("mnist", root=folder / "mnist")

    return {
        "weights": (weights, lambda: load(network(seed=0), weights)),
        "checkpoint": (run, lambda: train(network(seed=0), run)),
        "sample": (folder / f"{sample.SAMPLE}.npz", data.load_images),
        "record": (folder / f"{sample.SAMPLE}.json", data.load_images),
        "images": (folder / "mnist" / f"{idx.FILES['train_images']}.gz", mnist),
        "labels": (folder / "mnist" / f"{idx.FILES['test_labels']}.gz", mnist),
    }


# A whole safetensors file with a right checksum, and texts in it that nobody should write

TEXTS = {
    "empty": "",
    "no json": "__import__('os').system('true')",
    "yaml": "!!python/object/apply:os.system ['true']",
    "deep list": "[" * DEEP,
    "deep and whole": "[" * DEEP + "]" * DEEP,
    "deep object": '{"a":' * DEEP + "1" + "}" * DEEP,
    "long number": "1" * LONG,
    "long text": '"' + "a" * LONG + '"',
    "big float": "1e999999999",
    "nan": "NaN",
    "null": "null",
    "list": "[]",
    "object": "{}",
    "strange keys": '{"__class__": "os.system", "loss": []}',
    "twice": '{"loss": [1], "loss": []}',
    "zeros": "\0" * 100,
    "unicode": '"\\ud800"',
    "loss a text": '{"loss": "ab", "steps": 4, "images": 40, "seconds": 1.0}',
    "loss of texts": '{"loss": ["a"], "steps": 2, "images": 20, "seconds": 1.0}',
    "loss too long": '{"loss": [1.0, 1.0, 1.0, 1.0], "steps": 8, "images": 80, "seconds": 1.0}',
    "steps a list": '{"loss": [1.0], "steps": [], "images": 20, "seconds": 1.0}',
    "seconds null": '{"loss": [1.0], "steps": 2, "images": 20, "seconds": null}',
    "loss an object": '{"loss": {"0": 1.0}, "steps": 2, "images": 20, "seconds": 1.0}',
}


HISTORIES = {"object", "twice", "loss too long"}  # are histories, if not true ones; and any text may be a start


def test_texts_of_a_checkpoint(campaign, tmp_path):
    path = tmp_path / "run.safetensors"
    train(network(seed=0), path)
    tensors, texts = read_tensors(path)

    def check(case):
        name, text = case
        write_tensors(path, tensors, {**texts, name: TEXTS[text]})
        model = network(seed=0)
        if name == "start" or (name == "history" and text in HISTORIES):
            train(model, path)
            return
        with pytest.raises(ValueError, match=" ") as caught:
            train(model, path)
        must_say(caught.value, path, "choose another path|another path to start afresh|may be damaged")
        assert same(model.state_dict(), network(seed=0).state_dict())

    campaign.run([(name, text) for name in texts for text in TEXTS], check, short=20)


# Headers that promise what is not there


def raw(header, body=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def tensor(dtype="F32", shape=(1,), offsets=(0, 4)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


HEADERS = {
    "longer than the file": raw({}, length=2**40),
    "longest": raw({}, length=2**64 - 1),
    "deep": raw(b'{"a":' * DEEP + b"1" + b"}" * DEEP),
    "deep list": raw(b"[" * DEEP + b"]" * DEEP),
    "many names": raw({f"t{i}": tensor(offsets=(0, 0), shape=(0,)) for i in range(20_000)}),
    "terabytes": raw({"1.weight": tensor(shape=(2**40,), offsets=(0, 2**42))}, bytes(4)),
    "overflow": raw({"1.weight": tensor(shape=(2**32, 2**32, 2**32), offsets=(0, 4))}, bytes(4)),
    "negative": raw({"1.weight": tensor(shape=(-1,), offsets=(0, 4))}, bytes(4)),
    "backwards": raw({"1.weight": tensor(offsets=(4, 0))}, bytes(4)),
    "overlapping": raw({"a": tensor(), "b": tensor()}, bytes(4)),
    "a hole": raw({"a": tensor(), "b": tensor(offsets=(8, 12))}, bytes(12)),
    "unknown format": raw({"1.weight": tensor("PY_OBJECT")}, bytes(4)),
    "metadata of numbers": raw({"__metadata__": {"settings": 3}}),
    "metadata a list": raw({"__metadata__": []}),
    "metadata of objects": raw({"__metadata__": {"settings": {"__reduce__": "os.system"}}}),
    "nothing": raw({}),
    "no object": raw([1, 2]),
    "two times": raw(b'{"a": ' + json.dumps(tensor()).encode() + b', "a": ' + json.dumps(tensor()).encode() + b"}"),
    "a path as name": raw({"../../etc/passwd": tensor()}, bytes(4)),
    "complex": raw({"1.weight": tensor("C64", (1,), (0, 8))}, bytes(8)),
}


def test_headers(campaign, tmp_path):
    path = tmp_path / "file.safetensors"
    users = {"weights": lambda model: load(model, path), "checkpoint": lambda model: train(model, path)}

    def check(case):
        header, use = case
        path.write_bytes(HEADERS[header])
        model = network(seed=0)
        with pytest.raises(ValueError, match=" ") as caught:
            users[use](model)
        must_say(caught.value, path, "take a copy|train anew|may be damaged")
        assert same(model.state_dict(), network(seed=0).state_dict())

    campaign.run([(header, use) for header in HEADERS for use in users], check, short=12)
