"""The case of the slide that is open: found or started, kept saved by its writer, and given back."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from app.case.backup import restore_backup
from app.case.case_folder import cases_of_slide, new_case_folder, register_case
from app.case.case_opening import create_case, open_case, save_elsewhere
from app.case.case_store import CaseStore
from app.case.case_writer import CaseWriter, SaveStatus
from app.case.errors import CaseError, CaseLockedError
from app.records.specimen import SpecimenSlide
from app.records.times import utc_now

log = logging.getLogger(__name__)

PATHS_KEPT = 5
"""So many places where a slide has been seen are remembered."""

OnStatus = Callable[[SaveStatus], None]


@dataclass(frozen=True)
class CaseRequest:
    """Which case to open for a slide. ``folder`` None: the newest case of the slide, or a new one where there is
    none (``new``: in any case). A new one lies in ``parent``, by default in the data folder. ``slide.paths`` names
    where the slide lies now."""

    data_dir: Path
    slide: SpecimenSlide
    reader: str = ""
    folder: Path | None = None
    new: bool = False
    parent: Path | None = None
    take_over: bool = False


class OpenCase:
    """One case that is open for one slide. Made by ``open_case_of_slide``; all methods belong on a worker."""

    def __init__(
        self,
        request: CaseRequest,
        store: CaseStore,
        on_status: OnStatus,
        locked: CaseLockedError | None,
        others: tuple[Path, ...],
    ) -> None:
        self.request = request
        self.store = store
        self.locked = locked
        """Why the case is open for reading only; its ``owner`` is the window that has it."""
        self.others = others
        """Folders of further cases that the slide belongs to."""
        self._writer = None if store.read_only else CaseWriter(store, on_status)

    @property
    def slide(self) -> str:
        """Fingerprint of the slide on screen."""
        return self.request.slide.fingerprint

    def close(self, *, discard: bool = False) -> None:
        """Save and give the case back. Raises ``CaseWriteError`` and can be called again when something could
        not be saved; ``discard`` drops it instead."""
        if self._writer is not None:
            self._writer.stop()
        self.store.close(discard=discard)
        # It holds ``on_status``, which may lead back to this case: its many records would never go.
        self._writer = None

    def save_elsewhere(self, parent: Path) -> Path:
        """Go on in a new folder inside ``parent``; returns it. Raises ``CaseError``."""
        folder = _free_name(parent, self.store.folder.name)
        save_elsewhere(self.store, folder)
        _register(self.request.data_dir, self.store)
        return folder


def open_case_of_slide(request: CaseRequest, on_status: OnStatus) -> OpenCase:
    """Open the case of a slide, for reading only where another window has it.

    ``on_status`` is called on the writer's thread. Raises the errors of ``open_case``, among them
    ``CaseDamagedError`` (then ``restore_case`` helps), and of ``create_case``.
    """
    known = cases_of_slide(request.data_dir, request.slide.fingerprint)
    folder = folder_of(request)
    locked: CaseLockedError | None = None
    if folder is None:
        fresh = new_case_folder(request.data_dir)
        store = create_case(fresh if request.parent is None else request.parent / fresh.name, reader=request.reader)
    else:
        try:
            store = open_case(folder, reader=request.reader, take_over=request.take_over)
        except CaseLockedError as error:
            locked = error
            store = open_case(folder, read_only=True)
    try:
        if not store.read_only:
            _note_slide(store, request.slide)
            store.save()
            _register(request.data_dir, store)
    except BaseException:
        with contextlib.suppress(Exception):
            store.close(discard=True)
        raise
    others = tuple(other for other in known if other != store.folder)
    return OpenCase(request, store, on_status, locked, others)


def folder_of(request: CaseRequest) -> Path | None:
    """The folder of the case that would be opened; None for one that is to be started."""
    if request.new:
        return None
    known = cases_of_slide(request.data_dir, request.slide.fingerprint)
    return request.folder or (known[0] if known else None)


def restore_case(request: CaseRequest) -> Path:
    """Put the newest whole backup in the place of a damaged case. Returns it. Raises ``CaseError``."""
    folder = folder_of(request)
    if folder is None:
        raise CaseError("There is no case to restore.")
    return restore_backup(folder)


def _note_slide(store: CaseStore, slide: SpecimenSlide) -> None:
    """Add the slide to the case, or note where it lies now."""
    known = next((s for s in store.slides() if s.fingerprint == slide.fingerprint), None)
    if known is None:
        store.put_slide(replace(slide, added_utc=utc_now()))
        return
    paths = (*slide.paths, *(path for path in known.paths if path not in slide.paths))[:PATHS_KEPT]
    if paths != known.paths or slide.calibrated_mpp != known.calibrated_mpp:
        store.put_slide(replace(known, paths=paths, calibrated_mpp=slide.calibrated_mpp))


def _register(data_dir: Path, store: CaseStore) -> None:
    try:
        register_case(data_dir, store.folder, (slide.fingerprint for slide in store.slides()))
    except OSError as error:
        # The register can be made again; the case itself is safe.
        log.warning("The case %s could not be entered in the register: %s", store.folder, error)


def _free_name(parent: Path, name: str) -> Path:
    folder, number = parent / name, 2
    while folder.exists():
        folder, number = parent / f"{name}-{number}", number + 1
    return folder
