"""Scenes: small crowded pieces of a slide, from which patches are cut like tiles out of a slide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kd.phantom import classes
from kd.phantom.blood import strew
from kd.phantom.canvas import Bounds, Canvas, overlaps
from kd.phantom.cases import Case
from kd.phantom.cells import CellGroup, build_group, draw_degree
from kd.phantom.glass import Lake, Stroke, colloid_lake, protein_film, speck
from kd.phantom.optics import RgbImage, expose, jpeg, reduce_area
from kd.phantom.truth import Truth, gather

_HALO_PX = 12
SCENE_UM = 480.0
_PLOT_UM = 96.0
CLASS_SHARES = (0.15, 0.14, 0.19, 0.18, 0.18, 0.16)


class Thing(Protocol):
    """Anything on the glass."""

    @property
    def bounds(self) -> Bounds:
        """Everything that the thing can touch, in um."""
        ...

    def draw(self, canvas: Canvas) -> None:
        """Adds the thing's dye to a canvas."""
        ...


@dataclass(frozen=True)
class Scene:
    """A square of `SCENE_UM` with its things, truth, and points (x, y, class) worth cutting a tile around."""

    things: tuple[Thing, ...]
    truth: Truth
    anchors: tuple[tuple[float, float, int], ...]


def render(things: list[Thing], case: Case, x_px: int, y_px: int, width: int, height: int, mpp: float) -> RgbImage:
    """Scanned RGB (height, width, 3) of a window of the slide, before JPEG.

    Windows join without a seam: everything depends on absolute position only, and lens blur gets a halo.
    """
    h = _HALO_PX
    canvas = Canvas(x_px - h, y_px - h, width + 2 * h, height + 2 * h, mpp)
    for thing in things:
        if overlaps(thing.bounds, canvas.bounds):
            thing.draw(canvas)
    image = expose(canvas.density(case.stain), case.scanner, mpp, x_px - h, y_px - h)
    return image[h : h + height, h : h + width]


def build_scene(rng: np.random.Generator, case: Case, scramble: bool = False) -> Scene:
    """A scene with every class in it, on a grid of plots of 96 um with uneven borders."""
    side = int(SCENE_UM / _PLOT_UM)
    labels = rng.choice(len(classes.CLASSES), side * side, p=np.array(CLASS_SHARES))
    groups: list[CellGroup] = []
    lakes: list[Lake] = []
    others: list[Thing] = []
    anchors: list[tuple[float, float, int]] = []
    for k, label in enumerate(int(v) for v in labels):
        centre = (
            _PLOT_UM * (k % side + 0.5) + rng.normal(0.0, 9.0),
            _PLOT_UM * (k // side + 0.5) + rng.normal(0.0, 9.0),
        )
        if label in classes.CELL_CLASSES:
            group = build_group(rng, case, label, centre, size=rng.uniform(0.25, 1.3), scramble=scramble)
            groups.append(group)
            if rng.random() < 0.2:
                lakes.append(_under(rng, centre))
            picks = group.evidence[rng.integers(0, len(group.evidence), 2)]
            anchors += [(float(p[0] + rng.normal(0, 9.0)), float(p[1] + rng.normal(0, 9.0)), label) for p in picks]
        elif label == classes.COLLOID:
            _, degree = draw_degree(rng, label)
            lakes.append(colloid_lake(rng, centre, rng.uniform(36.0, 62.0), degree))
            anchors += [(centre[0] + rng.normal(0, 16.0), centre[1] + rng.normal(0, 16.0), label) for _ in range(2)]
        else:
            others += _empty_plot(rng, case, centre, lakes)
            anchors += [(centre[0] + rng.normal(0, 16.0), centre[1] + rng.normal(0, 16.0), label) for _ in range(2)]
    others += [speck(rng, _anywhere(rng)) for _ in range(int(rng.poisson(14)))]
    red = strew(rng, (SCENE_UM / 2, SCENE_UM / 2), SCENE_UM * 0.75, 0.03 * case.bloodiness * rng.random(), 1.0, 0.3)
    truth = gather(groups, lakes, (0.0, 0.0, SCENE_UM, SCENE_UM))
    return Scene((*lakes, *others, red, *groups), truth, tuple(anchors))


def _under(rng: np.random.Generator, centre: tuple[float, float]) -> Lake:
    """Colloid or film beneath a group of cells."""
    if rng.random() < 0.5:
        return colloid_lake(rng, centre, rng.uniform(20.0, 50.0), 0.5 * rng.random())
    return protein_film(rng, centre, rng.uniform(30.0, 60.0), 0.5 * rng.random())


def _empty_plot(rng: np.random.Generator, case: Case, centre: tuple[float, float], lakes: list[Lake]) -> list[Thing]:
    """Glass without cells: film, blood, debris, seldom pen; films join `lakes` to be drawn first."""
    things: list[Thing] = []
    _, degree = draw_degree(rng, classes.BACKGROUND)
    if rng.random() < 0.55:
        lakes.append(protein_film(rng, centre, rng.uniform(35.0, 65.0), degree))
    if rng.random() < 0.22 + 0.12 * case.bloodiness:
        radius, density = rng.uniform(25.0, 60.0), rng.uniform(0.1, 0.8)
        things.append(strew(rng, centre, radius, density, rng.uniform(0.8, 1.2), round(case.defocus_um + 0.3, 1)))
    if rng.random() < 0.4:
        around = [(centre[0] + rng.normal(0, 20), centre[1] + rng.normal(0, 20)) for _ in range(rng.integers(1, 9))]
        things += [speck(rng, at) for at in around]
    if rng.random() < 0.05:
        turn = rng.uniform(0, np.pi)
        dx, dy = 90.0 * np.cos(turn), 90.0 * np.sin(turn)
        ends = ((centre[0] - dx, centre[1] - dy), (centre[0] + dx, centre[1] + dy))
        things.append(Stroke(ends[0], ends[1], rng.uniform(40.0, 160.0), rng.uniform(0.2, 0.9)))
    return things


def _anywhere(rng: np.random.Generator) -> tuple[float, float]:
    x, y = rng.uniform(0.0, SCENE_UM, 2)
    return float(x), float(y)


def scan_scene(scene: Scene, case: Case, mpp: float, scan_mpp: float) -> RgbImage:
    """The scene's pixels at `mpp` as they come out of a slide scanned at `scan_mpp` (JPEG included)."""
    factor = max(1, round(mpp / scan_mpp))
    if factor > 1:
        native = mpp / factor
        side = round(SCENE_UM / mpp) * factor
        image = render(list(scene.things), case, 0, 0, side, side, native)
        if case.scanner.jpeg_before_reduction:
            return reduce_area(jpeg(image, case.scanner.jpeg_quality), factor)
        return jpeg(reduce_area(image, factor), case.scanner.jpeg_quality)
    side = round(SCENE_UM / mpp)
    return jpeg(render(list(scene.things), case, 0, 0, side, side, mpp), case.scanner.jpeg_quality)
