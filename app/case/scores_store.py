"""Scores on disk, so that a killed run resumes. They can be made again: what looks wrong is set aside, not trusted."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from app.case.score_blocks import ScoreBlocks, pack, unpack
from app.case.scores_database import DatabaseTrouble, PlanRow, ScoresDatabase
from app.records.provenance import Provenance
from app.records.scores import GridSpec, ScoreBatch

log = logging.getLogger(__name__)

FLUSH_S = 2.0
"""How often results are written while they come: a killed run loses no more than this."""
RETRY_S = 30.0


class ScoresStore:
    """The stored scores of one plan; a ``ScoreSink``.

    ``accept`` only notes the batch; a thread of the store writes the touched blocks of 64 x 64 cells every two
    seconds, each flush in one transaction. When the disk is full or the folder cannot be written, ``on_problem``
    is told once, the scores stay in memory, and writing is tried again now and then.
    """

    def __init__(
        self,
        data_dir: Path,
        provenance: Provenance,
        grid: GridSpec,
        classes: int,
        on_problem: Callable[[str], None],
        *,
        max_bytes: int | None = None,
    ) -> None:
        """Opens or creates the database (reads files). ``max_bytes`` bounds its size on disk."""
        self._blocks = ScoreBlocks(grid, classes)
        self._on_problem = on_problem
        self._told = False
        self._memory_lock = threading.Lock()
        self._file_lock = threading.Lock()
        self._wake = threading.Event()
        self._closed = False
        self._database = ScoresDatabase(data_dir, on_problem, max_bytes)
        self._grid = grid
        self._provenance = provenance
        self._thread = threading.Thread(target=self._write_now_and_then, name="scores-store", daemon=True)
        self._thread.start()

    def load(self) -> ScoreBatch | None:
        """Everything stored for this plan; None when there is nothing. Damaged blocks are left out and told."""
        damaged = 0
        stored: list[tuple[int, bytes]] = []
        with self._file_lock:
            try:
                stored = self._database.read_blocks(self._plan_row())
            except DatabaseTrouble as trouble:
                self._tell(f"Stored scores cannot be read ({trouble}); the slide is scored anew.")
        with self._memory_lock:
            for number, payload in stored:
                block = unpack(payload, self._blocks.classes)
                if block is None or not self._blocks.put(number, block):
                    damaged += 1
            batch = self._blocks.known()
        if damaged:
            self._on_problem(f"{damaged} damaged blocks of stored scores were left out; their tiles are scored anew.")
        return batch

    def load_provenance(self) -> Provenance | None:
        """Of the run that began what is stored: it tells date and device. None when nothing is stored."""
        with self._file_lock:
            try:
                text = self._database.read_provenance(self._provenance.plan_key)
            except DatabaseTrouble as trouble:
                log.warning("stored provenance cannot be read: %s", trouble)
                return None
        if text is None:
            return None
        try:
            values = json.loads(text)
            stored = Provenance(**{**values, "slide_size_px": tuple(values["slide_size_px"])})
        except (ValueError, TypeError, KeyError):
            return None
        return stored if stored.plan_key == self._provenance.plan_key else None

    def set_provenance(self, provenance: Provenance) -> None:
        """Date and device of the run that goes on; its plan must be the same."""
        assert provenance.plan_key == self._provenance.plan_key
        self._provenance = provenance

    def accept(self, batch: ScoreBatch) -> None:
        """Take a batch; returns at once."""
        with self._memory_lock:
            self._blocks.apply(batch)

    def flush(self) -> bool:
        """Write what is new; False when that was not possible."""
        with self._file_lock:
            with self._memory_lock:
                dirty = self._blocks.take_dirty()
            if not dirty:
                return True
            try:
                self._database.write_blocks(self._plan_row(), [(number, pack(block)) for number, block in dirty])
                return True
            except DatabaseTrouble as trouble:
                with self._memory_lock:
                    self._blocks.mark_dirty([number for number, _ in dirty])
                self._tell(
                    f"Scores cannot be stored ({trouble}). The run goes on, but its results are lost when the program "
                    f"ends; free some space or check {self._database.path.parent}."
                )
                return False

    def close(self) -> None:
        """Write what is left and let go of the file. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._wake.set()
        self._thread.join()
        self.flush()
        with self._file_lock:
            self._database.close()

    def _plan_row(self) -> PlanRow:
        grid, made = self._grid, self._provenance
        return made.plan_key, grid.columns, grid.rows, self._blocks.classes, json.dumps(asdict(made)), time.time()

    def _write_now_and_then(self) -> None:
        pause = FLUSH_S
        while not self._wake.wait(pause):
            pause = FLUSH_S if self.flush() else RETRY_S

    def _tell(self, text: str) -> None:
        log.warning(text)
        if not self._told:
            self._told = True
            self._on_problem(text)
