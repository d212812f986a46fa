"""What a slide model makes of a slide: the slide's class, and how much each tile counted for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.records.findings import RankedField
from app.records.scores import CellState
from kd.bundle import ClassInfo

ATTENTION_NOTE = "The weights say what the slide model looked at, not what is true."


@dataclass(frozen=True)
class WeighedSlide:
    """``probabilities`` (C,) of ``classes``, calibrated at the class prior of its training; ``weights`` (n,), mean 1,
    of the row-major ``cells`` (n,), ascending.

    ``tiles`` is how many scored tiles there were; those that could no longer be read are not among ``cells``.
    ``plan_key`` names the scores it was made beside, ``model_hash`` the slide model, ``device`` and ``precision`` what
    embedded the tiles, ``trained_on`` the training domain. ``fields`` are those it looked at most.
    """

    model_name: str
    model_hash: str
    student_name: str
    plan_key: str
    classes: tuple[ClassInfo, ...]
    prior: tuple[float, ...]
    trained_on: str
    probabilities: npt.NDArray[np.float32]
    cells: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float32]
    tiles: int
    precision: str
    device: str
    date: str
    fields: tuple[RankedField, ...] = ()

    def holds_for(self, plan_key: str, states: npt.NDArray[np.uint8]) -> bool:
        """Whether these are still the scored tiles: none came or went, and they were made in the same way."""
        scored = np.flatnonzero(states == CellState.SCORED)
        return (
            plan_key == self.plan_key
            and len(scored) == self.tiles
            and bool(np.isin(self.cells, scored, assume_unique=True).all())
        )
