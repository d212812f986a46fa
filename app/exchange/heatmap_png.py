"""Heatmaps of a slide as transparent images, one per class."""

from __future__ import annotations

import re
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


def write_heatmap_png(scores: SlideScores, class_index: int, folder: Path) -> Path:
    """Write ``heatmap-KEY.png``: the class's colour, as opaque as it is probable, transparent where nothing was
    scored. A cell of the grid is a square of whole pixels; the PNG's text says how many level-0 pixels one pixel
    spans, so that the image can be laid on the slide from its top left corner. Raises ExportError.
    """
    info = scores.classes[class_index]
    grid = scores.grid
    cell_px = max(1, min(MAX_CELL_PX, LONG_SIDE_PX // max(grid.columns, grid.rows)))
    colour = [int(info.color[i : i + 2], 16) for i in (1, 3, 5)]
    image = Image.fromarray(heatmap(scores.states, scores.probabilities[..., class_index], colour), "RGBA")
    image = image.resize((grid.columns * cell_px, grid.rows * cell_px), Image.Resampling.NEAREST)
    text = PngInfo()
    text.add_itxt("Description", " ".join([f"{info.name}: probability as opacity.", *stamp_lines(scores)]))
    text.add_text("level0-pixels-per-pixel", f"{grid.stride_px / cell_px:.6f}")
    target = folder / f"heatmap-{re.sub(r'[^A-Za-z0-9_.-]+', '-', info.key)}.png"
    with written_whole(target, binary=True) as stream:
        image.save(stream, "PNG", pnginfo=text)
    return target


def heatmap(
    states: npt.NDArray[np.uint8], probability: npt.NDArray[np.float32], colour: list[int]
) -> npt.NDArray[np.uint8]:
    """RGBA (rows, columns, 4), one pixel per cell, alpha not premultiplied."""
    image = np.zeros((*states.shape, 4), np.uint8)
    image[..., :3] = colour
    image[..., 3] = np.where(states == CellState.SCORED, np.rint(probability * 255), 0)
    return image
