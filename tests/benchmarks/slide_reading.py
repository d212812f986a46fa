"""Tiles per second of reading a slide, and the time from a path to the first pixels.

    python tests/benchmarks/slide_reading.py SLIDE [--tiles N] [--threads N]

Opening is measured with the probe of an unseen file, in a process that has its libraries loaded and its
probing child warm (as the viewer has a second after its start), and in one that has not.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.geometry import PixelRegion
from app.slides import probe
from app.slides.open import open_slide
from app.slides.openslide_reader import OpenSlideSlide
from app.slides.slide import Slide


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast a slide opens and reads.")
    parser.add_argument("slide", type=Path)
    parser.add_argument("--tiles", type=int, default=1000)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    arguments = parser.parse_args()

    print(f"path to first overview, cold: {opening_s(arguments.slide):.3f} s")
    probe._seen.clear()
    print(f"path to first overview, warm, unseen file: {opening_s(arguments.slide):.3f} s")
    print(f"path to first overview, warm, seen file: {opening_s(arguments.slide):.3f} s")

    with closing(open_slide(arguments.slide, probe=False)) as slide:
        print(f"{slide.info.path.name}: {slide.info.reader}")
        measure(slide, arguments.tiles, arguments.threads)
        if isinstance(slide, OpenSlideSlide) and slide._direct is not None:
            print("through OpenSlide alone:")
            slide._direct = None
            measure(slide, arguments.tiles, arguments.threads)


def opening_s(path: Path) -> float:
    """Seconds from a path to the pixels of the coarsest level."""
    began = time.perf_counter()
    with closing(open_slide(path)) as slide:
        size = slide.info.levels[-1].size
        slide.read(PixelRegion(0, 0, min(size.width, 2048), min(size.height, 2048)), len(slide.info.levels) - 1)
        return time.perf_counter() - began


def measure(slide: Slide, tiles: int, thread_counts: list[int]) -> None:
    for name, offset in (("aligned", 0), ("unaligned", 100)):
        for threads in thread_counts:
            regions = spread_regions(slide, tiles, offset)
            began = time.perf_counter()
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(slide.read, regions))
            print(f"  {name:9} 256-px tiles, {threads} thread(s): {tiles / (time.perf_counter() - began):6.0f} tiles/s")


def spread_regions(slide: Slide, count: int, offset: int) -> list[PixelRegion]:
    """Tiles of level 0 in random order, the same ones every time."""
    columns, rows = slide.info.size.width // 256 - 1, slide.info.size.height // 256 - 1
    cells = [(column, row) for row in range(rows) for column in range(columns)]
    chosen = random.Random(0).sample(cells, min(count, len(cells)))
    return [PixelRegion(column * 256 + offset, row * 256 + offset, 256, 256) for column, row in chosen]


if __name__ == "__main__":
    main()
