"""The choice of device and precision: its logic, on a machine that need not have any of them."""

import pytest
import torch

from course_utils import device as module
from course_utils.checks import SEEDS
from course_utils.data import shapes
from course_utils.device import describe, pick_device, pick_precision, seed_everything

BFLOAT16_QUESTIONS = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")


@pytest.fixture
def machine(monkeypatch):
    """Return a function that pretends that the machine has so many devices of each kind."""

    def pretend(cuda=0, mps=0, xpu=0):
        for name, count in (("cuda", cuda), ("xpu", xpu)):
            monkeypatch.setattr(getattr(torch, name), "is_available", lambda count=count: count > 0)
            monkeypatch.setattr(getattr(torch, name), "device_count", lambda count=count: count)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps > 0)

    return pretend


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        ({}, "cpu"),
        ({"xpu": 1}, "xpu"),
        ({"mps": 1}, "mps"),
        ({"cuda": 1}, "cuda"),
        ({"mps": 1, "xpu": 1}, "mps"),
        ({"cuda": 1, "xpu": 1}, "cuda"),
        ({"cuda": 1, "mps": 1}, "cuda"),
        ({"cuda": 2, "mps": 1, "xpu": 1}, "cuda"),
    ],
)
def test_pick_device_takes_cuda_then_mps_then_xpu_then_cpu(machine, present, expected):
    machine(**present)
    assert pick_device() == torch.device(expected)
    assert pick_device("cpu") == torch.device("cpu")


def test_pick_device_takes_no_driver_without_a_device(machine, monkeypatch):
    # A CUDA build beside a card that is switched off: available is True for some drivers, the count is 0.
    machine()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert pick_device() == torch.device("cpu")


@pytest.mark.parametrize(("prefer", "present"), [("cuda:1", {"cuda": 2}), ("mps", {"mps": 1}), ("xpu:0", {"xpu": 1})])
def test_pick_device_insists_on_the_one_that_is_named(machine, prefer, present):
    machine(**present | {"cuda": 2})
    assert pick_device(prefer) == torch.device(prefer)


@pytest.mark.parametrize("prefer", ["cuda", "cuda:0", "mps", "xpu", "meta", "vulkan"])
def test_pick_device_refuses_a_device_that_is_missing(machine, prefer):
    machine()
    with pytest.raises(ValueError, match=f"`device` is '{prefer}', but PyTorch finds 0 such device.* use 'auto'"):
        pick_device(prefer)


def test_pick_device_refuses_a_number_beyond_the_last(machine):
    machine(cuda=2)
    with pytest.raises(ValueError, match=r"`device` is 'cuda:2', but PyTorch finds 2 such device"):
        pick_device("cuda:2")


@pytest.mark.parametrize("prefer", ["gpu", "CUDA", "", "cuda:x", None])
def test_pick_device_refuses_a_name_that_pytorch_does_not_know(prefer):
    with pytest.raises(ValueError, match="`device` must be 'auto', 'cpu', 'cuda', 'mps' or 'xpu', got"):
        pick_device(prefer)


@pytest.mark.parametrize(("threads", "expected"), [(1, "CPU, 1 thread, float32"), (8, "CPU, 8 threads, float32")])
def test_describe_counts_the_threads_of_a_cpu(monkeypatch, threads, expected):
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    monkeypatch.setattr(module, "_multiplies_bfloat16", lambda device: False)
    assert describe(torch.device("cpu")) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("cuda", "CUDA, Imaginary 9000, bfloat16"),
        ("xpu", "XPU, Imaginary 9000, bfloat16"),
        ("mps", "MPS, Apple GPU, float32"),
    ],
)
def test_describe_names_an_accelerator(monkeypatch, kind, expected):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Imaginary 9000")
    monkeypatch.setattr(torch.xpu, "get_device_name", lambda device: "Imaginary 9000")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (9, 0))
    assert describe(torch.device(kind)) == expected


@pytest.mark.parametrize("bf16", [True, False])
@pytest.mark.parametrize("amx", [True, False])
def test_pick_precision_asks_the_cpu(monkeypatch, bf16, amx):
    for question, answer in zip(BFLOAT16_QUESTIONS, (bf16, amx), strict=True):
        monkeypatch.setattr(torch.cpu, question, lambda answer=answer: answer)
    assert pick_precision("auto", torch.device("cpu")) == (torch.bfloat16 if bf16 or amx else torch.float32)


@pytest.mark.parametrize(
    ("capability", "expected"),
    [((7, 0), torch.float32), ((7, 5), torch.float32), ((8, 0), torch.bfloat16), ((12, 0), torch.bfloat16)],
)
def test_pick_precision_takes_bfloat16_on_cuda_from_ampere_on(monkeypatch, capability, expected):
    # Turing emulates bfloat16: it would be accepted, and slow.
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert pick_precision("auto", torch.device("cuda")) == expected


def test_pick_precision_on_the_other_accelerators():
    assert pick_precision("auto", torch.device("mps")) == torch.float32
    assert pick_precision("auto", torch.device("xpu")) == torch.bfloat16


@pytest.mark.parametrize("kind", ["cpu", "cuda", "mps", "xpu"])
def test_pick_precision_obeys_an_explicit_wish_everywhere(kind):
    assert pick_precision("float32", torch.device(kind)) == torch.float32
    assert pick_precision("bfloat16", torch.device(kind)) == torch.bfloat16


@pytest.mark.parametrize("precision", ["float16", "bf16", "", None])
def test_pick_precision_refuses_others(precision):
    with pytest.raises(ValueError, match="`precision` must be 'auto', 'float32' or 'bfloat16', got"):
        pick_precision(precision, torch.device("cpu"))


def test_seed_everything_makes_draws_repeat():
    with torch.random.fork_rng(devices=[]):
        draws = [(seed_everything(seed), torch.rand(5))[1] for seed in (3, 3, 4)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


@pytest.mark.parametrize("function", [seed_everything, lambda seed: shapes(1, seed=seed)])
@pytest.mark.parametrize("seed", [-1, 1.5, "1", None, True, SEEDS, 2**70])
def test_seed_of_every_function_is_refused_by_name(function, seed):
    with pytest.raises(ValueError, match=f"`seed` must be an int >= 0 and below 9,223,344,366,82., got {seed!r}"):
        function(seed)
