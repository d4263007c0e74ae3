"""A run of `fit` between two epochs, and its file: weights, Adam's moments, the history, and what the run belongs to.

A tensor is kept under its parameter's name (``model.NAME``, ``optimizer.NAME.exp_avg``), so that a model whose layers
stand in another order in its code still gets its own moments. Beside the tensors stand four texts: ``settings``, which
must all be the same when the run goes on; ``modules``, the layers; ``start``, the checksum of the first weights; and
``history``.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor, nn, optim

from course_utils.data import ImageSet
from course_utils.training.history import History
from course_utils.training.tensor_file import checksum, read_tensors, write_tensors
from course_utils.training.weights import check_fit, weights_of

MOMENTS = {"step", "exp_avg", "exp_avg_sq"}  # what Adam keeps for each parameter


class Run:
    """The state of one `fit` between epochs.

    Parameters
    ----------
    model : nn.Module
        With its first weights.
    optimizer : torch.optim.Adam
        Made from ``model.parameters()``.
    settings : dict
        Numbers and texts that decide the result.
    """

    def __init__(self, model: nn.Module, optimizer: optim.Optimizer, settings: dict[str, Any]) -> None:
        self.model, self.optimizer, self.settings = model, optimizer, settings
        self.history = History()
        self.start = ""

    def restore_or_save(self, path: str | Path) -> bool:
        """Continue from `path`, or write it if there is none; say whether the model's weights were unknown to it."""
        self.start = checksum(weights_of(self.model))
        if Path(path).exists():
            return self._restore(path)
        # A path that cannot be written is noticed now, and a run killed in its first epoch keeps its start.
        self.save(path)
        return False

    def save(self, path: str | Path) -> None:
        """Write all that the run needs to go on."""
        tensors = {f"model.{name}": tensor for name, tensor in weights_of(self.model).items()}
        for name, parameter in self.model.named_parameters():
            moments = self.optimizer.state.get(parameter, {})
            tensors |= {f"optimizer.{name}.{key}": tensor for key, tensor in moments.items()}
        texts = {
            "settings": json.dumps(self.settings),
            "modules": json.dumps(modules_of(self.model)),
            "start": self.start,
            "history": json.dumps(asdict(self.history)),
        }
        write_tensors(path, tensors, texts)

    def _restore(self, path: str | Path) -> bool:
        tensors, texts = read_tensors(path)
        if "settings" not in texts:
            raise ValueError(f"{path} holds weights, not a checkpoint of `fit`; choose another path")
        try:
            settings, modules = json.loads(texts["settings"]), json.loads(texts["modules"])
            history, start = History(**json.loads(texts["history"])), texts["start"]
            if not (isinstance(settings, dict) and isinstance(modules, dict)):
                raise TypeError("settings and modules must be JSON objects")
            _check_history(history)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"{path} is no checkpoint that `fit` can read ({error!r}); choose another path") from error
        self._check_settings(settings, path)
        weights = _under("model.", tensors)
        check_fit(self.model, weights, path)
        self._check_modules(modules, path)
        moments = self._moments(_under("optimizer.", tensors), path)
        # All is known to fit: only now is something changed.
        known = self.start in (start, checksum(weights))
        self.model.load_state_dict(weights)
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": moments, "param_groups": groups})
        self.history, self.start = history, start
        return not known

    def _check_settings(self, before: Mapping[str, Any], path: str | Path) -> None:
        for name in sorted(before.keys() | self.settings.keys(), key=list({**self.settings, **before}).index):
            then, now = before.get(name), self.settings.get(name)
            if then == now:
                continue
            if name == "pixels":
                difference = "a run on other images or labels, though as many"
            else:
                difference = f"a run with {name}={then}, this one has {name}={now}"
            raise ValueError(
                f"{path} belongs to {difference}; "
                "use the same arguments to continue it, or another path to start afresh"
            )

    def _check_modules(self, before: Mapping[str, str], path: str | Path) -> None:
        now = modules_of(self.model)
        for name in sorted(before.keys() | now.keys()):
            if before.get(name) != now.get(name):
                raise ValueError(
                    f"{path} belongs to another model: `{name or 'model'}` was {before.get(name, 'missing')} and is "
                    f"{now.get(name, 'missing')} in this {type(self.model).__name__}; build the model with the same "
                    "layers, or choose another path"
                )

    def _moments(self, tensors: Mapping[str, Tensor], path: str | Path) -> dict[int, dict[str, Tensor]]:
        """Return the moments by the index that the optimizer gives each parameter."""
        found: dict[str, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            owner, _, key = name.rpartition(".")
            found.setdefault(owner, {})[key] = tensor
        moments = {}
        for index, (name, parameter) in enumerate(self.model.named_parameters()):
            if name in found:
                moments[index] = own = found.pop(name)
                shapes = {key: tuple(tensor.shape) for key, tensor in own.items()}
                shape = tuple(parameter.shape)
                if shapes != {"step": (), "exp_avg": shape, "exp_avg_sq": shape}:
                    raise ValueError(f"{path} belongs to another model: Adam's state for `{name}` is {shapes}")
        if found:
            raise ValueError(
                f"{path} belongs to another model: it has Adam's state for `{min(found)}`, this one has none"
            )
        return moments


def _check_history(history: History) -> None:
    if type(history.loss) is not list or not all(type(loss) is float for loss in history.loss):
        raise TypeError("the losses must be a list of numbers")
    kinds = {"steps": int, "images": int, "seconds": float, "interrupted": bool}
    for name, kind in kinds.items():
        if type(getattr(history, name)) is not kind:
            raise TypeError(f"{name} must be of the type {kind.__name__}")


def modules_of(model: nn.Module) -> dict[str, str]:
    """Return the class and the arguments of every layer, by name; the name of the model itself is empty."""
    return {
        name: re.sub(r" at 0x[0-9a-f]+", "", f"{type(module).__name__}({module.extra_repr()})")
        for name, module in model.named_modules()
    }


def pixels_of(data: ImageSet) -> str:
    """Return a checksum of all images and labels: a third of a second for 60,000 images."""
    return checksum({"images": data.images, "labels": data.labels})


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
