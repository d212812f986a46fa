"""Results of the open slide that are stored: which one is current, and what is to become of the others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
)

from app.ui.background import CancelToken, run_in_background
from app.ui.dialogs.error import show_error
from app.ui.panels.layout import heading, muted_label

if TYPE_CHECKING:
    from app.case.stored_results import StoredResult
    from app.ui.main_window import MainWindow


class StoredResultsDialog(QDialog):
    """A result that is not current is never drawn: it can be made current by going back to its model, or discarded."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.setObjectName("storedResultsDialog")
        self.setWindowTitle(self.tr("Stored results of this slide"))
        self.resize(820, 360)
        self._window = window
        self._results: list[StoredResult] = []
        self._models: dict[str, Path] = {}
        self.table = self._make_table()
        self.use = QPushButton(self.tr("Use that model"))
        self.use.setToolTip(
            self.tr("Score with the model of this result, which makes it current if nothing else differs")
        )
        self.use.clicked.connect(self._use)
        self.discard = QPushButton(self.tr("Discard"))
        self.discard.setToolTip(self.tr("Delete this result; it can be made again"))
        self.discard.clicked.connect(self._discard)
        self.discard_others = QPushButton(self.tr("Discard all that are not current"))
        self.discard_others.clicked.connect(self._discard_others)
        self._lay_out()
        self._show_chosen()
        self.reload()

    def reload(self) -> None:
        """Read the list again, in the background."""
        session, settings = self._window.specimen.session, self._window.settings
        if session is None:
            return
        data_dir, fingerprint = self._window.paths.data_dir, session.slide.info.fingerprint
        others = [Path(text) for text in (settings.model_path, settings.teacher_path) if text]
        from app.ui.dialogs.models import bundled_models

        bundled = bundled_models()

        def work(_token: CancelToken) -> tuple[list[StoredResult], dict[str, Path]]:
            from app.case.stored_results import list_results
            from app.session.model_library import list_models

            models = {model.hash: model.path for model in list_models(data_dir, bundled, others) if model.can_run}
            return list_results(data_dir, fingerprint), models

        run_in_background(work, on_done=self._show, on_error=self._fail)

    @property
    def chosen(self) -> StoredResult | None:
        row = self.table.currentRow()
        return self._results[row] if 0 <= row < len(self._results) else None

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, 6)
        names = (
            self.tr("Model"), self.tr("µm/px"), self.tr("Precision"), self.tr("Scored on"), self.tr("Size"),
            self.tr("State"),
        )  # fmt: skip
        table.setHorizontalHeaderLabels(names)
        table.setAccessibleName(self.tr("Stored results"))
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(5, QHeaderView.ResizeMode.Stretch)
        table.itemSelectionChanged.connect(self._show_chosen)
        return table

    def _lay_out(self) -> None:
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        for made in (self.use, self.discard, self.discard_others):
            buttons.addWidget(made)
        buttons.addStretch(1)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 12)
        layout.setSpacing(10)
        layout.addWidget(heading(self.tr("Stored results of this slide")))
        layout.addWidget(self.table, 1)
        layout.addWidget(
            muted_label(
                self.tr("Only the current result is drawn, ranked and exported. Decisions and marks are kept apart.")
            )
        )
        layout.addLayout(buttons)

    def _show(self, found: tuple[list[StoredResult], dict[str, Path]]) -> None:
        self._results, self._models = found
        self.table.setRowCount(len(self._results))
        for row, result in enumerate(self._results):
            made = result.provenance
            texts = (
                made.model_name,
                f"{made.mpp_used:.4g}",
                made.precision,
                made.date[:16].replace("T", " "),
                self.tr("{0} kB").format(f"{result.bytes / 1000:,.0f}"),
                self._state(result),
            )
            for column, text in enumerate(texts):
                self.table.setItem(row, column, QTableWidgetItem(text))
        if self._results:
            self.table.selectRow(0)
        self._show_chosen()

    def _differences(self, result: StoredResult) -> list[str]:
        from app.case.stored_results import differences

        session = self._window.specimen.session
        score_map = session.score_map() if session is not None else None
        return differences(result.provenance, score_map.provenance if score_map is not None else None)

    def _state(self, result: StoredResult) -> str:
        found = self._differences(result)
        return self.tr("not current: {0}").format(", ".join(found)) if found else self.tr("current")

    def _show_chosen(self) -> None:
        result = self.chosen
        stale = result is not None and bool(self._differences(result))
        self.discard.setEnabled(stale)
        self.use.setEnabled(
            result is not None
            and result.provenance.model_hash in self._models
            and self._models[result.provenance.model_hash] != self._window.bundle_path
        )
        self.discard_others.setEnabled(any(self._differences(one) for one in self._results))

    def _use(self) -> None:
        result = self.chosen
        if result is not None:
            self._window.use_bundle(self._models[result.provenance.model_hash])
            self.accept()

    def _discard(self) -> None:
        if self.chosen is not None:
            self._delete([self.chosen.plan_key])

    def _discard_others(self) -> None:
        self._delete([result.plan_key for result in self._results if self._differences(result)])

    def _delete(self, keys: list[str]) -> None:
        data_dir = self._window.paths.data_dir

        def work(_token: CancelToken) -> None:
            from app.case.stored_results import discard_results

            discard_results(data_dir, keys)

        run_in_background(work, on_done=lambda _nothing: self.reload(), on_error=self._fail)

    def _fail(self, error: Exception) -> None:
        show_error(self, str(error))
        self.reload()
