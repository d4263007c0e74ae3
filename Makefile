# From nothing to a lesson: `make lab`. Works with GNU make 3.81, which macOS ships, and in folders with spaces.
#
#   make lab PYTHON=python3.12    take this Python (the one that .venv was made from is remembered)
#   make lab PIP_ARGS='…'         pass options on to pip: PyTorch's index of CPU builds, a mirror, a proxy

.DEFAULT_GOAL := help
.PHONY: help setup lab test test-browser test-faults lint notebooks bench clean publish

PYTHON ?= $(shell p=`sed -n 's/^executable = //p' .venv/pyvenv.cfg 2>/dev/null`; test -x "$$p" || p=python3; echo "$$p")
export PIP_ARGS

# On Linux, PyTorch's threads wait for each other by spinning. As soon as another program wants a core (a browser showing
# the lesson, say), that made training up to 20 times slower; a short spin costs a tenth on an idle machine and cures it.
export GOMP_SPINCOUNT ?= 1000

LESSON := notebooks/01_neural_networks_and_convolutions.ipynb

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

setup:  ## create or update .venv; seconds when nothing has changed
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { echo "set-up stopped: there is no $(PYTHON) on this machine; install Python 3.11 or newer (Debian, Ubuntu: the packages python3 and python3-venv), or set PYTHON to the one you have" >&2; exit 1; }
	@"$(PYTHON)" tools/setup_env.py

# Without a screen a browser would be a text browser: print the address instead. default_url puts the lesson into it.
lab: setup  ## open lesson 1 in JupyterLab
	@set --; \
	if [ "`uname -s`" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then set -- "$$@" --no-browser; fi; \
	if [ "`id -u`" = 0 ]; then set -- "$$@" --allow-root; fi; \
	exec .venv/bin/python -m jupyterlab --ServerApp.root_dir=notebooks --LabApp.default_url=/lab/tree/$(notdir $(LESSON)) "$$@"

# Unit tests share the cores, one thread each; lessons and browser get all cores, one after the other.
test: setup lint  ## set-up, lint, and all tests: package, notebooks, browser
	.venv/bin/python tools/notebooks.py check
	OMP_NUM_THREADS=1 .venv/bin/python -m pytest -n 2 --dist worksteal course_utils tests --ignore=tests/browser
	.venv/bin/python -m pytest notebooks tests/browser

test-browser: setup  ## take every lesson through a real browser; minutes, before a release
	.venv/bin/python -m pytest tests/browser --every-lesson

test-faults: setup  ## kill, damage and hammer everything in many seeded cases, counted; minutes
	OMP_NUM_THREADS=1 .venv/bin/python -m pytest -n 2 --dist worksteal tests/faults --all-faults

lint: setup  ## ruff, mypy, layers of imports, docstrings, spelling
	.venv/bin/python -m ruff check .
	.venv/bin/python -m ruff format --check .
	.venv/bin/python -m mypy
	.venv/bin/lint-imports --no-logo
	.venv/bin/python -m numpydoc lint $$(find course_utils tools -name '*.py')
	.venv/bin/python -m codespell_lib

notebooks: setup  ## execute and clean all lessons, outputs saved; cut their pictures for the README
	.venv/bin/python tools/notebooks.py run
	.venv/bin/python tools/lesson_pictures.py

bench: setup  ## measure training and sliders beside what others would use; a quarter of an hour or more
	.venv/bin/python benchmarks/time_to_quality.py
	.venv/bin/python benchmarks/browser_latency.py
	.venv/bin/python benchmarks/widget_latency.py

publish: setup  ## write the repository's address into badges and lessons: make publish REPO=owner/name
	.venv/bin/python tools/publish.py "$(REPO)"

clean:  ## remove .venv and all caches
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find . -type d \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +
