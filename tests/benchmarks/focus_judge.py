"""How many tiles are called out of focus: as scanned, and blurred by Gaussians of known width.

    python -m tests.benchmarks.focus_judge [--data ../shared/data/slides] [--phantoms FOLDER]

A Gaussian is not the blur of a lens, and the slides are few: these are figures of the measure, not of scanners. With
phantom slides, tiles without any cell (mostly colloid) are counted apart: sharp colloid is smooth.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from app.analysis.cell_scan import scan_slide
from app.analysis.focus import (
    MIN_CELLULARITY,
    OUT_OF_FOCUS_BELOW,
    OUT_OF_FOCUS_IF_UNSURE,
    SURE_CELLULARITY,
    is_out_of_focus,
    quick_focus_scores,
)
from app.analysis.plan import make_plan
from app.analysis.tile_reader import TileReader
from app.slides.open import open_slide

RESULTS = Path(__file__).parent / "results" / "focus_judge.md"
BLURS_UM = (0.0, 0.75, 1.0, 1.5, 2.0, 3.0)
TILES = 300
TILE_PX, MPP, STRIDE_UM = 96, 0.5, 48.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data/slides"))
    parser.add_argument("--phantoms", type=Path, default=Path("resources/demo"))
    options = parser.parse_args()
    lines = [
        "# Tiles called out of focus",
        "",
        f"`python -m tests.benchmarks.focus_judge`: at most {TILES} tiles of 48 um per slide, of which cells take at "
        f"least {MIN_CELLULARITY:.0%};",
        f"a tile is called out of focus below a focus score of {OUT_OF_FOCUS_BELOW} ({OUT_OF_FOCUS_IF_UNSURE} where "
        f"cells take less than {SURE_CELLULARITY:.0%}). Blur: sigma of a Gaussian, added to the tile as scanned.",
        "",
        "| slide | tiles | " + " | ".join("as scanned" if not b else f"{b:g} um" for b in BLURS_UM) + " | no edges |",
        "|" + "---|" * (len(BLURS_UM) + 3),
    ]
    real = [options.data / name for name in ("csf-mgg-full.svs", "csf-pap-crop4k.svs")]
    colloid = []
    for path in [*real, *sorted(options.phantoms.glob("*.tif"))[:6]]:
        tiles, shares, without_cells = cellular_tiles(path)
        scores = np.array([[score(tile, blur) for blur in BLURS_UM] for tile in tiles])
        called = [np.mean([is_out_of_focus(s, c) for s, c in zip(column, shares, strict=True)]) for column in scores.T]
        kind = "" if path in real else "PHANTOM "
        cells = " | ".join(f"{value:.1%}" for value in called)
        lines.append(f"| {kind}{path.stem} | {len(tiles)} | {cells} | {np.isnan(scores[:, 0]).mean():.1%} |")
        if without_cells is not None:
            wrong = sum(
                is_out_of_focus(s, c) for s, c in zip(scores[without_cells, 0], shares[without_cells], strict=True)
            )
            colloid.append((int(without_cells.sum()), wrong))
    if colloid:
        total, wrong = (sum(column) for column in zip(*colloid, strict=True))
        lines += [
            "",
            f"PHANTOM tiles that the cell finder took although no cell lies there: {wrong} of {total} called.",
        ]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def score(tile: np.ndarray, blur_um: float) -> float:
    """Of a tile that is blurred first, by the quick look of a run."""
    blurred = cv2.GaussianBlur(tile, (0, 0), blur_um / MPP) if blur_um else tile
    return float(quick_focus_scores(blurred[None], np.zeros(1, np.int64), MPP)[0])


def cellular_tiles(path: Path) -> tuple[list[np.ndarray], np.ndarray, np.ndarray | None]:
    """Tiles, their cellularity, and of a phantom which of them hold no cell by its truth."""
    slide = open_slide(path, probe=False)
    mpp = slide.info.mpp
    assert mpp is not None
    plan = make_plan(slide.info.levels, mpp, tile_px=TILE_PX, mpp=MPP, stride_um=STRIDE_UM)
    cells = scan_slide(slide, mpp)
    assert cells is not None
    shares = cells.for_plan(plan)[0].ravel()
    chosen = np.flatnonzero(shares >= MIN_CELLULARITY)
    chosen = np.sort(np.random.default_rng(0).permutation(chosen)[:TILES])
    reader = TileReader(slide, plan)
    tiles = [reader.read(int(cell)) for cell in chosen]
    slide.close()
    truth = path.with_suffix(".truth.npz")
    without = None
    if truth.is_file():
        objects = np.load(truth)["objects"]
        rows, columns = np.divmod(chosen, plan.grid.columns)
        x = columns * plan.grid.stride_px + plan.grid.tile_px / 2
        y = rows * plan.grid.stride_px + plan.grid.tile_px / 2
        away = np.hypot(objects["x"] - x[:, None], objects["y"] - y[:, None]) - objects["radius"]
        without = away.min(axis=1) > plan.grid.tile_px * 0.75
    return tiles, shares[chosen], without


if __name__ == "__main__":
    main()
