"""The tab "Sheet": case, groups and adequacy, category, nuclear features, comment, sign-off. Works with keys alone."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.records.specimen import Signature, Specimen
from app.ui.panels.layout import heading, muted_label, rule
from app.ui.sheet.form import SheetForm
from app.ui.sheet.groups_box import GroupsBox
from app.ui.sheet.times import local_time


class SheetPanel(QWidget):
    """Shows what it is given; ``specimenEdited`` carries field and text of what was typed about the case."""

    specimenEdited = Signal(str, str)
    signRequested = Signal()

    def __init__(self, groups_box: GroupsBox, report: QAction, human_first: QAction, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("sheetPanel")
        self.groups_box = groups_box
        self.form = SheetForm()
        self.fields: dict[str, QLineEdit] = {}
        self._message = muted_label(self.tr("The sheet of a case appears here when a slide is open."))
        self._body = QWidget()
        self.reading = muted_label()
        self.reading.setObjectName("readingMode")
        self.signed = QLabel()
        self.signed.setWordWrap(True)
        self.signed.setObjectName("signedBy")
        self.report_button = _button(report)
        self.report_button.setProperty("primary", True)
        self.sign_button = QPushButton()
        self.sign_button.clicked.connect(self.signRequested)
        self.human_first_button = _button(human_first)
        self._lay_out()
        self.show_case(None)

    def show_case(self, specimen: Specimen | None, message: str = "") -> None:
        """Fill in what is known of the case; None: there is none, and why."""
        self._body.setVisible(specimen is not None)
        self._message.setVisible(specimen is None)
        if message:
            self._message.setText(message)
        if specimen is not None:
            for name, edit in self.fields.items():
                if not edit.hasFocus() or edit.text() == "":
                    edit.setText(str(getattr(specimen, name)))

    def commit(self) -> None:
        """Keep what is being typed."""
        for name, edit in self.fields.items():
            if edit.isModified():
                edit.setModified(False)
                self.specimenEdited.emit(name, edit.text())
        self.form.commit_comment()

    def show_signatures(self, signatures: list[Signature], read_only: bool) -> None:
        """A signed sheet is read; it changes by amendment only."""
        editable = not signatures and not read_only
        for box in (self.form.anyway, self.form.category.subtype):
            box.setEnabled(editable)
        for rows in (self.form.checklist.list, self.form.category.list):
            rows.set_read_only(not editable)
        self.form.comment.setReadOnly(not editable)
        for edit in self.fields.values():
            edit.setReadOnly(read_only)
        last = signatures[-1] if signatures else None
        if last is None:
            self.signed.setText(self.tr("Open for reading only.") if read_only else self.tr("Not signed"))
            self.sign_button.setText(self.tr("Si&gn..."))
            self.sign_button.setToolTip(self.tr("Sign the sheet as it stands; later changes are amendments"))
        else:
            text = self.tr("Amended by {0}, {1}: {2}") if last.is_amendment else self.tr("Signed by {0}, {1}")
            self.signed.setText(text.format(last.reader, local_time(last.signed_utc), last.reason))
            self.sign_button.setText(self.tr("Amen&d..."))
            self.sign_button.setToolTip(self.tr("Change the signed sheet, with a reason; the history is kept"))
        self.sign_button.setEnabled(not read_only)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(4)
        for name, label, hint in (
            ("title", self.tr("Case &no."), self.tr("Number or name of the case")),
            ("site", self.tr("S&ite"), self.tr("e.g. right lobe, lower pole")),
            ("reader", self.tr("&Reader"), self.tr("Your name, for entries and sign-off")),
        ):
            edit = QLineEdit()
            edit.setObjectName(f"case_{name}")
            edit.setPlaceholderText(hint)
            edit.setAccessibleName(label.replace("&", ""))
            edit.editingFinished.connect(lambda name=name, edit=edit: self.specimenEdited.emit(name, edit.text()))
            form.addRow(label, edit)
            self.fields[name] = edit
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(7)
        body.addLayout(form)
        body.addWidget(rule())
        adequacy = heading(self.tr("Adequac&y"))
        adequacy.setBuddy(self.groups_box.list)
        body.addWidget(adequacy)
        body.addWidget(self.groups_box)
        body.addWidget(self.form)
        body.addWidget(rule())
        body.addWidget(self.reading)
        body.addWidget(self.human_first_button, 0, Qt.AlignmentFlag.AlignLeft)
        body.addWidget(rule())
        body.addWidget(self.signed)
        buttons = QHBoxLayout()
        buttons.addWidget(self.report_button, 1)
        buttons.addWidget(self.sign_button, 1)
        body.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 12)
        layout.addWidget(self._message)
        layout.addWidget(self._body)
        layout.addStretch(1)


def _button(action: QAction) -> QPushButton:
    """A push button that shows and triggers an action."""
    button = QPushButton()
    button.setCheckable(action.isCheckable())

    def follow() -> None:
        button.setText(action.text().replace("&", ""))
        button.setToolTip(action.toolTip())
        button.setEnabled(action.isEnabled())
        button.setChecked(action.isChecked())

    action.changed.connect(follow)
    button.clicked.connect(lambda: action.trigger())
    follow()
    return button
