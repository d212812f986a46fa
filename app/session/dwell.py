"""From what is on screen, moment by moment, to the views that count for the coverage track. Pure; has no clock."""

from __future__ import annotations

from dataclasses import dataclass

from app.records.coverage import Quad, View

REST_S = 0.3
"""A field counts once it has stood still this long: shorter is passing by, not looking."""
REPORT_S = 1.0
"""While a field is looked at, its time is handed on this often, so that a crash loses no more."""
BREAK_S = 2.0
"""A longer silence means that the machine slept or the window hung: nobody was looking."""


@dataclass(frozen=True, slots=True)
class Field:
    """What is looked at: its corners on the slide, at which magnification (20 means 20x), on which focal plane."""

    corners: Quad
    magnification: float
    plane: int = 0


class DwellClock:
    """Tell it what is on screen with every change, and several times a second while nothing changes.

    The seconds of all views of one stay add up to its length, those before ``REST_S`` included.
    """

    def __init__(self) -> None:
        self._field: Field | None = None
        self._since_s = self._told_until_s = self._last_s = 0.0

    def update(self, now_s: float, field: Field | None) -> list[View]:
        """``field`` None: what is on screen does not count just now. Returns the views to be added."""
        views: list[View] = []
        if self._field is not None:
            awake = now_s - self._last_s <= BREAK_S
            until_s = now_s if awake else self._last_s
            left = field != self._field or not awake
            if until_s - self._since_s >= REST_S and (self._is_due(until_s) or left) and until_s > self._told_until_s:
                views.append(View(self._field.corners, self._field.magnification, until_s - self._told_until_s))
                self._told_until_s = until_s
            if left:
                self._field = None
        if self._field is None and field is not None:
            self._since_s = self._told_until_s = now_s
        self._field, self._last_s = field, now_s
        return views

    def _is_due(self, now_s: float) -> bool:
        return self._told_until_s == self._since_s or now_s - self._told_until_s >= REPORT_S
