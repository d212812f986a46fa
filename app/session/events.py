"""What a session tells its listeners: notices, events, progress. Its findings are in ``app.records.findings``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.geometry import RectPx

Severity = Literal["info", "warning", "error"]
EventKind = Literal["progress", "scores", "attention", "notice", "finished", "failed", "process-died"]
RunState = Literal["idle", "starting", "finding cells", "running", "paused", "cancelled", "finished", "failed"]

RUNNING_STATES: frozenset[RunState] = frozenset(("starting", "finding cells", "running", "paused"))
"""States in which a run has begun and has not ended."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the user must know of this slide, model or run, as one or two sentences.

    ``key`` names the kind; a later notice of the same kind replaces the former. Keys: ``phantom-model``,
    ``phantom-slide``, ``demonstration``, ``no-model``, ``mpp-missing``, ``mpp-coarse``, ``mpp``, ``stain``,
    ``runtime``, ``precision``, ``memory``, ``store``, ``process``, ``unreadable``, ``focus``,
    ``low-power``.
    """

    key: str
    severity: Severity
    text: str


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """One thing that happened. Delivered on a worker thread.

    ``rect`` bounds what changed in level-0 pixels (kinds ``scores`` and ``attention``), ``cells`` are the
    row-major cells concerned (none are named when the background of the whole slide is marked).
    """

    kind: EventKind
    message: str = ""
    rect: RectPx | None = None
    cells: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is. ``done`` and ``total`` count the cells to score, background not among them;
    ``total`` is 0 until the cells are found. While cells are sought, ``finding_share`` goes from 0 to 1.
    ``tiles_per_s`` is 0 and ``seconds_left`` None while not known. ``device_reason`` says on what the
    student runs and why, e.g. ``CPU: no CUDA device found``; empty before the model is loaded.
    """

    state: RunState
    done: int = 0
    total: int = 0
    failed: int = 0
    out_of_focus: int = 0
    tiles_per_s: float = 0.0
    seconds_left: float | None = None
    device_reason: str = ""
    finding_share: float = 0.0
