"""A data set of labelled patches with its manifest, cut from scenes as tiles are cut from slides."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from kd.phantom import classes
from kd.phantom.cases import Case, make_case
from kd.phantom.fingerprint import generator_hash
from kd.phantom.optics import RgbImage
from kd.phantom.parameters import DIFFICULTY
from kd.phantom.scene import SCENE_UM, Scene, build_scene, scan_scene
from kd.phantom.truth import MIN_CELL_AREA_UM2, MIN_COLLOID, RULE, TileTruth, tile_truth

MANIFEST_COLUMNS = (
    "path", "label", "group", "split", "true_label", "stain", "scanner", "mpp", "share", "cell_area_um2",
)  # fmt: skip
_SCENE_STREAM = 23


@dataclass(frozen=True)
class Recipe:
    """What to generate. `scramble` makes the control without class evidence in the nuclei."""

    cases: int = 84
    per_case: int = 400
    seed: int = 1
    size_px: int = 96
    mpp: float = 0.5
    scan_mpp: float = 0.25
    scramble: bool = False

    def check(self) -> None:
        """Raises ValueError, in one sentence, for a data set that cannot be made."""
        if self.cases < 6:
            raise ValueError(f"--cases must be at least 6, so that every split has one, not {self.cases}")
        if self.per_case < 1:
            raise ValueError(f"--per-case must be at least 1, not {self.per_case}")
        if not (0.1 <= self.mpp <= 2.0 and 0.1 <= self.scan_mpp <= 2.0):
            raise ValueError("--mpp and --scan-mpp must lie between 0.1 and 2.0 um/px")
        if not 16.0 <= self.size_px * self.mpp <= SCENE_UM / 2:
            side = self.size_px * self.mpp
            raise ValueError(f"a patch must be 16 to {SCENE_UM / 2:g} um wide, not {side:g} um (--size times --mpp)")


@dataclass(frozen=True)
class Patch:
    """One tile: RGB uint8 (size, size, 3), its true label, and the label written down (train noise included)."""

    image: RgbImage
    label: int
    truth: TileTruth


def split_of(number: int, cases: int) -> str:
    """The split of case `number` of `cases`: two thirds train, a tenth val, the rest (the last ones) test."""
    test = max(1, round(cases * 20 / 84))
    val = max(1, round(cases * 8 / 84))
    if number >= cases - test:
        return "test"
    return "val" if number >= cases - test - val else "train"


def case_patches(case: Case, split: str, recipe: Recipe) -> Iterator[Patch]:
    """`recipe.per_case` patches of one case, in the order in which they are drawn."""
    made, scene_number = 0, 0
    while made < recipe.per_case:
        rng = np.random.default_rng([_SCENE_STREAM, recipe.seed, case.number, scene_number])
        scene = build_scene(rng, case, recipe.scramble)
        image = scan_scene(scene, case, recipe.mpp, recipe.scan_mpp)
        for patch in cut(rng, scene, image, recipe, split):
            yield patch
            made += 1
            if made == recipe.per_case:
                return
        scene_number += 1


def cut(rng: np.random.Generator, scene: Scene, image: RgbImage, recipe: Recipe, split: str) -> Iterator[Patch]:
    """Tiles around a scene's anchors, left out where even an expert would call the tile mixed."""
    size_um = recipe.size_px * recipe.mpp
    for x, y, _ in scene.anchors:
        limit = (SCENE_UM - size_um) / recipe.mpp
        left, top = round((x - size_um / 2) / recipe.mpp), round((y - size_um / 2) / recipe.mpp)
        if not (0 <= left <= limit and 0 <= top <= limit):
            continue
        truth = tile_truth(scene.truth, left * recipe.mpp, top * recipe.mpp, size_um)
        if not clear(truth):
            continue
        label = truth.label
        if split == "train" and rng.random() < DIFFICULTY.train_label_noise:
            neighbours = classes.NEIGHBOURS[label]
            label = neighbours[int(rng.integers(len(neighbours)))]
        yield Patch(image[top : top + recipe.size_px, left : left + recipe.size_px], label, truth)


