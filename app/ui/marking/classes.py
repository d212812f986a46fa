"""Classes that marks can have: those of the model, those of thyroid cytology, and the user's own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.records.marks import MarkClass
from app.ui.marking.mark_set import MarkSet

if TYPE_CHECKING:
    from app.ui.settings import Settings
    from kd.bundle import Bundle

_BACKGROUND = "background"


def tr(text: str) -> str:
    """Translate in the context of the classes of marks."""
    return QCoreApplication.translate("MarkClasses", text)


def thyroid_classes() -> tuple[MarkClass, ...]:
    """What a cytologist marks on a thyroid aspirate, whatever the model; a function, so that names are translated."""
    return (
        MarkClass("follicular_group", tr("Follicular group"), "#1fa187"),
        MarkClass("oncocytes", tr("Oncocytes (Hürthle cells)"), "#a65628"),
        MarkClass("pseudoinclusion", tr("Nuclear pseudoinclusion"), "#d7263d"),
        MarkClass("groove", tr("Nuclear groove"), "#f46197"),
        MarkClass("colloid", tr("Colloid"), "#56b4e9"),
        MarkClass("lymphocytes", tr("Lymphocytes"), "#7b5ea7"),
        MarkClass("macrophages", tr("Macrophages"), "#c8a951"),
        MarkClass("giant_cell", tr("Multinucleated giant cell"), "#8c510a"),
        MarkClass("blood", tr("Blood"), "#b2182b"),
        MarkClass("artefact", tr("Artefact"), "#7f7f7f"),
        MarkClass("region", tr("Region to look at"), "#ffffff"),
    )


class MarkClasses(QObject):
    """The classes in the order in which they are offered. ``changed`` when there are others.

    The case's own stand for those of the same key, so that marks keep the name and colour they were made with.
    What the user edits is kept in the case and, for other cases, in the settings.
    """

    changed = Signal()

    def __init__(self, marks: MarkSet, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._marks, self._settings = marks, settings
        self._bundle: Bundle | None = None
        self._all: tuple[MarkClass, ...] = ()
        marks.classesChanged.connect(self.refresh)
        self.refresh()

    def set_bundle(self, bundle: Bundle | None) -> None:
        """The classes of another model."""
        self._bundle = bundle
        self.refresh()

    @property
    def all(self) -> tuple[MarkClass, ...]:
        return self._all

    def get(self, key: str | None) -> MarkClass | None:
        return next((known for known in self._all if known.key == key), None)

    def name_of(self, key: str | None) -> str:
        """The name for people; that of a class nobody knows any more is its key."""
        if key is None:
            return tr("No class")
        known = self.get(key)
        return known.name if known is not None else key

    def colors(self) -> dict[str, str]:
        return {known.key: known.color for known in self._all}

    def refresh(self) -> None:
        """Gather them again."""
        store = self._marks.case.store
        of_case = {c.key: c for c in store.classes()} if store is not None else {}
        card = self._bundle.card.classes if self._bundle is not None else ()
        from_card = [MarkClass(info.key, info.name, info.color) for info in card if info.key != _BACKGROUND]
        own = {c.key: c for c in read_classes(self._settings.mark_classes)}
        offered = _by_key((*from_card, *thyroid_classes(), *own.values(), *of_case.values()))
        merged = tuple(of_case.get(key) or own.get(key) or offered[key] for key in offered)
        if merged != self._all:
            self._all = merged
            self.changed.emit()

    def edit(self, label: str, wanted: Sequence[MarkClass]) -> None:
        """The user's list in place of the present one: changed and added ones are kept, those left out forgotten
        (built-in ones come back with their own name; marks keep their class)."""
        keys = {known.key for known in wanted}
        former = {known.key: known for known in self._all}
        changed = [known for known in wanted if former.get(known.key) != known]
        removed = [known for known in self._all if known.key not in keys]
        own = {c.key: c for c in (*read_classes(self._settings.mark_classes), *changed)}
        self._settings.mark_classes = write_classes(own[key] for key in own if key in keys)
        store = self._marks.case.store
        if store is not None and not store.read_only:
            of_case = {c.key for c in store.classes()}
            self._marks.put_classes(label, changed, [known for known in removed if known.key in of_case])
        self.refresh()


def read_classes(texts: Iterable[str]) -> list[MarkClass]:
    """Classes from the settings; what makes no sense there is passed over."""
    found = []
    for text in texts:
        try:
            key, name, color = json.loads(text)
        except (ValueError, TypeError):
            continue
        if all(isinstance(part, str) and part for part in (key, name, color)):
            found.append(MarkClass(key, name, color))
    return found


def write_classes(classes: Iterable[MarkClass]) -> list[str]:
    return [json.dumps([known.key, known.name, known.color], ensure_ascii=False) for known in classes]


def _by_key(classes: Iterable[MarkClass]) -> dict[str, MarkClass]:
    """The first of each key, in order."""
    found: dict[str, MarkClass] = {}
    for known in classes:
        found.setdefault(known.key, known)
    return found
