"""The reader's conclusion as a form: checklist, category, adequacy in spite of few groups, comment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from app.records.bethesda import BethesdaCategory
from app.records.specimen import AdequateAnyway, Sheet
from app.ui.panels.layout import heading, rule
from app.ui.sheet.category_box import CategoryBox, category_name
from app.ui.sheet.checklist_box import ChecklistBox, feature_name

COMMENT_PAUSE_MS = 500
"""What is typed is kept so often."""


class SheetForm(QWidget):
    """``edited`` carries what was done, for undo, and the new sheet. Whoever owns the sheet shows it again."""

    edited = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sheet = Sheet()
        self.anyway = QComboBox()
        self.anyway.setAccessibleName(self.tr("Adequate anyway because of"))
        self.anyway.setToolTip(self.tr("Fewer groups are enough in these cases"))
        for reason, text in (
            (AdequateAnyway.NO, self.tr("no exception")),
            (AdequateAnyway.ATYPIA, self.tr("atypia")),
            (AdequateAnyway.COLLOID, self.tr("abundant colloid")),
            (AdequateAnyway.INFLAMMATION, self.tr("inflammatory nodule")),
        ):
            self.anyway.addItem(text, reason)
        self.anyway.activated.connect(self._take_anyway)
        self.checklist = ChecklistBox()
        self.checklist.changed.connect(self._take_checklist)
        self.category = CategoryBox()
        self.category.chosen.connect(self._take_category)
        self.comment = QPlainTextEdit()
        self.comment.setObjectName("sheetComment")
        self.comment.setTabChangesFocus(True)
        self.comment.setAccessibleName(self.tr("Comment"))
        self.comment.setPlaceholderText(self.tr("Comment for the report"))
        self.comment.setFixedHeight(self.comment.fontMetrics().lineSpacing() * 5 + 14)
        self.comment.installEventFilter(self)
        self._pause = QTimer(self, singleShot=True, interval=COMMENT_PAUSE_MS)
        self._pause.timeout.connect(self.commit_comment)
        # Not begun anew by every letter: who types without a rest loses no more either.
        self.comment.textChanged.connect(lambda: self._pause.isActive() or self._pause.start())
        self._lay_out()

    @property
    def sheet(self) -> Sheet:
        return self._sheet

    def show_sheet(self, sheet: Sheet) -> None:
        """Fill the form; what is being typed stays."""
        self._sheet = sheet
        self.anyway.setCurrentIndex(self.anyway.findData(sheet.adequate_anyway))
        self.checklist.show_values(sheet.checklist)
        self.category.show_category(sheet.category, sheet.subtype)
        if not self._pause.isActive() and self.comment.toPlainText() != sheet.comment:
            self.comment.blockSignals(True)
            self.comment.setPlainText(sheet.comment)
            self.comment.blockSignals(False)

    def commit_comment(self) -> None:
        """Keep what was typed; called while typing, when the focus goes, or the form is about to be left."""
        self._pause.stop()
        text = self.comment.toPlainText()
        if text != self._sheet.comment:
            self._edit(self.tr("Comment"), replace(self._sheet, comment=text))

    def forget_typing(self) -> None:
        """Another case: what was typed and not kept belongs to none."""
        self._pause.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.comment and event.type() == QEvent.Type.FocusOut:
            self.commit_comment()
        return super().eventFilter(watched, event)

    def _take_anyway(self) -> None:
        reason = AdequateAnyway(self.anyway.currentData())
        if reason is not self._sheet.adequate_anyway:
            self._edit(self.tr("Adequacy"), replace(self._sheet, adequate_anyway=reason))

    def _take_checklist(self, values: Mapping[str, bool], key: str) -> None:
        self._edit(feature_name(key), replace(self._sheet, checklist=values))

    def _take_category(self, category: BethesdaCategory | None, subtype: str) -> None:
        if (category, subtype) == (self._sheet.category, self._sheet.subtype):
            return
        label = self.tr("No category")
        if category is not None:
            label = self.tr("Category {0}, {1}").format(category.value, category_name(category))
        self._edit(label, replace(self._sheet, category=category, subtype=subtype))

    def _edit(self, label: str, sheet: Sheet) -> None:
        self._sheet = sheet
        self.edited.emit(label, sheet)

    def _lay_out(self) -> None:
        anyway_label = QLabel(self.tr("Ade&quate anyway because of"))
        anyway_label.setBuddy(self.anyway)
        row = QHBoxLayout()
        row.addWidget(anyway_label)
        row.addWidget(self.anyway, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(row)
        for title, box, target in (
            (self.tr("Bethesda &category"), self.category, self.category.list),
            (self.tr("N&uclear features"), self.checklist, self.checklist.list),
            (self.tr("C&omment"), self.comment, self.comment),
        ):
            layout.addWidget(rule())
            label = heading(title)
            label.setBuddy(target)
            layout.addWidget(label)
            layout.addWidget(box)
