"""Finds the cells of a whole slide block by block, so that no more than a few megabytes are held."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from app.analysis.cell_map import CellMap
from app.analysis.cells import MARGIN_UM, PITCH_UM, WORKING_MPP, Scratch, cell_evidence
from app.analysis.first_look import Block, FirstLook, choose_look, look
from app.analysis.low_power import CellTraits, traits_of, unknown_traits
from app.geometry import PixelRegion
from app.slides.slide import Level, RgbImage, Slide, TileReadError

MOST_WORKERS = 4
BLOCK_BYTES = 6 * 2**20
"""Pixels of the level that a thread reads at a time, at most."""
BLOCK_PX = 1024, 512
"""Width and height of what a thread looks at, at most: the maps of the filters then stay in the processor's cache."""
STEPS = 100
"""Progress is told about so many times: it must not be what grows with the slide."""


@dataclass(frozen=True)
class Scale:
    """How a slide is looked at: pixels of ``level``, made smaller by the factor ``shrink`` to ``mpp`` um. A coarse cell
    is ``pitch`` of these, ``unit`` pixels of the level, wide; filters see ``margin`` coarse cells around a block."""

    level: int
    shrink: int
    mpp: float
    pitch: int
    unit: int
    margin: int


def scan_slide(
    slide: Slide,
    slide_mpp: float,
    *,
    plane: int = 0,
    on_progress: Callable[[float], None] = lambda share: None,
    keep_going: Callable[[], bool] = lambda: True,
    workers: int = 1,
    low_power: bool = False,
) -> CellMap | None:
    """Find the cells of a slide on so many threads, at most ``MOST_WORKERS``; None when ``keep_going`` said no.

    Where the pyramid has a coarse level, only what stands out there is decoded where nuclei show
    (``app.analysis.first_look``). Undecodable parts count as holding cells, so that they show as failed tiles rather
    than as background. With ``low_power`` the map also judges tiles by what else is seen of the cells
    (``app.analysis.low_power``).
    """
    levels = slide.info.levels
    scale = _choose_scale(levels, slide_mpp)
    found = _empty_map(levels[scale.level], scale, [] if low_power else None)
    stopped = threading.Event()
    of_thread = threading.local()

    def going() -> bool:
        if not stopped.is_set() and not keep_going():
            stopped.set()
        return not stopped.is_set()

    def scan(block: Block) -> bool:
        if not going():
            return False
        if not hasattr(of_thread, "scratch"):
            of_thread.scratch = Scratch()
        evidence = block_evidence(slide, plane, block, scale, of_thread.scratch, found.traits)
        found.cells[block] = True if evidence is None else evidence >= 1.0
        return True

    on_progress(0.0)
    with ThreadPoolExecutor(max(1, min(workers, MOST_WORKERS)), "find-cells") as pool:
        try:
            coarse, first = choose_look(levels, slide_mpp, scale.level), None
            if coarse is not None:
                first = look(slide, coarse, slide_mpp, plane, pool, going, scale.level)
                if first is None:
                    return None
            blocks = list(_blocks(found, scale, first))
            for done, went_on in enumerate(pool.map(scan, blocks)):
                if not went_on:
                    return None
                if done * STEPS // len(blocks) > (done - 1) * STEPS // len(blocks):
                    on_progress(done / len(blocks))
        finally:
            stopped.set()
    on_progress(1.0)
    return found


def choose_level(levels: Sequence[Level], slide_mpp: float) -> int:
    """The coarsest level that still shows nuclei, so that a whole slide is read in seconds."""
    fine = [i for i, level in enumerate(levels) if slide_mpp * level.downsample <= WORKING_MPP * 1.1]
    return max(fine, key=lambda i: levels[i].downsample) if fine else 0


def _choose_scale(levels: Sequence[Level], slide_mpp: float) -> Scale:
    level = choose_level(levels, slide_mpp)
    level_mpp = slide_mpp * levels[level].downsample
    shrink = max(1, math.floor(WORKING_MPP / level_mpp + 0.05))
    mpp = level_mpp * shrink
    pitch = max(1, round(PITCH_UM / mpp))
    return Scale(level, shrink, mpp, pitch, pitch * shrink, math.ceil(MARGIN_UM / mpp / pitch))


def _empty_map(level: Level, scale: Scale, traits: list[CellTraits] | None) -> CellMap:
    # Memory that is never written, as where there is no cell, is never taken.
    shape = math.ceil(level.size.height / scale.unit), math.ceil(level.size.width / scale.unit)
    return CellMap(scale.unit * level.downsample, np.zeros(shape, np.bool_), traits)


def _blocks(found: CellMap, scale: Scale, first: FirstLook | None) -> Iterator[Block]:
    """What is to be looked at, from the top of the slide to its bottom."""
    rows, columns = found.cells.shape
    across = min(columns, max(1, min(BLOCK_PX[0] // scale.pitch, 4096 // scale.unit)))
    down = max(1, min(BLOCK_PX[1] // scale.pitch, BLOCK_BYTES // (3 * across * scale.unit**2)))
    for row in range(0, rows, down):
        for column in range(0, columns, across):
            block = slice(row, min(rows, row + down)), slice(column, min(columns, column + across))
            part = block if first is None else first.within(block, found.pitch_px)
            if part is not None:
                yield part


def block_evidence(
    slide: Slide,
    plane: int,
    block: Block,
    scale: Scale,
    scratch: Scratch,
    traits: list[CellTraits] | None = None,
) -> npt.NDArray[np.float32] | None:
    """The most evidence in each coarse cell of a block, None when it cannot be decoded; what else was seen of them is
    put into ``traits``."""
    rows, columns = block
    unit, margin = scale.unit, scale.margin
    height, width = rows.stop - rows.start + 2 * margin, columns.stop - columns.start + 2 * margin
    region = PixelRegion((columns.start - margin) * unit, (rows.start - margin) * unit, width * unit, height * unit)
    try:
        image: RgbImage = slide.read(region, scale.level, plane)
    except TileReadError:
        if traits is not None:
            traits.append(unknown_traits(rows, columns))
        return None
    if scale.shrink > 1:
        size = width * scale.pitch, height * scale.pitch
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    most = _most_of_squares(cell_evidence(image, scale.mpp, scratch), scale.pitch)
    if traits is not None:
        traits.append(traits_of(image, most, margin, (rows.start, columns.start)))
    return most[margin : height - margin, margin : width - margin]


def _most_of_squares(evidence: npt.NDArray[np.float32], side: int) -> npt.NDArray[np.float32]:
    # Whole rows, then every side-th column: ten times as fast as one maximum over two short axes.
    rows = evidence.reshape(len(evidence) // side, side, -1).max(axis=1)
    most: npt.NDArray[np.float32] = np.maximum.reduce([rows[:, start::side] for start in range(side)])
    return most
