"""The gallery's entries and their pictures as a Qt model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QCoreApplication, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QImage

from app.records.specimen import Verdict
from app.ui.class_names import class_name

if TYPE_CHECKING:
    from app.geometry import RectPx
    from app.records.findings import RankedField
    from app.session.gallery import Entry
    from app.session.opinion import Opinion
    from kd.bundle import ClassInfo

ENTRY_ROLE = Qt.ItemDataRole.UserRole + 1
IMAGE_ROLE = Qt.ItemDataRole.UserRole + 2
OPINION_ROLE = Qt.ItemDataRole.UserRole + 3

ThumbnailSource = Callable[["RankedField", Callable[[QImage], None]], None]
_Key = tuple[int, "RectPx | None"]


def tr(text: str) -> str:
    """Translate in the context of the gallery."""
    return QCoreApplication.translate("FieldsPanel", text)


def verdict_name(verdict: Verdict | None) -> str:
    """A verdict for people."""
    names = {
        Verdict.CONFIRMED: tr("Confirmed"),
        Verdict.DISMISSED: tr("Dismissed"),
        Verdict.DOTTED: tr("Dotted"),
        None: tr("Undecided"),
    }
    return names[verdict]


class FieldsModel(QAbstractListModel):
    """Entries on show; a picture is asked for when its row is first shown, and kept while its field stays."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: tuple[Entry, ...] = ()
        self._ranks: Mapping[int, int] = {}
        self._images: dict[_Key, QImage] = {}
        self._asked: set[_Key] = set()
        self._source: ThumbnailSource | None = None
        self._classes: Sequence[ClassInfo] = ()
        self._opinions: Mapping[int, Opinion] = {}

    def set_source(self, source: ThumbnailSource | None, classes: Sequence[ClassInfo]) -> None:
        """Another slide or model: everything is forgotten."""
        self.beginResetModel()
        self._source, self._classes, self._entries = source, classes, ()
        self._images.clear()
        self._asked.clear()
        self._opinions = {}
        self.endResetModel()

    def set_entries(self, entries: Sequence[Entry], ranks: Mapping[int, int], opinions: Mapping[int, Opinion]) -> bool:
        """Show these; True when rows came, went or moved. ``ranks``: number of an entry to its rank from 1."""
        same_rows = [e.number for e in entries] == [e.number for e in self._entries]
        unchanged = tuple(entries) == self._entries and ranks == self._ranks and opinions == self._opinions
        if same_rows and unchanged:
            return False
        if not same_rows:
            self.beginResetModel()
        self._entries, self._ranks, self._opinions = tuple(entries), dict(ranks), dict(opinions)
        kept = {_key(entry.field) for entry in entries}
        self._images = {key: image for key, image in self._images.items() if key in kept}
        self._asked &= kept
        if not same_rows:
            self.endResetModel()
        elif self._entries:
            self.dataChanged.emit(self.index(0), self.index(len(self._entries) - 1))
        return not same_rows

    def entry(self, row: int) -> Entry:
        return self._entries[row]

    def row_of(self, number: int | None) -> int | None:
        """The row of an entry, None when it is not on show."""
        return next((row for row, entry in enumerate(self._entries) if entry.number == number), None)

    def rank_of(self, row: int) -> int | None:
        """Rank of a row's field among all, from 1; None for one that is no longer ranked."""
        return self._ranks.get(self._entries[row].number)

    def class_of(self, row: int) -> ClassInfo | None:
        """The class that a field is listed under; None when the model does not know it."""
        entry = self._entries[row]
        if 0 <= entry.field.class_index < len(self._classes):
            return self._classes[entry.field.class_index]
        key = entry.decision.class_key if entry.decision is not None else None
        return next((info for info in self._classes if info.key == key), None)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        entry = self._entries[index.row()]
        if role == ENTRY_ROLE:
            return entry
        if role == IMAGE_ROLE:
            return self._image(entry.field)
        if role == OPINION_ROLE:
            return self._opinions.get(entry.number)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(index.row(), entry)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(index.row(), entry)
        return None

    def _text(self, row: int, entry: Entry) -> str:
        info, rank = self.class_of(row), self.rank_of(row)
        parts = [class_name(info.name) if info is not None else "", tiles_text(entry.field), *flag_texts(entry)]
        if entry.decision is not None:
            parts.append(verdict_name(entry.verdict))
        head = tr("Field {0}").format(rank) if rank is not None else tr("Field")
        return f"{head}: " + ", ".join(part for part in parts if part)

    def _tip(self, row: int, entry: Entry) -> str:
        lines = [self._text(row, entry)]
        if entry.field.attention is not None and entry.field.heaviest is not None:
            lines.append(
                tr("Its heaviest tile counts {0} times as much as the average tile of the slide").format(
                    f"{entry.field.heaviest:.1f}"
                )
            )
            lines.append(tr("Fields are ordered by their weight: what the slide model looked at, not what is true."))
        elif entry.field.cells:
            lines.append(
                tr("Highest suspicious probability {0}, evidence {1}").format(
                    f"{entry.field.score:.3f}", f"{entry.field.evidence:.1f}"
                )
            )
            lines.append(
                tr(
                    "Fields are ranked by evidence: how much better a suspicious group explains the tiles here "
                    "and around them than a harmless one does."
                )
            )
        if entry.decision is not None and entry.decision.author:
            lines.append(tr("Decided by {0}").format(entry.decision.author))
        opinion = self._opinions.get(entry.number)
        if opinion is not None:
            lines.append(opinion_text(opinion))
        return "\n".join(lines)

    def _image(self, field: RankedField) -> QImage | None:
        key = _key(field)
        if key not in self._asked and self._source is not None:
            self._asked.add(key)
            self._source(field, lambda image: self._store(key, image))
        return self._images.get(key)

    def _store(self, key: _Key, image: QImage) -> None:
        if key not in self._asked or image.isNull():
            return
        self._images[key] = image
        for row, entry in enumerate(self._entries):
            if _key(entry.field) == key:
                self.dataChanged.emit(self.index(row), self.index(row), [IMAGE_ROLE])


def _key(field: RankedField) -> _Key:
    """What a picture shows: the field's peak, or the place of a decision without a field."""
    return (field.peak_cell, field.rect if field.cells == 0 else None)


def tiles_text(field: RankedField) -> str:
    """How many suspicious tiles a field has, or how much of a slide model's attention."""
    if field.attention is not None:
        share = f"{100 * field.attention:.1f}"
        if field.cells == 1:
            return tr("weight {0} %, 1 tile").format(share)
        return tr("weight {0} %, {1} tiles").format(share, f"{field.cells:,}")
    if field.cells == 0:
        return tr("no longer suspicious")
    if field.cells == 1:
        return tr("1 suspicious tile")
    return tr("{0} suspicious tiles").format(f"{field.cells:,}")


def flag_texts(entry: Entry) -> list[str]:
    """The flags of an entry in words."""
    flags = []
    if entry.field.uncertain:
        flags.append(tr("uncertain"))
    if entry.field.unlike_training:
        flags.append(tr("unlike training data"))
    return flags


def opinion_text(opinion: Opinion) -> str:
    """A second opinion as a sentence."""
    verdict = tr("disagrees") if opinion.disagrees else tr("agrees")
    return tr("Second opinion of {0}: {1} {2} ({3})").format(
        opinion.model, opinion.class_name, f"{opinion.probability:.2f}", verdict
    )
