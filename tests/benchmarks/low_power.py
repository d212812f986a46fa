"""What there is to gain from rejecting tiles before the whole student has seen them, and what it costs in recall.

    python tests/benchmarks/low_power.py PHANTOM_SLIDE.tif ... [--real SLIDE] [--model BUNDLE] [--tiles 1200]

Tiles are those that the cell finder lets through. Three ways to reject some of them early, each a number per tile and a
threshold below which the tile is called background without the rest of the student:

- ``cellularity``: the cell finder's own, which is known already; costs nothing.
- ``thumbnail``: logistic regression on a 6 x 6 px thumbnail and the histogram of the red channel's optical density.
- ``block 1``: the graph is cut after its first block; logistic regression on the class token and the mean patch token
  there; the other tiles go on to the rest of the graph.

Trained on some PHANTOM slides (every third), the threshold set on others so that RECALL of the tiles there that hold
cells (by the phantom's truth, inflammation included) are kept, recall and share of rejected tiles measured on the rest
(at least three slides; nothing about patients). ``speed`` is (reading + whole student) over (reading + what is done for
a tile on average), one thread, each part timed here by turns. Worth building from WORTH_IT on.
Writes ``results/low_power.md``. Do not run it beside other work.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import cv2
import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from machine import RESULTS, markdown_head, spread
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from app.analysis.cell_scan import scan_slide
from app.analysis.focus import focus_score
from app.analysis.plan import block_order, make_plan
from app.analysis.runtime.precision import intended_precision
from app.analysis.tile_reader import TileReader
from app.resources import resource_path
from app.slides.open import open_slide
from kd.bundle import GRAPH_INPUT, GRAPH_OUTPUTS, Bundle, load_bundle
from kd.phantom.classes import CELL_CLASSES
from kd.phantom.slide_truth import grid_truth, load_truth

RECALL = 0.995
WORTH_IT = 1.15
SURE = 0.99
BATCH = 16
CUT = "blocks.0.output"
SEGMENTS = 24

Array = npt.NDArray[Any]


@dataclass
class Sample:
    """Tiles of one slide: what each way sees of them, whether they hold cells (None: not known), the student's say."""

    name: str
    wanted: int
    cellularity: Array
    thumbnail: Array
    block1: Array
    probabilities: Array
    cells: Array | None
    read_s: float


class CutStudent:
    """The student's graph, whole and cut after its first block. One thread."""

    def __init__(self, bundle: Bundle, precision: str, folder: Path) -> None:
        path = str(bundle.model_path(precision))
        self.first, self.rest = str(folder / "first.onnx"), str(folder / "rest.onnx")
        outputs = [name for name in GRAPH_OUTPUTS if name != "logits"]
        onnx.utils.extract_model(path, self.first, [GRAPH_INPUT], [CUT], check_model=False)
        onnx.utils.extract_model(path, self.rest, [CUT], outputs, check_model=False)
        self._sessions = {
            name: _session(file) for name, file in (("whole", path), ("first", self.first), ("rest", self.rest))
        }

    def whole(self, tiles: Array) -> Array:
        found: list[Array] = self._sessions["whole"].run(["probabilities"], {GRAPH_INPUT: tiles})
        return found[0]

    def begin(self, tiles: Array) -> Array:
        """Tokens (B, 1 + N, D) after the first block."""
        found: list[Array] = self._sessions["first"].run([CUT], {GRAPH_INPUT: tiles})
        return found[0].reshape(len(tiles), -1, found[0].shape[-1])

    def go_on(self, tokens: Array) -> Array:
        rows = tokens.reshape(-1, tokens.shape[-1])
        found: list[Array] = self._sessions["rest"].run(["probabilities"], {CUT: rows})
        return found[0]


def _session(path: str) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def thumbnail_features(tile: Array) -> Array:
    small = cv2.resize(tile, (6, 6), interpolation=cv2.INTER_AREA)
    red = cv2.resize(tile, (48, 48), interpolation=cv2.INTER_AREA)[..., 0].ravel()
    density = -np.log10((red.astype(np.float32) + 1) / 256)
    histogram = np.histogram(density, bins=12, range=(0, 1.2))[0] / density.size
    return np.concatenate([small.ravel() / 255.0, np.sqrt(histogram)]).astype(np.float32)


