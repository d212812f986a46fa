"""How far a run is: its state, its counts, its speed. Not thread-safe; the session's lock guards it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.records.scores import CellState
from app.session.events import RUNNING_STATES, RunProgress, RunState
from app.session.throughput import Throughput


@dataclass
class RunTracker:
    """``phase`` is the state without regard to pausing. ``generation`` grows when a run begins or is ended: what
    still comes from an ended run carries a smaller number and is dropped."""

    phase: RunState = "idle"
    paused: bool = False
    generation: int = 0
    done: int = 0
    total: int = 0
    finding_share: float = 0.0
    device_reason: str = ""
    throughput: Throughput = field(default_factory=Throughput)

    @property
    def state(self) -> RunState:
        return "paused" if self.paused else self.phase

    @property
    def is_on(self) -> bool:
        return self.phase in RUNNING_STATES

    def begin(self) -> None:
        self.generation += 1
        self.phase = "starting"
        self.paused = False
        self.finding_share = 0.0

    def planned(self, done: int, wanted: int) -> None:
        """Cells were found: ``wanted`` are still to score, ``done`` were scored by earlier runs."""
        self.phase = "running"
        self.done, self.total = done, done + wanted
        self.throughput.restart()

    def scored(self, tiles: int) -> None:
        self.done += tiles
        self.throughput.add(tiles)

    def set_paused(self, paused: bool) -> None:
        self.paused = paused
        self.throughput.restart()

    def end(self, phase: RunState) -> None:
        """The run is over; nothing more of it counts."""
        self.generation += 1
        self.phase = phase
        self.paused = False

    def count(self, counts: Mapping[CellState, int]) -> None:
        """Take over what was stored; the total is known only when nothing is pending."""
        self.done = counts[CellState.SCORED] + counts[CellState.OUT_OF_FOCUS] + counts[CellState.FAILED]
        self.total = self.done if counts[CellState.PENDING] == 0 else 0

    def progress(self, counts: Mapping[CellState, int]) -> RunProgress:
        speed = self.throughput.per_second if self.phase == "running" else 0.0
        return RunProgress(
            state=self.state,
            done=self.done,
            total=self.total,
            failed=counts.get(CellState.FAILED, 0),
            out_of_focus=counts.get(CellState.OUT_OF_FOCUS, 0),
            tiles_per_s=speed,
            seconds_left=max(0, self.total - self.done) / speed if speed > 0 else None,
            device_reason=self.device_reason,
            finding_share=self.finding_share,
        )
