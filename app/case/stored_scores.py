"""What is stored of a slide's scores, read beside whoever scores it just now: for the worklist."""

from __future__ import annotations

import json
import logging
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.case.score_blocks import BLOCK_CELLS, unpack
from app.case.scores_database import FILE_NAME, SCHEMA_VERSION
from app.records.provenance import Provenance
from app.records.scores import CellState, GridSpec

log = logging.getLogger(__name__)

_BUSY_S = 2.0


@dataclass(frozen=True)
class StoredScores:
    """``states`` (rows, columns) uint8 of ``CellState``, ``probabilities`` (rows, columns, C) and
    ``out_of_domain`` (rows, columns) float32."""

    provenance: Provenance
    grid: GridSpec
    states: npt.NDArray[np.uint8]
    probabilities: npt.NDArray[np.float32]
    out_of_domain: npt.NDArray[np.float32]

    @property
    def cells_done(self) -> int:
        """Cells that were judged, background not among them."""
        return int(np.isin(self.states, (CellState.SCORED, CellState.OUT_OF_FOCUS, CellState.FAILED)).sum())

    @property
    def cells_wanted(self) -> int:
        """Cells that hold something to score; 0 until the cells of the slide were found."""
        background = int((self.states == CellState.BACKGROUND).sum())
        return self.states.size - background if background else 0

    @property
    def complete(self) -> bool:
        return not (self.states == CellState.PENDING).any()


class StoredPlans:
    """The plans of one ``scores.sqlite``, read only; nothing is written, and a missing file holds nothing.

    Raises ``OSError`` when the database is there and cannot be read.
    """

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE_NAME

    def latest(self, fingerprint: str, model_hash: str) -> StoredScores | None:
        """The scores of a slide under a model that were used last, None when there are none."""
        if not self._path.is_file():
            return None
        try:
            connection = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_S)
            try:
                return self._read(connection, fingerprint, model_hash)
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise OSError(f"{self._path} cannot be read ({error})") from error

    def _read(self, connection: sqlite3.Connection, fingerprint: str, model_hash: str) -> StoredScores | None:
        if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
            return None
        rows = connection.execute(
            "SELECT id, columns, rows, classes, provenance FROM plans "
            "WHERE json_extract(provenance, '$.slide_fingerprint') = ? "
            "AND json_extract(provenance, '$.model_hash') = ? ORDER BY used DESC LIMIT 1",
            (fingerprint, model_hash),
        ).fetchall()
        for plan, columns, lines, classes, text in rows:
            provenance = provenance_of(text)
            blocks = connection.execute("SELECT number, payload FROM blocks WHERE plan = ?", (plan,)).fetchall()
            if provenance is not None and blocks:
                return _assemble(provenance, columns, lines, classes, blocks)
        return None


def provenance_of(text: str) -> Provenance | None:
    """Provenance from its stored JSON; None when it cannot be read."""
    try:
        values = json.loads(text)
        return Provenance(**{**values, "slide_size_px": tuple(values["slide_size_px"])})
    except (ValueError, TypeError, KeyError):
        log.warning("stored provenance cannot be read")
        return None


def _assemble(
    provenance: Provenance, columns: int, rows: int, classes: int, blocks: list[tuple[int, bytes]]
) -> StoredScores:
    """Cells of damaged blocks count as pending: they are scored anew when the slide is."""
    across, down = -(-columns // BLOCK_CELLS), -(-rows // BLOCK_CELLS)
    states = np.zeros((down * BLOCK_CELLS, across * BLOCK_CELLS), np.uint8)
    probabilities = np.zeros((*states.shape, classes), np.float32)
    out_of_domain = np.zeros(states.shape, np.float32)
    for number, payload in blocks:
        block = unpack(payload, classes) if 0 <= number < across * down else None
        if block is None:
            continue
        row, column = (number // across) * BLOCK_CELLS, (number % across) * BLOCK_CELLS
        place = (slice(row, row + BLOCK_CELLS), slice(column, column + BLOCK_CELLS))
        states[place] = block.states.reshape(BLOCK_CELLS, BLOCK_CELLS)
        probabilities[place] = block.probabilities.reshape(BLOCK_CELLS, BLOCK_CELLS, classes)
        out_of_domain[place] = block.out_of_domain.reshape(BLOCK_CELLS, BLOCK_CELLS)
    # Pitch in level-0 pixels from the model's microns: what ranking needs is neighbourhood, not exact place.
    mpp = provenance.mpp_used
    grid = GridSpec(columns, rows, float(provenance.tile_px), provenance.stride_um / mpp)
    return StoredScores(
        provenance, grid, states[:rows, :columns], probabilities[:rows, :columns], out_of_domain[:rows, :columns]
    )
