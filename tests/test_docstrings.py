"""Docstrings as a contract: what a public name asks for, returns, raises, and where its formula comes from.

`make lint` says whether what stands in a docstring is well formed; here, whether it is complete.
"""

import ast
import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from pathlib import Path

import pytest
from numpydoc.docscrape import NumpyDocString
from numpydoc.validate import validate

import course_utils

ROOT = Path(course_utils.__file__).parent
PUBLIC = [
    "conventions",
    "data",
    "device",
    "diagrams",
    "files",
    "games",
    "losses",
    "metrics",
    "models",
    "plots",
    "training",
    "widgets",
]
FORMULAS = ["conventions", "games", "losses", "metrics"]
COMPLETE = {
    "GL08",
    "PR01",
    "RT01",
    "YD01",
}  # no docstring; a parameter is missing; what is returned or yielded is missing


def public_names(module: str) -> dict[str, Callable]:
    """Return what a module offers, functions and classes, by name; and the public methods of its classes."""
    found = importlib.import_module(f"course_utils.{module}")
    names = getattr(found, "__all__", None) or [
        name for name, value in vars(found).items() if getattr(value, "__module__", "") == found.__name__
    ]
    offered = {name: getattr(found, name) for name in names if not name.startswith("_")}
    return {
        f"{module}.{name}{inner}": thing
        for name, value in offered.items()
        if inspect.isfunction(value) or inspect.isclass(value)
        for inner, thing in with_methods(value)
    }


def with_methods(value: Callable) -> Iterator[tuple[str, Callable]]:
    yield "", value
    if inspect.isclass(value):
        for name, method in inspect.getmembers(value, inspect.isfunction):
            if not name.startswith("_") and method.__module__.startswith("course_utils."):
                yield f".{name}", method


NAMES = {name: thing for module in PUBLIC for name, thing in public_names(module).items()}
FUNCTIONS = {name: thing for name, thing in NAMES.items() if inspect.isfunction(thing)}
each_name = pytest.mark.parametrize("name", NAMES)
each_function = pytest.mark.parametrize("name", FUNCTIONS)
each_formula = pytest.mark.parametrize(
    "name", [name for name in FUNCTIONS if name.split(".")[0] in FORMULAS and name.count(".") == 1]
)


def sections(name: str) -> NumpyDocString:
    return NumpyDocString(inspect.getdoc(NAMES[name]) or "")


@each_name
def test_docstring_is_complete(name):
    errors = {code: text for code, text in validate(f"course_utils.{name}")["errors"] if code in COMPLETE}
    thing = NAMES[name]
    if is_dataclass(thing) or hasattr(thing, "_fields") or hasattr(thing, "_is_protocol"):
        errors.pop("PR01", None)  # the fields of a record are described where they stand
    assert errors == {}


@each_name
def test_docstring_says_the_shape_of_every_tensor(name):
    entries = (*sections(name)["Parameters"], *sections(name)["Returns"])
    tensors = [f"{entry.name} : {entry.type}" for entry in entries if "Tensor" in entry.type]
    assert [text for text in tensors if "shape" not in text and "callable" not in text] == []


@each_function
def test_docstring_says_what_is_raised(name):
    if raises(inspect.unwrap(FUNCTIONS[name])):
        assert sections(name)["Raises"], "raises, and does not say what"


@each_formula
def test_formula_has_a_source_and_an_example(name):
    assert ">>> " in (inspect.getdoc(NAMES[name]) or "")
    if not name.startswith("conventions."):  # whose formula is derived in its docstring
        assert sections(name)["References"]


# ---- who raises -----------------------------------------------------------------------------------------------------


@functools.cache
def definitions() -> dict[tuple[str, str], ast.FunctionDef]:
    """Return every function of the package, and every method, by module and qualified name."""
    found = {}
    for info in pkgutil.walk_packages([str(ROOT)], "course_utils."):
        spec = importlib.util.find_spec(info.name)
        tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
        for node in tree.body:
            for inner in node.body if isinstance(node, ast.ClassDef) else [node]:
                if isinstance(inner, ast.FunctionDef):
                    prefix = f"{node.name}." if inner is not node else ""
                    found[info.name, prefix + inner.name] = inner
    return found


def raises(function: Callable, seen: frozenset = frozenset()) -> bool:
    """Say whether a function raises by itself, or calls a check of the package that does."""
    key = function.__module__, function.__qualname__
    node = definitions().get(key)
    if node is None or key in seen:
        return False
    if any(isinstance(inner, ast.Raise) for inner in ast.walk(node)):
        return True
    calls = [inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call)]
    called = {function.id for function in calls if isinstance(function, ast.Name)}
    space = vars(importlib.import_module(function.__module__))
    callees = [space[name] for name in called if inspect.isfunction(space.get(name))]
    return any(raises(inspect.unwrap(callee), seen | {key}) for callee in callees)