def clear(truth: TileTruth) -> bool:
    """Whether a tile is clear enough for a data set: one class dominates, and it is not on the rule's edge."""
    if truth.share < DIFFICULTY.dominance:
        return False
    if 0.3 * MIN_CELL_AREA_UM2 < truth.cell_area_um2 < 2.4 * MIN_CELL_AREA_UM2:
        return False
    return truth.label not in (classes.BACKGROUND, classes.COLLOID) or abs(truth.colloid - MIN_COLLOID) > 0.2


def write_dataset(
    recipe: Recipe,
    out: Path,
    command: str,
    overwrite: bool = False,
    jobs: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Path:
    """Writes patches, manifest.csv and dataset.json into `out`; returns the manifest's path.

    `jobs` processes share the cases; the result does not depend on it. Everything is written beside `out` first
    and moved when complete. Raises FileExistsError if `out` holds something and `overwrite` is false, ValueError
    for an impossible recipe.
    """
    recipe.check()
    if out.exists() and not out.is_dir():
        raise FileExistsError(f"{out} is a file; give a folder")
    if out.exists() and any(out.iterdir()) and not overwrite:
        raise FileExistsError(f"{out} is not empty; give --overwrite to replace it")
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    work = [(number, recipe, part) for number in range(recipe.cases)]
    counts: dict[str, dict[str, int]] = {}
    with (part / "manifest.csv").open("w", newline="", encoding="utf-8") as handle:
        rows = csv.writer(handle, lineterminator="\n")
        rows.writerow(MANIFEST_COLUMNS)
        for case_rows in _each_case(work, jobs):
            rows.writerows(case_rows)
            for row in case_rows:
                counts.setdefault(row[3], dict.fromkeys(classes.KEYS, 0))[row[1]] += 1
            if progress is not None:
                progress(len(case_rows))
    card = describe(recipe, command, counts)
    (part / "dataset.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    if out.exists():
        shutil.rmtree(out)
    os.replace(part, out)
    return out / "manifest.csv"


def _each_case(work: list[tuple[int, Recipe, Path]], jobs: int) -> Iterator[list[tuple[str, ...]]]:
    if jobs <= 1:
        yield from map(_write_case, work)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_write_case, work)


def _write_case(job: tuple[int, Recipe, Path]) -> list[tuple[str, ...]]:
    """Writes one case's patches into its folder; returns its manifest rows."""
    number, recipe, folder = job
    split = split_of(number, recipe.cases)
    case = make_case(recipe.seed, number, "test" if split == "test" else "train")
    (folder / case.id).mkdir()
    rows = []
    for k, patch in enumerate(case_patches(case, split, recipe)):
        name = f"{case.id}/{k:04d}-{classes.KEYS[patch.truth.label]}.png"
        _write_png(folder / name, patch.image)
        rows.append(_row(name, patch, case, split, recipe))
    return rows


def _write_png(path: Path, image: RgbImage) -> None:
    ok, data = cv2.imencode(".png", image[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 3])
    if not ok:
        raise RuntimeError(f"OpenCV could not encode {path.name}")
    path.write_bytes(data.tobytes())


def _row(name: str, patch: Patch, case: Case, split: str, recipe: Recipe) -> tuple[str, ...]:
    t = patch.truth
    return (
        name, classes.KEYS[patch.label], case.id, split, classes.KEYS[t.label], case.stain.name,
        case.scanner_name, f"{recipe.mpp:g}", f"{t.share:.3f}", f"{t.cell_area_um2:.1f}",
    )  # fmt: skip


def describe(recipe: Recipe, command: str, counts: dict[str, dict[str, int]]) -> dict[str, object]:
    """The data set's card."""
    return {
        "what": "phantom patches; they show that the machinery works, and nothing about patients",
        "training_domain": "phantom",
        "generator_hash": generator_hash(),
        "recipe": asdict(recipe),
        "difficulty": asdict(DIFFICULTY),
        "command": command,
        "label_rule": RULE,
        "label_noise": "train labels only; 'true_label' holds the label before noise",
        "classes": [asdict(c) for c in classes.CLASSES],
        "counts": counts,
    }


def dataset_hash(manifest: Path) -> str:
    """SHA-256 of a manifest's bytes, short form."""
    return hashlib.sha256(manifest.read_bytes()).hexdigest()[:16]
