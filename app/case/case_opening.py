"""Starting a case, opening one, and saving an open one elsewhere."""

from __future__ import annotations

import sqlite3
import uuid
from dataclasses import replace
from pathlib import Path

from app.case.backup import back_up
from app.case.case_database import FILE_NAME, create_database
from app.case.case_file import CaseFile
from app.case.case_reading import read_state
from app.case.case_state import CaseState, Pending
from app.case.case_store import CaseStore
from app.case.errors import CaseError, CaseWriteError
from app.case.journal import Action, Change, UndoStacks
from app.case.local_disk import is_on_network
from app.records.specimen import Specimen
from app.records.times import utc_now


def create_case(folder: Path, *, title: str = "", site: str = "", reader: str = "") -> CaseStore:
    """Start a case in a folder (made if need be) that holds none. Raises ``CaseError``, ``CaseWriteError``."""
    specimen = Specimen(str(uuid.uuid4()), title, site, reader, utc_now())
    file = _new_file(folder, specimen.case_id)
    state = CaseState((), UndoStacks(), 0)
    state.step(Action.NOTE, "Case started", (Change(None, specimen),), author=reader)
    store = CaseStore(file, state)
    store.save()
    return store


def open_case(folder: Path, *, reader: str = "", read_only: bool = False, take_over: bool = False) -> CaseStore:
    """Open the case in a folder, as it was left.

    ``reader`` is the name for new entries (empty: the last one). ``read_only`` needs no claim; ``take_over``
    claims the case from another owner, who then can write no more. A stale owner of this machine (a program
    that was killed) is replaced without asking, after which a backup is made. Raises ``CaseMissingError``,
    ``CaseLockedError``, ``CaseDamagedError``, ``CaseTooNewError``, ``CaseWriteError``.
    """
    file = CaseFile(folder, read_only=read_only, take_over=take_over)
    try:
        state = read_state(file.connection(), file.file)
    except sqlite3.Error as error:
        file.close()
        raise file.explain(error, 0) from error
    except BaseException:
        file.close()
        raise
    store = CaseStore(file, state, _backup_after_crash(file))
    store.prefetch()
    if reader and reader != state.specimen().reader and not read_only:
        store.set_specimen(replace(state.specimen(), reader=reader))
    return store


def save_elsewhere(store: CaseStore, folder: Path) -> None:
    """Write the whole state of an open case, saved or not, into another folder, and go on there.

    The way out when the case's folder is lost, its disk full, or somebody took it over. Marks, sheet,
    signatures, coverage and places go along; the journal and with it undo begin anew. Raises ``CaseError``
    when the folder holds a case, ``CaseWriteError``.
    """

    def write(state: CaseState) -> CaseFile:
        file = _new_file(folder, state.specimen().case_id)
        fresh = CaseState((), UndoStacks(), state.last_seq - 1)
        changes = tuple(Change(None, record) for record in state.all_records())
        fresh.step(Action.NOTE, f"Saved elsewhere, from {store.folder}", changes, author=state.specimen().reader)
        coverage = {slide: (state.last_view, c.to_blob()) for slide, c in state.coverage.items()}
        try:
            file.write(Pending(fresh.pending.entries, [], state.places), coverage)
        except BaseException:
            file.close()
            raise
        return file

    store.relocate(write)


def _new_file(folder: Path, case_id: str) -> CaseFile:
    if (folder / FILE_NAME).exists():
        raise CaseError(f"There is a case in {folder} already: open it, or choose another folder.")
    if is_on_network(folder):
        raise CaseError(f"{folder} lies on a network share, where a case is not safe: choose a folder on a local disk.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        create_database(folder / FILE_NAME, case_id)
    except (sqlite3.Error, OSError) as error:
        raise CaseWriteError(
            f"No case can be started in {folder} ({error}): choose a folder on a local disk that you may write."
        ) from error
    return CaseFile(folder)


def _backup_after_crash(file: CaseFile) -> tuple[str, ...]:
    if file.read_only or file.replaced is None:
        return ()
    try:
        back_up(file.connection(), file.folder)
    except CaseWriteError as error:
        return (str(error),)
    return ()
