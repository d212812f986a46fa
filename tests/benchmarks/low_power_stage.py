"""Trains the low-power stage on PHANTOM slides, measures it on others, and on labelled boxes of a real slide.

    python tests/benchmarks/low_power_stage.py train --fit SLIDE.tif ... --threshold SLIDE.tif ...
        --unseen SLIDE.tif ... [--boxes BOXES.csv SLIDE]
    python tests/benchmarks/low_power_stage.py speed SLIDE ... [--runs 3]

``train`` writes resources/low_power/stage.json and results/low_power_stage.md; ``speed`` measures what the stage saves
and writes results/low_power_speed.md. ``app/analysis/low_power.py`` says what the stage sees. Slides to fit, to set the
threshold and to measure are apart. The threshold is the lowest score of any tile with cells (by the phantom's truth,
inflammation included) on the threshold slides. Recall: of the tiles with cells that the finder lets through, those that
the stage keeps. Phantoms are drawings and say nothing about patients. The slides used: ``gallery.py draw`` (seeds 701
to 713) to fit and for the threshold, those of ``phantom_heatmap.py`` unseen. Do not run ``speed`` beside other work.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import cv2
import numpy as np
import numpy.typing as npt
from machine import RESULTS, command_line, markdown_head, spread
from session_run import score_once
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from app.analysis.cell_map import CellMap
from app.analysis.cell_scan import scan_slide
from app.analysis.low_power import FEATURES, PARAMETERS, Stage, digest, joined, stage_from, tile_features
from app.analysis.plan import make_plan
from app.slides.open import open_slide
from kd.phantom.classes import CELL_CLASSES
from kd.phantom.slide_truth import grid_truth, load_truth

TILE_UM = 48.0
NAME = "low-power-1"
REGULARISATION = 0.1
NUCLEUS_UM = 4.0
Array = npt.NDArray[Any]


@dataclass
class Tiles:
    """Tiles with evidence of a slide: features (n, F), and whether they hold cells (None: not known)."""

    name: str
    features: Array
    cells: Array | None


def scanned(path: Path) -> tuple[CellMap, Any]:
    slide = open_slide(path, probe=False)
    mpp = slide.info.mpp
    assert mpp is not None
    found = scan_slide(slide, mpp, low_power=True)
    assert found is not None
    plan = make_plan(slide.info.levels, mpp, tile_px=96, mpp=TILE_UM / 96, stride_um=TILE_UM)
    slide.close()
    return found, plan


def tiles_of(path: Path, has_truth: bool = True) -> Tiles:
    """Only tiles that lie wholly on the slide, as truth knows them."""
    found, plan = scanned(path)
    tiles, features = found.tile_features(plan)
    if not has_truth:
        return Tiles(path.name, features, None)
    label = grid_truth(load_truth(path), TILE_UM, TILE_UM).label
    rows, columns = np.divmod(tiles, plan.grid.columns)
    inside = (rows < label.shape[0]) & (columns < label.shape[1])
    return Tiles(path.name, features[inside], np.isin(label[rows[inside], columns[inside]], CELL_CLASSES))


def nuclei_kept(paths: list[Path], model: Stage) -> tuple[float, str]:
    """What the labels do not count: nuclei near the border of a tile, by where their centres lie. The share that is
    kept of the tiles with the centre of one nucleus, and the text."""
    single, single_kept, nuclei, touched = 0, 0, 0, 0
    for path in paths:
        found, plan = scanned(path)
        tiles, features = found.tile_features(plan)
        kept = np.zeros((plan.grid.rows, plan.grid.columns), bool)
        kept.ravel()[tiles[~model.rejects(features)]] = True
        truth = load_truth(path)
        centres = truth.evidence[:, :2] * truth.mpp
        columns, rows = np.floor(centres / TILE_UM).astype(int).T
        inside = (rows >= 0) & (columns >= 0) & (rows < kept.shape[0]) & (columns < kept.shape[1])
        counts = np.zeros(kept.shape, int)
        np.add.at(counts, (rows[inside], columns[inside]), 1)
        single += int((counts == 1).sum())
        single_kept += int(((counts == 1) & kept).sum())
        shown = np.zeros(int(inside.sum()), bool)
        for step in np.array([(x, y) for x in (-NUCLEUS_UM, 0, NUCLEUS_UM) for y in (-NUCLEUS_UM, 0, NUCLEUS_UM)]):
            x, y = np.floor((centres[inside] + step) / TILE_UM).astype(int).T
            shown |= kept[np.clip(y, 0, kept.shape[0] - 1), np.clip(x, 0, kept.shape[1] - 1)]
        nuclei, touched = nuclei + len(shown), touched + int(shown.sum())
    return single_kept / single, (
        f"By their centres: of {nuclei:,} nuclei on the unseen slides {touched:,} ({touched / nuclei:.4f}) reach into "
        f"a tile that is kept (within {NUCLEUS_UM:g} um of the centre); of {single:,} tiles with the centre of just "
        f"one nucleus {single_kept:,} ({single_kept / single:.4f}) are kept. By the labels a nucleus at the border of "
        "a tile hardly counts, and tiles with no more are background, also to the student."
    )


def box_scores(boxes: Path, path: Path, model: Stage) -> dict[str, Array]:
    """Scores of the boxes of each label that the finder lets through."""
    found, _ = scanned(path)
    traits = joined(found.traits or [])
    scores: dict[str, list[float]] = {}
    with boxes.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            x, y, side = (float(row[key]) for key in ("x_px", "y_px", "size_px"))
            spans = [
                (np.array([int(start // found.pitch_px)]), np.array([int(np.ceil((start + side) / found.pitch_px))]))
                for start in (y, x)
            ]
            _, features = tile_features(traits, spans[0], spans[1])
            scores.setdefault(row["label"], [])
            if len(features):
                scores[row["label"]].append(float(model.score(features)[0]))
    return {label: np.array(values) for label, values in scores.items()}


def fitted(fit: list[Tiles], limit: list[Tiles]) -> dict[str, Any]:
    """The parameters, with everything but the recall."""
    pipe = make_pipeline(StandardScaler(), LogisticRegression(C=REGULARISATION, max_iter=2000))
    pipe.fit(np.concatenate([t.features for t in fit]), np.concatenate([t.cells for t in fit if t.cells is not None]))
    scaler, model = pipe[0], pipe[1]
    stored = {
        "name": NAME,
        "tile_um": TILE_UM,
        "features": list(FEATURES),
        "mean": scaler.mean_.round(6).tolist(),
        "scale": scaler.scale_.round(6).tolist(),
        "weights": model.coef_[0].round(6).tolist(),
        "bias": round(float(model.intercept_[0]), 6),
        "threshold": 0.0,
        "recall_unseen": 0.0,
        "recall_is": "share of the unseen phantom slides' tiles labelled as with cells that are kept",
        "one_nucleus_kept": 0.0,
        "one_nucleus_is": "share of their tiles with the centre of just one nucleus that are kept: by the labels a "
        "nucleus at the border of a tile hardly counts",
        "training_domain": "phantom",
        "trained_on": [t.name for t in fit],
        "threshold_from": [t.name for t in limit],
        "command": command_line(),
    }
    made = stage_from(stored | {"digest": digest(stored)})
    lowest = min(float(made.score(t.features)[t.cells].min()) for t in limit)
    # Rounded down, so that the lowest tile itself stays.
    stored["threshold"] = round(lowest - 1e-4, 4)
    stored["digest"] = digest(stored)
    return stored


def line(name: str, use: str, tiles: Tiles, model: Stage) -> str:
    rejected = model.rejects(tiles.features)
    kept = "not known"
    if tiles.cells is not None:
        stays = ~rejected[tiles.cells]
        kept = f"{stays.sum():,} of {len(stays):,} ({stays.mean():.4f})"
    return f"| {name} | {use} | {len(rejected):,} | {kept} | {rejected.mean():.1%} |"


def train(options: argparse.Namespace) -> None:
    groups = {use: [tiles_of(path) for path in getattr(options, use)] for use in ("fit", "threshold", "unseen")}
    stored = fitted(groups["fit"], groups["threshold"])
    model = stage_from(stored)
    unseen = Tiles(
        "all unseen",
        np.concatenate([t.features for t in groups["unseen"]]),
        np.concatenate([t.cells for t in groups["unseen"] if t.cells is not None]),
    )
    stored["recall_unseen"] = round(float(1 - model.rejects(unseen.features)[unseen.cells].mean()), 4)
    stored["unseen"] = [t.name for t in groups["unseen"]]
    lines = [
        "| slide | used for | tiles after the cell finder | with cells by truth, kept | rejected |",
        "|" + "---|" * 5,
    ]
    for use, members in groups.items():
        lines += [line(t.name, use, t, model) for t in members]
    lines.append(line("all unseen", "unseen", unseen, model))
    if options.boxes:
        path = Path(options.boxes[1])
        lines.append(line(path.name, "real, never used", tiles_of(path, has_truth=False), model))
        scores = box_scores(Path(options.boxes[0]), path, model)
        kept = {label: (int((values >= model.threshold).sum()), len(values)) for label, values in scores.items()}
        stored["boxes_kept"] = {label: f"{a} of {b}" for label, (a, b) in kept.items()}
        lines += ["", "Boxes of the real slide labelled by eye that the finder lets through, kept by the stage: "]
        lines[-1] += "; ".join(f"{label} {a} of {b}" for label, (a, b) in kept.items()) + "."
    share, text = nuclei_kept(options.unseen, model)
    stored["one_nucleus_kept"] = round(share, 4)
    lines += ["", text]
    out = Path(__file__).resolve().parents[2] / "resources" / PARAMETERS
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    text = markdown_head("The low-power stage") + "\n".join([*lines, ""])
    options.out.write_text(text, encoding="utf-8")
    print(text)


def scored(path: Path, low_power: bool) -> dict[str, float]:
    """One run of the session that the window and the command line use."""
    run = score_once(open_slide(path, probe=False), low_power=low_power)
    return {"seconds": run.done_s - run.began_s["finding cells"], "tiles": float(run.tiles)}


def speed(options: argparse.Namespace) -> None:
    lines = ["| slide | tiles without | with the stage | s without | s with | times as fast |", "|" + "---|" * 6]
    for path in options.slides:
        runs: dict[bool, list[dict[str, float]]] = {False: [], True: []}
        for _ in range(options.runs):
            for low_power in (False, True):
                runs[low_power].append(scored(path, low_power))
        without, with_it = ([run["seconds"] for run in runs[on]] for on in (False, True))
        ratios = [a / b for a, b in zip(without, with_it, strict=True)]
        lines.append(
            f"| {path.name} | {runs[False][0]['tiles']:,.0f} | {runs[True][0]['tiles']:,.0f} | {spread(without, 2)} | "
            f"{spread(with_it, 2)} | {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) |"
        )
    lines.append("\nFinding the cells and scoring with the demo student, from the first to the last, by turns.")
    text = markdown_head("What the low-power stage saves") + "\n".join([*lines, ""])
    options.out.write_text(text, encoding="utf-8")
    print(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train")
    for use in ("fit", "threshold", "unseen"):
        training.add_argument(f"--{use}", type=Path, nargs="+", required=True)
    training.add_argument("--boxes", nargs=2, metavar=("BOXES.csv", "SLIDE"))
    timing = commands.add_parser("speed")
    timing.add_argument("slides", type=Path, nargs="+")
    timing.add_argument("--runs", type=int, default=3)
    for command, name in ((training, "low_power_stage.md"), (timing, "low_power_speed.md")):
        command.add_argument("--out", type=Path, default=RESULTS / name)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    {"train": train, "speed": speed}[options.command](options)


if __name__ == "__main__":
    main()
