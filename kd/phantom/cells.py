"""Groups of cells: built once from a class and a degree, drawn as often as a window needs them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from kd.phantom import classes, morphology
from kd.phantom.arrange import arrange
from kd.phantom.blood import RedCells, strew
from kd.phantom.canvas import Bounds, Canvas
from kd.phantom.cases import Case
from kd.phantom.cytoplasm import draw_cytoplasm
from kd.phantom.leukocytes import BigCells, draw_bodies, draw_macrophages, draw_neutrophils
from kd.phantom.morphology import Morphology, blend, vary
from kd.phantom.noise import blur
from kd.phantom.nuclei import Nuclei, draw_nuclei, draw_nuclei_set
from kd.phantom.parameters import DIFFICULTY, Difficulty

_PROTOTYPES: dict[int, Morphology] = {
    classes.BENIGN: morphology.BENIGN,
    classes.MICROFOLLICLE: morphology.MICROFOLLICLE,
    classes.PAPILLARY: morphology.PAPILLARY,
    classes.INFLAMMATION: morphology.LYMPHOCYTE,
}
_BIG_CELL_AREA_UM2 = 45.0
"""A macrophage or neutrophil counts at least this much in the label rule, for its body is what one sees."""


@dataclass(frozen=True)
class CellGroup:
    """One group. `evidence` (n, 3): x, y in um and area in um2 of what the label rule counts."""

    label: int
    degree: float
    centre: tuple[float, float]
    bounds: Bounds
    cell_bounds: Bounds
    nuclei: tuple[Nuclei, ...]
    bodies: tuple[BigCells, ...]
    oncocytic: float
    defocus_um: float
    crush: tuple[float, float] | None
    """Direction (radians) and length (um) of smearing."""
    blood: RedCells | None
    evidence: NDArray[np.float64]

    @property
    def count(self) -> int:
        """Number of cells."""
        return len(self.evidence)

    @property
    def radius_um(self) -> float:
        """Distance from the centre that holds all nuclei's centres, plus a nuclear radius."""
        away = np.hypot(self.evidence[:, 0] - self.centre[0], self.evidence[:, 1] - self.centre[1])
        return float(away.max()) + 4.0

    def rendered(self, mpp: float) -> Canvas:
        """The group alone, always whole, so that windows join; without the blood on top."""
        own = Canvas.over(self.cell_bounds, mpp)
        own.plane("cyto")
        for body in self.bodies:
            draw_bodies(own, body)
        for nuclei in self.nuclei:
            draw_cytoplasm(own, nuclei, self.oncocytic)
            draw_nuclei(own, nuclei)
        for dye, plane in own.planes.items():
            if self.crush is not None:
                plane = _smear(plane, self.crush[0], self.crush[1] / mpp)
            own.planes[dye] = blur(plane, self.defocus_um / mpp)
        return own

    def draw(self, canvas: Canvas) -> None:
        """Adds the group and the blood on it."""
        canvas.paste(self.rendered(canvas.mpp))
        if self.blood is not None:
            self.blood.draw(canvas)


def _smear(plane: NDArray[np.float32], angle: float, length_px: float) -> NDArray[np.float32]:
    """Blur along a line: crushed chromatin."""
    n = 2 * int(length_px / 2) + 1
    kernel = np.zeros((n, n), np.uint8)
    c, s, half = np.cos(angle), np.sin(angle), n // 2
    start = (round(half - half * c), round(half - half * s))
    cv2.line(kernel, start, (round(half + half * c), round(half + half * s)), 255, 1, cv2.LINE_AA)
    weights = kernel.astype(np.float32)
    out = cv2.filter2D(plane, -1, weights / weights.sum(), borderType=cv2.BORDER_CONSTANT)
    return np.asarray(out, np.float32)


def draw_degree(rng: np.random.Generator, label: int, difficulty: Difficulty = DIFFICULTY) -> tuple[int, float]:
    """A neighbouring class, and how far on the way to it an object of class `label` stands, in [0, 0.5)."""
    neighbours = classes.NEIGHBOURS[label]
    other = neighbours[int(rng.integers(len(neighbours)))]
    return other, 0.5 * float(rng.beta(difficulty.overlap_a, difficulty.overlap_b))


