"""The live scores of one plan together with their store on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.case.scores_store import ScoresStore
from app.records.provenance import Provenance
from app.records.scores import CellState, GridSpec, ScoreBatch
from app.session.score_map import ScoreMap


class StoredMap:
    """Opening reads what is stored, closing writes what is left: both may wait for the disk; ``accept`` does not."""

    def __init__(
        self,
        data_dir: Path,
        provenance: Provenance,
        grid: GridSpec,
        classes: int,
        on_problem: Callable[[str], None],
    ) -> None:
        self.map = ScoreMap(grid, classes, provenance)
        self._store = ScoresStore(data_dir, provenance, grid, classes, on_problem)
        stored = self._store.load()
        if stored is not None:
            self.map.apply(stored)
            self._set_provenance(self._store.load_provenance() or provenance)

    def accept(self, batch: ScoreBatch) -> None:
        self.map.apply(batch)
        self._store.accept(batch)

    def background(self, cells: npt.NDArray[np.int64]) -> ScoreBatch:
        """The batch that marks cells as background."""
        count, classes = len(cells), self.map.probabilities.shape[2]
        states = np.full(count, CellState.BACKGROUND, np.uint8)
        return ScoreBatch(cells, states, np.zeros((count, classes), np.float32), np.zeros(count, np.float32))

    @property
    def precision_of_scores(self) -> str:
        """What further scores must be made in to belong to these; empty while there are none."""
        return self.map.provenance.precision if self.map.counts()[CellState.SCORED] else ""

    def set_device(self, device: str) -> None:
        """What the run that goes on scores with."""
        self._set_provenance(replace(self.map.provenance, device=device))

    def _set_provenance(self, provenance: Provenance) -> None:
        self.map.provenance = provenance
        self._store.set_provenance(provenance)

    def close(self) -> None:
        self._store.close()
