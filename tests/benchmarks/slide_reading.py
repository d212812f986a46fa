"""Tiles per second of decoding a slide's own tiles against OpenSlide, and the time from a path to the first pixels.

    python tests/benchmarks/slide_reading.py SLIDE [--tiles 600] [--threads 1 2] [--repeats 7]

Tiles of 256 px of level 0 in random order, the same for both ways, which take turns; each repeat reads other tiles, so
that no cache helps. "As the student reads": all 96 px tiles of a stretch of level 0, block by block, where
neighbours share a file tile. Aligned tiles are compared pixel by pixel. Opening is measured with the probe of an
unseen file, cold (in a process of its own), warm, and of a file that was seen before.
Writes ``results/slide_reading.md``. Do not run it beside other work.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import openslide
from machine import RESULTS, markdown_head, spread

from app.analysis.group_scoring import GROUP_TILES
from app.analysis.plan import block_order, make_plan
from app.analysis.tile_reader import TileReader
from app.geometry import PixelRegion
from app.slides import probe
from app.slides.open import open_slide
from app.slides.openslide_reader import OpenSlideSlide
from app.slides.slide import RgbImage, Slide

TARGET = 2.5
SIDE = 256
STUDENT_PX, STUDENT_TILES = 96, 3000
Read = Callable[[PixelRegion], RgbImage]


def opening_s(path: Path) -> float:
    """Seconds from a path to the pixels of the coarsest level."""
    began = time.perf_counter()
    with closing(open_slide(path)) as slide:
        size = slide.info.levels[-1].size
        slide.read(PixelRegion(0, 0, min(size.width, 2048), min(size.height, 2048)), len(slide.info.levels) - 1)
        return time.perf_counter() - began


def opening(path: Path) -> tuple[float, float, float]:
    """Cold, warm and unseen, warm and seen."""
    program = f"import sys; sys.path[:0] = {sys.path[:2]!r}; import slide_reading as s; from pathlib import Path; "
    program += "print(s.opening_s(Path(sys.argv[1])))"
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    probe._seen.clear()
    return float(done.stdout), opening_s(path), opening_s(path)


def spread_regions(slide: Slide, count: int, offset: int, seed: int) -> list[PixelRegion]:
    """Tiles of level 0 in random order, without one twice."""
    columns, rows = slide.info.size.width // SIDE - 1, slide.info.size.height // SIDE - 1
    cells = [(column, row) for row in range(rows) for column in range(columns)]
    chosen = random.Random(seed).sample(cells, min(count, len(cells)))
    return [PixelRegion(column * SIDE + offset, row * SIDE + offset, SIDE, SIDE) for column, row in chosen]


def plain_openslide(path: Path) -> Read:
    """As a script reads: ``read_region``, RGBA to RGB."""
    slide = openslide.OpenSlide(path)

    def read(region: PixelRegion) -> RgbImage:
        image = slide.read_region((region.x, region.y), 0, (region.width, region.height))
        return np.asarray(image.convert("RGB"))

    return read


def tiles_per_s(read: Read, regions: list[PixelRegion], threads: int) -> float:
    began = time.perf_counter()
    if threads == 1:
        for region in regions:
            read(region)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(read, regions))
    return len(regions) / (time.perf_counter() - began)


def student_tiles_per_s(slide: Slide, path: Path) -> tuple[float, float, int, int]:
    """Ours, OpenSlide's, decoded chunks and tiles."""
    plan = make_plan(slide.info.levels, 0.5, tile_px=STUDENT_PX, mpp=0.5, stride_um=STUDENT_PX * 0.5)
    grid = plan.grid
    every = np.ones((grid.rows, grid.columns), bool)
    order = block_order(plan, every.astype(np.float32), every)
    cells = order[len(order) // 2 :][:STUDENT_TILES].tolist()
    reader = TileReader(slide, plan)
    tiles = np.empty((GROUP_TILES, STUDENT_PX, STUDENT_PX, 3), np.uint8)
    began = time.perf_counter()
    for start in range(0, len(cells), GROUP_TILES):
        reader.read_many(np.array(cells[start : start + GROUP_TILES]), tiles)
    ours = len(cells) / (time.perf_counter() - began)
    plain = plain_openslide(path)
    return ours, tiles_per_s(plain, [plan.tile_region(cell) for cell in cells], 1), len(reader._cache), len(cells)


def measure(options: argparse.Namespace, slide: Slide) -> list[str]:
    assert isinstance(slide, OpenSlideSlide)
    direct = slide._direct
    if direct is None:
        sys.exit(f"{slide.info.path.name} is not decoded directly, so that there is nothing to compare")

    def handle(region: PixelRegion) -> RgbImage:
        slide._direct = None
        return slide.read(region)

    def ours(region: PixelRegion) -> RgbImage:
        slide._direct = direct
        return slide.read(region)

    ways: dict[str, Read] = {"ours": ours, "own OpenSlide handle": handle, "plain": plain_openslide(slide.info.path)}
    lines = [
        "| 256 px tiles | threads | ours, tiles/s | OpenSlide `read_region` to RGB, tiles/s | ours over it | OpenSlide "
        "straight into numpy, tiles/s | ours over it |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, offset in (("aligned", 0), ("unaligned", 100)):
        for threads in options.threads:
            rates: dict[str, list[float]] = {way: [] for way in ways}
            for repeat in range(options.repeats):
                regions = spread_regions(slide, options.tiles, offset, repeat)
                for way, read in ways.items():
                    rates[way].append(tiles_per_s(read, regions, threads))
            fast, plain, own = rates["ours"], rates["plain"], rates["own OpenSlide handle"]
            against = [[a / b for a, b in zip(fast, other, strict=True)] for other in (plain, own)]
            lines.append(
                f"| {name} | {threads} | {spread(fast, 0)} | {spread(plain, 0)} | {spread(against[0])} | "
                f"{spread(own, 0)} | {spread(against[1])} |"
            )
    slide._direct = direct
    regions = spread_regions(slide, options.tiles, 0, options.repeats)
    unequal = sum(not np.array_equal(ours(region), ways["plain"](region)) for region in regions)
    lines.append(
        f"\nTarget {TARGET}, aligned, one thread. Of {len(regions)} aligned tiles {unequal} differ in a pixel.\n"
    )
    slide._direct = direct
    runs = [student_tiles_per_s(slide, slide.info.path) for _ in range(3)]
    ratio = spread([run[0] / run[1] for run in runs])
    lines.append(
        f"As the student reads, {STUDENT_PX} px tiles side by side, one thread: ours "
        f"{spread([run[0] for run in runs], 0)}, OpenSlide {spread([run[1] for run in runs], 0)} tiles/s, "
        f"{ratio} times; "
        f"{runs[0][3]} tiles came out of {runs[0][2]} decoded file tiles.\n"
    )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("slide", type=Path)
    parser.add_argument("--tiles", type=int, default=600)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--out", type=Path, default=RESULTS / "slide_reading.md")
    options = parser.parse_args()
    opened = [opening(options.slide) for _ in range(options.repeats)]
    with closing(open_slide(options.slide, probe=False)) as slide:
        lines = measure(options, slide)
    cold, unseen, seen = ([row[i] for row in opened] for i in range(3))
    lines += [
        "| from a path to the first overview, without the window | s |",
        "|---|---|",
        f"| process without its libraries, unseen file | {spread(cold, 3)} |",
        f"| warm, unseen file (probed in a child process) | {spread(unseen, 3)} |",
        f"| warm, seen file | {spread(seen, 3)} |",
    ]
    text = markdown_head(f"Reading {options.slide.name}") + "\n".join(lines) + "\n"
    print(text)
    options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
