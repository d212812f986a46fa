"""A case that is open: what the reader did, in memory at once and on the disk by ``save``.

``edit``, ``undo``, ``redo``, ``sign``, ``amend``, ``add_view`` and ``set_place`` change the state in memory and
return at once; any thread may call them, also the one that draws. ``save`` writes what waits; it belongs on a
worker (``CaseWriter`` calls it after each edit). Opening, closing and ``save_elsewhere`` touch the disk too.
Records are values: put a changed copy, never change one that was put or handed out.
"""

from __future__ import annotations

import copy
import sqlite3
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from app.case.backup import back_up
from app.case.case_file import CaseFile
from app.case.case_reading import read_state
from app.case.case_state import CaseState, Pending
from app.case.errors import CaseError, CaseReadOnlyError, CaseSignedError, CaseWriteError
from app.case.journal import Action, Change, Entry, read_entry
from app.case.owner import Owner
from app.case.record_codec import KINDS, Record, encode
from app.geometry import SizePx
from app.records.bulk import without_collecting
from app.records.coverage import Coverage, View
from app.records.marks import Mark, MarkClass
from app.records.specimen import (
    Adequacy,
    CellGroup,
    GalleryDecision,
    Place,
    Sheet,
    Signature,
    Specimen,
    SpecimenSlide,
    adequacy,
)

SNAPSHOT_EVERY_VIEWS = 500
"""Coverage is stored whole after so many views; the views since are replayed when a case opens."""

_SIGNED_KINDS = (Sheet, CellGroup, GalleryDecision)
_CHECKED_AT_ONCE = 1000
_R = TypeVar("_R", bound=Record)


