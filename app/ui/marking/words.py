"""Names of shapes and of edits, as they stand in menus and in the list of marks."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.records.shapes import MarkKind


def tr(text: str) -> str:
    """Translate in the context of marking."""
    return QCoreApplication.translate("Marking", text)


def kind_name(kind: MarkKind) -> str:
    """What the user calls a shape."""
    return {
        MarkKind.POINT: tr("Point"),
        MarkKind.POINTS: tr("Points"),
        MarkKind.LINE: tr("Line"),
        MarkKind.LINES: tr("Lines"),
        MarkKind.RECTANGLE: tr("Rectangle"),
        MarkKind.ELLIPSE: tr("Ellipse"),
        MarkKind.POLYGON: tr("Polygon"),
        MarkKind.MULTIPOLYGON: tr("Areas"),
        MarkKind.FREEHAND: tr("Freehand"),
        MarkKind.FOREIGN: tr("Other object"),
    }[kind]


def draw_label(kind: MarkKind) -> str:
    return tr("Draw {0}").format(kind_name(kind).lower())


def edit_label(kind: MarkKind) -> str:
    return tr("Edit {0}").format(kind_name(kind).lower())


def of_marks(one: str, many: str, kinds: list[MarkKind]) -> str:
    """``one`` with the shape's name in {0} for a single mark, else ``many`` with the number."""
    return one.format(kind_name(kinds[0]).lower()) if len(kinds) == 1 else many.format(len(kinds))
