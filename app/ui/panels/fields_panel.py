"""The most suspicious fields beside the slide: pictures, one key to the next, always in the same place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from app.records.specimen import Verdict
from app.session.gallery import Filter
from app.ui.class_names import class_name
from app.ui.panels.fields_delegate import THUMBNAIL_PX, FieldDelegate
from app.ui.panels.fields_model import FieldsModel, verdict_name
from app.ui.panels.slide_model_box import SlideModelBox

if TYPE_CHECKING:
    from app.session.gallery import Entry, Tally
    from app.session.opinion import Opinion
    from kd.bundle import ClassInfo

__all__ = ["THUMBNAIL_PX", "FieldsPanel"]

JUMP_MAGNIFICATIONS = (10.0, 20.0, 40.0)
_NOT_DISMISSED = frozenset((None, Verdict.CONFIRMED, Verdict.DOTTED))


class FieldsPanel(QWidget):
    """Gallery of ranked fields; it shows what it is told and says what the user wants.

    ``entryChosen`` (number) by mouse or Enter, ``stepRequested`` (+1, -1), ``takeOverRequested``, ``filterChanged``,
    ``weakRequested`` (show candidates below the criterion), ``magnificationChosen``, ``askingCancelled`` (of a second
    opinion); ``hint`` is for the status bar.
    """

    entryChosen = Signal(int)
    stepRequested = Signal(int)
    takeOverRequested = Signal()
    filterChanged = Signal()
    weakRequested = Signal()
    magnificationChosen = Signal(float)
    askingCancelled = Signal()
    hint = Signal(str)

    def __init__(self, previous: QAction, following: QAction, weigh: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("fieldsPanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._steps = (previous, following)
        self.slide_model = SlideModelBox(weigh)
        self.context_actions: list[QAction | None] = []
        """What the context menu offers; None is a separator."""
        self.model = FieldsModel()
        self.view = self._make_view()
        self.count = QLabel()
        self.count.setProperty("role", "muted")
        self.classes = self._combo(self.tr("Fields of this class"))
        self.verdicts = self._combo(self.tr("Fields with this verdict"))
        self.magnification = self._combo(self.tr("Magnification at which a field is shown, if it fits the screen"))
        self.fresh = QPushButton()
        self.fresh.setProperty("primary", True)
        self.fresh.clicked.connect(self.takeOverRequested)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setProperty("role", "muted")
        self.asking = QProgressBar()
        self.asking.setTextVisible(False)
        self.asking.setAccessibleName(self.tr("Second opinion: progress"))
        self._stop_asking = QPushButton(self.tr("Cancel"))
        self._stop_asking.setToolTip(self.tr("Cancel the second opinion"))
        self._stop_asking.clicked.connect(self.askingCancelled)
        self._message = QLabel()
        self._message.setWordWrap(True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setProperty("role", "muted")
        self.weak = QPushButton()
        self.weak.clicked.connect(self.weakRequested)
        self._fill_combos()
        self._lay_out()
        self.set_classes(())
        self.show_waiting(0, 0)
        self.show_note("")
        self.show_asking(0, 0)
        self.show_message("")

    @property
    def filter(self) -> Filter:
        """What the user wants listed."""
        index = self.classes.currentData()
        verdicts = self.verdicts.currentData()
        return Filter(None if index is None or index < 0 else index, frozenset(verdicts))

    @property
    def is_in_hand(self) -> bool:
        """Whether somebody looks through the list: the pointer is over it, or it was scrolled."""
        return self.view.viewport().underMouse() or self.view.verticalScrollBar().value() > 0

    def set_classes(self, classes: Sequence[ClassInfo], harmless_too: bool = False) -> None:
        """The suspicious classes, or all of them, to choose from; the filters are cleared."""
        self.classes.blockSignals(True)
        self.classes.clear()
        self.classes.addItem(self.tr("Any class"), -1)
        for index, info in enumerate(classes):
            if info.suspicious or harmless_too:
                self.classes.addItem(class_name(info.name), index)
        self.classes.setEnabled(self.classes.count() > 1)
        self.classes.blockSignals(False)
        self.verdicts.blockSignals(True)
        self.verdicts.setCurrentIndex(0)
        self.verdicts.blockSignals(False)

    def set_magnification(self, value: float) -> None:
        """Show the remembered magnification."""
        self.magnification.blockSignals(True)
        self.magnification.setCurrentIndex(max(0, self.magnification.findData(value)))
        self.magnification.blockSignals(False)

    def show_message(self, text: str, weak: int = 0) -> None:
        """Say why there is nothing to show; empty shows the list. ``weak`` candidates can be asked for."""
        self._message.setText(text)
        self._stack.setCurrentIndex(1 if text else 0)
        self.weak.setText(
            self.tr("Show 1 weak candidate") if weak == 1 else self.tr("Show {0} weak candidates").format(weak)
        )
        self.weak.setVisible(weak > 0)

    def show_entries(
        self,
        entries: Sequence[Entry],
        current: int | None,
        ranks: Mapping[int, int],
        opinions: Mapping[int, Opinion],
    ) -> None:
        """Show these entries; the list stays where it was scrolled to, and the current one stays chosen."""
        bar = self.view.verticalScrollBar()
        scrolled_to = bar.value()
        if self.model.set_entries(entries, ranks, opinions):
            # The list must not run away from who looks at it.
            self.view.doItemsLayout()
            bar.setValue(scrolled_to)
        row = self.model.row_of(current)
        if row is None:
            self.view.setCurrentIndex(QModelIndex())
        elif self.view.currentIndex().row() != row:
            self.view.setCurrentIndex(self.model.index(row))
        for action in self._steps:
            action.setEnabled(self.model.rowCount() > 0)

    def scroll_to(self, number: int) -> None:
        """Bring an entry into view."""
        row = self.model.row_of(number)
        if row is not None:
            self.view.scrollTo(self.model.index(row))

    def show_tally(self, tally: Tally, rank: int | None) -> None:
        """How far the reader is."""
        if not tally.fields:
            self.count.setText("")
            return
        text = self.tr("{0} of {1} reviewed").format(tally.reviewed, tally.fields)
        if tally.confirmed:
            text += self.tr(", {0} confirmed").format(tally.confirmed)
        self.count.setText(text)
        place = self.tr("Field {0} of {1}. ").format(rank, tally.fields) if rank is not None else ""
        self.count.setToolTip(
            place
            + self.tr("{0} confirmed, {1} dotted, {2} dismissed, {3} undecided").format(
                tally.confirmed, tally.dotted, tally.dismissed, tally.fields - tally.reviewed
            )
        )

    def show_waiting(self, above: int, total: int) -> None:
        """New fields that are not listed yet: how many rank above the current one, and in all."""
        self.fresh.setVisible(total > 0)
        text = self.tr("{0} new above").format(above) if above else self.tr("{0} new").format(total)
        self.fresh.setText(text)
        self.fresh.setToolTip(self.tr("List the new fields now; the next step (Space, N) does so too"))
        self.fresh.setAccessibleName(self.tr("{0}: list the new fields").format(text))

    def show_note(self, text: str) -> None:
        """A sentence above the list, about all of it; empty for none."""
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def show_asking(self, done: int, total: int) -> None:
        """How far a second opinion is; ``total`` 0: none is asked for."""
        for widget in (self.asking, self._stop_asking):
            widget.setVisible(total > 0)
        # Until the first answer the model is loaded, which takes as long as it takes.
        self.asking.setRange(0, total if done else 0)
        self.asking.setValue(done)
        self.asking.setToolTip(self.tr("Second opinion: {0} of {1} fields").format(done, total))

    def step(self, by: int) -> None:
        """Ask for the next (1) or previous (-1) field."""
        self.stepRequested.emit(by)

    def _make_view(self) -> QListView:
        view = QListView()
        view.setModel(self.model)
        view.setItemDelegate(FieldDelegate(self.model, view))
        view.setViewMode(QListView.ViewMode.IconMode)
        view.setMovement(QListView.Movement.Static)
        view.setResizeMode(QListView.ResizeMode.Adjust)
        view.setUniformItemSizes(True)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setAccessibleName(self.tr("Most suspicious fields"))
        view.clicked.connect(self._choose)
        view.activated.connect(self._choose)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._show_menu)
        return view

    def _combo(self, tip: str) -> QComboBox:
        box = QComboBox()
        box.setToolTip(tip)
        box.setAccessibleName(tip)
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return box

    def _fill_combos(self) -> None:
        for text, verdicts in (
            (self.tr("All"), frozenset((None, *Verdict))),
            (self.tr("Not dismissed"), _NOT_DISMISSED),
            *((verdict_name(verdict), frozenset((verdict,))) for verdict in (None, *Verdict)),
        ):
            self.verdicts.addItem(text, verdicts)
        for value in JUMP_MAGNIFICATIONS:
            self.magnification.addItem(f"{value:g}x", value)
        self.classes.currentIndexChanged.connect(lambda _index: self.filterChanged.emit())
        self.verdicts.currentIndexChanged.connect(lambda _index: self.filterChanged.emit())
        self.magnification.currentIndexChanged.connect(
            lambda _index: self.magnificationChosen.emit(self.magnification.currentData())
        )

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 0)
        self.count.setWordWrap(True)
        self.magnification.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        bar.addWidget(self.count, 1)
        bar.addWidget(self.magnification)
        filters = QHBoxLayout()
        filters.setContentsMargins(8, 4, 8, 4)
        filters.setSpacing(4)
        filters.addWidget(self.classes, 1)
        filters.addWidget(self.verdicts, 1)
        notice = QHBoxLayout()
        notice.setContentsMargins(8, 0, 8, 4)
        notice.addWidget(self.note, 1)
        notice.addWidget(self.fresh)
        asking = QHBoxLayout()
        asking.setContentsMargins(8, 0, 8, 4)
        asking.addWidget(self.asking, 1)
        asking.addWidget(self._stop_asking)
        said = QWidget()
        words = QVBoxLayout(said)
        words.setContentsMargins(16, 16, 16, 16)
        words.addStretch(1)
        words.addWidget(self._message)
        words.addWidget(self.weak, 0, Qt.AlignmentFlag.AlignCenter)
        words.addStretch(1)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.view)
        self._stack.addWidget(said)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addLayout(filters)
        layout.addWidget(self.slide_model)
        layout.addLayout(notice)
        layout.addLayout(asking)
        layout.addLayout(self._stack, 1)

    def _choose(self, index: QModelIndex) -> None:
        self.entryChosen.emit(self.model.entry(index.row()).number)

    def _show_menu(self, place: QPoint) -> None:
        index = self.view.indexAt(place)
        if index.isValid():
            self._choose(index)
        menu = QMenu(self)
        for action in self.context_actions:
            if action is None:
                menu.addSeparator()
            else:
                menu.addAction(action)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.view.viewport().mapToGlobal(place))
