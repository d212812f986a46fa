"""Where layers have changed since they were last drawn."""

from __future__ import annotations

from dataclasses import dataclass

from app.geometry import RectPx


@dataclass
class StaleParts:
    """Level-0 rectangles: ``layers`` of any layer, ``kept`` of those that are kept apart. None: nowhere."""

    layers: RectPx | None = None
    kept: RectPx | None = None

    def add(self, rect: RectPx, *, kept: bool) -> None:
        """A layer has changed there; an empty rectangle says that it was beyond what is drawn."""
        self.layers = _joined(self.layers, rect)
        if kept:
            self.kept = _joined(self.kept, rect)


def _joined(before: RectPx | None, rect: RectPx) -> RectPx:
    # The place of an empty rectangle means nothing, and must not widen the other.
    if before is None or before.is_empty:
        return rect
    return before if rect.is_empty else before.union(rect)
