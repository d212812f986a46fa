"""A mark: what the human drew on a slide and said about it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.records.shapes import Shape
from app.records.times import utc_after, utc_now


@dataclass(frozen=True, slots=True)
class MarkClass:
    """A class that marks can have: machine key, name for people, ``#rrggbb`` colour.

    Those of the model come from its bundle; those that imported files bring along are kept in the case.
    """

    key: str
    name: str
    color: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One annotation on one slide.

    ``slide`` is the slide's fingerprint, ``class_key`` the key of its class (None: none), ``plane`` the focal
    plane on which it was drawn. Times are ISO 8601 in UTC. ``properties`` are JSON values that other programs
    stored with it, by format name; they are kept so that an export loses nothing, and never changed here.
    """

    uuid: str
    slide: str
    shape: Shape
    class_key: str | None = None
    note: str = ""
    author: str = ""
    created_utc: str = ""
    modified_utc: str = ""
    plane: int = 0
    locked: bool = False
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Unique in a case: two slides may hold copies of one imported mark."""
        return f"{self.slide[:16]}:{self.uuid}"


def new_mark(slide: str, shape: Shape, *, class_key: str | None = None, note: str = "", author: str = "") -> Mark:
    """A fresh mark with a random uuid, made now."""
    now = utc_now()
    return Mark(str(uuid.uuid4()), slide, shape, class_key, note, author, now, now)


def changed(mark: Mark, **fields: Any) -> Mark:
    """The mark with other fields (``shape``, ``class_key``, ``note``, ...), modified now."""
    return replace(mark, modified_utc=utc_after(mark.modified_utc), **fields)
