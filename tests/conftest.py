"""What tests share: no figure outlives its test, and Hypothesis takes the time that a busy machine needs."""

import os
import sys

import hypothesis
import pytest

# The same examples in every CI run: a failure there can be repeated.
hypothesis.settings.register_profile("course", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("course")


def pytest_addoption(parser):
    parser.addoption("--every-lesson", action="store_true", help="take every lesson through the browser, not only one")
    parser.addoption("--all-faults", action="store_true", help="try all cases of every campaign in tests/faults")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture
def clean_matplotlib():
    """No screen, and settings that end with the test."""
    from matplotlib import pyplot, rc_context  # the tests without a picture load faster without it

    pyplot.switch_backend("agg")
    with rc_context():
        yield


@pytest.fixture
def no_float64():
    """Pretend that no device but the CPU has float64, as Apple's: only what was moved by `.cpu()` becomes double."""
    import torch
    from torch.overrides import TorchFunctionMode

    class NoFloat64(TorchFunctionMode):
        def __torch_function__(self, function, types, arguments=(), options=None):
            result = function(*arguments, **(options or {}))
            if function is torch.Tensor.cpu:
                result.moved = True
            if function is torch.Tensor.double and not hasattr(arguments[0], "moved"):
                raise TypeError("this device has no float64")
            return result

    with NoFloat64():
        yield
