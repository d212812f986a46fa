"""One slide of the worklist. Light, so that the window can be built without the readers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kd.bundle import ClassInfo


class WorkState(StrEnum):
    """How far a slide has come, by hand before by machine."""

    NEW = "new"
    SCORED = "scored"
    IN_PROGRESS = "in progress"
    REPORTED = "reported"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One slide of the list.

    ``done`` of ``wanted`` cells are scored by the present model (``wanted`` 0: not known yet). ``top_class`` is
    the class of its most suspicious field; None while nothing suspicious is stored, or where ``may_rank`` is
    False: the model may say nothing of this slide. ``hidden``: the reader wants to choose a category first;
    ``human_first`` what its case says of that (None: there is no case).
    ``problem`` is a sentence, for slides that cannot be opened.
    """

    path: Path
    state: WorkState = WorkState.NEW
    fingerprint: str = ""
    stain: str | None = None
    case_title: str = ""
    category: str = ""
    done: int = 0
    wanted: int = 0
    complete: bool = False
    top_class: ClassInfo | None = None
    top_probability: float = 0.0
    may_rank: bool = False
    problem: str = ""
    hidden: bool = False
    human_first: bool | None = None


def concealed(item: WorkItem, human_first: bool) -> WorkItem:
    """The item as a reader may see it who wants to choose a category first, by the setting or by the slide's case."""
    if (human_first or item.human_first) and not item.category:
        return replace(item, hidden=True, top_class=None)
    return item


def without_scores(item: WorkItem) -> WorkItem:
    """The item without what a model said of the slide."""
    state = WorkState.NEW if item.state is WorkState.SCORED else item.state
    return replace(
        item, state=state, done=0, wanted=0, complete=False, top_class=None, top_probability=0.0, may_rank=False
    )
