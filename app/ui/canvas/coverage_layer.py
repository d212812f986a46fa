"""What of the slide has been looked at: tinted in overviews, outlined when one is close."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QCoreApplication, QLineF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.geometry import PointPx, RectPx, SizePx, ViewTransform, magnification_for_scale
from app.records.coverage import NOMINAL_TOLERANCE, Coverage
from app.ui.canvas.cell_raster import CellGrid, paint_cells
from app.ui.canvas.layer import LegendSection, Swatch, clip_box, premultiplied_image

BANDS = (10.0, 20.0, 40.0)
"""Magnifications from which an area counts as seen, lowest first."""

TINT = QColor(0, 128, 128)
"""Teal: in neither of the usual stains, nor in the classes' colours."""
ALPHAS = (26, 48, 74)
"""Opacity of the tint, 0-255, of what was seen from 10x, 20x and 40x."""
LINE = QColor(0, 128, 128, 190)
CASING = QColor(255, 255, 255, 150)
LINE_WIDTH_PX = 1.4


class CoverageLayer:
    """Below 10x whatever has been seen is tinted, the closer the stronger. From 10x on a line marks the border of
    what has been seen at this magnification: a tint would change the colours that are being judged."""

    def __init__(self) -> None:
        self.visible = True
        self.on_minimap = True
        self.stays_on_slide = True
        self._mpp: float | None = None
        self._grid: CellGrid | None = None
        self._bands: npt.NDArray[np.uint8] = np.zeros((0, 0), np.uint8)
        self._colors: npt.NDArray[np.uint8] = np.zeros((0, 0, 4), np.uint8)

    def set_slide(self, slide_size: SizePx | None, mpp: float | None) -> None:
        """Another slide, nothing of it seen; None: no slide."""
        self._mpp = mpp
        self._grid = None
        if slide_size is not None:
            empty = Coverage(slide_size)
            self._grid = CellGrid(empty.columns, empty.rows, 0.0, float(empty.cell_px), float(empty.cell_px))
            self._bands = np.zeros(empty.codes.shape, np.uint8)
            self._colors = np.zeros((*empty.codes.shape, 4), np.uint8)

    def show(self, coverage: Coverage, within: RectPx | None = None) -> RectPx | None:
        """Take over what has been seen (within a level-0 rectangle). Returns where the picture changes, if anywhere."""
        if self._grid is None:
            return None
        everything = RectPx(0.0, 0.0, float(coverage.slide_size.width), float(coverage.slide_size.height))
        block = self._grid.block(within or everything)
        bands = sum((coverage.seen(band)[block].astype(np.uint8) for band in BANDS), np.zeros((), np.uint8))
        if np.array_equal(bands, self._bands[block]):
            return None
        self._bands[block] = bands
        self._colors[block] = _TINTS[bands]
        return (within or everything).expanded(coverage.cell_px)

    def is_drawn(self, transform: ViewTransform, visible: RectPx, ratio: float) -> bool:
        """Whether anything in a level-0 rectangle is tinted; the line of close views explains itself."""
        if self._grid is None or self._mpp is None or self._is_close(transform):
            return False
        return bool(self._bands[self._grid.block(visible)].any())

    def paint(self, painter: QPainter, transform: ViewTransform, visible: RectPx) -> None:
        box = clip_box(painter)
        if self._grid is None or self._mpp is None or box.is_empty:
            return
        seen = visible.intersection(transform.slide_bounds(*box))
        if self._is_close(transform):
            self._draw_border(painter, transform, seen)
            return
        block = self._grid.block(seen)
        if self._bands[block].any():
            first = (block[0].start, block[1].start)
            image = paint_cells(self._colors[block], first, self._grid, transform, box)
            painter.drawImage(box.left, box.top, premultiplied_image(image))

    def legend(self) -> list[LegendSection]:
        """The tints."""
        texts = [QCoreApplication.translate("CoverageLayer", "{0}x and closer").format(f"{b:g}") for b in BANDS]
        swatches = tuple(
            Swatch(QColor(TINT.red(), TINT.green(), TINT.blue(), alpha), text)
            for alpha, text in zip(ALPHAS, texts, strict=True)
        )
        return [LegendSection(QCoreApplication.translate("CoverageLayer", "Seen at"), swatches)]

    def _is_close(self, transform: ViewTransform) -> bool:
        assert self._mpp is not None
        return magnification_for_scale(transform.scale, self._mpp) * NOMINAL_TOLERANCE >= BANDS[0]

    def _band(self, transform: ViewTransform) -> int:
        """1-3: the magnification whose border is shown in a close view."""
        assert self._mpp is not None
        now = magnification_for_scale(transform.scale, self._mpp) * NOMINAL_TOLERANCE
        return max(1, sum(now >= band for band in BANDS))

    def _draw_border(self, painter: QPainter, transform: ViewTransform, part: RectPx) -> None:
        lines = [
            QLineF(*transform.to_device(start), *transform.to_device(end))
            for start, end in self.border(part, self._band(transform))
        ]
        if not lines:
            return
        ratio = painter.device().devicePixelRatioF()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for color, width in ((CASING, LINE_WIDTH_PX + 2.0), (LINE, LINE_WIDTH_PX)):
            painter.setPen(QPen(color, width * ratio, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
            painter.drawLines(lines)
        painter.restore()

    def border(self, part: RectPx, band: int) -> list[tuple[PointPx, PointPx]]:
        """Edges of cells, in level-0 pixels, between seen and not seen at a band (1-3), in a level-0 rectangle and
        one cell around it. The slide's own edge is no border."""
        assert self._grid is not None
        pitch = self._grid.pitch_px
        rows, columns = self._grid.block(part.expanded(pitch))
        seen = self._bands[rows, columns] >= band
        edges = []
        for row, column in np.argwhere(seen[:, 1:] != seen[:, :-1]).tolist():
            x, y = (columns.start + column + 1) * pitch, (rows.start + row) * pitch
            edges.append((PointPx(x, y), PointPx(x, y + pitch)))
        for row, column in np.argwhere(seen[1:] != seen[:-1]).tolist():
            x, y = (columns.start + column) * pitch, (rows.start + row + 1) * pitch
            edges.append((PointPx(x, y), PointPx(x + pitch, y)))
        return edges


def _tint(alpha: int) -> list[int]:
    # Blue, green, red, premultiplied.
    return [channel * alpha // 255 for channel in (TINT.blue(), TINT.green(), TINT.red(), 255)]


_TINTS = np.array([[0, 0, 0, 0], *(_tint(alpha) for alpha in ALPHAS)], np.uint8)
