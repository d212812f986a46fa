"""The model manager: what is installed, its card and self-check; import, remove, and which model does what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
)

from app.resources import resource_path
from app.ui.background import CancelToken, Job, run_in_background
from app.ui.dialogs.error import show_error
from app.ui.panels.layout import heading, muted_label

if TYPE_CHECKING:
    from app.analysis.self_check import Checked
    from app.session.model_library import InstalledModel
    from app.ui.main_window import MainWindow


class _Reports(QObject):
    """Carries what a worker tells to the GUI thread."""

    progress = Signal(float)
    checked = Signal(object)


class ModelsDialog(QDialog):
    """Lists the bundles of the program and of the user's data folder. Work runs in the background, with a bar that
    can be cancelled; the dialog itself decides nothing about a slide that is open but which model scores it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.setObjectName("modelsDialog")
        self.setWindowTitle(self.tr("Models"))
        self.resize(760, 520)
        self._window = window
        self._models: list[InstalledModel] = []
        self._job: Job | None = None
        self._reports = _Reports(self)
        self._reports.progress.connect(self._show_progress)
        self._reports.checked.connect(self._show_checked)
        self.table = self._make_table()
        self.facts = QLabel()
        self.facts.setWordWrap(True)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.results = QLabel()
        self.results.setWordWrap(True)
        self.results.setAccessibleName(self.tr("Result of the self-check"))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.clicked.connect(self.stop)
        self._make_buttons()
        self._lay_out()
        self._show_working(False)
        self.reload()

    def reload(self) -> None:
        """Look at the bundles again, in the background."""
        window, settings = self._window, self._window.settings
        bundled = bundled_models()
        others = [Path(text) for text in (settings.model_path, settings.teacher_path) if text]

        def work(_token: CancelToken) -> list[InstalledModel]:
            from app.session.model_library import list_models

            return list_models(window.paths.data_dir, bundled, others)

        run_in_background(work, on_done=self._show, on_error=self._fail)

    @property
    def chosen(self) -> InstalledModel | None:
        row = self.table.currentRow()
        return self._models[row] if 0 <= row < len(self._models) else None

    def stop(self) -> None:
        """Give up what is being done."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._show_working(False)

    def import_from(self, source: Path) -> None:
        """Install a bundle from a folder or a zip file."""
        data_dir, tell = self._window.paths.data_dir, self._reports.progress.emit

        def work(token: CancelToken) -> Path:
            from app.session.model_library import import_model

            return import_model(source, data_dir, on_progress=tell, keep_going=lambda: not token.cancelled)

        self._start(work, self._imported)

    def done(self, result: int) -> None:
        self.stop()
        super().done(result)

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, 4)
        table.setHorizontalHeaderLabels([self.tr("Model"), self.tr("Kind"), self.tr("Trained on"), self.tr("Used as")])
        table.setAccessibleName(self.tr("Installed models"))
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.verticalHeader().hide()
        table.setTabKeyNavigation(False)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.setColumnWidth(1, 110)
        table.setColumnWidth(2, 190)
        table.setColumnWidth(3, 150)
        table.itemSelectionChanged.connect(self._show_chosen)
        return table

    def _make_buttons(self) -> None:
        def button(text: str, tip: str, slot: object) -> QPushButton:
            made = QPushButton(text)
            made.setToolTip(tip)
            made.clicked.connect(slot)
            return made

        tr = self.tr
        self.use = button(tr("Use for scoring"), tr("Score slides with this model from now on"), self._use)
        self.advise = button(
            tr("Use for second opinions"), tr("Ask this model when a second opinion is wanted"), self._advise
        )
        self.card = button(tr("Card..."), tr("What the model is and what was measured"), self._show_card)
        self.check = button(
            tr("Self-check"), tr("Run the model's reference tiles on this computer, in each precision"), self._check
        )
        self.remove = button(tr("Remove"), tr("Delete an imported model"), self._remove)
        self.add_folder = button(
            tr("Import folder..."), tr("Install a model from a folder NAME.fnabundle"), lambda: self._ask(True)
        )
        self.add_zip = button(tr("Import zip..."), tr("Install a model from a zip file"), lambda: self._ask(False))

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        for made in (self.use, self.advise, self.card, self.check, self.remove):
            side.addWidget(made)
        side.addStretch(1)
        for made in (self.add_folder, self.add_zip):
            side.addWidget(made)
        upper = QHBoxLayout()
        upper.addWidget(self.table, 1)
        upper.addLayout(side)
        working = QHBoxLayout()
        working.addWidget(self.bar, 1)
        working.addWidget(self.cancel)
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.reject)
        last = QHBoxLayout()
        remark = self.tr(
            "A slide model is offered in the gallery where the model that it belongs to scores. Segmenters are listed "
            "but not run by this version."
        )
        last.addWidget(muted_label(remark), 1)
        last.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 12)
        layout.setSpacing(10)
        layout.addWidget(heading(self.tr("Installed models")))
        layout.addLayout(upper, 1)
        layout.addWidget(self.facts)
        layout.addWidget(self.results)
        layout.addLayout(working)
        layout.addLayout(last)

    def _show(self, models: list[InstalledModel]) -> None:
        kept = self.chosen.path if self.chosen is not None else None
        self._models = models
        self.table.setRowCount(len(models))
        for row, model in enumerate(models):
            card = model.card
            domain = (
                "" if card is None else self.tr("phantoms (synthetic)") if card.is_phantom else card.training_domain
            )
            kind = card.kind if card is not None else self.tr("cannot be used")
            for column, text in enumerate((model.name, kind, domain, self._role(model))):
                item = QTableWidgetItem(text)
                item.setToolTip(model.problem or str(model.path))
                self.table.setItem(row, column, item)
        paths = [model.path for model in models]
        used = self._window.bundle_path
        start = kept if kept in paths else used if used in paths else paths[0] if paths else None
        if start is not None:
            self.table.selectRow(paths.index(start))
        self._show_chosen()

    def _role(self, model: InstalledModel) -> str:
        roles = []
        if _same(model.path, self._window.bundle_path):
            roles.append(self.tr("scoring"))
        if self._window.settings.teacher_path and _same(model.path, Path(self._window.settings.teacher_path)):
            roles.append(self.tr("second opinions"))
        if model.is_slide_model:
            students = ", ".join(student.name for student in model.students(self._models))
            roles.append(self.tr("slides of {0}").format(students) if students else self.tr("its model is missing"))
        return ", ".join(roles)

    def _show_chosen(self) -> None:
        model, free = self.chosen, self._job is None
        self.results.setText("")
        for made in (self.use, self.advise):
            made.setEnabled(free and model is not None and model.can_run)
        self.check.setEnabled(free and model is not None and model.can_be_checked)
        self.card.setEnabled(model is not None and model.card is not None)
        self.remove.setEnabled(free and model is not None and not model.bundled)
        for made in (self.add_folder, self.add_zip):
            made.setEnabled(free)
        if model is None:
            self.facts.setText("")
        elif model.card is None:
            self.facts.setText(model.problem)
        else:
            card = model.card
            where = self.tr("Comes with the program.") if model.bundled else str(model.path)
            self.facts.setText(
                self.tr("{0} classes, {1} px at {2} µm/px, {3}. {4}").format(
                    len(card.classes), card.tile_px, f"{card.mpp:g}", card.date, where
                )
            )

    def _use(self) -> None:
        model = self.chosen
        if model is not None:
            self._window.use_bundle(model.path)
            self.reload()

    def _advise(self) -> None:
        """Choose the teacher; chosen once more it is no longer one."""
        model, settings = self.chosen, self._window.settings
        if model is not None:
            already = bool(settings.teacher_path) and _same(model.path, Path(settings.teacher_path))
            settings.teacher_path = "" if already else str(model.path)
            self._window.save_settings()
            self.reload()

    def _show_card(self) -> None:
        model = self.chosen
        if model is not None and model.card is not None:
            from app.session.model_library import load_any
            from app.ui.dialogs.model_card import ModelCardDialog

            def show(bundle: object) -> None:
                dialog = ModelCardDialog(bundle, self)  # type: ignore[arg-type]
                dialog.finished.connect(dialog.deleteLater)
                dialog.open()

            run_in_background(lambda _token: load_any(model.path), on_done=show, on_error=self._fail)

    def _check(self) -> None:
        model, tell = self.chosen, self._reports.checked.emit
        if model is None or model.card is None:
            return
        kind = model.card.kind
        self.results.setText(self.tr("Checking ..."))

        def work(token: CancelToken) -> list[Checked]:
            from app.analysis.self_check import self_check

            return self_check(model.path, kind, keep_going=lambda: not token.cancelled)

        self._start(work, tell)

    def _show_checked(self, results: list[Checked]) -> None:
        self._ended()
        lines = [
            f"{checked.precision or self.tr('model')}: {'✓' if checked.ok else '✗'} {checked.text}"
            for checked in results
        ]
        self.results.setText("\n".join(lines) or self.tr("The bundle holds no model that this program can run."))

    def _remove(self) -> None:
        model, data_dir = self.chosen, self._window.paths.data_dir
        if model is None:
            return
        if self._role(model) and not model.is_slide_model:
            self.results.setText(self.tr("{0} is in use; choose another model first.").format(model.name))
            return

        def work(_token: CancelToken) -> None:
            from app.session.model_library import remove_model

            remove_model(model.path, data_dir)

        self._start(work, lambda _nothing: self._changed())

    def _ask(self, folder: bool) -> None:
        title = self.tr("Import a model bundle (a folder NAME.fnabundle)") if folder else self.tr("Import a zip file")
        dialog = QFileDialog(self, title)
        if folder:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
            dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        else:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
            dialog.setNameFilter(self.tr("Zip files (*.zip)"))
        dialog.finished.connect(dialog.deleteLater)
        dialog.fileSelected.connect(lambda path: self.import_from(Path(path)))
        dialog.open()

    def _imported(self, path: Path) -> None:
        self._changed()
        self.results.setText(self.tr("{0} is installed.").format(path.stem))

    def _changed(self) -> None:
        self._ended()
        self.reload()

    def _start(self, work: object, on_done: object) -> None:
        job = run_in_background(work)  # type: ignore[arg-type]
        job.done.connect(on_done)
        job.failed.connect(self._fail)
        self._job = job
        self._show_working(True)

    def _ended(self) -> None:
        self._job = None
        self._show_working(False)

    def _show_working(self, on: bool) -> None:
        self.bar.setRange(0, 1000 if not on else 0)
        self.bar.setVisible(on)
        self.cancel.setVisible(on)
        text = self.results.text()
        self._show_chosen()
        self.results.setText(text if on else "")

    def _show_progress(self, share: float) -> None:
        self.bar.setRange(0, 1000)
        self.bar.setValue(round(1000 * share))

    def _fail(self, error: Exception) -> None:
        self._ended()
        self.reload()
        show_error(self, str(error))


def bundled_models() -> list[Path]:
    """The bundles that come with the program."""
    try:
        folder = resource_path("models")
    except FileNotFoundError:
        return []
    return sorted(path for path in folder.glob("*.fnabundle") if path.is_dir())


def _same(one: Path, other: Path | None) -> bool:
    return other is not None and one.absolute() == other.absolute()
