"""Lesson 7: points in many dimensions, and maps of them with the flaws that t-SNE's maps have.

The maps are drawn by hand, so that it is known what they keep: groups get new places and new sizes, most neighbours
stay neighbours, and some points stand where they do not belong.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from course_utils.exercises.machine.probes import normal

DIMENSIONS = 8


class Group(NamedTuple):
    """A group of points, in the data and on the map.

    Attributes
    ----------
    points : int
    centre : tuple of float
        In the data; further coordinates are 0.
    spread : float
        In the data, along the two directions in which the group extends.
    place : tuple of float
        On the map.
    size : float
        On the map.
    across : int
        The first of the two coordinates along which the group extends in the data.
    """

    points: int
    centre: tuple[float, ...]
    spread: float
    place: tuple[float, float]
    size: float
    across: int = 2


class Scene(NamedTuple):
    """Points, where a map puts them, and their groups: shapes (N, D), (N, 2) and (N,)."""

    x: Tensor
    y: Tensor
    labels: Tensor


def scene(
    groups: tuple[Group, ...], *, astray: tuple[tuple[int, int], ...] = (), mixed: bool = False, seed: int
) -> Scene:
    """Make points and their map.

    Parameters
    ----------
    groups : tuple of Group
        Their points come in this order.
    astray : tuple of (int, int)
        Pairs of points whose places on the map are exchanged.
    mixed : bool
        Whether the labels alternate from point to point, whatever the group, and every place is a little off.
    seed : int
        Decides the points; two groups get different ones.
    """
    points, places, labels = [], [], []
    for number, group in enumerate(groups):
        flat = normal(group.points, 2, seed=seed + 10 * number)
        noise = normal(group.points, DIMENSIONS, seed=seed + 10 * number + 1)
        spot = torch.zeros(group.points, DIMENSIONS) + 0.04 * group.spread * noise
        spot[:, : len(group.centre)] += torch.tensor(group.centre)
        spot[:, group.across : group.across + 2] += group.spread * flat
        points.append(spot)
        places.append(torch.tensor(group.place) + group.size * torch.tanh(flat))
        labels += [number] * group.points
    x, y = torch.cat(points), torch.cat(places)
    if mixed:
        labels = [number % 2 for number in range(len(x))]
        y = y + 0.35 * normal(*y.shape, seed=seed + 99)
    for one, other in astray:
        y[[one, other]] = y[[other, one]]
    return Scene(x, y, torch.tensor(labels))
