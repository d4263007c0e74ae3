"""Campaigns: many seeded cases of one fault, counted. `make test` runs a short draw of each, `make test-faults` all."""

import random

import pytest


class Campaign:
    """Tries cases, goes on after a defect, and raises what it found at the end.

    Attributes
    ----------
    rng : random.Random
        For the cases; its seed is the name of the test.
    whole : bool
        Whether all cases are tried.
    """

    def __init__(self, request):
        self.rng = random.Random(request.node.nodeid)
        self.whole = request.config.getoption("all_faults")
        self._node = request.node

    def run(self, cases, check, *, short):
        """Call ``check(case)`` for every case, or for `short` of them."""
        cases = list(cases)
        if not self.whole:
            cases = self.rng.sample(cases, min(short, len(cases)))
        defects = []
        for case in cases:
            try:
                check(case)
            except (Exception, pytest.fail.Exception) as error:
                error.add_note(f"The case was {case!r:.300}.")
                defects.append(error)
        self._node.user_properties.append(("campaign", (self._node.name, len(cases), len(defects))))
        if defects:
            raise BaseExceptionGroup(f"{len(defects)} of {len(cases)} cases", defects)


@pytest.fixture
def campaign(request):
    return Campaign(request)


def pytest_terminal_summary(terminalreporter):
    """Print what was tried, and how much of it was clean."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    found = [value for report in reports for name, value in report.user_properties if name == "campaign"]
    if not found:
        return
    width = max(len(name) for name, *_ in found)
    terminalreporter.section("campaigns")
    terminalreporter.line(f"{'':{width}}   tried   clean  defect")
    for name, tried, defects in sorted(found):
        terminalreporter.line(f"{name:{width}}  {tried:6}  {tried - defects:6}  {defects:6}")
    tried, defects = (sum(row[i] for row in found) for i in (1, 2))
    terminalreporter.line(f"{'all':{width}}  {tried:6}  {tried - defects:6}  {defects:6}")
