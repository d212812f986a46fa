"""Actions that move the view, and the part of the status bar that says where it stands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.geometry import MPP_AT_40X, PointPx, RectPx, SizePx
from app.ui.actions import MAGNIFICATIONS, Actions
from app.ui.focal_planes import plane_text
from app.ui.panels.status import StatusBar
from app.ui.pointer_readout import position_text, tile_reading

if TYPE_CHECKING:
    from app.session.slide_session import SlideSession
    from app.ui.canvas.slide_view import SlideView
    from app.ui.overlays import Overlays

_ZOOM_STEP = 1.4142135623730951
_TURNS_DEG = {"rotate_right": 90.0, "rotate_left": -90.0, "turn_right": 15.0, "turn_left": -15.0}
_SAME_MAGNIFICATION = 0.004


class Navigation(QObject):
    """Connects view, actions and status bar."""

    def __init__(
        self,
        view: SlideView,
        overlays: Overlays,
        actions: Actions,
        status: StatusBar,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view = view
        self._overlays = overlays
        self._actions = actions
        self._status = status
        self._session: SlideSession | None = None
        self._pointer: PointPx | None = None
        actions["fit"].triggered.connect(lambda: view.fit())
        actions["zoom_in"].triggered.connect(lambda: view.zoom_by(_ZOOM_STEP))
        actions["zoom_out"].triggered.connect(lambda: view.zoom_by(1 / _ZOOM_STEP))
        for name, degrees in _TURNS_DEG.items():
            actions[name].triggered.connect(lambda _checked=False, degrees=degrees: view.rotate_by(degrees))
        actions["rotate_reset"].triggered.connect(lambda: view.reset_rotation())
        for value, action in actions.magnifications.items():
            action.triggered.connect(lambda _checked=False, value=value: self._set_magnification(value))
        view.transformChanged.connect(self.show_transform)
        view.pointerMoved.connect(self.show_pointer)
        self.set_session(None)

    def set_session(self, session: SlideSession | None) -> None:
        self._session = session
        self._pointer = None
        bundle = session.bundle if session else None
        self._status.probabilities.set_classes(bundle.card.classes if bundle else ())
        self._actions.set_scale_known(session is not None and session.mpp is not None)
        self.show_transform()
        self.show_pointer(None)

    def jump_to(self, rect: RectPx, magnification: float) -> None:
        """Bring a field to the middle at this magnification, or the next lower one at which it fits (at the present
        scale where the slide's scale is unknown)."""
        mpp = self._session.mpp if self._session is not None else None
        if mpp is not None:
            magnification = _fitting(rect, magnification, self._view.transform.viewport_device, mpp)
        self._view.center_on(rect.center, magnification)
        self._overlays.mark(rect)

    def show_transform(self) -> None:
        """Magnification, scale and rotation; the matching segment of the toolbar is lit."""
        session = self._session
        if session is None:
            self._status.scale.setText("")
            self._actions["rotate_reset"].setEnabled(False)
            for action in self._actions.magnifications.values():
                action.setChecked(False)
            return
        mpp, rotation = session.mpp, self._view.transform.rotation_deg % 360
        magnification = self._view.magnification
        if mpp is None or magnification is None:
            text = self.tr("Scale unknown  ·  {0} %").format(f"{100 * self._view.transform.scale:.3g}")
        else:
            text = self.tr("{0}x  ·  {1} µm/px").format(f"{magnification:.3g}", f"{mpp:.4f}")
            if mpp != session.slide.info.mpp:
                text += self.tr(" (calibrated)")
        if rotation:
            text += f"  ·  {rotation:.0f}°"
        planes = session.slide.info.focal_planes
        if planes.count > 1:
            text += "  ·  " + plane_text(planes, self._view.plane)
        self._status.scale.setText(text)
        self._actions["rotate_reset"].setEnabled(bool(rotation))
        for value in MAGNIFICATIONS:
            lit = magnification is not None and abs(magnification / value - 1) < _SAME_MAGNIFICATION
            self._actions.magnifications[value].setChecked(lit)

    def show_pointer(self, point: PointPx | None) -> None:
        """Position and probabilities under the pointer; None, or beyond the slide: nothing."""
        self._pointer = point
        session = self._session
        if point is None or session is None or not _is_on(point, session.slide.info.size):
            self._status.position.setText("")
            self._status.probabilities.show_reading(None)
            return
        self._status.position.setText(position_text(point, session.mpp))
        score_map = session.score_map()
        cell = self._overlays.cell_at(point)
        if score_map is None or session.bundle is None or cell is None:
            self._status.probabilities.show_reading(None)
        else:
            reading = tile_reading(cell, score_map, session.bundle.card, may_rank=session.may_rank)
            self._status.probabilities.show_reading(reading)
            focus = float(score_map.focus[cell])
            if not math.isnan(focus):
                text = self.tr("focus {0}").format(f"{focus:.1f}")
                self._status.position.setText(f"{self._status.position.text()}  ·  {text}")

    def refresh_pointer(self) -> None:
        """New scores came: the tile under the resting pointer may have one now."""
        self.show_pointer(self._pointer)

    def _set_magnification(self, value: float) -> None:
        self._view.set_magnification(value)
        self.show_transform()


def _fitting(rect: RectPx, wanted: float, viewport_device: tuple[float, float], mpp: float) -> float:
    """The highest of the usual magnifications, up to the wanted one, at which a rectangle fits a viewport."""
    width, height = viewport_device
    for value in sorted((value for value in MAGNIFICATIONS if value <= wanted), reverse=True):
        device_per_px = mpp / MPP_AT_40X * value / 40.0
        if rect.width * device_per_px <= width and rect.height * device_per_px <= height:
            return value
    return MAGNIFICATIONS[0]


def _is_on(point: PointPx, size: SizePx) -> bool:
    return 0 <= point.x < size.width and 0 <= point.y < size.height
