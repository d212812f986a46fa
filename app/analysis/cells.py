"""Where cells lie, found at low power in terms that do not depend on the stain.

First version: optical density over the glass, and contrast at the size of a nucleus.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from app.analysis.plan import TilePlan
from app.slides.slide import RgbImage

CELL_FINDER = "nuclear-contrast-0"
WORKING_MPP = 2.0
PITCH_UM = 8.0


@dataclass(frozen=True)
class CellMap:
    """Evidence for cells on a coarse grid: ``evidence`` (rows, columns) float32, 1 and above means cells.

    A coarse cell is ``pitch_px`` level-0 pixels wide and high.
    """

    pitch_px: float
    evidence: npt.NDArray[np.float32]

    def for_plan(self, plan: TilePlan) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
        """Per tile of a plan, (rows, columns): cellularity (share of its area with cells) and whether it holds any."""
        grid = plan.grid
        found = np.pad((self.evidence >= 1.0).astype(np.float64), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
        y0, y1 = self._span(np.arange(grid.rows) * grid.stride_px, grid.tile_px, self.evidence.shape[0])
        x0, x1 = self._span(np.arange(grid.columns) * grid.stride_px, grid.tile_px, self.evidence.shape[1])
        total = found[y1][:, x1] - found[y0][:, x1] - found[y1][:, x0] + found[y0][:, x0]
        area = np.maximum(1, (y1 - y0)[:, None] * (x1 - x0)[None, :])
        return (total / area).astype(np.float32), total > 0.5

    def _span(
        self, starts: npt.NDArray[Any], tile: float, count: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        first = np.clip(np.floor(starts / self.pitch_px), 0, count).astype(np.int64)
        last = np.clip(np.ceil((starts + tile) / self.pitch_px), 0, count).astype(np.int64)
        return first, last


def nuclear_evidence(image: RgbImage, mpp: float) -> npt.NDArray[np.float32]:
    """Evidence per pixel of an RGB image at ``mpp`` um: 1 and above where nuclei are likely."""
    grey = image.min(axis=2).astype(np.float32)
    density = -np.log10((grey + 1.0) / 256.0)
    near = cv2.GaussianBlur(density, (0, 0), 2.0 / mpp)
    around = cv2.blur(density, (2 * round(20.0 / mpp) + 1,) * 2)
    return np.asarray(np.minimum(near / 0.15, (near - around) / 0.03), np.float32)
