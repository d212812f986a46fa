"""The worklist beside the slide: the slides of a folder, and scoring all of them in the background."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.session.worklist_item import WorkState
from app.ui.icons import icon
from app.ui.panels.layout import muted_label
from app.ui.sentences import in_words
from app.ui.worklist.delegate import WorklistDelegate
from app.ui.worklist.model import ITEM_ROLE, Order, WorklistModel

if TYPE_CHECKING:
    from app.session.folder_scoring import FolderProgress


class WorklistPanel(QWidget):
    """``chosen`` carries the path of the slide to open, ``besideRequested`` of one to open beside it; ``shown`` comes
    when the panel becomes visible. ``can_open_beside`` is set by the window."""

    chosen = Signal(object)
    besideRequested = Signal(object)
    recursiveChanged = Signal(bool)
    scoringRequested = Signal()
    scoringCancelled = Signal()
    shown = Signal()

    def __init__(self, open_folder: QAction, model: WorklistModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("worklistPanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = model
        self._folder = ""
        self.view = QListView()
        self.view.setModel(model)
        self.view.setItemDelegate(WorklistDelegate(self.view))
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setResizeMode(QListView.ResizeMode.Adjust)
        self.view.setUniformItemSizes(True)
        self.view.setAccessibleName(self.tr("Slides of the folder"))
        self.view.activated.connect(lambda index: self.chosen.emit(index.data(ITEM_ROLE).path))
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.can_open_beside: Callable[[], bool] = lambda: False
        self._message = muted_label()
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setContentsMargins(16, 16, 16, 16)
        self._lay_out(open_folder)
        self.show_message(self.tr("Open a folder to see all of its slides, and how far each has come."))
        self.show_scoring(None, False)

    def _lay_out(self, open_folder: QAction) -> None:
        self._name = QLabel()
        self._name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        choose = QToolButton()
        choose.setDefaultAction(open_folder)
        choose.setAutoRaise(True)
        choose.setAccessibleName(open_folder.toolTip())
        self.recursive = QCheckBox(self.tr("With subfolders"))
        self.recursive.setToolTip(self.tr("List the slides of all folders in this folder too"))
        self.recursive.toggled.connect(self.recursiveChanged)
        self.order = QComboBox()
        self.order.setAccessibleName(self.tr("Order of the slides"))
        self.order.setToolTip(self.tr("In which order the slides are listed"))
        for order, text in (
            (Order.NAME, self.tr("By name")),
            (Order.STATE, self.tr("By state")),
            (Order.SUSPICION, self.tr("Most suspicious first")),
            (Order.CASE, self.tr("By case")),
        ):
            self.order.addItem(text, order)
        self.order.activated.connect(lambda _row: self.model.set_order(Order(self.order.currentData())))
        self._count = muted_label()
        head = QHBoxLayout()
        head.setContentsMargins(10, 4, 6, 0)
        head.addWidget(self._name, 1)
        head.addWidget(choose)
        under = QHBoxLayout()
        under.setContentsMargins(10, 0, 10, 4)
        under.addWidget(self.recursive, 1)
        under.addWidget(self.order)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._message)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addLayout(under)
        layout.addLayout(self._stack, 1)
        layout.addLayout(self._scoring_bar())

    def _scoring_bar(self) -> QVBoxLayout:
        self._scoring_text = muted_label()
        self._scoring_bar_ = QProgressBar()
        self._scoring_bar_.setTextVisible(False)
        self._scoring_bar_.setAccessibleName(self.tr("Progress of scoring the folder"))
        self.score_button = QPushButton()
        self.score_button.setObjectName("scoreFolder")
        self.score_button.clicked.connect(self.scoringRequested)
        self.cancel_button = QToolButton()
        self.cancel_button.setIcon(icon("stop"))
        self.cancel_button.setIconSize(QSize(18, 18))
        self.cancel_button.setToolTip(self.tr("Stop scoring the folder; what is scored is kept"))
        self.cancel_button.setAccessibleName(self.cancel_button.toolTip())
        self.cancel_button.clicked.connect(self.scoringCancelled)
        buttons = QHBoxLayout()
        buttons.addWidget(self.score_button, 1)
        buttons.addWidget(self.cancel_button)
        bar = QVBoxLayout()
        bar.setContentsMargins(10, 8, 10, 8)
        bar.setSpacing(6)
        bar.addWidget(self._count)
        bar.addWidget(self._scoring_text)
        bar.addWidget(self._scoring_bar_)
        bar.addLayout(buttons)
        return bar

    def menu_of(self, path: Path) -> QMenu:
        """What can be done with a slide of the list."""
        menu = QMenu(self)
        menu.addAction(self.tr("&Open"), lambda: self.chosen.emit(path))
        beside = menu.addAction(self.tr("Open &beside the slide on screen"), lambda: self.besideRequested.emit(path))
        beside.setEnabled(self.can_open_beside())
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def _show_menu(self, place: QPoint) -> None:
        index = self.view.indexAt(place)
        if index.isValid():
            self.menu_of(index.data(ITEM_ROLE).path).popup(self.view.viewport().mapToGlobal(place))

    def show_message(self, text: str) -> None:
        """Why there is no list; empty shows the list."""
        self._message.setText(in_words(text))
        self._stack.setCurrentIndex(1 if text else 0)

    def show_folder(self, folder: Path) -> None:
        self._folder = folder.name or str(folder)
        self._name.setToolTip(str(folder))
        self._elide_name()

    def show_counts(self) -> None:
        """How many slides there are and how many are reported."""
        items = [self.model.item(row) for row in range(self.model.rowCount())]
        reported = sum(item.state is WorkState.REPORTED for item in items)
        self._count.setText(self.tr("{0} slides, {1} reported").format(len(items), reported) if items else "")
        self._count.setVisible(bool(items))
        self.score_button.setEnabled(bool(items))

    def show_scoring(self, progress: FolderProgress | None, interrupted: bool) -> None:
        """How far scoring of the folder is; ``interrupted``: the program ended in the midst of it."""
        running = progress is not None and progress.state != "idle"
        state = progress.state if progress is not None else "idle"
        self.cancel_button.setVisible(running)
        self._scoring_bar_.setVisible(running)
        self.score_button.setText(
            self.tr("&Go on scoring")
            if state == "paused" or (interrupted and not running)
            else self.tr("&Pause scoring")
            if running
            else self.tr("&Score all slides")
        )
        self.score_button.setToolTip(
            self.tr("Scores the slides one after the other in the background; the slide on screen goes first")
        )
        text = ""
        if interrupted and not running:
            text = self.tr("Scoring of this folder was interrupted.")
        elif progress is not None:
            text = self._scoring_words(progress)
            part = progress.run.done / progress.run.total if progress.run and progress.run.total else 0.0
            self._scoring_bar_.setRange(0, 1000)
            whole = max(1, progress.total)
            self._scoring_bar_.setValue(round(1000 * min(1.0, (progress.finished + part) / whole)))
        self._scoring_text.setText(text)
        self._scoring_text.setToolTip(
            "\n".join(map(in_words, progress.failed.values())) if progress is not None else ""
        )
        self._scoring_text.setVisible(bool(text))

    def _scoring_words(self, progress: FolderProgress) -> str:
        failed = self.tr("{0} could not be scored").format(len(progress.failed)) if progress.failed else ""
        if progress.state == "idle":
            done = progress.finished - len(progress.failed)
            words = self.tr("{0} of {1} scored").format(done, progress.total) if progress.total else ""
        else:
            number = min(progress.finished + 1, progress.total)
            words = {
                "running": self.tr("Scoring slide {0} of {1}"),
                "waiting": self.tr("Slide {0} of {1} waits: the slide on screen goes first"),
                "paused": self.tr("Paused at slide {0} of {1}"),
            }[progress.state].format(number, progress.total)
        return "\n".join(text for text in (words, failed) if text)

    def _elide_name(self) -> None:
        metrics = QFontMetrics(self._name.font())
        self._name.setText(metrics.elidedText(self._folder, Qt.TextElideMode.ElideMiddle, max(40, self._name.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide_name()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()
