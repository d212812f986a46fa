"""Marks from and to files of other programs: read and written on a worker, with progress and cancel."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QFileDialog, QProgressDialog

from app.ui.background import CancelToken, run_in_background
from app.ui.dialogs.error import show_error

if TYPE_CHECKING:
    from app.case.case_store import CaseStore
    from app.case.journal import Entry
    from app.records.marks import Mark, MarkClass
    from app.ui.main_window import MainWindow

GEOJSON_SUFFIXES = (".geojson", ".json", ".geojson.gz", ".json.gz", ".geojson.zip")
ASAP_SUFFIXES = (".xml",)
_SHOW_AFTER_MS = 600
_TELL_EVERY_S = 0.1


class Cancelled(Exception):
    """The user does not want it any more."""


@dataclass(frozen=True)
class Imported:
    """What an import did: ``marks`` that were not there before, or otherwise."""

    entry: Entry | None
    marks: int
    notes: tuple[str, ...]


class MarkExchange(QObject):
    """Import and export of one window."""

    _progressed = Signal(object, int, int)
    _cameLate = Signal(object)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._progressed.connect(_show_progress)
        self._cameLate.connect(lambda finish: finish())
        actions = window.actions_
        actions["import_marks"].triggered.connect(self.ask_import)
        actions["export_marks"].triggered.connect(self.ask_export)

    @staticmethod
    def takes(path: Path) -> bool:
        """Whether a file that was dropped on the window is one of marks."""
        return path.name.lower().endswith(GEOJSON_SUFFIXES + ASAP_SUFFIXES)

    def ask_import(self) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in (*GEOJSON_SUFFIXES, *ASAP_SUFFIXES))
        dialog = QFileDialog(self._window, self.tr("Import marks"))
        dialog.setObjectName("importMarksDialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Marks ({0})").format(patterns), self.tr("All files (*)")])
        dialog.fileSelected.connect(lambda path: self.import_file(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def ask_export(self) -> None:
        """The proposed name says nothing of the slide."""
        dialog = QFileDialog(self._window, self.tr("Export marks"), "marks.geojson", "GeoJSON (*.geojson)")
        dialog.setObjectName("exportMarksDialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("geojson")
        dialog.fileSelected.connect(lambda path: self.export_file(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def import_file(self, path: Path) -> None:
        """Read a file into the case of the slide on screen, as one step of undo."""
        case = self._window.case
        store, slide = case.store, case.slide
        if store is None or slide is None or case.read_only:
            show_error(self._window, self._why_not())
            return
        known = self._window.marking.classes.all

        def work(token: CancelToken, tell: Callable[[int, int], None]) -> Imported:
            return import_marks(path, slide, store, known, token, tell)

        def done(result: Imported) -> None:
            if case.store is store:
                case.tell(result.entry)
            text = self.tr("{0} marks imported from {1}").format(f"{result.marks:,}", path.name)
            if result.entry is None:
                text = self.tr("{0} brought nothing new.").format(path.name)
            self._say(" ".join((text, *result.notes)))

        self._run(self.tr("Importing {0} ...").format(path.name), work, done)

    def export_file(self, path: Path) -> None:
        """Write all marks of the slide, also those that are filtered out or hidden."""
        case = self._window.case
        store, slide = case.store, case.slide
        if store is None or slide is None:
            show_error(self._window, self._why_not())
            return
        known = self._window.marking.classes.all

        def work(token: CancelToken, tell: Callable[[int, int], None]) -> int:
            from app.exchange.marks_geojson import keeps_members, write_geojson

            marks = store.marks(slide)
            write_geojson(path, marks, known, progress=_cancelling(token, tell))
            return sum(not keeps_members(mark) for mark in marks)

        self._run(
            self.tr("Writing {0} ...").format(path.name),
            work,
            lambda count: self._say(self.tr("{0} marks written to {1}").format(f"{count:,}", path)),
        )

    def _why_not(self) -> str:
        if self._window.case.slide is None:
            return self.tr("Open a slide first: marks belong to one.")
        return self._window.case.problem or self.tr("This case can only be read: nothing can be imported.")

    def _run(
        self, text: str, work: Callable[[CancelToken, Callable[[int, int], None]], object], done: Callable[..., None]
    ) -> None:
        box = QProgressDialog(text, self.tr("Cancel"), 0, 0, self._window)
        box.setObjectName("marksProgress")
        box.setWindowTitle("FNAScope")
        box.setMinimumDuration(_SHOW_AFTER_MS)
        box.setAutoClose(False)
        box.setAutoReset(False)
        # What was cancelled after it was done is done: it is shown and told, and can be undone.
        job = run_in_background(
            lambda token: work(token, lambda n, total: self._progressed.emit(box, n, total)),
            discard=lambda result: self._cameLate.emit(lambda: done(result)),
        )

        def close() -> None:
            # A box that closes says that it was cancelled.
            box.blockSignals(True)
            box.close()
            box.deleteLater()

        def cancel() -> None:
            job.cancel()
            self._say(self.tr("Cancelled."))
            close()

        def fail(error: Exception) -> None:
            close()
            show_error(self._window, str(error))

        box.canceled.connect(cancel)
        job.done.connect(lambda _result: close())
        job.done.connect(done)
        job.failed.connect(fail)

    def _say(self, text: str) -> None:
        self._window.status.showMessage(text, 10_000)


def import_marks(
    path: Path,
    slide: str,
    store: CaseStore,
    known: Iterable[MarkClass],
    token: CancelToken,
    tell: Callable[[int, int], None],
) -> Imported:
    """Read a file and put its marks into a case; for a worker. Raises ``ImportFileError``, ``CaseError``."""
    from app.case.errors import CaseWriteError
    from app.exchange.asap_xml import AsapFile, read_asap
    from app.exchange.marks_geojson import MarksFile, is_same, members_mark, read_geojson

    classes = list(known)
    file: AsapFile | MarksFile
    if path.name.lower().endswith(ASAP_SUFFIXES):
        file = read_asap(path, slide, classes, author=store.specimen.reader)
    else:
        file = read_geojson(path, slide, classes, progress=_cancelling(token, tell))
    members = members_mark(file, slide) if isinstance(file, MarksFile) else None
    present = {mark.uuid: mark for mark in store.marks(slide)}
    marks = [mark for mark in file.marks if not is_same(mark, present.get(mark.uuid))]
    kept = [members] if members is not None and not is_same(members, present.get(members.uuid)) else []
    used = {mark.class_key for mark in marks}
    held = set(store.classes())
    offered = [known for known in classes if known.key in used and known not in held]
    if token.cancelled:
        raise Cancelled
    entry = store.edit(_label(marks), put=[*offered, *file.new_classes, *kept, *marks])
    # Told as done only when it is on the disk: very many take a while. The writer goes on trying if it fails.
    with contextlib.suppress(CaseWriteError):
        store.save()
    return Imported(entry, len(marks), file.notes)


def _label(marks: Sequence[Mark]) -> str:
    return QCoreApplication.translate("MarkExchange", "Import {0} marks").format(f"{len(marks):,}")


def _cancelling(token: CancelToken, tell: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """Progress for a worker: passed on a few times per second, and the end of the work once it is cancelled."""
    told = 0.0

    def progress(done: int, total: int) -> None:
        nonlocal told
        if token.cancelled:
            raise Cancelled
        if time.monotonic() - told >= _TELL_EVERY_S:
            told = time.monotonic()
            tell(done, total)

    return progress


def _show_progress(box: QProgressDialog, done: int, total: int) -> None:
    if not box.wasCanceled():
        box.setMaximum(max(1, total))
        box.setValue(done)
