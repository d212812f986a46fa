"""The state of a case in memory: all records, what can be undone, and what still has to be saved."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.case.journal import Action, Change, Entry, UndoStacks
from app.case.record_codec import KINDS, Record
from app.records.coverage import Coverage, View
from app.records.marks import Mark
from app.records.specimen import CellGroup, Place, Sheet, Signature, Specimen, adequacy
from app.records.times import utc_now


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A view as it is stored, with its number."""

    id: int
    slide: str
    at_utc: str
    view: View


@dataclass
class Pending:
    """What is not on the disk yet, in order."""

    entries: list[Entry] = field(default_factory=list)
    views: list[ViewRow] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.entries) + len(self.views) + len(self.places)

    def followed_by(self, later: Pending) -> Pending:
        """Both, in order; the later place on a slide counts."""
        return Pending(self.entries + later.entries, self.views + later.views, self.places | later.places)


class CaseState:
    """Plain data and rules; no disk, no lock. The owner (``CaseStore``) lets in one thread at a time."""

    def __init__(self, records: Iterable[Record], stacks: UndoStacks, last_seq: int) -> None:
        self._records: dict[str, dict[str, Record]] = {kind: {} for kind in KINDS.values()}
        self._marks: dict[str, dict[str, Mark]] = {}
        self.stacks = stacks
        self.last_seq = last_seq
        self.last_view = 0
        self.places: dict[str, Place] = {}
        self.coverage: dict[str, Coverage] = {}
        self.pending = Pending()
        for record in records:
            self._put(record)

    def of_kind(self, kind: str) -> dict[str, Record]:
        """Records of all kinds but marks, by key."""
        return self._records[kind]

    def marks(self, slide: str) -> dict[str, Mark]:
        """The marks of a slide by uuid."""
        return self._marks.get(slide, {})

    def all_records(self) -> list[Record]:
        """Every record of every kind."""
        others = [record for records in self._records.values() for record in records.values()]
        return others + [mark for marks in self._marks.values() for mark in marks.values()]

    def record(self, kind: str, key: str) -> Record | None:
        """A record by kind and key, as the journal names it."""
        if kind != KINDS[Mark]:
            return self._records[kind].get(key)
        # The key of a mark begins with that of its slide.
        for marks in list(self._marks.values()):
            found = marks.get(key.partition(":")[2])
            if found is not None and found.key == key:
                return found
        return None

    def specimen(self) -> Specimen:
        record = self._records["specimen"]["specimen"]
        assert isinstance(record, Specimen)
        return record

    def sheet(self) -> Sheet:
        record = self._records["sheet"].get("sheet")
        return record if isinstance(record, Sheet) else Sheet()

    def current(self, record: Record) -> Record | None:
        """The record with the same kind and key as it stands now."""
        if isinstance(record, Mark):
            return self.marks(record.slide).get(record.uuid)
        return self._records[KINDS[type(record)]].get(record.key)

    def changes(self, put: Iterable[Record], remove: Iterable[Record]) -> tuple[Change, ...]:
        """The changes that put and remove would make now; what would change nothing is left out."""
        after: dict[tuple[type[Record], str], Record | None] = {(type(r), r.key): r for r in put}
        targets: dict[tuple[type[Record], str], Record] = {k: r for k, r in after.items() if r is not None}
        for record in remove:
            after[type(record), record.key] = None
            targets[type(record), record.key] = record
        made = (Change(self.current(targets[key]), wanted) for key, wanted in after.items())
        return tuple(change for change in made if change.before != change.after)

    def step(
        self,
        action: Action,
        label: str,
        changes: tuple[Change, ...],
        *,
        target: int | None = None,
        author: str | None = None,
    ) -> Entry:
        """Make an entry of these changes, apply it and note it as pending."""
        self.last_seq += 1
        by = self.specimen().reader if author is None else author
        entry = Entry(self.last_seq, utc_now(), _storable(by), action, _storable(label), changes, target)
        for change in changes:
            if change.after is None:
                self._drop(change.record)
            else:
                self._put(change.after)
        self.stacks.follow(entry.seq, action, target, label)
        self.pending.entries.append(entry)
        return entry

    def signature(self, reader: str, reason: str, changes: Iterable[Change]) -> Signature:
        """A signature under the sheet and groups as they will stand after these changes."""
        sheet, groups = self.sheet(), {key: g for key, g in self._records["group"].items() if isinstance(g, CellGroup)}
        for change in changes:
            if isinstance(change.record, Sheet):
                sheet = change.record if change.after is not None else Sheet()
            elif isinstance(change.record, CellGroup):
                groups.pop(change.key, None)
                if change.after is not None:
                    groups[change.key] = change.record
        count = adequacy(groups.values(), sheet.adequate_anyway)
        return Signature(str(uuid.uuid4()), reader, utc_now(), sheet, count.counted, count.adequate, reason)

    def copied(self) -> CaseState:
        """A copy that later steps do not change (records are values and shared)."""
        twin = CaseState(self.all_records(), UndoStacks(), self.last_seq)
        twin.places = dict(self.places)
        twin.coverage = copy.deepcopy(self.coverage)
        twin.last_view = self.last_view
        return twin

    def view(self, slide: str, view: View) -> None:
        """Count a view and note it; a view that only went on is joined to the one before."""
        self.coverage[slide].add(view)
        waiting = self.pending.views
        last = waiting[-1] if waiting else None
        same = last is not None and last.slide == slide and last.view.corners == view.corners
        if same and last is not None and last.view.magnification == view.magnification:
            joined = View(view.corners, view.magnification, last.view.seconds + view.seconds)
            waiting[-1] = ViewRow(last.id, slide, last.at_utc, joined)
            return
        self.last_view += 1
        waiting.append(ViewRow(self.last_view, slide, utc_now(), view))

    def _put(self, record: Record) -> None:
        if isinstance(record, Mark):
            self._marks.setdefault(record.slide, {})[record.uuid] = record
        else:
            self._records[KINDS[type(record)]][record.key] = record

    def _drop(self, record: Record) -> None:
        if isinstance(record, Mark):
            self._marks.get(record.slide, {}).pop(record.uuid, None)
        else:
            self._records[KINDS[type(record)]].pop(record.key, None)


def _storable(text: str) -> str:
    """SQLite takes no half of a surrogate pair."""
    return text.encode("utf-8", "replace").decode("utf-8")
