"""The small instruments that lie on the canvas: minimap with coverage, scale bar, legend, rotation badge."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from app.geometry import RectPx, ViewTransform
from app.ui.canvas.coverage_readout import CoverageReadout
from app.ui.canvas.layer import ExplainedLayer, Layer, LegendSection, MinimapLayer, PassingLayer
from app.ui.canvas.legend import Legend
from app.ui.canvas.minimap import Minimap
from app.ui.canvas.plane_badge import PlaneBadge
from app.ui.canvas.rotation_badge import RotationBadge
from app.ui.canvas.scale_bar import ScaleBar

MARGIN_PX = 12
GAP_PX = 6


class Instruments:
    """Child widgets of the canvas, and where they stand."""

    def __init__(self, canvas: QWidget) -> None:
        self._canvas = canvas
        self.minimap = Minimap(canvas)
        self.coverage = CoverageReadout(canvas)
        self.scale_bar = ScaleBar(canvas)
        self.scale_bar.hide()
        self.legend = Legend(canvas)
        self.rotation_badge = RotationBadge(canvas)
        self.plane_badge = PlaneBadge(canvas)

    def place(self) -> None:
        """Put each into its corner, for the canvas's present size."""
        width, height = self._canvas.width(), self._canvas.height()
        minimap, coverage, legend = self.minimap, self.coverage, self.legend
        minimap.move(width - minimap.width() - MARGIN_PX, MARGIN_PX)
        below = minimap.geometry().bottom() + 1 + GAP_PX if not minimap.isHidden() else MARGIN_PX
        coverage.move(width - coverage.width() - MARGIN_PX, below)
        self.scale_bar.move(MARGIN_PX, height - self.scale_bar.height() - MARGIN_PX)
        legend.move(width - legend.width() - MARGIN_PX, height - legend.height() - MARGIN_PX)
        self.plane_badge.move(MARGIN_PX, MARGIN_PX)
        self.rotation_badge.move((width - self.rotation_badge.width()) // 2, MARGIN_PX)

    def allow(self, *, legend: bool, minimap: bool) -> None:
        """Which of them the user wants to see."""
        self.legend.set_allowed(legend)
        self.minimap.set_allowed(minimap)
        self.coverage.set_allowed(minimap)
        self.place()

    def explain(self, layers: Sequence[Layer], transform: ViewTransform, visible: RectPx, ratio: float) -> None:
        """Fill the legend with what these layers show in this view."""
        sections: list[LegendSection] = []
        for layer in layers:
            if not isinstance(layer, ExplainedLayer):
                continue
            if not isinstance(layer, PassingLayer) or layer.is_drawn(transform, visible, ratio):
                sections += layer.legend()
        self.legend.show_sections(sections)


def on_minimap(layers: Sequence[Layer]) -> list[Layer]:
    """Of all layers those that the minimap shows: the visible ones, and those that it always shows."""
    return [layer for layer in layers if layer.visible or (isinstance(layer, MinimapLayer) and layer.on_minimap)]
