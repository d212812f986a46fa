"""Reading a case file into memory: records, undo stacks, places and coverage."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from app.case.case_database import damaged
from app.case.case_state import CaseState
from app.case.journal import last_seq, read_records, read_stacks
from app.case.record_codec import decode_corners, decode_place
from app.geometry import SizePx
from app.records.bulk import without_collecting
from app.records.coverage import Coverage, CoverageError, View
from app.records.specimen import SpecimenSlide


def read_state(connection: sqlite3.Connection, file: Path) -> CaseState:
    """Everything that a case holds. Raises ``CaseDamagedError`` when a row makes no sense."""
    try:
        with without_collecting():
            state = CaseState(read_records(connection), read_stacks(connection), last_seq(connection))
        if "specimen" not in state.of_kind("specimen"):
            raise ValueError("the case has no specimen")
        for slide, value in connection.execute("SELECT slide, value FROM place"):
            state.places[slide] = decode_place(value)
        for slide in state.of_kind("slide").values():
            if isinstance(slide, SpecimenSlide):
                state.coverage[slide.fingerprint] = _read_coverage(connection, slide)
        (state.last_view,) = connection.execute(
            "SELECT MAX(COALESCE((SELECT MAX(id) FROM view), 0), COALESCE((SELECT MAX(last_view) FROM coverage), 0))"
        ).fetchone()
    except sqlite3.OperationalError:
        raise
    except (sqlite3.DatabaseError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(file) from error
    return state


def _read_coverage(connection: sqlite3.Connection, slide: SpecimenSlide) -> Coverage:
    """The last snapshot and the views since. All views are kept, so that a lost snapshot costs only time."""
    width, height = slide.size_px
    coverage, last_view = Coverage(SizePx(width, height)), 0
    row = connection.execute("SELECT last_view, blob FROM coverage WHERE slide = ?", (slide.fingerprint,)).fetchone()
    if row is not None:
        try:
            stored = Coverage.from_blob(row[1])
        except CoverageError:
            stored = None
        if stored is not None and stored.slide_size == coverage.slide_size and stored.cell_px == coverage.cell_px:
            last_view, coverage = row[0], stored
    for corners, magnification, seconds in connection.execute(
        "SELECT corners, magnification, seconds FROM view WHERE slide = ? AND id > ? ORDER BY id",
        (slide.fingerprint, last_view),
    ):
        coverage.add(View(decode_corners(corners), magnification, seconds))
    return coverage
