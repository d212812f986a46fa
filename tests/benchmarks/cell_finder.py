"""Recall of the cell finder by cluster size, and the share of empty tiles that it skips.

    python tests/benchmarks/cell_finder.py [--boxes BOXES.csv SLIDE] [PHANTOM.tif ...] [--out TABLE.csv]

Phantom slides bring their truth beside them (NAME.truth.npz). A tile of 48 um holds cells when the centre of a
nucleus lies in it; it is empty when no nucleus centre lies in it or within 12 um of it, and no colloid: blood,
debris, dust, pen strokes and glass edges count as empty. Tiles with colloid only are a line of their own. Boxes
labelled by eye (see data/README.md beside them) are taken as they are labelled; ``unsure`` ones are left out. Of
the boxes, those with an even index were used for tuning; the others were not looked at while tuning.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from app.analysis.cell_map import CellMap
from app.analysis.cell_scan import scan_slide
from app.analysis.plan import make_plan
from app.geometry import RectPx
from app.slides.open import open_slide

TILE_UM = 48.0
NEAR_UM = 12.0
SIZES = (("1 cell", 1, 1), ("2-5 cells", 2, 5), ("6+ cells", 6, 10**9))


@dataclass(frozen=True)
class Line:
    """One line of the table: of ``tiles`` tiles of a kind, ``taken`` were judged to hold cells."""

    source: str
    kind: str
    tiles: int
    taken: int


def phantom_lines(path: Path) -> Iterator[Line]:
    """Lines of a phantom slide; its truth lies beside it."""
    slide = open_slide(path, probe=False)
    mpp = slide.info.mpp
    assert mpp is not None
    found = scan_slide(slide, mpp)
    assert found is not None
    plan = make_plan(slide.info.levels, mpp, tile_px=96, mpp=0.5, stride_um=TILE_UM)
    _, taken = found.for_plan(plan)
    with np.load(path.with_name(path.stem + ".truth.npz")) as truth:
        centres = truth["evidence"][:, :2] * mpp
        colloid = truth["colloid"]
    # Only tiles that lie wholly on the slide: at the edge part of a tile is padding.
    rows, columns = int(slide.info.size.height * mpp // TILE_UM), int(slide.info.size.width * mpp // TILE_UM)
    taken = taken[:rows, :columns]
    cells = _count(centres, rows, columns)
    near = sum(
        _count(centres + np.array((dx, dy)), rows, columns)
        for dx in (-NEAR_UM, 0, NEAR_UM)
        for dy in (-NEAR_UM, 0, NEAR_UM)
    )
    side = round(TILE_UM / 8)
    padded = np.zeros((rows * side, columns * side))
    part = colloid[: rows * side, : columns * side]
    padded[: part.shape[0], : part.shape[1]] = part
    wet = padded.reshape(rows, side, columns, side).max(axis=(1, 3)) > 0
    for kind, low, high in SIZES:
        chosen = (cells >= low) & (cells <= high)
        yield Line(path.stem, kind, int(chosen.sum()), int((chosen & taken).sum()))
    for kind, chosen in (("empty", (near == 0) & ~wet), ("colloid only", (near == 0) & wet)):
        yield Line(path.stem, kind, int(chosen.sum()), int((chosen & taken).sum()))
    slide.close()


def box_lines(boxes: Path, slide_path: Path) -> Iterator[Line]:
    """Lines of the labelled boxes: all of them, and the half that was not used for tuning."""
    slide = open_slide(slide_path, probe=False)
    assert slide.info.mpp is not None
    start = time.process_time()
    found = scan_slide(slide, slide.info.mpp)
    print(f"{slide_path.name}: cells found in {time.process_time() - start:.1f} s of one core", file=sys.stderr)
    assert found is not None
    with boxes.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for name, part in (("all boxes", rows), ("boxes not tuned on", [r for r in rows if int(r["index"]) % 2])):
        for label, cells in (("cells", "1"), ("cells", "2-5"), ("cells", "6+"), ("empty", ""), ("other", "")):
            chosen = [r for r in part if r["label"] == label and r["cells"] == cells]
            taken = sum(_holds(found, r) for r in chosen)
            kind = f"{cells} cell{'' if cells == '1' else 's'}" if cells else label
            yield Line(name, kind, len(chosen), taken)
    slide.close()


def _holds(found: CellMap, row: dict[str, str]) -> bool:
    side = float(row["size_px"])
    return found.holds_cells(RectPx(float(row["x_px"]), float(row["y_px"]), side, side))


def _count(centres: np.ndarray, rows: int, columns: int) -> np.ndarray:
    c, r = np.floor(centres / TILE_UM).astype(int).T
    inside = (c >= 0) & (r >= 0) & (c < columns) & (r < rows)
    counts = np.zeros((rows, columns), int)
    np.add.at(counts, (r[inside], c[inside]), 1)
    return counts


def _share(line: Line) -> tuple[str, str]:
    """The share, and its interval after Wilson 1927. Neighbouring tiles are not independent: take it as narrow."""
    if not line.tiles:
        return "", ""
    n, p, z = line.tiles, line.taken / line.tiles, 1.959964
    middle, half = (p + z * z / (2 * n)), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)
    return f"{p:.4f}", f"{max(0.0, low):.4f}-{min(1.0, high):.4f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("phantoms", nargs="*", type=Path)
    parser.add_argument("--boxes", nargs=2, type=Path, metavar=("BOXES.csv", "SLIDE"))
    parser.add_argument("--out", type=Path, help="write the table as CSV")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    lines = [line for path in options.phantoms for line in phantom_lines(path)]
    if len(options.phantoms) > 1:
        kinds = dict.fromkeys(line.kind for line in lines)
        lines += [
            Line(
                "all phantoms",
                k,
                sum(x.tiles for x in lines if x.kind == k),
                sum(x.taken for x in lines if x.kind == k),
            )
            for k in kinds
        ]
    if options.boxes:
        lines += box_lines(*options.boxes)
    table = [("source", "tiles with", "tiles", "scored", "share scored", "95 % interval")]
    table += [(x.source, x.kind, str(x.tiles), str(x.taken), *_share(x)) for x in lines]
    for row in table:
        print(f"{row[0]:22} {row[1]:14} {row[2]:>8} {row[3]:>8} {row[4]:>12} {row[5]:>16}")
    if options.out:
        with options.out.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream, lineterminator="\n").writerows(table)


if __name__ == "__main__":
    main()
