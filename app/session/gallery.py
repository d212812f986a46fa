"""The gallery as the reader works through it: fields in a fixed order that changes only when the reader lets it.

Pure values and functions. New scores change the ranking all the time; the entries on show stay where they are until
``take_over``, and what the reader decided is found again by place, whatever the tiles are grouped like by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.geometry import RectPx
from app.records.findings import RankedField
from app.records.specimen import GalleryDecision, Verdict

SAME_FIELD = 0.4
"""Two rectangles are one field when they share this much of the smaller one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of the gallery. ``number`` never changes while the slide is open and names the entry; ``stays`` is
    False for a field that the latest scores no longer find suspicious; ``visited``: the reader has been there."""

    number: int
    field: RankedField
    decision: GalleryDecision | None = None
    visited: bool = False
    stays: bool = True

    @property
    def verdict(self) -> Verdict | None:
        return self.decision.verdict if self.decision is not None else None


@dataclass(frozen=True, slots=True)
class Gallery:
    """``entries`` in the order on show; ``waiting`` are new fields, strongest first, that are not on show yet;
    ``order`` is the latest ranking, as numbers."""

    entries: tuple[Entry, ...] = ()
    waiting: tuple[Entry, ...] = ()
    order: tuple[int, ...] = ()
    next_number: int = 1

    def entry(self, number: int | None) -> Entry | None:
        """The entry on show with this number."""
        return next((entry for entry in self.entries if entry.number == number), None)

    def waiting_above(self, number: int | None) -> int:
        """How many of those waiting rank above an entry (None, or one that is no longer ranked: all)."""
        ranks = {n: rank for rank, n in enumerate(self.order)}
        limit = ranks.get(number, len(ranks)) if number is not None else len(ranks)
        return sum(ranks[entry.number] < limit for entry in self.waiting)


def overlap(a: RectPx, b: RectPx) -> float:
    """Common area as a share of the smaller rectangle's."""
    common = a.intersection(b)
    smaller = min(a.width * a.height, b.width * b.height)
    return common.width * common.height / smaller if smaller > 0 and not common.is_empty else 0.0


def updated(gallery: Gallery, ranking: Sequence[RankedField]) -> Gallery:
    """The gallery with another ranking: entries keep number, place, decision and history; new fields wait."""
    known = [*gallery.entries, *gallery.waiting]
    matched = _match([entry.field.rect for entry in known], [field.rect for field in ranking])
    of_field = {field: known[k].number for k, field in matched.items()}
    fields = {known[k].number: ranking[field] for k, field in matched.items()}
    next_number = gallery.next_number
    fresh: list[Entry] = []
    order: list[int] = []
    for index, field in enumerate(ranking):
        number = of_field.get(index)
        if number is None:
            number, next_number = next_number, next_number + 1
            fresh.append(Entry(number, field))
        order.append(number)
    entries = tuple(_renewed(entry, fields) for entry in gallery.entries)
    ranks = {number: rank for rank, number in enumerate(order)}
    waiting = [replace(entry, field=fields[entry.number]) for entry in gallery.waiting if entry.number in fields]
    waiting = sorted([*waiting, *fresh], key=lambda entry: ranks[entry.number])
    return Gallery(entries, tuple(waiting), tuple(order), next_number)


def taken_over(gallery: Gallery, current: int | None = None) -> Gallery:
    """The gallery with those waiting on show, in the order of the ranking, dismissed fields last. Fields that are no
    longer suspicious leave, unless something was decided about them or the reader stands on them (``current``)."""
    ranks = {number: rank for rank, number in enumerate(gallery.order)}
    kept = [
        entry
        for entry in (*gallery.entries, *gallery.waiting)
        if entry.stays or entry.decision is not None or entry.number == current
    ]
    last = len(ranks)
    kept.sort(key=lambda e: (e.verdict is Verdict.DISMISSED, ranks.get(e.number, last), e.number))
    return replace(gallery, entries=tuple(kept), waiting=())


