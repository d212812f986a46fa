"""The examination of a file inside the probing child: open it and read some of it."""

from __future__ import annotations

import math
import time
import traceback
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from app.geometry import PixelRegion
from app.slides.pyramid import TileKey, TilePyramid
from app.slides.readers import open_unprobed
from app.slides.slide import Slide, SlideError, TileReadError, UnsupportedSlideError

SAMPLE_TIME_S = 0.08
"""Tiles are tried for so long: all of a small file, a spread of a large one."""

MAX_SAMPLES = 256

_OVERVIEW_PX = 1024


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an examination found: the sentence that refuses the file or None, whether its format is the reason.

    ``traceback`` is that of an error that no reader expected, for the log.
    """

    refusal: str | None = None
    unsupported: bool = False
    traceback: str = ""


def examine(path: Path, sample_time_s: float = SAMPLE_TIME_S) -> Verdict:
    """Open a file and read some of it."""
    try:
        with closing(open_unprobed(path)) as slide:
            read_samples(slide, sample_time_s)
    except UnsupportedSlideError as error:
        return Verdict(str(error), unsupported=True)
    except SlideError as error:
        return Verdict(str(error))
    except MemoryError:
        return Verdict(f"{path.name} needs more memory than a slide may take; it is probably damaged, copy it again.")
    except Exception as error:
        kind = type(error).__name__
        sentence = f"{path.name} cannot be opened because of an unexpected error ({kind}); copy or export it again."
        return Verdict(sentence, traceback=traceback.format_exc())
    return Verdict()


def read_samples(slide: Slide, sample_time_s: float = SAMPLE_TIME_S) -> None:
    """Read the overview and a spread of tiles. Raises ``SlideError`` when nothing at all can be decoded."""
    good = bad = 0
    regions = _overview(slide) + _spread(slide)
    began = time.perf_counter()
    for level, region, plane in regions:
        try:
            slide.read(region, level, plane)
            good += 1
        except TileReadError:
            bad += 1
        if good and time.perf_counter() - began > sample_time_s:
            break
    if not good:
        raise SlideError(
            f"{slide.info.path.name} opens, but its image data cannot be decoded; copy it again from the scanner."
        )


def _overview(slide: Slide) -> list[tuple[int, PixelRegion, int]]:
    level = len(slide.info.levels) - 1
    size = slide.info.levels[level].size
    if size.width > _OVERVIEW_PX or size.height > _OVERVIEW_PX:
        return []
    return [(level, PixelRegion(0, 0, size.width, size.height), 0)]


def _spread(slide: Slide) -> list[tuple[int, PixelRegion, int]]:
    """Tiles of every plane of level 0 in an order that covers the slide evenly from the first on."""
    pyramid = TilePyramid(slide.info.levels, slide.info.tile_px)
    columns, rows = pyramid.grid(0)
    count, planes = columns * rows, slide.info.focal_planes.count
    # Steps of the golden ratio visit every part of the slide early; without a common divisor, each tile once.
    step = max(1, round(count * 0.618))
    while math.gcd(step, count) > 1:
        step += 1
    keys = []
    for number in range(min(count, MAX_SAMPLES)):
        index = (count // 2 + number * step) % count
        keys.append(TileKey(0, index % columns, index // columns, number % planes))
    return [(0, pyramid.tile_region(key), key.plane) for key in keys]
