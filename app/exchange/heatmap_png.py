"""Heatmaps of a slide as transparent images, one per class."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from app.exchange.atomic import written_whole
from app.exchange.stamp import stamp_lines
from app.records.scores import CellState
from app.records.slide_scores import SlideScores

LONG_SIDE_PX = 2048
MAX_CELL_PX = 16
MARKS = {
    CellState.PENDING: (128, 128, 128, 110),
    CellState.BACKGROUND: (128, 128, 128, 40),
    CellState.OUT_OF_FOCUS: (90, 90, 90, 170),
    CellState.FAILED: (0, 0, 0, 220),
}
"""RGBA of cells without a score: they must not pass for cells of probability 0, which are transparent."""
MARKS_EXPLAINED = (
    "Light grey: empty, not scored. Grey: not yet looked at. Dark grey: out of focus. Black: could not be read."
)


def write_heatmap_png(scores: SlideScores, class_index: int, folder: Path) -> Path:
    """Write ``heatmap-KEY.png``: the class's colour, as opaque as it is probable; greys where nothing was scored
    (``MARKS``). The image covers the slide, no more and no less, so that it can be stretched over it; the PNG's text
    gives the slide's size and scale and how many level-0 pixels one pixel spans. Raises ExportError.
    """
    info = scores.classes[class_index]
    width, height = scores.provenance.slide_size_px
    colour = [int(info.color[i : i + 2], 16) for i in (1, 3, 5)]
    cells = heatmap(scores.states, scores.probabilities[..., class_index], colour)
    level0_per_px = max(scores.grid.stride_px / MAX_CELL_PX, max(width, height) / LONG_SIDE_PX)
    columns, rows = max(1, round(width / level0_per_px)), max(1, round(height / level0_per_px))
    row_of = _cell_of_pixel(rows, height, scores.grid.stride_px, scores.grid.rows)
    column_of = _cell_of_pixel(columns, width, scores.grid.stride_px, scores.grid.columns)
    # The few cells in a row are spread first, and whole rows then.
    spread = cells.view(np.uint32)[..., 0][:, column_of][row_of]
    image = Image.fromarray(spread.view(np.uint8).reshape(rows, columns, 4), "RGBA")
    text = PngInfo()
    about = [f"{info.name}: probability as opacity.", MARKS_EXPLAINED, *stamp_lines(scores)]
    text.add_itxt("Description", " ".join(about))
    text.add_text("slide-size-px", f"{width} x {height}")
    text.add_text("slide-mpp", f"{scores.slide_mpp:.6g}")
    text.add_text("level0-pixels-per-pixel", f"{width / columns:.6f} x {height / rows:.6f}")
    target = folder / f"heatmap-{re.sub(r'[^A-Za-z0-9_.-]+', '-', info.key)}.png"
    with written_whole(target, binary=True) as stream:
        image.save(stream, "PNG", pnginfo=text)
    return target


def heatmap(
    states: npt.NDArray[np.uint8], probability: npt.NDArray[np.float32], colour: Sequence[int]
) -> npt.NDArray[np.uint8]:
    """RGBA (rows, columns, 4), one pixel per cell, alpha not premultiplied."""
    image = np.zeros((*states.shape, 4), np.uint8)
    image[..., :3] = colour
    image[..., 3] = np.rint(probability * 255)
    for state, mark in MARKS.items():
        image[states == state] = mark
    return image


def _cell_of_pixel(pixels: int, length_px: int, stride_px: float, cells: int) -> npt.NDArray[np.int64]:
    """The row (or column) of the grid under the centre of each of the image's pixels along one side of the slide."""
    centres = (np.arange(pixels) + 0.5) * (length_px / pixels)
    nearest: npt.NDArray[np.int64] = np.minimum(centres // stride_px, cells - 1).astype(np.int64)
    return nearest
