"""Lengths and areas of marks in words."""

from __future__ import annotations

from app.records.shapes import BOX_KINDS, MarkKind, Shape, area_um2, length_um

_MM2 = 1e6
_LINES = frozenset({MarkKind.LINE, MarkKind.LINES})
_POINTS = frozenset({MarkKind.POINT, MarkKind.POINTS, MarkKind.FOREIGN})


def measure(shape: Shape, mpp: float | None) -> str:
    """What a list needs of a shape: length of lines, area of areas, nothing of points. In pixels without a scale."""
    if shape.kind in _POINTS:
        return "" if shape.kind is not MarkKind.POINTS else f"{len(shape.parts[0][0])} x"
    if shape.kind in _LINES:
        return length_text(length_um(shape, mpp or 1.0), mpp is not None)
    return area_text(area_um2(shape, mpp or 1.0), mpp is not None)


def measure_long(shape: Shape, mpp: float | None) -> str:
    """What is shown beside the pointer: sides of boxes, too."""
    if shape.kind in BOX_KINDS:
        (left, top), (right, bottom) = shape.parts[0][0] * (mpp or 1.0)
        unit = "µm" if mpp is not None else "px"
        return f"{_number(right - left)} x {_number(bottom - top)} {unit}, {measure(shape, mpp)}"
    return measure(shape, mpp)


def length_text(length: float, scaled: bool) -> str:
    """A length in um (``scaled``) or pixels."""
    if scaled and length >= 1e4:
        return f"{length / 1e3:,.2f} mm"
    return f"{_number(length)} {'µm' if scaled else 'px'}"


def area_text(area: float, scaled: bool) -> str:
    """An area in square um (``scaled``) or square pixels."""
    if scaled and area >= _MM2 / 10:
        return f"{area / _MM2:,.3f} mm²"
    return f"{_number(area)} {'µm²' if scaled else 'px²'}"


def _number(value: float) -> str:
    value = float(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