def build_group(
    rng: np.random.Generator,
    case: Case,
    label: int,
    centre: tuple[float, float],
    *,
    size: float = 1.0,
    scramble: bool = False,
) -> CellGroup:
    """A group of cells of class `label` around `centre` (um).

    `size` scales the number of cells. With `scramble` (a control) shape, grain and arrangement are those of a cell
    class taken at random, whatever the label says, while the amounts of dye remain the label's.
    """
    if label not in classes.CELL_CLASSES:
        raise ValueError(f"class {classes.KEYS[label]!r} has no cells")
    other, degree = draw_degree(rng, label)
    if label == classes.INFLAMMATION and rng.random() < 0.62 and not scramble:
        return _leukocyte_group(rng, case, centre, size, degree)
    base = blend(_PROTOTYPES[label], _PROTOTYPES[other], degree)
    shape = vary(base, rng, DIFFICULTY.group_noise)
    if scramble:
        shape = _scrambled(rng, shape)
    naked = label == classes.BENIGN and other == classes.INFLAMMATION and rng.random() < 0.5
    if naked or rng.random() < DIFFICULTY.naked_rate:
        shape = replace(shape, cytoplasm=shape.cytoplasm * rng.uniform(0.05, 0.5), border=0.0)
    shape = replace(
        shape,
        diameter=shape.diameter * case.cell_scale,
        chromatin=shape.chromatin * case.chromatin,
        cytoplasm=shape.cytoplasm * case.cytoplasm,
    )
    oncocytic = 0.0
    if label != classes.INFLAMMATION and rng.random() < DIFFICULTY.oncocytic_rate * case.oncocytic:
        oncocytic = float(rng.uniform(0.3, 1.0))
        spread = 1.0 + 0.25 * oncocytic
        shape = replace(
            shape, cytoplasm=shape.cytoplasm * 1.25, spacing=shape.spacing * spread, nucleoli=shape.nucleoli + 0.4
        )
    count = int(np.clip(size * shape.count, 3, 160))
    points, turn = arrange(rng, shape, count)
    nuclei = draw_nuclei_set(rng, points + np.array(centre), turn, shape, DIFFICULTY.cell_noise)
    return _finish(rng, case, label, degree, centre, (nuclei,), (), oncocytic)


def _scrambled(rng: np.random.Generator, shape: Morphology) -> Morphology:
    """Another class's shape at random with this one's dye, nuclear area and cytoplasm."""
    pool = list(_PROTOTYPES)
    a, b = rng.choice(pool, 2)
    drawn = vary(blend(_PROTOTYPES[int(a)], _PROTOTYPES[int(b)], float(rng.random())), rng, DIFFICULTY.group_noise)
    same_area = shape.count * (shape.diameter / drawn.diameter) ** 2
    return replace(drawn, chromatin=shape.chromatin, cytoplasm=shape.cytoplasm, reach=shape.reach, count=same_area)