def sample(path: Path, bundle: Bundle, student: CutStudent, count: int, has_truth: bool) -> tuple[Sample, Array]:
    """Runs of neighbouring tiles spread over what the cell finder lets through; and the tiles."""
    slide = open_slide(path, probe=False)
    mpp, card = slide.info.mpp, bundle.card
    assert mpp is not None
    plan = make_plan(slide.info.levels, mpp, tile_px=card.tile_px, mpp=card.mpp, stride_um=card.stride_um)
    found = scan_slide(slide, mpp)
    assert found is not None
    cellularity, wanted = found.for_plan(plan)
    order = block_order(plan, cellularity, wanted)
    cells = np.concatenate([part[: count // SEGMENTS] for part in np.array_split(order, SEGMENTS)])
    reader = TileReader(slide, plan)
    begun = time.perf_counter()
    tiles = np.stack([reader.read(int(cell)) for cell in cells])
    for tile in tiles:
        focus_score(tile, plan.mpp_used)
    read_s = (time.perf_counter() - begun) / len(tiles)
    slide.close()
    batches = [tiles[i : i + BATCH] for i in range(0, len(tiles), BATCH)]
    tokens = [student.begin(batch) for batch in batches]
    block1 = np.concatenate([np.concatenate([t[:, 0], t[:, 1:].mean(1)], 1) for t in tokens])
    probabilities = np.concatenate([student.whole(batch) for batch in batches])
    truth = None
    if has_truth:
        known = load_truth(path)
        labels = grid_truth(known, card.tile_px * card.mpp, card.stride_um)
        rows, columns = np.divmod(cells, plan.grid.columns)
        inside = (rows < labels.label.shape[0]) & (columns < labels.label.shape[1])
        truth = np.zeros(len(cells), bool)
        truth[inside] = np.isin(labels.label[rows[inside], columns[inside]], CELL_CLASSES)
    thumbnails = np.stack([thumbnail_features(tile) for tile in tiles])
    made = Sample(
        path.name, len(order), cellularity.ravel()[cells], thumbnails, block1, probabilities, truth, read_s
    )  # fmt: skip
    return made, tiles


def ways(fit: list[Sample]) -> dict[str, Callable[[Sample], Array]]:
    """For each way, a number per tile that is higher where cells are."""
    held = np.concatenate([s.cells for s in fit if s.cells is not None])

    def trained(name: str) -> Callable[[Sample], Array]:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=300, class_weight="balanced"))
        model.fit(np.concatenate([getattr(s, name) for s in fit]), held)
        return lambda s: np.asarray(model.decision_function(getattr(s, name)))

    return {
        "cellularity": lambda s: s.cellularity,
        "thumbnail": trained("thumbnail"),
        "block 1": trained("block1"),
    }


def times(student: CutStudent, tiles: Array, repeats: int) -> dict[str, list[float]]:
    """Seconds per tile by turns: the whole graph, its first block, the rest on half of the tiles, a thumbnail."""
    found: dict[str, list[float]] = {"whole": [], "first": [], "rest": [], "thumbnail": []}
    batches = [tiles[i : i + BATCH] for i in range(0, min(len(tiles), 20 * BATCH), BATCH)]
    tokens = [student.begin(batch) for batch in batches]
    halves = [part[::2].copy() for part in tokens]
    for _ in range(repeats):
        for name, run, what in (
            ("whole", student.whole, batches),
            ("first", student.begin, batches),
            ("rest", student.go_on, halves),
            ("thumbnail", lambda batch: [thumbnail_features(tile) for tile in batch], batches),
        ):
            begun = time.perf_counter()
            for part in what:
                run(part)
            found[name].append((time.perf_counter() - begun) / sum(len(part) for part in what))
    return found


def threshold_for(scores: Array, cells: Array) -> float:
    """The highest threshold that keeps RECALL of the tiles that hold cells."""
    kept = np.sort(scores[cells])
    return float(kept[int((1 - RECALL) * len(kept))])


def nothing_classes(bundle: Bundle) -> list[int]:
    return [i for i, c in enumerate(bundle.card.classes) if c.key in ("background", "colloid")]


def report(bundle: Bundle, precision: str, groups: dict[str, list[Sample]], seconds: dict[str, list[float]]) -> str:
    nothing = nothing_classes(bundle)
    lines = [
        f"Student {bundle.card.name}, {precision}, one thread. Phantom slides are drawings and say nothing about "
        "patients.",
        "",
        "| slide | used for | tiles after the cell finder | looked at | hold cells (truth) | student: background or "
        f"colloid, p > {SURE} |",
        "|---|---|---|---|---|---|",
    ]
    for use, members in groups.items():
        for s in members:
            sure = (s.probabilities[:, nothing].sum(1) > SURE).mean()
            truth = f"{s.cells.mean():.1%}" if s.cells is not None else "not known"
            lines.append(f"| {s.name} | {use} | {s.wanted:,} | {len(s.cellularity):,} | {truth} | {sure:.1%} |")
    read = [s.read_s for members in groups.values() for s in members]
    lines += ["", "ms a tile: " + ", ".join(f"{k} {spread([1e3 * v for v in values], 3)}" for k, values in
                                              {"reading and focus": read, **seconds}.items()) + ".", ""]  # fmt: skip
    middle = {name: float(np.median(values)) for name, values in seconds.items()}
    middle["read"] = float(np.median(read))
    lines += [
        "| way | recall of tiles with cells, unseen slides | rejected there | speed there | rejected, real slide | "
        "speed there |",
        "|---|---|---|---|---|---|",
    ]
    best = 0.0
    for way, score in ways(groups["training"]).items():
        limit = threshold_for(
            np.concatenate([score(s) for s in groups["threshold"]]),
            np.concatenate([s.cells for s in groups["threshold"] if s.cells is not None]),
        )
        tested = np.concatenate([score(s) for s in groups["test"]])
        cells = np.concatenate([s.cells for s in groups["test"] if s.cells is not None])
        recall = float((tested[cells] >= limit).mean())
        shares = [float((tested < limit).mean())]
        shares += [float((score(s) < limit).mean()) for s in groups["real"]]
        speeds = [speed(way, share, middle) for share in shares]
        if recall >= RECALL:
            best = max(best, speeds[0])
        cells_text = [f"{shares[0]:.1%} | {speeds[0]:.2f}"]
        cells_text += [f"{share:.1%} | {factor:.2f}" for share, factor in zip(shares[1:], speeds[1:], strict=True)]
        lines.append(f"| {way} | {recall:.4f} | {' | '.join(cells_text or ['', ''])} |")
    at = f"at a recall of at least {RECALL} on slides that it has not seen"
    if not best:
        verdict = f"**It does not pay**: no way keeps a recall of {RECALL} on slides that it has not seen."
    elif best < WORTH_IT:
        verdict = f"**It does not pay**: the best way is {best:.2f} times as fast {at}; {WORTH_IT} were asked for."
    else:
        verdict = (
            f"**It would pay**: {best:.2f} times as fast {at}. What is built is a stage that asks no student at "
            "all (app/analysis/low_power.py, measured by low_power_stage.py) and has to be asked for. Cutting the "
            "student after its first block is not: a bundle would need a second graph and a threshold of its own, and "
            "what share is safe on real slides is not known."
        )
    return "\n".join([*lines, "", verdict, ""])


def speed(way: str, rejected: float, t: dict[str, float]) -> float:
    on = 1 - rejected
    work = {
        "cellularity": on * (t["read"] + t["whole"]),
        "thumbnail": t["read"] + t["thumbnail"] + on * t["whole"],
        "block 1": t["read"] + t["first"] + on * t["rest"],
    }[way]
    return (t["read"] + t["whole"]) / work


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("slides", type=Path, nargs="+", help="phantom slides with their truth beside them")
    parser.add_argument("--real", type=Path, nargs="*", default=[], help="slides without truth")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--tiles", type=int, default=1200, help="of each slide")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=RESULTS / "low_power.md")
    options = parser.parse_args()
    if len(options.slides) < 3:
        parser.error("three phantom slides at least: to train, to set the threshold, to test")
    cv2.setNumThreads(1)
    bundle = load_bundle(options.model or resource_path("models/demo.fnabundle"))
    precision, _ = intended_precision(bundle)
    groups: dict[str, list[Sample]] = {"training": [], "threshold": [], "test": [], "real": []}
    with tempfile.TemporaryDirectory() as folder:
        student = CutStudent(bundle, precision, Path(folder))
        uses = ("training", "threshold", "test")
        for i, path in enumerate(options.slides):
            made, tiles = sample(path, bundle, student, options.tiles, True)
            groups[uses[i % 3]].append(made)
            print(path.name, flush=True)
        for path in options.real:
            made, tiles = sample(path, bundle, student, options.tiles, False)
            groups["real"].append(made)
        seconds = times(student, tiles, options.repeats)
    text = markdown_head("Rejecting tiles early") + report(bundle, precision, groups, seconds)
    options.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
