"""Connects sheet, groups, reading mode and report with the window and its case."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject

from app.records.bethesda import CATEGORIES
from app.records.specimen import ReadingMode, Sheet
from app.ui.panels.layout import scrolled
from app.ui.panels.sheet_panel import SheetPanel
from app.ui.reading_mode import ReadingModeControl
from app.ui.sheet.groups import Groups
from app.ui.sheet.groups_box import GroupsBox
from app.ui.sheet.reports import Reports

if TYPE_CHECKING:
    from app.case.case_store import CaseStore
    from app.case.journal import Entry
    from app.ui.main_window import MainWindow

_SHOWN_KINDS = frozenset(("sheet", "group", "signature", "specimen", "slide"))


class SheetDesk(QObject):
    """The tab "Sheet" of one window. What it shows is read from the case and goes back to it by ``case.edit``."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        actions, case = window.actions_, window.case
        actions["human_first"].setToolTip(
            self.tr("Hide everything of the model until a category is chosen; the report tells which way it was")
            + f" ({actions['human_first'].shortcut().toString()})"
        )
        self.reading_mode = ReadingModeControl(window)
        self.groups = Groups(window)
        self.reports = Reports(window)
        self.panel = SheetPanel(GroupsBox(self.groups, actions), actions["report"], actions["human_first"])
        self._tab = scrolled(self.panel)
        self.add_tab()
        self.panel.form.edited.connect(self._edit_sheet)
        self.panel.specimenEdited.connect(self._edit_specimen)
        self.panel.signRequested.connect(self._sign)
        actions["sheet"].triggered.connect(self.go_to_sheet)
        for number, category in enumerate(CATEGORIES, start=1):
            actions[f"category_{number}"].triggered.connect(
                lambda _checked=False, category=category: self.panel.form.category.choose(category)
            )
        case.reader = window.settings.reader
        self.groups.changed.connect(self._show_groups)
        case.opened.connect(self._show)
        case.changed.connect(self._follow)
        case.closed.connect(self._show_nothing)
        case.failed.connect(lambda _error: self._show_nothing())
        # What is being typed belongs to the case that closes.
        case.closing.connect(self.panel.commit)
        window.installEventFilter(self)
        self.reading_mode.aiHiddenChanged.connect(self._conceal)
        self.reading_mode.noted.connect(self._show_reading)
        window.specimen.opened.connect(lambda _opened: self._conceal(self.reading_mode.ai_hidden))
        self._show_nothing()

    def add_tab(self) -> None:
        """The sheet is a tab of the right dock."""
        tabs = self._window.docks.tabs
        tabs.addTab(self._tab, self.tr("Sheet"))
        tabs.setTabToolTip(tabs.indexOf(self._tab), self._window.actions_["sheet"].toolTip())

    def go_to_sheet(self) -> None:
        """Bring the tab to the front and the keyboard to it."""
        self._window.docks.docks[1].show()
        self._window.docks.tabs.setCurrentWidget(self._tab)
        self.panel.form.category.list.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Close:
            self.panel.commit()
        return super().eventFilter(watched, event)

    def _show(self, store: CaseStore) -> None:
        self.panel.form.forget_typing()
        self._show_all(store)

    def _show_all(self, store: CaseStore) -> None:
        self.panel.show_case(store.specimen)
        self.panel.show_signatures(store.signatures(), store.read_only)
        self.panel.form.show_sheet(store.sheet)
        self._enable(not (store.read_only or store.signatures()))
        self._show_groups()
        self._show_reading()

    def _show_nothing(self) -> None:
        self.panel.form.forget_typing()
        self.panel.show_case(None, self._window.case.problem)
        self.panel.form.show_sheet(Sheet())
        self._enable(False)

    def _enable(self, editable: bool) -> None:
        actions = self._window.actions_
        for name in ("count_group", *(f"category_{number}" for number in range(1, len(CATEGORIES) + 1))):
            actions[name].setEnabled(editable)
        known = self._window.case.store is not None
        for name in ("report", "export_decisions", "next_group", "next_proposal", "sheet"):
            actions[name].setEnabled(known)

    def _follow(self, entry: Entry) -> None:
        store = self._window.case.store
        if store is not None and any(change.kind in _SHOWN_KINDS for change in entry.changes):
            self._show_all(store)

    def _show_groups(self) -> None:
        store = self._window.case.store
        if store is not None:
            names = {}
            for number, slide in enumerate(store.slides(), start=1):
                here = slide.fingerprint == self._window.case.slide
                names[slide.fingerprint] = (
                    self.tr("this one") if here else slide.stain or self.tr("slide {0}").format(number)
                )
            self.panel.groups_box.show_groups(store.adequacy(), names)

    def _show_reading(self) -> None:
        store = self._window.case.store
        if store is None:
            return
        specimen, hidden = store.specimen, self.reading_mode.ai_hidden
        if hidden:
            text = self.tr("Human first: the model is hidden until you choose a category.")
        elif not specimen.ai_seen_utc:
            text = self.tr("Nothing of the model has been seen in this case.")
        elif specimen.category_before_ai is not None:
            text = self.tr("Category {0} was chosen before the model was seen; the report says so.").format(
                specimen.category_before_ai.value
            )
        else:
            text = self.tr("The model was seen before a category was chosen; the report says so.")
            if store.sheet.reading_mode is ReadingMode.HUMAN_FIRST:
                text = self.tr("The model was seen before it was hidden; the report says so.")
        self.panel.reading.setText(text)

    def _edit_sheet(self, label: str, sheet: Sheet) -> None:
        case = self._window.case
        if case.edit(label, put=[sheet]) is None and case.store is not None:
            self.panel.form.show_sheet(case.store.sheet)

    def _edit_specimen(self, field: str, text: str) -> None:
        case = self._window.case
        if case.store is None or getattr(case.store.specimen, field) == text.strip():
            return
        specimen, text = case.store.specimen, text.strip()
        if field == "title":
            specimen = replace(specimen, title=text)
        elif field == "site":
            specimen = replace(specimen, site=text)
        else:
            specimen = replace(specimen, reader=text)
            case.reader = self._window.settings.reader = text
            self._window.save_settings()
        case.set_specimen(specimen)

    def _sign(self) -> None:
        self.panel.form.commit_comment()
        self.reports.ask_signature()

    def _conceal(self, hidden: bool) -> None:
        window = self._window
        sentence = ""
        if window.case.store is not None or window.case.problem:
            sentence = self.tr("Human first: the model's findings appear when you have chosen a category on the sheet.")
        for place in (window.docks.concealed_fields, window.docks.concealed_overlay):
            place.conceal(hidden, sentence)
        window.status.probabilities.setVisible(not hidden)
        if window.specimen.session is not None:
            window.stage.overlays.conceal(hidden)
        self._show_reading()
