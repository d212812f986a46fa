"""What the runs of one scoring process share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.analysis.cell_map import CellMap
from app.analysis.early_scan import EarlyScan
from app.analysis.plan import TilePlan
from app.analysis.runtime.student import StudentRuntime
from app.analysis.tile_reader import TileReader
from app.slides.slide import Slide


@dataclass
class Specimen:
    """The open slide, the plan, the model, and what was found."""

    slide: Slide
    plan: TilePlan
    slide_mpp: float
    classes: int
    reader: TileReader
    runtime: StudentRuntime
    workers: int
    """Threads that score at a time."""
    threads: int = 1
    """Threads inside each of them; what is not inference is done on ``workers`` times so many."""
    early_scan: EarlyScan | None = None
    """Where finding cells began with the process."""
    cell_map: CellMap | None = None
    cellularity: npt.NDArray[np.float32] | None = None
    """Of each cell of the plan, row-major."""
    logged_failure: bool = False
