"""How well the heatmap finds suspicious tiles and groups on unseen PHANTOM slides (nothing about patients).

    python tests/benchmarks/phantom_heatmap.py SLIDE.tif ... [--model BUNDLE] [--out TABLE.json]

Each slide brings its truth beside it (NAME.truth.npz) and is scored by ``python -m app.score``.

- AUROC, cellular tiles only (at least about one nucleus by the phantom's label rule): suspicious classes against
  the other cellular ones; the score is the summed probability of the bundle's suspicious classes. A tile that the
  viewer did not score (skipped as background, out of focus, failed) counts with score 0, so skipping costs.
- Groups: a suspicious group counts as found when a tile that its disc touches reaches the threshold. Neighbouring
  tiles (8-connected) that reach it and touch no suspicious group are one false alarm. The threshold is the lowest
  with at most one false alarm per mm2 of slide over all slides given, those without suspicious cells among them.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from machine import command_line
from sklearn.metrics import roc_auc_score

from kd.bundle import load_bundle
from kd.phantom.slide_truth import SlideTruth, grid_truth, load_truth

FloatMap = npt.NDArray[np.float64]
CELLULAR = ("benign_follicular", "microfollicle", "papillary", "inflammation")


@dataclass(frozen=True)
class Scored:
    """One slide: score and truth label of every tile, which tiles touch which suspicious group."""

    name: str
    score: FloatMap
    was_scored: npt.NDArray[np.bool_]
    label: npt.NDArray[np.uint8]
    groups: list[npt.NDArray[np.bool_]]
    area_mm2: float


def score_slide(slide: Path, model: Path, place: Path) -> Path:
    """Scores a slide as a user would; returns its ``scores.csv``."""
    command = [sys.executable, "-m", "app.score", str(slide), "--model", str(model), "--out", str(place / slide.stem)]
    subprocess.run(command, check=True, stdout=sys.stderr)
    (table,) = (place / slide.stem).rglob("scores.csv")
    return table


def read_scored(slide: Path, table: Path, suspicious: list[str], tile_um: float, stride_um: float) -> Scored:
    """Joins scores and truth on the tiles that lie wholly on the slide."""
    truth = load_truth(slide)
    grid = grid_truth(truth, tile_um, stride_um)
    rows, columns = grid.label.shape
    score, was_scored = np.zeros((rows, columns)), np.zeros((rows, columns), bool)
    with table.open(encoding="utf-8", newline="") as stream:
        for line in csv.DictReader(text for text in stream if not text.startswith("#")):
            row, column = int(line["row"]), int(line["column"])
            if line["state"] == "scored" and row < rows and column < columns:
                score[row, column] = sum(float(line[f"p_{key}"]) for key in suspicious)
                was_scored[row, column] = True
    groups = [touched for touched in suspicious_groups(truth, rows, columns, tile_um, stride_um) if touched.any()]
    area_mm2 = truth.width_px * truth.height_px * (truth.mpp / 1000) ** 2
    return Scored(slide.stem, score, was_scored, grid.label, groups, area_mm2)


def suspicious_groups(
    truth: SlideTruth, rows: int, columns: int, tile_um: float, stride_um: float
) -> list[npt.NDArray[np.bool_]]:
    """For each suspicious group the tiles that its disc touches, bool (rows, columns)."""
    left, top = np.arange(columns) * stride_um, np.arange(rows) * stride_um
    masks = []
    for group in truth.objects[np.isin(truth.objects["label"], (3, 4))]:
        x, y, radius = (float(group[key]) * truth.mpp for key in ("x", "y", "radius"))
        dx = np.maximum(0, np.maximum(left - x, x - left - tile_um))
        dy = np.maximum(0, np.maximum(top - y, y - top - tile_um))
        masks.append(dx[None, :] ** 2 + dy[:, None] ** 2 <= radius**2)
    return masks


def false_alarms(scored: Scored, threshold: float) -> int:
    """Connected groups of tiles at or above the threshold that touch no suspicious group."""
    alarm = (scored.score >= threshold).astype(np.uint8)
    _, parts = cv2.connectedComponents(alarm, connectivity=8)
    near = np.zeros_like(alarm, bool)
    for group in scored.groups:
        near |= group
    return len(set(np.unique(parts[alarm > 0])) - set(np.unique(parts[near & (alarm > 0)])))


def threshold_for(slides: list[Scored], per_mm2: float) -> float:
    """The lowest threshold with at most this many false alarms per mm2 over all slides."""
    area = sum(s.area_mm2 for s in slides)
    for threshold in np.concatenate([np.arange(0.02, 0.99, 0.02), np.arange(0.99, 1.0, 0.001)]):
        if sum(false_alarms(s, float(threshold)) for s in slides) <= per_mm2 * area:
            return float(threshold)
    return 1.0


def auroc(slides: list[Scored], truth_suspicious: list[int], truth_cellular: list[int]) -> float | None:
    """AUROC over the cellular tiles of all slides given; None where one side is missing."""
    kept = [np.isin(s.label, truth_cellular) for s in slides]
    target = np.concatenate([np.isin(s.label, truth_suspicious)[k] for s, k in zip(slides, kept, strict=True)])
    score = np.concatenate([s.score[k] for s, k in zip(slides, kept, strict=True)])
    return None if target.all() or not target.any() else float(roc_auc_score(target, score))


def row_of(slides: list[Scored], name: str, threshold: float, keys: list[str]) -> dict[str, object]:
    """One line of the table for one slide or all of them."""
    cellular = [keys.index(key) for key in CELLULAR]
    suspicious = [keys.index(key) for key in ("microfollicle", "papillary")]
    groups = [(s, g) for s in slides for g in s.groups]
    found = sum(bool((s.score[g] >= threshold).any()) for s, g in groups)
    alarms = sum(false_alarms(s, threshold) for s in slides)
    tiles = [np.isin(s.label, cellular) for s in slides]
    missed = sum(int((k & ~s.was_scored).sum()) for s, k in zip(slides, tiles, strict=True))
    return {
        "slide": name,
        "cellular_tiles": sum(int(k.sum()) for k in tiles),
        "of_these_not_scored": missed,
        "auroc": auroc(slides, suspicious, cellular),
        "suspicious_groups": len(groups),
        "groups_found": found,
        "group_sensitivity": found / len(groups) if groups else None,
        "false_alarms": alarms,
        "false_alarms_per_mm2": alarms / sum(s.area_mm2 for s in slides),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("slides", nargs="+", type=Path)
    parser.add_argument("--model", type=Path, default=Path("resources/models/demo.fnabundle"))
    parser.add_argument("--alarms-per-mm2", type=float, default=1.0)
    parser.add_argument("--out", type=Path, help="write the table here as JSON")
    options = parser.parse_args()
    card = load_bundle(options.model).card
    keys = [info.key for info in card.classes]
    suspicious = [info.key for info in card.classes if info.suspicious]
    with tempfile.TemporaryDirectory() as temporary:
        slides = [
            read_scored(
                slide,
                score_slide(slide, options.model, Path(temporary)),
                suspicious,
                card.tile_px * card.mpp,
                card.stride_um,
            )
            for slide in options.slides
        ]
    threshold = threshold_for(slides, options.alarms_per_mm2)
    table = [row_of([s], s.name, threshold, keys) for s in slides] + [row_of(slides, "all", threshold, keys)]
    result = {"command": command_line(), "data": "PHANTOM", "threshold": threshold, "rows": table}
    text = json.dumps(result, indent=1)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
