"""Where tiles lie: shapes of marks to tile centres. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from app.records.marks import Mark
from app.records.shapes import MarkKind, bounds, to_geometry

ONE_TILE = 1.5
"""A mark whose longer side is at most this many tiles is one thing, a cell or a group: one tile about its middle."""
MIN_SHARE = 0.5
"""A tile of an area needs its centre inside, and at least this share of it."""
_POINTS = (MarkKind.POINT, MarkKind.POINTS)
_NO_AREA = (MarkKind.LINE, MarkKind.LINES, MarkKind.FOREIGN)


@dataclass(frozen=True, slots=True)
class Place:
    """A tile's centre in level-0 pixels, its label ('' for none), the mark that it comes from, its focal plane."""

    x: float
    y: float
    label: str = ""
    mark: str = ""
    plane: int = 0


def places_of(marks: Sequence[tuple[Mark, str]], tile: float, stride: float) -> tuple[list[Place], dict[str, int]]:
    """Tile centres of labelled marks, for tiles of ``tile`` level-0 pixels, and how many marks gave none, by reason.

    Points give a tile each; small closed shapes one about their middle; larger ones a grid every ``stride``. The
    smaller mark wins: a tile of an area is left out within half a tile of one that is there already.
    """
    centred: list[Place] = []
    areas: list[tuple[float, Mark, str]] = []
    skipped: dict[str, int] = {}
    for mark, label in marks:
        edges = bounds(mark.shape)
        if mark.shape.kind in _NO_AREA or edges is None:
            skipped["lines and objects without an area"] = skipped.get("lines and objects without an area", 0) + 1
        elif mark.shape.kind in _POINTS:
            points = mark.shape.parts[0][0]
            centred += [Place(float(x), float(y), label, mark.uuid, mark.plane) for x, y in points]
        elif max(edges[2] - edges[0], edges[3] - edges[1]) <= ONE_TILE * tile:
            middle = (edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2
            centred.append(Place(*middle, label, mark.uuid, mark.plane))
        else:
            areas.append((to_geometry(mark.shape).area, mark, label))
    near = _Neighbourhood(tile / 2)
    places = [place for place in _without_conflicts(centred, tile / 4, skipped) if near.add(place, keep=True)]
    for _, mark, label in sorted(areas, key=lambda area: area[0]):
        found = [Place(x, y, label, mark.uuid, mark.plane) for x, y in _grid(mark, tile, stride)]
        places += [place for place in found if near.add(place, keep=False)]
    return places, skipped


def _without_conflicts(places: Sequence[Place], reach: float, skipped: dict[str, int]) -> list[Place]:
    """Leaves out tiles of one spot (within ``reach``) that two marks call differently, and repetitions."""
    if not places:
        return []
    tree = shapely.STRtree([shapely.Point(place.x, place.y) for place in places])
    kept = []
    for number, place in enumerate(places):
        others = [int(i) for i in tree.query(shapely.Point(place.x, place.y), "dwithin", reach) if i != number]
        if any(places[i].label != place.label for i in others):
            skipped["spots with two different labels"] = skipped.get("spots with two different labels", 0) + 1
        elif not any((places[i].x, places[i].y) == (place.x, place.y) and i < number for i in others):
            kept.append(place)
    return kept


def _grid(mark: Mark, tile: float, stride: float) -> Iterable[tuple[float, float]]:
    geometry = shapely.make_valid(to_geometry(mark.shape))
    shapely.prepare(geometry)
    left, top, right, bottom = geometry.bounds
    xs, ys = (_centred_steps(a, b, stride) for a, b in ((left, right), (top, bottom)))
    grid = np.array([(x, y) for y in ys for x in xs])
    inside = shapely.contains_xy(geometry, grid[:, 0], grid[:, 1])
    for x, y in grid[inside]:
        box = shapely.box(x - tile / 2, y - tile / 2, x + tile / 2, y + tile / 2)
        if shapely.intersection(geometry, box).area >= MIN_SHARE * box.area:
            yield float(x), float(y)


def _centred_steps(start: float, stop: float, stride: float) -> list[float]:
    count = max(1, math.floor((stop - start) / stride))
    first = (start + stop) / 2 - (count - 1) * stride / 2
    return [first + i * stride for i in range(count)]


class _Neighbourhood:
    """Remembers centres, and whether a new one lies within ``reach`` of one of them."""

    def __init__(self, reach: float) -> None:
        self.reach = reach
        self.squares: dict[tuple[int, int], list[Place]] = {}

    def add(self, place: Place, *, keep: bool) -> bool:
        column, row = int(place.x // self.reach), int(place.y // self.reach)
        around = [(column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        near = (other for square in around for other in self.squares.get(square, ()))
        if not keep and any(math.hypot(other.x - place.x, other.y - place.y) < self.reach for other in near):
            return False
        self.squares.setdefault((column, row), []).append(place)
        return True


def block_of(place: Place, tile: float, block: float) -> tuple[int, int] | None:
    """Column and row of the block that the whole tile lies in; None where it crosses a border."""
    low = math.floor((place.x - tile / 2) / block), math.floor((place.y - tile / 2) / block)
    high = math.floor((place.x + tile / 2 - 1e-6) / block), math.floor((place.y + tile / 2 - 1e-6) / block)
    return low if low == high else None
