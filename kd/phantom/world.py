"""What lies where on a whole phantom slide: sparse groups of cells, lakes, blood, dust, pen, cover-slip edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kd.phantom import classes
from kd.phantom.blood import RedCells, strew
from kd.phantom.canvas import Bounds
from kd.phantom.cases import Case
from kd.phantom.cells import CellGroup, build_group
from kd.phantom.glass import Lake, Speck, Stroke, colloid_lake, protein_film, speck

_WORLD_STREAM = 37
_GROUPS_PER_MM2 = 13.0
_SUSPICIOUS = tuple(i for i, c in enumerate(classes.CLASSES) if c.suspicious)
_PITCH_UM = 130.0
"""Groups keep about this distance, so that few lie on top of each other."""


@dataclass(frozen=True)
class World:
    """Everything on one slide, in drawing order within each list; lengths in um."""

    case: Case
    bounds: Bounds
    lakes: list[Lake]
    strokes: list[Stroke]
    specks: list[Speck]
    blood: list[RedCells]
    groups: list[CellGroup]

    @property
    def things(self) -> list[Lake | Stroke | Speck | RedCells | CellGroup]:
        """All things, lowest first."""
        return [*self.lakes, *self.strokes, *self.specks, *self.blood, *self.groups]


class _Places:
    """Free places: hands out positions within the smear that keep a distance, denser where a wave pattern says."""

    def __init__(self, rng: np.random.Generator, width_um: float, height_um: float) -> None:
        self.rng = rng
        self.size = (width_um, height_um)
        self.taken: set[tuple[int, int]] = set()
        self.waves = rng.normal(0.0, 1.0, (6, 2)) * (2 * np.pi / 2500.0)
        self.phases = rng.uniform(0, 2 * np.pi, 6)

    def richness(self, x: float, y: float) -> float:
        """Relative density in [0, 1]: an elliptical smear with rich and poor regions."""
        w, h = self.size
        inside = 1.0 - max(abs(2.0 * x / w - 1.0) ** 4, abs(2.0 * y / h - 1.0) ** 4)
        wave = float(np.sin(self.waves @ np.array([x, y]) + self.phases).mean())
        return float(np.clip(inside * 1.6, 0.0, 1.0) * np.clip(0.55 + 1.1 * wave, 0.05, 1.0))

    def anywhere(self) -> tuple[float, float]:
        """A place, taken or not."""
        x, y = self.rng.random(2) * np.array(self.size)
        return float(x), float(y)

    def rich(self, tries: int = 60) -> tuple[float, float]:
        """A place in the smear, whether taken or not."""
        for _ in range(tries):
            x, y = self.anywhere()
            if self.rng.random() < self.richness(x, y):
                return x, y
        return x, y

    def free(self, span_um: float, tries: int = 60) -> tuple[float, float] | None:
        """A free place for something of `span_um`, which is then taken; None if the smear is full."""
        cells = max(1, round(span_um / _PITCH_UM))
        for _ in range(tries):
            x, y = self.rich()
            if not (60.0 < x < self.size[0] - 60.0 and 60.0 < y < self.size[1] - 60.0):
                continue
            column, row = int(x / _PITCH_UM), int(y / _PITCH_UM)
            wanted = {(column + i, row + j) for i in range(cells) for j in range(cells)}
            if not wanted & self.taken:
                self.taken |= wanted
                # Centred in its cells with some play, so that neighbours seldom touch.
                play = self.rng.uniform(-0.2, 0.2, 2)
                centre = ((column + 0.5 * cells + play[0]) * _PITCH_UM, (row + 0.5 * cells + play[1]) * _PITCH_UM)
                return float(centre[0]), float(centre[1])
        return None


def build_world(case: Case, seed: int, width_um: float, height_um: float, suspicious_groups: int) -> World:
    """The slide's things. `suspicious_groups` microfollicular and papillary groups are placed first.

    The rest of the slide is the same kind of glass with or without them: benign sheets, inflammation, colloid,
    blood. Raises ValueError if so many suspicious groups have no room.
    """
    rng = np.random.default_rng([_WORLD_STREAM, seed])
    places = _Places(rng, width_um, height_um)
    mm2 = width_um * height_um * 1e-6
    groups = _suspicious(np.random.default_rng([_WORLD_STREAM, seed, 1]), case, places, suspicious_groups)
    groups += _harmless(rng, case, places, int(rng.poisson(_GROUPS_PER_MM2 * case.cellularity * mm2)))
    lakes = [
        protein_film(rng, places.rich(), float(rng.uniform(60.0, 260.0)), 0.5 * float(rng.beta(1, 3)))
        for _ in range(int(rng.poisson(1.6 * mm2)))
    ]
    lakes += [
        colloid_lake(
            rng, places.rich(), float(np.clip(rng.lognormal(4.4, 0.5), 30.0, 260.0)), 0.5 * float(rng.beta(1, 3))
        )
        for _ in range(max(1, int(rng.poisson(1.8 * mm2))))
    ]
    specks = [speck(rng, places.anywhere()) for _ in range(int(rng.poisson(9.0 * mm2)))]
    return World(
        case, (0.0, 0.0, width_um, height_um), lakes, _strokes(rng, width_um, height_um), specks,
        _blood(rng, case, places, mm2), groups,
    )  # fmt: skip


def _suspicious(rng: np.random.Generator, case: Case, places: _Places, number: int) -> list[CellGroup]:
    groups = []
    lean = rng.uniform(0.2, 0.8)
    for k in range(number):
        at = places.free(1.6 * _PITCH_UM, tries=400)
        if at is None:
            raise ValueError(f"{number} suspicious groups do not fit on this slide; there is room for {k}")
        # The first two are of both kinds; the rest leans to one, as a lesion does.
        label = _SUSPICIOUS[k if k < 2 else int(rng.random() < lean)]
        groups.append(build_group(rng, case, label, at, size=float(rng.uniform(0.6, 2.2))))
    return groups


def _harmless(rng: np.random.Generator, case: Case, places: _Places, number: int) -> list[CellGroup]:
    groups = []
    for _ in range(number):
        label = classes.BENIGN if rng.random() < 0.66 else classes.INFLAMMATION
        size = float(np.clip(rng.lognormal(-0.35, 0.75), 0.1, 3.0))
        at = places.free(_PITCH_UM * (1.0 if size < 1.4 else 1.6))
        if at is None:
            break
        groups.append(build_group(rng, case, label, at, size=size))
    return groups


def _blood(rng: np.random.Generator, case: Case, places: _Places, mm2: float) -> list[RedCells]:
    """Pools of blood, and a thin sprinkling over the smear."""
    pools = []
    for _ in range(int(rng.poisson(0.9 * case.bloodiness * mm2))):
        radius = float(np.clip(rng.lognormal(4.5, 0.5), 30.0, 350.0))
        density, amount = float(rng.uniform(0.1, 0.7)), float(rng.uniform(0.8, 1.2))
        pools.append(strew(rng, places.rich(), radius, density, amount, round(case.defocus_um + 0.2, 1)))
    for _ in range(int(rng.poisson(3.0 * mm2))):
        pools.append(strew(rng, places.rich(), 90.0, 0.03 * case.bloodiness * float(rng.random()), 1.0, 0.3))
    return pools


def _strokes(rng: np.random.Generator, width_um: float, height_um: float) -> list[Stroke]:
    """One or two pen lines across a corner, and the cover slip's edge."""
    strokes = []
    short = min(width_um, height_um)
    pen = float(np.clip(0.06 * short, 40.0, 700.0))
    for _ in range(int(rng.integers(1, 3))):
        reach = rng.uniform(0.06, 0.16, 2) * short
        left, upper = bool(rng.random() < 0.5), bool(rng.random() < 0.5)
        x, y = (0.0 if left else width_um), (0.0 if upper else height_um)
        dx, dy = (reach[0] if left else -reach[0]), (reach[1] if upper else -reach[1])
        strokes.append(Stroke((x + dx, y - dy * 0.3), (x - dx * 0.3, y + dy), pen, float(rng.uniform(0.3, 0.9))))
    y = float(height_um - rng.uniform(0.004, 0.012) * short - 12.0)
    tilt = float(rng.normal(0.0, 0.0015)) * width_um
    strokes.append(Stroke((-50.0, y), (width_um + 50.0, y + tilt), 7.0, float(rng.uniform(0.25, 0.6)), dye="dust"))
    return strokes
