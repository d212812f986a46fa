"""The report's page on the screen, drawn by the same layout and from the same fonts as the PDF."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QGlyphRun, QImage, QPainter, QPen, QRawFont

from app.report.content import ReportContent
from app.report.fitting import lay_out
from app.report.fonts import Face, FaceSet
from app.report.page import HEIGHT_MM, WIDTH_MM
from app.report.pdf import HAIRLINE_MM
from app.report.pen import LINE, MM_PER_PT, Color, Pen


def page_image(content: ReportContent, width_px: int) -> QImage:
    """The page, so many pixels wide. Any thread."""
    page, faces, scale = lay_out(content)
    unit = width_px / WIDTH_MM
    image = QImage(width_px, round(HEIGHT_MM * unit), QImage.Format.Format_RGB32)
    image.fill(QColor("#ffffff"))
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    page.draw(_ScreenPen(faces, painter, unit, scale))
    painter.end()
    return image


class _ScreenPen(Pen):
    """``unit`` pixels are a millimetre."""

    def __init__(self, faces: FaceSet, painter: QPainter, unit: float, scale: float) -> None:
        super().__init__(faces, scale)
        self._painter, self._unit = painter, unit
        self._fonts: dict[tuple[str, float], QRawFont] = {}

    def put(self, x: float, baseline: float, face: Face, text: str, size_pt: float, color: Color) -> None:
        size_px = size_pt * MM_PER_PT * self._unit
        font = self._fonts.get((face.family, size_px))
        if font is None:
            font = QRawFont(str(face.path), size_px, QFont.HintingPreference.PreferNoHinting)
            self._fonts[face.family, size_px] = font
        run, places, at = QGlyphRun(), [], 0.0
        for character in text:
            places.append(QPointF(at, 0.0))
            at += face.advances[ord(character)] * size_px
        run.setRawFont(font)
        run.setGlyphIndexes(font.glyphIndexesForString(text))
        run.setPositions(places)
        self._painter.setPen(QColor(*color))
        self._painter.drawGlyphRun(QPointF(x * self._unit, baseline * self._unit), run)

    def rule(self, x: float, y: float, width_mm: float, color: Color = LINE) -> None:
        self._painter.setPen(QPen(QColor(*color), max(1.0, HAIRLINE_MM * self._unit)))
        self._painter.drawLine(self._at(x, y), self._at(x + width_mm, y))

    def box(self, x: float, y: float, width_mm: float, height_mm: float, color: Color, radius_mm: float = 0.0) -> None:
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(QColor(*color))
        place = QRectF(self._at(x, y), self._at(x + width_mm, y + height_mm))
        self._painter.drawRoundedRect(place, radius_mm * self._unit, radius_mm * self._unit)

    def picture(self, x: float, y: float, width_mm: float, height_mm: float, jpeg: bytes, description: str) -> None:
        place = QRectF(self._at(x, y), self._at(x + width_mm, y + height_mm))
        self._painter.drawImage(place, QImage.fromData(jpeg))

    @contextmanager
    def turned(self, degrees: float, x: float, y: float, opacity: float) -> Iterator[None]:
        middle = self._at(x, y)
        self._painter.save()
        self._painter.setOpacity(opacity)
        self._painter.translate(middle)
        self._painter.rotate(-degrees)
        self._painter.translate(-middle)
        yield
        self._painter.restore()

    def _at(self, x: float, y: float) -> QPointF:
        return QPointF(x * self._unit, y * self._unit)
