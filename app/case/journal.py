"""The append-only journal of a case: every edit with what was before and after; undo and redo are entries too.

In the file each value is written once. A row of ``change`` has the number ``seq * 2^24 + position`` and names,
by such numbers, the rows that hold its value before and after; ``record`` names the row that holds the value
of each record now.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.case.record_codec import KINDS, Record, decode, encode

_POSITION_BITS = 24
_VALUE_NOW = "SELECT value_id FROM record WHERE kind = ? AND key = ?"


class Action(StrEnum):
    """What an entry is; the words stand in the file. After ``SIGN`` nothing before it can be undone."""

    EDIT = "edit"
    UNDO = "undo"
    REDO = "redo"
    SIGN = "sign"
    NOTE = "note"
    """Housekeeping (slides, their paths, the reader's name), which undo passes over."""


@dataclass(frozen=True, slots=True)
class Change:
    """One record before (None: there was none) and after (None: there is none any more)."""

    before: Record | None
    after: Record | None

    @property
    def kind(self) -> str:
        return KINDS[type(self.record)]

    @property
    def key(self) -> str:
        return self.record.key

    @property
    def record(self) -> Record:
        """The later of the two."""
        record = self.after if self.after is not None else self.before
        assert record is not None
        return record

    def inverse(self) -> Change:
        return Change(self.after, self.before)


@dataclass(frozen=True, slots=True)
class Entry:
    """One step of the journal. ``target`` is the entry that an undo or redo is about."""

    seq: int
    at_utc: str
    author: str
    action: Action
    label: str
    changes: tuple[Change, ...]
    target: int | None = None


def append(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Write entries and bring the current state up to date; the caller holds the transaction."""
    for entry in entries:
        connection.execute(
            "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)",
            (entry.seq, entry.at_utc, entry.author, str(entry.action), entry.label, entry.target),
        )
        rows = list(_change_rows(connection, entry))
        connection.executemany("INSERT INTO change VALUES (?, ?, ?, ?, ?, ?)", rows)
        connection.executemany(
            "INSERT INTO record VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET value_id = excluded.value_id",
            ((kind, key, after) for _, kind, key, _, after, _ in rows if after is not None),
        )
        connection.executemany(
            "DELETE FROM record WHERE kind = ? AND key = ?",
            ((kind, key) for _, kind, key, _, after, _ in rows if after is None),
        )


def read_records(connection: sqlite3.Connection, leave_out: str = "") -> Iterator[Record]:
    """The current state, in the order in which the records came; without one kind, if wished."""
    rows = connection.execute(
        "SELECT change.kind, value FROM record JOIN change ON change.id = value_id"
        " WHERE record.kind != ? ORDER BY record.rowid",
        (leave_out,),
    )
    for kind, value in rows:
        yield decode(kind, value)


def read_entry(
    connection: sqlite3.Connection, seq: int, as_it_is: Callable[[str, str], Record | None] | None = None
) -> Entry:
    """One entry with its changes. Raises ``sqlite3.DatabaseError`` when there is none.

    ``as_it_is`` gives the record of a kind and key as it stands in the file now, where it is at hand: what has not
    changed since need not be read a second time.
    """
    row = connection.execute(
        "SELECT at_utc, author, action, label, target FROM journal WHERE seq = ?", (seq,)
    ).fetchone()
    if row is None:
        raise sqlite3.DatabaseError(f"the journal has no entry {seq}")
    at_utc, author, action, label, target = row
    changes: list[Change] = []
    for kind, key, before, after, is_last in connection.execute(
        "SELECT c.kind, c.key, b.value, a.value, r.value_id = c.after FROM change AS c"
        " LEFT JOIN change AS b ON b.id = c.before LEFT JOIN change AS a ON a.id = c.after"
        " LEFT JOIN record AS r ON r.kind = c.kind AND r.key = c.key WHERE c.id BETWEEN ? AND ? ORDER BY c.id",
        _numbers(seq),
    ):
        record = as_it_is(kind, key) if is_last and as_it_is is not None else None
        if record is None and after is not None:
            record = decode(kind, after)
        changes.append(Change(None if before is None else decode(kind, before), record))
    return Entry(seq, at_utc, author, Action(action), label, tuple(changes), target)


def last_seq(connection: sqlite3.Connection) -> int:
    """Number of the newest entry; 0 for an empty journal."""
    (seq,) = connection.execute("SELECT COALESCE(MAX(seq), 0) FROM journal").fetchone()
    return int(seq)


class UndoStacks:
    """Which entries can be undone and redone, as numbers; rebuilt from the journal when a case opens."""

    def __init__(self) -> None:
        self.undo: list[int] = []
        self.redo: list[int] = []
        self._labels: dict[int, str] = {}

    @property
    def next_labels(self) -> tuple[str | None, str | None]:
        """What undo and redo would turn back now; None where there is nothing."""
        undo, redo = (self._labels[stack[-1]] if stack else None for stack in (self.undo, self.redo))
        return undo, redo

    def follow(self, seq: int, action: Action, target: int | None, label: str) -> None:
        """Take note of one entry, in the order of the journal."""
        match action:
            case Action.EDIT:
                self._labels[seq] = label
                self.undo.append(seq)
                self.redo.clear()
            case Action.UNDO if target in self.undo[-1:]:
                self.redo.append(self.undo.pop())
            case Action.REDO if target in self.redo[-1:]:
                self.undo.append(self.redo.pop())
            case Action.SIGN:
                self.undo.clear()
                self.redo.clear()
            case _:
                pass

    def forget(self, up_to_seq: int) -> None:
        """Drop what lies at or before this entry."""
        self.undo[:] = [seq for seq in self.undo if seq > up_to_seq]
        self.redo[:] = [seq for seq in self.redo if seq > up_to_seq]


def read_stacks(connection: sqlite3.Connection) -> UndoStacks:
    """The stacks as they stood after the newest entry."""
    stacks = UndoStacks()
    for seq, action, target, label in connection.execute("SELECT seq, action, target, label FROM journal ORDER BY seq"):
        stacks.follow(seq, Action(action), target, label)
    return stacks


def _change_rows(
    connection: sqlite3.Connection, entry: Entry
) -> Iterator[tuple[int, str, str, int | None, int | None, str | None]]:
    known = _values_of_target(connection, entry)
    first, last = _numbers(entry.seq)
    if len(entry.changes) > last - first + 1:
        raise sqlite3.DataError("too many changes in one step")
    for number, change in enumerate(entry.changes, first):
        kind, key = change.kind, change.key
        before = connection.execute(_VALUE_NOW, (kind, key)).fetchone() if change.before is not None else None
        after: int | None = None
        value: str | None = None
        if change.after is not None:
            after = known.get((kind, key))
            if after is None:
                after, value = number, encode(change.after)
        yield number, kind, key, None if before is None else before[0], after, value


def _values_of_target(connection: sqlite3.Connection, entry: Entry) -> dict[tuple[str, str], int]:
    """Where the values lie that an undo or redo brings back."""
    if entry.target is None:
        return {}
    column = "before" if entry.action is Action.UNDO else "after"
    rows = connection.execute(
        f"SELECT kind, key, {column} FROM change WHERE id BETWEEN ? AND ? AND {column} IS NOT NULL",
        _numbers(entry.target),
    )
    return {(kind, key): value_id for kind, key, value_id in rows}


def _numbers(seq: int) -> tuple[int, int]:
    return seq << _POSITION_BITS, ((seq + 1) << _POSITION_BITS) - 1