def _leukocyte_group(
    rng: np.random.Generator, case: Case, centre: tuple[float, float], size: float, degree: float
) -> CellGroup:
    """Macrophages, neutrophils, or a mixture with lymphocytes, loosely strewn."""
    scale = case.cell_scale
    macrophages = neutrophils = lymphocytes = 0
    kind = rng.random()
    if kind < 0.5:
        macrophages, lymphocytes = int(rng.integers(2, 9)), int(rng.integers(0, 5))
    elif kind < 0.8:
        neutrophils, lymphocytes = int(rng.integers(5, 22)), int(rng.integers(0, 6))
    else:
        macrophages, neutrophils = int(rng.integers(1, 4)), int(rng.integers(3, 10))
        lymphocytes = int(rng.integers(3, 12))
    macrophages, neutrophils = round(macrophages * size), round(neutrophils * size)
    lymphocytes = round(lymphocytes * size)
    macrophages += int(macrophages + neutrophils == 0)
    loose = replace(vary(morphology.LYMPHOCYTE, rng, 1.0), jitter=0.7)
    crowd = macrophages + neutrophils + lymphocytes
    pitch = 15.0 + 7.0 * macrophages / crowd
    points, _ = arrange(rng, replace(loose, spacing=pitch / loose.diameter), crowd)
    points = rng.permutation(points) + np.array(centre)
    crowd = len(points)
    big, nuclei = [], []
    first = points[:macrophages]
    second = points[macrophages : macrophages + neutrophils]
    rest = points[macrophages + neutrophils :]
    if len(first):
        cells, own = draw_macrophages(rng, first, scale)
        big.append(cells)
        nuclei.append(replace(own, shape=replace(own.shape, cytoplasm=0.0), chromatin=own.chromatin * case.chromatin))
    if len(second):
        cells, own = draw_neutrophils(rng, second, scale)
        big.append(cells)
        nuclei.append(replace(own, shape=replace(own.shape, cytoplasm=0.0), chromatin=own.chromatin * case.chromatin))
    if len(rest):
        shape = replace(loose, diameter=loose.diameter * scale, chromatin=loose.chromatin * case.chromatin)
        nuclei.append(draw_nuclei_set(rng, rest, rng.uniform(0, np.pi, len(rest)), shape))
    return _finish(rng, case, classes.INFLAMMATION, degree, centre, tuple(nuclei), tuple(big), 0.0)


def _finish(
    rng: np.random.Generator,
    case: Case,
    label: int,
    degree: float,
    centre: tuple[float, float],
    nuclei: tuple[Nuclei, ...],
    bodies: tuple[BigCells, ...],
    oncocytic: float,
) -> CellGroup:
    """Focus, crushing, obscuring blood, and the bookkeeping of where the group lies."""
    defocus = case.defocus_um + float(rng.gamma(1.2, 0.16))
    if rng.random() < 0.05:
        defocus += float(rng.uniform(0.5, 1.4))
    crush = None
    if rng.random() < DIFFICULTY.crushed_rate:
        crush = (float(rng.uniform(0, np.pi)), float(rng.uniform(3.0, 9.0)))
    x = np.concatenate([n.x for n in nuclei] + [b.x for b in bodies])
    y = np.concatenate([n.y for n in nuclei] + [b.y for b in bodies])
    reach = max(
        [float(n.diameter.max() * (1.0 + 1.4 * n.shape.reach)) for n in nuclei]
        + [float(b.outline.max()) for b in bodies]
    )
    margin = reach + 3.0 * defocus + (crush[1] if crush else 0.0) + 2.0
    bounds = (float(x.min()) - margin, float(y.min()) - margin, float(x.max()) + margin, float(y.max()) + margin)
    cell_bounds, blood = bounds, None
    if rng.random() < DIFFICULTY.obscured_rate * case.bloodiness:
        radius = 0.5 * max(bounds[2] - bounds[0], bounds[3] - bounds[1])
        blood = strew(rng, centre, radius, rng.uniform(0.3, 0.8), rng.uniform(0.8, 1.2), round(defocus + 0.3, 1))
        bounds = (
            min(bounds[0], blood.bounds[0]), min(bounds[1], blood.bounds[1]),
            max(bounds[2], blood.bounds[2]), max(bounds[3], blood.bounds[3]),
        )  # fmt: skip
    evidence = _evidence(nuclei, bodies)
    return CellGroup(
        label, degree, centre, bounds, cell_bounds, nuclei, bodies, oncocytic, defocus, crush, blood, evidence
    )


def _evidence(nuclei: tuple[Nuclei, ...], bodies: tuple[BigCells, ...]) -> NDArray[np.float64]:
    """Rows x, y, area: each nucleus of cells without a drawn body, and each body."""
    rows = [np.stack([b.x, b.y, np.maximum(_BIG_CELL_AREA_UM2, 0.35 * np.pi * b.radius**2)], axis=1) for b in bodies]
    rows += [np.stack([n.x, n.y, n.area_um2], axis=1) for n in nuclei[len(bodies) :]]
    return np.concatenate(rows)
