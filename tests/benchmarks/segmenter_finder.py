"""Would a segmenter find cells better than the viewer's cell finder? Recall at equal skipping, and time.

    python tests/benchmarks/segmenter_finder.py --bundle NAME.fnabundle --boxes BOXES.csv SLIDE [PHANTOM.tif ...]

The segmenter runs in the place of ``app.analysis.cells.cell_evidence``: the same level, strips, margins, coarse grid
and tile rule, so that nothing but the evidence differs. Its evidence is the probability of a nucleus over a
threshold. The threshold is set where, on the first phantom slides (``--tune``, 2), as many empty tiles are scored as
the classical finder scores; the other slides and the boxes are then read with it, and once more with the
plain threshold of one half. Time is CPU time of one thread.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import cell_finder
import cv2
import numpy as np

from app.analysis import cell_scan
from app.analysis.cell_map import CellMap
from app.analysis.cells import Scratch
from app.analysis.first_look import Block
from app.slides.open import open_slide
from app.slides.slide import Slide
from kd.bundle import GRAPH_INPUT, load_bundle
from kd.onnx_graph import open_onnx

NUCLEUS = 2
MULTIPLE = 16


@dataclass(frozen=True)
class Found:
    """The evidence in each coarse cell of a slide, and the CPU seconds that it took."""

    path: Path
    pitch_px: float
    evidence: np.ndarray
    seconds: float


def segmenter_evidence(bundle: Path) -> Callable[[np.ndarray, float], np.ndarray]:
    """Probability of nucleus by pixel (H, W), in the place of the classical evidence."""
    session = open_onnx(load_bundle(bundle, "segmenter").model_path("fp32"))

    def evidence(image: np.ndarray, mpp: float) -> np.ndarray:
        height, width = image.shape[:2]
        padded = cv2.copyMakeBorder(image, 0, -height % MULTIPLE, 0, -width % MULTIPLE, cv2.BORDER_REPLICATE)
        probabilities = session.run(None, {GRAPH_INPUT: padded[None]})[0]
        return np.ascontiguousarray(probabilities[0, NUCLEUS, :height, :width])

    return evidence


def scan(path: Path, evidence: Callable[[np.ndarray, float], np.ndarray] | None) -> Found:
    """The cell scan with other evidence."""
    slide = open_slide(path, probe=False)
    assert slide.info.mpp is not None
    own, blocks = cell_scan.block_evidence, []

    def noted(slide: Slide, plane: int, block: Block, scale: cell_scan.Scale, scratch: Scratch) -> np.ndarray | None:
        found = own(slide, plane, block, scale, scratch)
        blocks.append((block, found))
        return found

    instead = {"block_evidence": noted}
    if evidence is not None:
        instead["cell_evidence"] = lambda image, mpp, scratch: evidence(image, mpp)
    start = time.process_time()
    with mock.patch.multiple(cell_scan, **instead):
        found = cell_scan.scan_slide(slide, slide.info.mpp)
    seconds = time.process_time() - start
    assert found is not None
    slide.close()
    whole = np.zeros(found.cells.shape, np.float32)
    for block, part in blocks:
        whole[block] = 1.0 if part is None else part
    return Found(path, found.pitch_px, whole, seconds)


def lines(found: Iterable[Found], threshold: float, boxes: Path | None) -> list[cell_finder.Line]:
    """The table's lines of scanned slides with evidence over ``threshold``."""
    result: list[cell_finder.Line] = []
    for item in found:
        cells = CellMap(item.pitch_px, item.evidence >= np.float32(threshold))
        with mock.patch.object(cell_finder, "scan_slide", lambda *_, cells=cells: cells):
            result += cell_finder.box_lines(boxes, item.path) if boxes else cell_finder.phantom_lines(item.path)
    return result


def share(table: list[cell_finder.Line], kind: str) -> float:
    """The share scored of all tiles of a kind."""
    chosen = [line for line in table if line.kind == kind]
    return sum(line.taken for line in chosen) / max(1, sum(line.tiles for line in chosen))


def equal_skipping(found: list[Found], wanted: float) -> float:
    """The threshold at which no more than ``wanted`` of the empty tiles are scored."""
    low, high = 0.001, 0.999
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if share(lines(found, middle, None), "empty") > wanted else (low, middle)
    return high


def table_rows(tables: dict[str, list[cell_finder.Line]]) -> list[tuple[str, ...]]:
    """Source, kind, tiles, tiles scored and their share, summed over the slides of a source."""
    rows = []
    for source, table in tables.items():
        for kind in dict.fromkeys(line.kind for line in table):
            tiles = sum(x.tiles for x in table if x.kind == kind)
            taken = sum(x.taken for x in table if x.kind == kind)
            rows.append((source, kind, str(tiles), str(taken), f"{share(table, kind):.4f}"))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("phantoms", nargs="+", type=Path)
    parser.add_argument("--bundle", type=Path, required=True, action="append")
    parser.add_argument("--boxes", nargs=2, type=Path, metavar=("BOXES.csv", "SLIDE"))
    parser.add_argument("--tune", type=int, default=2, help="phantom slides on which the threshold is set [2]")
    parser.add_argument("--out", type=Path, help="write the table as CSV")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    rows: list[tuple[str, ...]] = [("finder", "threshold", "slides", "tiles with", "tiles", "scored", "share scored")]
    times: list[tuple[str, ...]] = []
    methods: dict[str, Callable[[np.ndarray, float], np.ndarray] | None] = {"blobs (the viewer's)": None}
    methods |= {path.stem: segmenter_evidence(path) for path in options.bundle}
    wanted = 0.0
    for name, evidence in methods.items():
        found = [scan(path, evidence) for path in options.phantoms]
        if evidence is None:
            wanted = share(lines(found[: options.tune], 1.0, None), "empty")
            thresholds = [1.0]
        else:
            thresholds = [equal_skipping(found[: options.tune], wanted), 0.5]
        real = None
        if options.boxes:
            real = scan(options.boxes[1], evidence)
            times.append((name, real.path.name, f"{real.seconds:.2f} s of CPU"))
        for threshold in thresholds:
            tables = {"phantoms not tuned on": lines(found[options.tune :], threshold, None)}
            if real is not None:
                read = lines([real], threshold, options.boxes[0])
                tables["boxes"] = [line for line in read if line.source == "all boxes"]
            rows += [(name, f"{threshold:.3f}", *row) for row in table_rows(tables)]
    for row in (*rows, *times):
        print("  ".join(f"{cell:22}" for cell in row))
    if options.out:
        with options.out.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream, lineterminator="\n").writerows([*rows, *times])


if __name__ == "__main__":
    main()
