"""What every test shares: no figure outlives its test, and Hypothesis takes the time that a busy machine needs."""

import os
import sys

import hypothesis
import pytest

# The same examples in every CI run: a failure there can be repeated.
hypothesis.settings.register_profile("course", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("course")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