class CaseStore:
    """See the module. Made by ``create_case`` and ``open_case`` (``case_opening``)."""

    def __init__(self, file: CaseFile, state: CaseState, warnings: tuple[str, ...] = ()) -> None:
        self.warnings = warnings
        """Sentences for the user from opening the case."""
        self._file = file
        self._state = state
        self._lock = threading.RLock()
        self._io_lock = threading.Lock()
        self._edited = threading.Event()
        self._in_flight = Pending()
        self._entries: dict[int, Entry] = {}
        self._views_since_snapshot, self._backed_up_seq = 0, file.saved_seq
        self._closed = False

    # What is in the case

    @property
    def folder(self) -> Path:
        return self._file.folder

    @property
    def read_only(self) -> bool:
        return self._file.read_only

    @property
    def replaced_owner(self) -> Owner | None:
        """Who held the case before and was replaced; with a killed program: offer the last session."""
        return self._file.replaced

    @property
    def specimen(self) -> Specimen:
        with self._lock:
            return self._state.specimen()

    @property
    def sheet(self) -> Sheet:
        with self._lock:
            return self._state.sheet()

    def slides(self) -> list[SpecimenSlide]:
        return self._all(SpecimenSlide)

    def marks(self, slide: str) -> list[Mark]:
        """All marks of a slide (its fingerprint), oldest first."""
        with self._lock:
            return list(self._state.marks(slide).values())

    def mark(self, slide: str, mark_uuid: str) -> Mark | None:
        with self._lock:
            return self._state.marks(slide).get(mark_uuid)

    def classes(self) -> list[MarkClass]:
        """Classes of marks that came with imports or were made by the user."""
        return self._all(MarkClass)

    def decisions(self, slide: str | None = None) -> list[GalleryDecision]:
        """Verdicts on gallery fields, of one slide or all."""
        return [decision for decision in self._all(GalleryDecision) if slide in (None, decision.slide)]

    def groups(self) -> list[CellGroup]:
        return self._all(CellGroup)

    def signatures(self) -> list[Signature]:
        """The sign-off and its amendments, oldest first; empty while unsigned."""
        return self._all(Signature)

    def adequacy(self) -> Adequacy:
        """The counter of groups over all slides, with the sheet's exception."""
        with self._lock:
            return adequacy(self._all(CellGroup), self._state.sheet().adequate_anyway)

    def place(self, slide: str) -> Place | None:
        """Where the reader was on a slide."""
        with self._lock:
            return self._state.places.get(slide)

    def last_place(self) -> Place | None:
        """Where the reader was last, on any slide."""
        with self._lock:
            return max(self._state.places.values(), key=lambda place: place.at_utc, default=None)

    def coverage(self, slide: str) -> Coverage | None:
        """A copy of a slide's coverage; None for a slide that is not in the case."""
        with self._lock:
            return copy.deepcopy(self._state.coverage.get(slide))

    # Edits

    def edit(self, label: str, put: Iterable[Record] = (), remove: Iterable[Record] = ()) -> Entry | None:
        """Add, change and remove records in one step of undo; ``label`` names it for the user.

        Returns the entry with what was before and after, None when nothing changes. Raises ``CaseSignedError``
        for sheet, groups and decisions of a signed case, ``CaseReadOnlyError``, and ``TypeError`` for a value
        that cannot be stored.
        """
        with self._lock, without_collecting():
            self._check_writable()
            changes = self._state.changes(put, remove)
            if self._state.of_kind("signature") and any(isinstance(c.record, _SIGNED_KINDS) for c in changes):
                raise CaseSignedError("The case is signed: its sheet, groups and confirmed fields change by amendment.")
            return self._step(Action.EDIT, label, changes)

    def undo(self) -> Entry | None:
        """Take back the last step; None when there is none. Steps of earlier sessions are read from the disk."""
        return self._turn_back(Action.UNDO)

    def redo(self) -> Entry | None:
        """Do again what was taken back; None when there is nothing."""
        return self._turn_back(Action.REDO)

    @property
    def next_steps(self) -> tuple[str | None, str | None]:
        """Labels of what ``undo`` and ``redo`` would turn back now; None where there is nothing."""
        with self._lock:
            return self._state.stacks.next_labels

    @property
    def can_undo(self) -> bool:
        return self.next_steps[0] is not None

    @property
    def can_redo(self) -> bool:
        return self.next_steps[1] is not None

    def set_specimen(self, specimen: Specimen) -> None:
        """Change title, site or reader. No step of undo."""
        with self._lock:
            self._check_writable()
            known = replace(specimen, case_id=self._state.specimen().case_id)
            self._step(Action.NOTE, "Specimen", self._state.changes([known], ()))

    def put_slide(self, slide: SpecimenSlide) -> None:
        """Add a slide, or note its new path, label or calibration. No step of undo."""
        with self._lock:
            self._check_writable()
            if slide.fingerprint not in self._state.coverage:
                width, height = slide.size_px
                self._state.coverage[slide.fingerprint] = Coverage(SizePx(width, height))
            self._step(Action.NOTE, "Slide", self._state.changes([slide], ()))

    def sign(self, reader: str) -> Signature:
        """Sign the sheet as it stands. Nothing before it can be undone. Raises ``CaseSignedError`` the second time."""
        with self._lock:
            if self._state.of_kind("signature"):
                raise CaseSignedError("The case is signed already: amend it, with a reason.")
            return self._sign("Signed", reader, "", ())

    def amend(self, reader: str, reason: str, put: Iterable[Record] = (), remove: Iterable[Record] = ()) -> Signature:
        """Change a signed case and sign the new state; the earlier signatures stay. ``reason`` is needed."""
        with self._lock:
            if not self._state.of_kind("signature"):
                raise CaseSignedError("The case is not signed yet: edit it, then sign it.")
            if not reason.strip():
                raise CaseError("An amendment needs a reason.")
            return self._sign("Amended", reader, reason, self._state.changes(put, remove))

    def add_view(self, slide: str, view: View) -> None:
        """Count what was on screen (see ``app.records.coverage``). Raises ``CoverageError``, ``CaseError``."""
        with self._lock:
            self._check_writable()
            if slide not in self._state.coverage:
                raise CaseError("The slide is not part of this case: add it first.")
            self._state.view(slide, view)
        self._edited.set()

    def set_place(self, place: Place) -> None:
        """Remember where the reader is."""
        with self._lock:
            self._check_writable()
            self._state.places[place.slide] = place
            self._state.pending.places[place.slide] = place
        self._edited.set()

    # The disk

    @property
    def unsaved(self) -> int:
        """How many edits, views and places are not on the disk yet."""
        with self._lock:
            return len(self._in_flight) + len(self._state.pending)

    @property
    def saved_seq(self) -> int:
        """Number of the newest entry that is on the disk."""
        return self._file.saved_seq

    def wait_for_edits(self, timeout_s: float) -> bool:
        """Block until something waits to be saved, or the time is over (False). ``save`` resets it."""
        return self._edited.wait(timeout_s)

    def wake(self) -> None:
        """Let ``wait_for_edits`` return."""
        self._edited.set()

    def save(self) -> int:
        """Write what waits; when it returns, it is on the disk. Returns the number of the newest saved entry.

        Raises ``CaseWriteError`` (full disk, lost folder, taken over): everything stays in memory, and the next
        ``save`` tries again.
        """
        with self._io_lock:
            return self._save()

    def back_up(self) -> Path | None:
        """Save, then copy the case into its folder of backups; None when nothing changed since the last copy."""
        with self._io_lock:
            saved = self._save()
            if saved == self._backed_up_seq or self.read_only:
                return None
            path = back_up(self._file.connection(), self.folder)
            self._backed_up_seq = saved
            return path

    def prefetch(self, steps: int = 20) -> None:
        """Read the next steps of undo and redo from the disk, so that ``undo`` and ``redo`` need not."""
        with self._lock:
            tops = self._state.stacks.undo[-steps:] + self._state.stacks.redo[-steps:]
            missing = [seq for seq in tops if seq not in self._entries]
        with without_collecting():
            for seq in missing:
                self._load_entry(seq)

    def close(self, *, discard: bool = False) -> None:
        """Save, snapshot coverage, back up, and give the case back. May be called twice.

        Raises ``CaseWriteError`` and stays open when something cannot be saved; ``discard`` drops it instead.
        """
        if self._closed:
            return
        problem: CaseWriteError | None = None
        if not self.read_only:
            try:
                with self._io_lock:
                    self._save(snapshot=True)
                self.back_up()
            except CaseWriteError as error:
                if self.unsaved and not discard:
                    raise
                problem = error
        with self._io_lock, self._lock:
            self._closed = True
            self._file.close()
        if problem is not None and not discard:
            raise problem

    def refresh(self) -> bool:
        """Read a case that is open for reading again if its owner has changed it. True when it had changed."""
        with self._io_lock:
            if not self.read_only or not self._file.has_changed():
                return False
            state = read_state(self._file.connection(), self._file.file)
            with self._lock:
                self._state = state
            return True

    def relocate(self, write: Callable[[CaseState], CaseFile]) -> None:
        """Go on in another file, to which ``write`` has written the state that it is given (``save_elsewhere``)."""
        with self._io_lock:
            with self._lock:
                state = self._state.copied()
                self._state.pending, self._in_flight = Pending(), self._state.pending
            try:
                file = write(state)
            except BaseException:
                self._take_back()
                raise
            with self._lock:
                self._file.close()
                self._file, self._in_flight = file, Pending()
                self._state.stacks.forget(state.last_seq)
                self._backed_up_seq = 0

    def _save(self, *, snapshot: bool = False) -> int:
        with self._lock:
            self._edited.clear()
            batch = self._state.pending
            views = self._views_since_snapshot + len(batch.views)
            due = views >= SNAPSHOT_EVERY_VIEWS or (snapshot and views > 0)
            if not batch and not due:
                return self._file.saved_seq
            self._state.pending, self._in_flight = Pending(), batch
            last_view, copies = self._state.last_view, copy.deepcopy(self._state.coverage) if due else {}
        try:
            self._file.write(batch, {slide: (last_view, c.to_blob()) for slide, c in copies.items()})
        except BaseException:
            self._take_back()
            raise
        with self._lock:
            self._in_flight = Pending()
            self._views_since_snapshot = 0 if due else views
        return self._file.saved_seq

    def _take_back(self) -> None:
        with self._lock:
            self._state.pending = self._in_flight.followed_by(self._state.pending)
            self._in_flight = Pending()

    def _step(self, action: Action, label: str, changes: tuple[Change, ...], target: int | None = None) -> Entry | None:
        if not changes:
            return None
        for change in changes[:_CHECKED_AT_ONCE]:
            if change.after is not None:
                encode(change.after)
        entry = self._state.step(action, label, changes, target=target)
        self._entries[entry.seq] = entry
        self._edited.set()
        return entry

    def _sign(self, label: str, reader: str, reason: str, changes: tuple[Change, ...]) -> Signature:
        self._check_writable()
        signed = self._state.signature(reader, reason, changes)
        self._step(Action.SIGN, label, (*changes, Change(None, signed)))
        return signed

    def _turn_back(self, action: Action) -> Entry | None:
        while True:
            with self._lock:
                self._check_writable()
                stacks = self._state.stacks
                stack = stacks.undo if action is Action.UNDO else stacks.redo
                if not stack:
                    return None
                entry = self._entries.get(stack[-1])
                if entry is not None:
                    changes = entry.changes
                    if action is Action.UNDO:
                        changes = tuple(change.inverse() for change in reversed(changes))
                    return self._step(action, entry.label, changes, entry.seq)
                wanted = stack[-1]
            self._load_entry(wanted)

    def _load_entry(self, seq: int) -> None:
        with self._io_lock:
            try:
                # While nothing waits to be saved, the state is what stands in the file.
                with self._lock:
                    before = None if self._state.pending.entries else self._state.last_seq
                entry = read_entry(self._file.connection(), seq, self._state.record if before is not None else None)
                if before not in (None, self._state.last_seq):
                    entry = read_entry(self._file.connection(), seq)
            except sqlite3.Error as error:
                raise self._file.explain(error, self.unsaved) from error
        with self._lock:
            self._entries[seq] = entry

    def _all(self, record_type: type[_R]) -> list[_R]:
        with self._lock:
            return [r for r in self._state.of_kind(KINDS[record_type]).values() if isinstance(r, record_type)]

    def _check_writable(self) -> None:
        if self.read_only:
            raise CaseReadOnlyError(f"The case {self.folder} is open for reading only.")
        if self._closed:
            raise CaseError(f"The case {self.folder} has been closed.")
