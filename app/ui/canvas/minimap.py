"""The whole slide in small, with the viewport on it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.geometry import PointPx, RectPx, ViewTransform, fitting_transform
from app.ui.canvas.frame import Frame
from app.ui.canvas.layer import KeptLayer, Layer
from app.ui.canvas.overlay_panel import OverlayPanel
from app.ui.canvas.tile_mosaic import TileMosaic

LONGEST_PX = 190
SHORTEST_PX = 40
BORDER_PX = 4
SMALLEST_MARK_PX = 7.0
REFRESH_MS = 500
"""The picture with scores on it is made anew at most this often."""
SLICES_MS = 30
SLICE_PX = 5000
"""Of 100,000 marks, this much of the minimap takes about as long as the canvas has for a slice."""

VIEW_LINE = QColor(214, 0, 90)
"""Magenta-red: in neither of the usual stains, nor in the classes' colours."""


class Minimap(OverlayPanel):
    """Signal ``moved_to`` carries the slide point (PointPx) that was clicked or dragged to."""

    moved_to = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame: Frame | None = None
        self._thumbnail: ViewTransform | None = None
        self._view: ViewTransform | None = None
        self._layers: Sequence[Layer] = ()
        self._picture = QImage()
        self._refresh = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._refresh.timeout.connect(self._make_picture)
        # Marks in slices: between two of them the window stays awake.
        self._slices = QTimer(self, singleShot=True, interval=SLICES_MS)
        self._slices.timeout.connect(self._paint_some)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(self.tr("Overview of the slide"))
        self.setToolTip(self.tr("Click or drag to move the view"))
        self.set_filled(False)

    def show_slide(self, mosaic: TileMosaic | None, bounds: RectPx | None = None) -> None:
        """Another slide, or none."""
        self._frame = None if mosaic is None else Frame(mosaic, SLICE_PX, kept_margin=0)
        self._picture = QImage()
        self.forget_picture()
        self.set_filled(mosaic is not None)
        if bounds is None:
            return
        side = LONGEST_PX / max(bounds.width, bounds.height)
        width = max(SHORTEST_PX, round(bounds.width * side))
        height = max(SHORTEST_PX, round(bounds.height * side))
        self._bounds = bounds
        self.resize(QSize(width + 2 * BORDER_PX, height + 2 * BORDER_PX))
        self._make_picture()

    def show_view(self, transform: ViewTransform) -> None:
        """Where the canvas stands."""
        self._view = transform
        self.update()

    def refresh(self, layers: Sequence[Layer], *, now: bool = False, kept: bool = False) -> None:
        """The overview's tiles or the layers have changed; ``kept``: also those that are kept apart."""
        self._layers = layers
        if kept and self._frame is not None:
            self._frame.touch_layers()
        if now:
            self._make_picture()
        elif not self._refresh.isActive():
            self._refresh.start()

    def view_polygon(self) -> QPolygonF:
        """The viewport's outline, in this widget's logical pixels."""
        if self._view is None or self._thumbnail is None:
            return QPolygonF()
        width, height = self._view.viewport_device
        corners = [self._view.to_slide(x, y) for x, y in ((0, 0), (width, 0), (width, height), (0, height))]
        return QPolygonF([self._to_widget(corner) for corner in corners])

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            if not self._picture.isNull() and self._picture.devicePixelRatioF() != self.devicePixelRatioF():
                self._make_picture()
            self.paint_kept(painter, self._draw_slide)
            if not self._picture.isNull():
                self._draw_view(painter)

    def _draw_slide(self, painter: QPainter) -> None:
        self.paint_ground(painter)
        if not self._picture.isNull():
            painter.drawImage(QPointF(BORDER_PX, BORDER_PX), self._picture)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._move_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._move_to(event.position())

    def _move_to(self, position: QPointF) -> None:
        if self._thumbnail is None:
            return
        ratio = self.devicePixelRatioF()
        point = self._thumbnail.to_slide((position.x() - BORDER_PX) * ratio, (position.y() - BORDER_PX) * ratio)
        self.moved_to.emit(
            PointPx(
                min(max(point.x, self._bounds.x), self._bounds.right),
                min(max(point.y, self._bounds.y), self._bounds.bottom),
            )
        )

    def _to_widget(self, point: PointPx) -> QPointF:
        assert self._thumbnail is not None
        x, y = self._thumbnail.to_device(point)
        ratio = self.devicePixelRatioF()
        return QPointF(x / ratio + BORDER_PX, y / ratio + BORDER_PX)

    def _make_picture(self) -> None:
        if self._frame is None:
            return
        ratio = self.devicePixelRatioF()
        width = round((self.width() - 2 * BORDER_PX) * ratio)
        height = round((self.height() - 2 * BORDER_PX) * ratio)
        self._thumbnail = fitting_transform(self._bounds, (float(width), float(height)), margin=0.0)
        self._frame.resize(width, height, ratio)
        self._frame.touch_tiles()
        self._paint_some()

    def _paint_some(self) -> None:
        if self._frame is None or self._thumbnail is None:
            return
        has_kept = any(isinstance(layer, KeptLayer) and layer.has_content for layer in self._layers)
        self._frame.update(self._thumbnail, self._layers, whole=not has_kept)
        if not self._frame.is_complete:
            self._slices.start()
        self._picture = self._frame.image().copy()
        self.forget_picture()

    def _draw_view(self, painter: QPainter) -> None:
        outline = self.view_polygon()
        if outline.isEmpty():
            return
        painter.setClipRect(QRectF(self.rect()).adjusted(BORDER_PX, BORDER_PX, -BORDER_PX, -BORDER_PX))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        box = outline.boundingRect()
        if max(box.width(), box.height()) < SMALLEST_MARK_PX:
            # Too small to be found: a frame of the smallest size that can be seen.
            outline = QPolygonF(
                QRectF(-SMALLEST_MARK_PX / 2, -SMALLEST_MARK_PX / 2, SMALLEST_MARK_PX, SMALLEST_MARK_PX)
            )
            outline.translate(box.center())
        for color, width in ((QColor(255, 255, 255, 200), 3.5), (VIEW_LINE, 1.6)):
            painter.setPen(QPen(color, width))
            painter.drawPolygon(outline)
