"""Signing a sheet, and amending one that is signed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.records.bethesda import BethesdaCategory
from app.records.specimen import Adequacy, CellGroup, GalleryDecision, Sheet
from app.ui.dialogs.amend_lists import AmendLists
from app.ui.panels.layout import muted_label, scrolled
from app.ui.sheet.category_box import category_name
from app.ui.sheet.form import SheetForm


class SignDialog(QDialog):
    """Shows what is signed and asks for the name. ``reader`` is the answer."""

    def __init__(self, sheet: Sheet, adequacy: Adequacy, reader: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("signDialog")
        self.setWindowTitle(self.tr("Sign the sheet"))
        self._category = sheet.category
        self.name = _name_field(reader, self.tr("Name of the reader"))
        self.name.textChanged.connect(self._update)
        self._buttons, self.sign_button = _buttons(self, self.tr("&Sign"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(12)
        form = QFormLayout()
        chosen = self.tr("none: choose one first")
        if sheet.category is not None:
            chosen = f"{sheet.category.value}  {category_name(sheet.category)}"
        adequate = self.tr("adequate") if adequacy.adequate else self.tr("not adequate")
        counted = self.tr("{0}, {1} of {2} groups").format(adequate, adequacy.counted, adequacy.needed)
        form.addRow(self.tr("Category"), QLabel(chosen))
        form.addRow(self.tr("Specimen"), QLabel(counted))
        form.addRow(self.tr("&Reader"), self.name)
        layout.addLayout(form)
        if not adequacy.adequate and sheet.category not in (None, BethesdaCategory.NONDIAGNOSTIC):
            layout.addWidget(
                muted_label(self.tr("The specimen does not count as adequate, yet the category is not nondiagnostic."))
            )
        layout.addWidget(
            muted_label(self.tr("After signing, sheet, groups and confirmed fields change by amendment only."))
        )
        layout.addWidget(self._buttons)
        self._update()

    @property
    def reader(self) -> str:
        return self.name.text().strip()

    def _update(self) -> None:
        self.sign_button.setEnabled(bool(self.reader) and self._category is not None)


class AmendDialog(QDialog):
    """The signed sheet as a form, its groups and fields, a reason, and the name of who amends."""

    def __init__(
        self,
        sheet: Sheet,
        groups: Sequence[CellGroup],
        confirmed: Sequence[GalleryDecision],
        reader: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("amendDialog")
        self.setWindowTitle(self.tr("Amend the signed sheet"))
        self.resize(460, 760)
        self.form = SheetForm()
        self.form.show_sheet(sheet)
        self.form.edited.connect(lambda _label, changed: self.form.show_sheet(changed))
        self.lists = AmendLists(groups, confirmed)
        body = QWidget()
        inside = QVBoxLayout(body)
        inside.setContentsMargins(0, 0, 8, 0)
        inside.addWidget(self.form)
        inside.addWidget(self.lists)
        self.why = QLineEdit()
        self.why.setObjectName("amendReason")
        self.why.setAccessibleName(self.tr("Reason of the amendment"))
        self.why.setPlaceholderText(self.tr("e.g. second opinion of Dr. Wu"))
        self.name = _name_field(reader, self.tr("Name of who amends"))
        self._buttons, self.sign_button = _buttons(self, self.tr("&Amend and sign"))
        for edit in (self.why, self.name):
            edit.textChanged.connect(self._update)
        fields = QFormLayout()
        fields.addRow(self.tr("Reaso&n"), self.why)
        fields.addRow(self.tr("&Reader"), self.name)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(10)
        layout.addWidget(scrolled(body), 1)
        layout.addLayout(fields)
        layout.addWidget(
            muted_label(self.tr("The earlier signatures stay; the report tells what was changed, by whom and why."))
        )
        layout.addWidget(self._buttons)
        self._update()

    @property
    def sheet(self) -> Sheet:
        self.form.commit_comment()
        return self.form.sheet

    @property
    def reader(self) -> str:
        return self.name.text().strip()

    @property
    def reason(self) -> str:
        return self.why.text().strip()

    def _update(self) -> None:
        self.sign_button.setEnabled(bool(self.reader and self.reason))


def _name_field(reader: str, spoken: str) -> QLineEdit:
    edit = QLineEdit(reader)
    edit.setObjectName("readerName")
    edit.setAccessibleName(spoken)
    edit.setMinimumWidth(240)
    return edit


def _buttons(dialog: QDialog, text: str) -> tuple[QDialogButtonBox, QWidget]:
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, parent=dialog)
    ok = box.button(QDialogButtonBox.StandardButton.Ok)
    ok.setText(text)
    ok.setDefault(True)
    box.button(QDialogButtonBox.StandardButton.Cancel).setAutoDefault(False)
    box.accepted.connect(dialog.accept)
    box.rejected.connect(dialog.reject)
    return box, ok
