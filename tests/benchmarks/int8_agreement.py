"""int8 against fp32 of a bundle, on tiles balanced by the class that fp32 predicts.

    python tests/benchmarks/int8_agreement.py PHANTOM_SLIDE ... [--patches MANIFEST] [--split test] [--model BUNDLE]
        [--per-class 400]

Tiles are those with cells of phantom slides, and unseen patches of a manifest; equally many of each predicted class as
far as there are. Stated: same top class, largest difference of a probability, and how many tiles change sides at the
suspicious threshold; and that a score does not depend on the batch, for batches of other sizes and in another order.
Writes ``results/int8_agreement.md``.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import cv2
import numpy as np
import numpy.typing as npt
from machine import RESULTS, markdown_head

from app.analysis.cell_scan import scan_slide
from app.analysis.plan import make_plan
from app.analysis.runtime.student import StudentRuntime
from app.analysis.tile_reader import TileReader
from app.resources import resource_path
from app.slides.open import open_slide
from kd.bundle import SUSPICIOUS_THRESHOLD, Bundle, load_bundle

TARGET = 0.995
USUAL_BATCH = 8
OTHER_BATCHES = (1, 4, 16)
FEW = 480
"""Tiles on which batches are compared."""
Floats = npt.NDArray[np.float32]
Tiles = npt.NDArray[np.uint8]


def slide_tiles(path: Path, bundle: Bundle, most: int, seed: int) -> Tiles:
    """Up to ``most`` of a slide's tiles with cells, drawn at random."""
    slide = open_slide(path, probe=False)
    card, mpp = bundle.card, slide.info.mpp
    assert mpp is not None
    plan = make_plan(slide.info.levels, mpp, tile_px=card.tile_px, mpp=card.mpp, stride_um=card.stride_um)
    found = scan_slide(slide, mpp)
    assert found is not None
    cells = np.random.default_rng(seed).permutation(np.flatnonzero(found.for_plan(plan)[1]))[:most]
    reader = TileReader(slide, plan)
    tiles = np.stack([reader.read(int(cell)) for cell in np.sort(cells)])
    slide.close()
    return tiles


def patch_tiles(manifest: Path, split: str, most: int, seed: int) -> Tiles:
    with manifest.open(encoding="utf-8", newline="") as stream:
        paths = [row["path"] for row in csv.DictReader(stream) if row["split"] == split]
    chosen = np.random.default_rng(seed).permutation(len(paths))[:most]
    images = [cv2.imread(str(manifest.parent / paths[i]), cv2.IMREAD_COLOR_RGB) for i in chosen]
    return np.stack(images).astype(np.uint8)


def probabilities(runtime: StudentRuntime, tiles: Tiles, batch: int) -> Floats:
    parts = [runtime.score(tiles[i : i + batch]).probabilities for i in range(0, len(tiles), batch)]
    return np.concatenate(parts)


def balanced(predicted: npt.NDArray[np.int64], per_class: int, seed: int) -> npt.NDArray[np.int64]:
    random = np.random.default_rng(seed)
    kinds = [np.flatnonzero(predicted == kind) for kind in np.unique(predicted)]
    return np.sort(np.concatenate([random.permutation(found)[:per_class] for found in kinds]))


def agreement_table(bundle: Bundle, exact: Floats, reduced: Floats) -> str:
    suspicious = list(bundle.card.suspicious_indices)
    top, difference = exact.argmax(1), np.abs(exact - reduced).max(1)
    same = top == reduced.argmax(1)
    sides = [p[:, suspicious].sum(1) >= SUSPICIOUS_THRESHOLD for p in (exact, reduced)]
    flips = sides[0] != sides[1]
    lines = [
        "| predicted by fp32 | tiles | same top class % | largest difference | 99th percentile | change sides at "
        f"{SUSPICIOUS_THRESHOLD:g} |",
        "|---|---|---|---|---|---|",
    ]
    groups = [(info.name, top == i) for i, info in enumerate(bundle.card.classes)]
    for name, chosen in [*groups, ("all", np.ones(len(top), bool))]:
        if chosen.any():
            differences = difference[chosen]
            lines.append(
                f"| {name} | {chosen.sum()} | {same[chosen].mean():.2%} | {differences.max():.4f} | "
                f"{np.quantile(differences, 0.99):.4f} | {flips[chosen].sum()} |"
            )
    lines.append(f"\nTarget: same top class for at least {TARGET:.1%} of all: {same.mean():.2%}.\n")
    return "\n".join(lines)


def batch_table(runtimes: dict[str, StudentRuntime], tiles: Tiles) -> str:
    lines = [
        f"\nThe same tiles ({len(tiles)}) in other batches than those of {USUAL_BATCH}; largest difference of a "
        "probability, and tiles with another top class:\n",
        "| batches | " + " | ".join(runtimes) + " |",
        "|---|" + "---|" * len(runtimes),
    ]
    usual = {name: probabilities(runtime, tiles, USUAL_BATCH) for name, runtime in runtimes.items()}
    shuffled = np.random.default_rng(1).permutation(len(tiles))
    for size in (*OTHER_BATCHES, 0):
        cells = []
        for name, runtime in runtimes.items():
            if size:
                got = probabilities(runtime, tiles, size)
            else:
                got = np.empty_like(usual[name])
                got[shuffled] = probabilities(runtime, tiles[shuffled], USUAL_BATCH)
            others = int((got.argmax(1) != usual[name].argmax(1)).sum())
            cells.append(f"{np.abs(got - usual[name]).max():.2g}, {others}")
        lines.append(f"| {f'of {size}' if size else 'in another order'} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("slides", type=Path, nargs="*")
    parser.add_argument("--patches", type=Path)
    parser.add_argument("--split", default="test")
    parser.add_argument("--model", type=Path, default=Path(resource_path("models/demo.fnabundle")))
    parser.add_argument("--per-class", type=int, default=400)
    parser.add_argument("--most", type=int, default=1500, help="tiles of each slide, and patches, to choose from")
    parser.add_argument("--out", type=Path, default=RESULTS / "int8_agreement.md")
    options = parser.parse_args()
    bundle = load_bundle(options.model)
    sources = [slide_tiles(path, bundle, options.most, 0) for path in options.slides]
    if options.patches is not None:
        sources.append(patch_tiles(options.patches, options.split, options.most, 0))
    if not sources:
        parser.error("give phantom slides, or --patches")
    runtimes = {name: StudentRuntime.load(bundle, "cpu", name) for name in ("fp32", "int8")}
    tiles = np.concatenate(sources)
    exact = probabilities(runtimes["fp32"], tiles, USUAL_BATCH)
    chosen = balanced(exact.argmax(1), options.per_class, 0)
    tiles, exact = tiles[chosen], exact[chosen]
    reduced = probabilities(runtimes["int8"], tiles, USUAL_BATCH)
    text = markdown_head(f"int8 against fp32: {bundle.card.name}")
    text += f"Phantom tiles of {len(options.slides)} slides and {'a' if options.patches else 'no'} manifest.\n\n"
    text += agreement_table(bundle, exact, reduced)
    text += batch_table(runtimes, tiles[:: max(1, len(tiles) // FEW)])
    print(text)
    options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
