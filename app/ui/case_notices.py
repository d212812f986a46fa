"""What the user is told about the case, and what can be done about it: banners, the status bar, dialogs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMessageBox

from app.ui.background import CancelToken, run_in_background
from app.ui.dialogs.error import show_error
from app.ui.sentences import in_words

if TYPE_CHECKING:
    from app.case.case_store import CaseStore
    from app.case.case_writer import SaveStatus
    from app.session.open_case import OpenCase
    from app.ui.main_window import MainWindow

SAVING, LOCKED, RECOVERED, PROBLEM, WARNING = (
    "case-save",
    "case-locked",
    "case-recovered",
    "case-problem",
    "case-warning",
)
"""Keys of the banners."""


class CaseNotices(QObject):
    """Listens to the window's ``CaseLink`` and speaks for it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._banners = window.banners
        self.case = window.case
        self.case.opened.connect(self._opened)
        self.case.closed.connect(self._forget)
        self.case.failed.connect(self._failed)
        self.case.refused.connect(lambda text: show_error(window, text))
        self.case.saveStatusChanged.connect(self._show_saving)
        self.case.notClosed.connect(self._not_closed)

    def _opened(self, store: CaseStore) -> None:
        self._banners.drop(PROBLEM)
        current = self.case.current
        if current is not None and current.locked is not None:
            self._banners.put(LOCKED, "warning", self._locked_text(current), (self.tr("Take over..."), self._take_over))
        replaced = store.replaced_owner
        if replaced is not None and not current_takes_over(current):
            text = self.tr("The last session ended unexpectedly; everything up to its last second is here.")
            self._banners.put(RECOVERED, "info", text, (self.tr("OK"), lambda: self._banners.drop(RECOVERED)))
        if store.warnings:
            self._banners.put(WARNING, "warning", " ".join(store.warnings))

    def _locked_text(self, case: OpenCase) -> str:
        from app.case.owner import Owner

        owner = case.locked.owner if case.locked is not None else None
        if not isinstance(owner, Owner):
            return self.tr("This case is open elsewhere; here it can only be read.")
        return self.tr(
            "This case is open elsewhere ({user} on {host}, process {pid}); here it can only be read."
        ).format(user=owner.user, host=owner.host, pid=owner.pid)

    def _take_over(self) -> None:
        self._ask(
            self.tr("Take this case over? The other window can save nothing more in it."),
            self.tr("Take over"),
            lambda: self.case.use(folder=self._folder(), take_over=True),
        )

    def _folder(self) -> Path | None:
        store = self.case.store
        return store.folder if store is not None else None

    def _failed(self, error: Exception) -> None:
        from app.case.errors import CaseDamagedError, CaseWriteError

        text = self.tr("Nothing can be marked or decided on this slide: {0}").format(error)
        action = (self.tr("Try again"), self.case.again)
        if isinstance(error, CaseDamagedError):
            action = (self.tr("Restore a backup..."), self._restore)
        elif isinstance(error, CaseWriteError):
            action = (self.tr("Another folder..."), self._start_elsewhere)
        self._banners.put(PROBLEM, "error", text, action)

    def _restore(self) -> None:
        self._ask(
            self.tr("Restore the newest whole backup of this case? The damaged file is kept beside it."),
            self.tr("Restore"),
            self._restore_now,
        )

    def _restore_now(self) -> None:
        request = self.case.request
        if request is None:
            return

        def work(_token: CancelToken) -> Path:
            from app.session.open_case import restore_case

            return restore_case(request)

        run_in_background(work, on_done=lambda _backup: self.case.again(), on_error=self._show_problem)

    def _start_elsewhere(self) -> None:
        self._choose_folder(self.tr("Where to keep this case"), lambda parent: self.case.use(parent=parent, new=True))

    # Saving

    def _show_saving(self, status: SaveStatus) -> None:
        if not status.message:
            if self._banners.has(SAVING):
                self._banners.drop(SAVING)
                self._window.status.showMessage(self.tr("All changes are saved."), 6000)
            return
        action = (self.tr("Save elsewhere..."), self.save_elsewhere)
        self._banners.put(SAVING, "error", status.message, action)
        self._window.status.showMessage(self.tr("Not saved: {0} changes").format(status.unsaved))

    def save_elsewhere(self) -> None:
        """Ask for a folder on another disk and go on there."""
        current = self.case.current
        if current is not None:
            self._choose_folder(self.tr("Save this case in"), lambda parent: self._save_in(current, parent))

    def _save_in(self, case: OpenCase, parent: Path, then: Callable[[], object] | None = None) -> None:
        def saved(folder: Path) -> None:
            self._banners.drop(SAVING)
            self._window.status.showMessage(self.tr("The case is saved in {0}.").format(folder), 10_000)
            if then is not None:
                then()

        run_in_background(lambda _token: case.save_elsewhere(parent), on_done=saved, on_error=self._show_problem)

    def may_leave(self) -> bool:
        """False when something could not be saved: then the user is asked what to do with it."""
        case, status = self.case.current, self.case.status
        if case is None or status is None or not status.message or not status.unsaved or self.case.drops_unsaved:
            return True
        close = self._window.close

        def drop() -> None:
            self.case.drops_unsaved = True
            close()

        self._ask_unsaved(
            status.message,
            self.tr("{0} changes are not saved yet.").format(status.unsaved),
            again=None,
            elsewhere=lambda: self._choose_folder(
                self.tr("Save this case in"), lambda parent: self._save_in(case, parent, close)
            ),
            drop=drop,
        )
        return False

    def _not_closed(self, case: OpenCase, error: Exception) -> None:
        """A case that is no longer on screen could not be saved: nothing is dropped unless the user says so."""
        close = self.case.close_case
        self._ask_unsaved(
            str(error),
            self.tr("The slide is closed, but its last changes are not saved yet."),
            again=lambda: close(case),
            elsewhere=lambda: self._choose_folder(
                self.tr("Save this case in"),
                lambda parent: self._save_in(case, parent, lambda: close(case)),
                lambda: self._not_closed(case, error),
            ),
            drop=lambda: close(case, discard=True),
        )

    def _ask_unsaved(
        self,
        text: str,
        hint: str,
        *,
        again: Callable[[], None] | None,
        elsewhere: Callable[[], None],
        drop: Callable[[], None],
    ) -> None:
        """``again`` None: there is a slide to go back to, where saving is tried again by itself."""
        box = QMessageBox(self._window)
        box.setObjectName("notSavedBox")
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("FNAScope")
        box.setText(in_words(text))
        box.setInformativeText(hint)
        role = QMessageBox.ButtonRole
        first = box.addButton(self.tr("Go back") if again is None else self.tr("Try again"), role.RejectRole)
        box.addButton(self.tr("Save elsewhere..."), role.ActionRole).clicked.connect(elsewhere)
        box.addButton(self.tr("Drop the changes"), role.DestructiveRole).clicked.connect(drop)
        if again is not None:
            first.clicked.connect(again)
        box.setDefaultButton(first)
        box.setEscapeButton(first)
        box.finished.connect(box.deleteLater)
        box.open()

    def _forget(self) -> None:
        for key in (SAVING, LOCKED, RECOVERED, PROBLEM, WARNING):
            self._banners.drop(key)

    def _show_problem(self, error: Exception) -> None:
        show_error(self._window, str(error))

    def _ask(self, question: str, yes: str, then: Callable[[], None]) -> None:
        box = QMessageBox(self._window)
        box.setObjectName("caseQuestion")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("FNAScope")
        box.setText(question)
        box.addButton(yes, QMessageBox.ButtonRole.AcceptRole).clicked.connect(then)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.finished.connect(box.deleteLater)
        box.open()

    def _choose_folder(
        self, title: str, then: Callable[[Path], None], cancelled: Callable[[], None] | None = None
    ) -> None:
        dialog = QFileDialog(self._window, title)
        dialog.setObjectName("caseFolderDialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda path: then(Path(path)))
        if cancelled is not None:
            dialog.rejected.connect(cancelled)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def current_takes_over(case: OpenCase | None) -> bool:
    """Whether the owner was replaced because the user wished it, not because it had died."""
    return case is not None and case.request.take_over
