"""Where the view is going, so that tiles are fetched before it arrives. No Qt."""

from __future__ import annotations

import math

from app.geometry import ViewTransform

MEMORY = 0.6
"""Share of the former direction that remains with each step: hands tremble."""
AHEAD_SHARE = 0.5
"""Tiles are fetched up to this share of the viewport ahead."""
AT_LEAST_PX = 2.0
"""Slower moves have no direction."""


class Heading:
    """Follows the steps of a pan. A zoom, a turn or a jump ends it."""

    def __init__(self) -> None:
        self._last: ViewTransform | None = None
        self._dx = self._dy = 0.0

    def follow(self, transform: ViewTransform) -> None:
        """The view stands here now."""
        last, self._last = self._last, transform
        if last is None or not _is_pan(last, transform):
            self._dx = self._dy = 0.0
            return
        # What lies at the middle now was this far from it before.
        x, y = last.to_device(transform.center)
        width, height = transform.viewport_device
        self._dx = MEMORY * self._dx + (1.0 - MEMORY) * (x - width / 2)
        self._dy = MEMORY * self._dy + (1.0 - MEMORY) * (y - height / 2)

    def ahead(self) -> tuple[float, float]:
        """How far ahead of the viewport to fetch, in device pixels (x, y); (0, 0) when the view goes nowhere."""
        speed = math.hypot(self._dx, self._dy)
        if self._last is None or speed < AT_LEAST_PX:
            return 0.0, 0.0
        reach = AHEAD_SHARE * max(self._last.viewport_device) / speed
        return self._dx * reach, self._dy * reach


def _is_pan(before: ViewTransform, after: ViewTransform) -> bool:
    if (before.scale, before.rotation_deg, before.viewport_device) != (
        after.scale,
        after.rotation_deg,
        after.viewport_device,
    ):
        return False
    x, y = before.to_device(after.center)
    width, height = after.viewport_device
    return abs(x - width / 2) < width and abs(y - height / 2) < height
