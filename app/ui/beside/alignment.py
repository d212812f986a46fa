"""Which place of one slide corresponds to which of another, and how a view of one is a view of the other. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.geometry import PointPx, ViewTransform


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a view stands: as in ``ViewTransform``, without the viewport."""

    center: PointPx
    scale: float
    rotation_deg: float


@dataclass(frozen=True, slots=True)
class Alignment:
    """``here`` on one slide is the same place as ``there`` on the other, which is turned by ``turn_deg`` against it.

    Lengths are compared in microns: ``mpp_here`` and ``mpp_there`` are um per level-0 pixel. Serial or differently
    stained smears match about one place only; elsewhere the alignment is what stage coordinates would give.
    """

    here: PointPx
    there: PointPx
    turn_deg: float
    mpp_here: float
    mpp_there: float

    def there_of(self, point: PointPx) -> PointPx:
        """The place on the other slide."""
        angle, factor = math.radians(-self.turn_deg), self.mpp_here / self.mpp_there
        dx, dy = (point.x - self.here.x) * factor, (point.y - self.here.y) * factor
        cos, sin = math.cos(angle), math.sin(angle)
        return PointPx(self.there.x + cos * dx - sin * dy, self.there.y + sin * dx + cos * dy)

    def pose_there(self, view: ViewTransform) -> Pose:
        """How the other slide must be shown so that corresponding places lie alike on both viewports."""
        scale = view.scale * self.mpp_there / self.mpp_here
        return Pose(self.there_of(view.center), scale, (view.rotation_deg + self.turn_deg) % 360.0)

    def reversed(self) -> Alignment:
        """Seen from the other slide."""
        return Alignment(self.there, self.here, -self.turn_deg, self.mpp_there, self.mpp_here)


def aligned_as_shown(here: ViewTransform, there: ViewTransform, mpp_here: float, mpp_there: float) -> Alignment:
    """What is in the middle of both viewports now is the same place, turned as it is turned now."""
    turn = (there.rotation_deg - here.rotation_deg) % 360.0
    return Alignment(here.center, there.center, turn, mpp_here, mpp_there)