def with_decisions(gallery: Gallery, decisions: Iterable[GalleryDecision]) -> Gallery:
    """The gallery with these decisions and no others, each on the field that covers its place best. A decision that
    fits no field of the ranking keeps an entry of its own: what a reader said is never lost from view."""
    decisions = sorted(decisions, key=lambda decision: decision.at_utc)
    former = {e.decision.uuid: e.number for e in gallery.entries if _is_stand_in(e) and e.decision is not None}
    entries = [replace(e, decision=None) for e in gallery.entries if not _is_stand_in(e)]
    waiting = [replace(e, decision=None) for e in gallery.waiting]
    known = [*entries, *waiting]
    matched = _match([decision.rect for decision in decisions], [entry.field.rect for entry in known])
    given = {known[place].number: decisions[which] for which, place in matched.items()}
    number = gallery.next_number
    for which, decision in enumerate(decisions):
        if which in matched:
            continue
        own = former.get(decision.uuid, number)
        number = max(number, own + 1)
        entries.append(Entry(own, _stand_in(decision), decision, visited=True, stays=False))

    def decided(entry: Entry) -> Entry:
        decision = given.get(entry.number)
        return entry if decision is None else replace(entry, decision=decision, visited=True)

    return replace(
        gallery, entries=tuple(map(decided, entries)), waiting=tuple(map(decided, waiting)), next_number=number
    )


def visited(gallery: Gallery, number: int) -> Gallery:
    """The gallery with an entry marked as seen."""
    seen = tuple(replace(e, visited=True) if e.number == number else e for e in gallery.entries)
    return replace(gallery, entries=seen)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are listed. ``class_index`` None: of every class; ``verdicts`` may hold None (undecided)."""

    class_index: int | None = None
    verdicts: frozenset[Verdict | None] = frozenset((None, *Verdict))

    def shows(self, entry: Entry) -> bool:
        of_class = self.class_index is None or entry.field.class_index == self.class_index
        return of_class and entry.verdict in self.verdicts


def shown(gallery: Gallery, what: Filter, current: int | None = None) -> tuple[Entry, ...]:
    """The entries that a filter lets through. The one that the reader stands on stays listed until it is left."""
    return tuple(entry for entry in gallery.entries if what.shows(entry) or entry.number == current)


def next_unseen(entries: Sequence[Entry], current: int | None) -> Entry | None:
    """The next entry that was not visited: below the current one, or else the topmost. None when all were."""
    numbers = [entry.number for entry in entries]
    start = numbers.index(current) + 1 if current in numbers else 0
    around = (*entries[start:], *entries[:start])
    return next((entry for entry in around if not entry.visited), None)


def neighbour(entries: Sequence[Entry], current: int | None, by: int) -> Entry | None:
    """The entry so many places after (before) the current one; without a current one the first (last). None beyond
    the ends."""
    numbers = [entry.number for entry in entries]
    if not numbers:
        return None
    place = numbers.index(current) + by if current in numbers else (0 if by > 0 else len(numbers) - 1)
    return entries[place] if 0 <= place < len(entries) else None


@dataclass(frozen=True, slots=True)
class Tally:
    """``reviewed`` of ``fields`` have a verdict."""

    fields: int
    reviewed: int
    confirmed: int
    dotted: int
    dismissed: int


def tally(gallery: Gallery) -> Tally:
    """How far the reader is with the fields on show."""
    verdicts = [entry.verdict for entry in gallery.entries]
    counts = [verdicts.count(verdict) for verdict in (Verdict.CONFIRMED, Verdict.DOTTED, Verdict.DISMISSED)]
    return Tally(len(verdicts), sum(counts), *counts)


def _renewed(entry: Entry, fields: dict[int, RankedField]) -> Entry:
    field = fields.get(entry.number)
    return replace(entry, stays=False) if field is None else replace(entry, field=field, stays=True)


def _match(former: Sequence[RectPx], present: Sequence[RectPx]) -> dict[int, int]:
    """Index of a former rectangle to that of the present one that is the same field; each at most once."""
    if not former or not present:
        return {}
    # The window stands before heavy libraries are imported.
    import numpy as np

    a = np.array([(r.x, r.y, r.right, r.bottom) for r in former])[:, None, :]
    b = np.array([(r.x, r.y, r.right, r.bottom) for r in present])[None, :, :]
    sides = np.maximum(0.0, np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]))
    smaller = np.minimum(*(((r[..., 2:] - r[..., :2]).prod(axis=-1)) for r in (a, b)))
    shares = sides.prod(axis=-1) / np.maximum(smaller, 1e-9)
    rows, columns = np.nonzero(shares >= SAME_FIELD)
    found: dict[int, int] = {}
    used: set[int] = set()
    for n in np.argsort(-shares[rows, columns], kind="stable"):
        i, j = int(rows[n]), int(columns[n])
        if i not in found and j not in used:
            found[i] = j
            used.add(j)
    return found


def _stand_in(decision: GalleryDecision) -> RankedField:
    """A field for a decision whose place is no longer suspicious: ``cells`` 0 tells it."""
    return RankedField(decision.rect, decision.probability or 0.0, -1, 0, -1)


def _is_stand_in(entry: Entry) -> bool:
    return entry.field.cells == 0
