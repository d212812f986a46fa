"""Report, sign-off, amendments and the exports of the reader's own work: asked for here, made on workers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog, QFileDialog

from app.ui.background import CancelToken, Job, run_in_background
from app.ui.dialogs.error import show_error

if TYPE_CHECKING:
    from app.case.case_store import CaseStore
    from app.records.specimen import CellGroup, GalleryDecision, Sheet
    from app.report.content import ReportContent
    from app.session.slide_session import SlideSession
    from app.ui.dialogs.report import ReportDialog
    from app.ui.main_window import MainWindow

_PREVIEW_PX = 1500
_MESSAGE_MS = 5000


class Reports(QObject):
    """One window's reports. At most one dialog and one piece of work at a time."""

    _progressed = Signal(float)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.dialog: ReportDialog | None = None
        self._content: ReportContent | None = None
        self._job: Job | None = None
        self._progressed.connect(self._show_progress)
        actions = window.actions_
        actions["report"].triggered.connect(self.show)
        actions["sign"].triggered.connect(self.ask_signature)
        actions["export_decisions"].triggered.connect(self._ask_decisions)
        actions["export_metadata"].triggered.connect(self._ask_metadata)
        window.case.closed.connect(self._close_dialog)

    def show(self) -> None:
        """Open the report of the case as it stands."""
        from app.session.report_facts import confirmed_fields
        from app.ui.dialogs.report import ReportDialog

        store, session = self._window.case.store, self._window.specimen.session
        if store is None or session is None or self.dialog is not None:
            return
        names = {slide.fingerprint: f"Slide {n}" for n, slide in enumerate(store.slides(), start=1)}
        dialog = self.dialog = ReportDialog(confirmed_fields(store), names, self._window)
        dialog.optionsChanged.connect(self._refresh)
        dialog.saveRequested.connect(self._ask_file)
        dialog.signRequested.connect(self.ask_signature)
        dialog.cancelRequested.connect(self._cancel)
        dialog.finished.connect(self._forget_dialog)
        dialog.open()
        self._refresh()

    def ask_signature(self) -> None:
        """Sign; or amend where the sheet is signed already."""
        store = self._window.case.store
        if store is None or store.read_only:
            return
        if store.signatures():
            self._ask_amendment(store)
        else:
            self._ask_sign_off(store)

    def _ask_sign_off(self, store: CaseStore) -> None:
        from app.ui.dialogs.sign import SignDialog

        dialog = SignDialog(store.sheet, store.adequacy(), store.specimen.reader, self._parent())
        dialog.accepted.connect(lambda: self._sign(lambda: store.sign(dialog.reader), store))
        _open(dialog)

    def _ask_amendment(self, store: CaseStore) -> None:
        from app.session.report_facts import confirmed_fields
        from app.ui.dialogs.sign import AmendDialog

        dialog = AmendDialog(
            store.sheet, self._window.sheet.groups.all(), confirmed_fields(store), store.specimen.reader, self._parent()
        )

        def amend() -> object:
            groups, gone = dialog.lists.changes()
            return store.amend(dialog.reader, dialog.reason, put=[dialog.sheet, *groups], remove=gone)

        dialog.accepted.connect(lambda: self._sign(amend, store))
        _open(dialog)

    def _sign(self, sign: Callable[[], object], store: CaseStore) -> None:
        from app.case.errors import CaseError
        from app.case.journal import Action, Change, Entry

        before, signed = {record.key: record for record in _signed_records(store)}, len(store.signatures())
        try:
            sign()
        except CaseError as error:
            show_error(self._parent(), str(error))
            return
        # The store hands out the signature, not its entry: all that listeners need of it is what changed.
        changes = [Change(None, signature) for signature in store.signatures()[signed:]]
        after = {record.key: record for record in _signed_records(store)}
        changes += [
            Change(before.get(key), after.get(key)) for key in before | after if before.get(key) != after.get(key)
        ]
        last = store.signatures()[-1]
        self._window.case.tell(
            Entry(store.saved_seq + 1, last.signed_utc, last.reader, Action.SIGN, "Signed", tuple(changes), None)
        )
        self._window.status.showMessage(self.tr("Signed by {0}").format(last.reader), _MESSAGE_MS)
        if self.dialog is not None:
            self._refresh()

    # The preview

    def _refresh(self) -> None:
        store, session, dialog = self._window.case.store, self._window.specimen.session, self.dialog
        if store is None or session is None or dialog is None:
            return
        self._cancel()
        # What was made for other options must not be saved any more.
        self._content = None
        options, data_dir = dialog.options, self._window.paths.data_dir
        dialog.sign.setEnabled(not store.read_only)
        dialog.sign.setText(self.tr("Amen&d...") if store.signatures() else self.tr("Si&gn..."))
        dialog.show_busy(0.0, self.tr("Gathering the report..."))

        def work(token: CancelToken) -> tuple[ReportContent, QImage]:
            from app.session.report_facts import gather
            from app.ui.dialogs.report_preview import page_image

            content = gather(
                store,
                session,
                options,
                data_dir,
                on_progress=self._progressed.emit,
                keep_going=lambda: not token.cancelled,
            )
            return content, page_image(content, _PREVIEW_PX)

        self._start(work, self._show_page)

    def _show_page(self, made: tuple[ReportContent, QImage]) -> None:
        self._content, image = made
        if self.dialog is not None:
            self.dialog.show_page(image)
            self.dialog.show_busy(None)

    def _show_progress(self, share: float) -> None:
        if self.dialog is not None and self._job is not None:
            self.dialog.show_busy(share, self.tr("Gathering the report..."))

    def _ask_file(self, form: str) -> None:
        """The proposed name says nothing of case or slide."""
        patterns = {"pdf": "PDF (*.pdf)", "html": "HTML (*.html)"}
        dialog = self._file_dialog(self.tr("Save report"), f"report.{form}", patterns[form])
        dialog.fileSelected.connect(lambda path: self.save(form, Path(path)))
        dialog.open()

    def save(self, form: str, target: Path) -> None:
        """Write the report of the preview as ``pdf`` or ``html``."""
        content = self._content
        if self.dialog is None:
            return
        if content is None:
            self._refresh()
            return
        self.dialog.show_busy(0.0, self.tr("Writing {0}...").format(target.name))

        def work(_token: CancelToken) -> Path:
            from app.report.html import write_html
            from app.report.pdf import write_pdf

            return (write_pdf if form == "pdf" else write_html)(content, target)

        self._start(work, self._written)

    def _written(self, target: Path) -> None:
        self._window.status.showMessage(self.tr("Wrote {0}").format(target), _MESSAGE_MS)
        if self.dialog is not None:
            self.dialog.show_busy(None, self.tr("Wrote {0}").format(target))

    def _start(self, work: Callable[[CancelToken], object], on_done: Callable[..., None]) -> None:
        job = self._job = run_in_background(work)

        def end(result: object) -> None:
            self._job = None
            on_done(result)

        job.done.connect(end)
        job.failed.connect(self._fail)

    def _fail(self, error: Exception) -> None:
        self._job = None
        if self.dialog is not None:
            self.dialog.show_busy(None)
        show_error(self._parent(), str(error))

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
        if self.dialog is not None:
            self.dialog.show_busy(None, self.tr("Cancelled."))

    def _close_dialog(self) -> None:
        if self.dialog is not None:
            self.dialog.reject()

    def _forget_dialog(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
        if self.dialog is not None:
            self.dialog.deleteLater()
        self.dialog = None
        self._content = None

    # The reader's own work, and the slide's metadata

    def _ask_decisions(self) -> None:
        dialog = self._file_dialog(self.tr("Export decisions"), "decisions.csv", "CSV (*.csv)")
        dialog.fileSelected.connect(lambda path: self.write_decisions(Path(path)))
        dialog.open()

    def write_decisions(self, target: Path) -> None:
        """Decisions, groups and marks of the whole case as a table."""
        store = self._window.case.store
        if store is None:
            return

        def work(_token: CancelToken) -> Path:
            from app.exchange.decisions_csv import write_decisions_csv

            marks = [mark for slide in store.slides() for mark in store.marks(slide.fingerprint)]
            return write_decisions_csv(store.decisions(), store.groups(), marks, target)

        self._start(work, self._written)

    def _ask_metadata(self) -> None:
        session = self._window.specimen.session
        if session is None:
            return
        dialog = self._file_dialog(self.tr("Export metadata"), "slide-metadata.json", "JSON (*.json)")
        dialog.fileSelected.connect(lambda path: self.write_metadata(session, Path(path)))
        dialog.open()

    def write_metadata(self, session: SlideSession, target: Path) -> None:
        """The de-identified metadata of a slide."""

        def work(_token: CancelToken) -> Path:
            from app.exchange.slide_metadata import write_metadata_json

            return write_metadata_json(session.slide.info, target)

        self._start(work, self._written)

    def _file_dialog(self, title: str, name: str, pattern: str) -> QFileDialog:
        dialog = QFileDialog(self._parent(), title, name, pattern)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(name.rpartition(".")[2])
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def _parent(self) -> MainWindow | ReportDialog:
        return self.dialog or self._window


def _signed_records(store: CaseStore) -> list[Sheet | CellGroup | GalleryDecision]:
    """What a signature fixes and an amendment may change."""
    return [store.sheet, *store.groups(), *store.decisions()]


def _open(dialog: QDialog) -> None:
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
