"""The live scores of one plan together with their store on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.case.scores_store import ScoresStore
from app.records.provenance import Provenance
from app.records.scores import GridSpec, ScoreBatch
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

    def accept(self, batch: ScoreBatch) -> None:
        self.map.apply(batch)
        self._store.accept(batch)

    def flush(self) -> None:
        self._store.flush()

    def close(self) -> None:
        self._store.close()
