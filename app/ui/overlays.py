"""Connects the overlay panel and its actions with the layers on the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.geometry import PointPx, RectPx
from app.records.scores import CellState
from app.ui.actions import Actions
from app.ui.canvas.attention_layer import AttentionLayer
from app.ui.canvas.heatmap_layer import HeatmapLayer
from app.ui.canvas.layer import Layer, LegendSection
from app.ui.canvas.marker_layer import MarkerLayer
from app.ui.panels.overlay_panel import OverlayPanel
from app.ui.settings import Settings

if TYPE_CHECKING:
    from app.session.score_map import ScoreMap
    from app.session.slide_session import SlideSession
    from app.ui.canvas.slide_view import SlideView

MAX_ATTENTION_TILES = 120


class _MeaninglessHeatmap(HeatmapLayer):
    """The heatmap of a phantom model on a real slide: its legend says so first."""

    def legend(self) -> list[LegendSection]:
        caveat = QCoreApplication.translate("Overlays", "Phantom model: means nothing here")
        return [LegendSection(caveat, ()), *super().legend()]


def make_heatmap(session: SlideSession) -> HeatmapLayer:
    """The layer for a session with a model, which says so where its colours mean nothing."""
    assert session.bundle is not None
    card = session.bundle.card
    kind = _MeaninglessHeatmap if card.is_phantom and not session.slide.info.phantom else HeatmapLayer
    return kind(card.classes, card.out_of_domain_threshold)


class Overlays(QObject):
    """Heatmap and attention of the open session, with the user's opacity and threshold."""

    changed = Signal()

    def __init__(
        self, view: SlideView, panel: OverlayPanel, actions: Actions, settings: Settings, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._view, self._panel, self._actions, self._settings = view, panel, actions, settings
        self._session: SlideSession | None = None
        self.heatmap: HeatmapLayer | None = None
        self.attention: AttentionLayer | None = None
        self.marker = MarkerLayer()
        self._added: list[Layer] = []
        self._attended: list[int] = []
        self._shown_map: ScoreMap | None = None
        self._may_rank = True
        self._concealed = False
        actions["heatmap"].toggled.connect(self._show_heatmap)
        actions["attention"].toggled.connect(self._show_attention)
        view.transformChanged.connect(self.show_attention_hint)
        panel.modeChanged.connect(self._set_mode)
        panel.classesChanged.connect(self._set_classes)
        panel.opacityChanged.connect(self._set_opacity)
        panel.thresholdChanged.connect(self._set_threshold)
        panel.attentionOpacityChanged.connect(self._set_attention_opacity)

    def set_session(self, session: SlideSession | None) -> None:
        """Layers for another session, or none."""
        for layer in self._added:
            self._view.remove_layer(layer)
        self._added = []
        self.heatmap = self.attention = None
        self._attended = []
        self._session = session
        bundle = session.bundle if session else None
        score_map = session.score_map() if session else None
        self._panel.set_classes(bundle.card.classes if bundle else ())
        self._panel.set_overlays_enabled(score_map is not None)
        self._actions["heatmap"].setEnabled(score_map is not None)
        self._actions["attention"].setEnabled(score_map is not None)
        if session is not None and bundle is not None and score_map is not None:
            self.heatmap = make_heatmap(session)
            self.heatmap.opacity = self._settings.overlay_opacity
            self.heatmap.threshold = self._settings.overlay_threshold
            self._set_classes(self._panel.table.shown_classes())
            self.attention = AttentionLayer(session.attention)
            self.attention.opacity = self._settings.attention_opacity
            self._show_map(score_map)
            self.apply_domain()
        self.marker.set_rects(())
        self._added = [layer for layer in (self.heatmap, self.attention, self.marker) if layer is not None]
        for layer in self._added:
            self._view.add_layer(layer)
        self._repaint()

    def apply_domain(self) -> None:
        """Heatmap and attention start hidden where they mean nothing (phantom model, real slide, no demonstration);
        what the user then chooses holds for this slide only."""
        self._may_rank = self._session is None or self._session.may_rank
        shown = self._settings.overlay_visible and self._may_rank
        self._actions["heatmap"].setChecked(shown)
        if self.heatmap is not None:
            self.heatmap.visible = shown and not self._concealed
            self.heatmap.flags_shown = self._may_rank
        attended = self._settings.attention_visible and self._may_rank
        self._actions["attention"].setChecked(attended)
        if self.attention is not None:
            self.attention.visible = attended and not self._concealed
        self._repaint()

    def conceal(self, on: bool) -> None:
        """Show nothing of the model, whatever the actions say (human first); or again what they say."""
        self._concealed = on
        if self.heatmap is not None and self.attention is not None:
            self.heatmap.visible = self._actions["heatmap"].isChecked() and not on
            self.attention.visible = self._actions["attention"].isChecked() and not on
        if on:
            self.marker.set_rects(())
        self._repaint()

    def cell_at(self, point: PointPx) -> tuple[int, int] | None:
        """(row, column) of the cell drawn under a slide point."""
        return self.heatmap.cell_at(point) if self.heatmap is not None else None

    def scores_changed(self, rect: RectPx | None) -> None:
        """New scores within a rectangle (None: anywhere)."""
        if self.heatmap is not None:
            score_map = self._session.score_map() if self._session else None
            if score_map is not self._shown_map:
                # Another precision has another plan, and so another map.
                self._show_map(score_map)
                rect = None
            changed = self.heatmap.scores_changed(rect, self._view.drawn_part())
            if self.heatmap.visible:
                self._view.update_layers(changed, of=self.heatmap)

    def attention_changed(self) -> None:
        if self.attention is not None and self.attention.visible:
            self._repaint()

    def mark(self, rect: RectPx | None) -> None:
        """Frame the field that was jumped to."""
        self.marker.set_rects(() if rect is None else (rect,))
        self._repaint()

    @property
    def attention_is_complete(self) -> bool:
        """True when the attention of every tile that was last asked for has come."""
        session = self._session
        return session is None or all(session.attention(cell) is not None for cell in self._attended)

    def show_attention_hint(self) -> None:
        """Attention is on but its tiles are too small on the screen: the panel says so."""
        layer = self.attention
        self._panel.show_attention_hint(
            layer is not None
            and layer.visible
            and not layer.is_readable(self._view.transform, self._view.devicePixelRatioF())
        )

    def request_attention(self, visible: RectPx) -> None:
        """Ask for the attention of the scored tiles in view, from the middle outwards."""
        layer, session = self.attention, self._session
        if layer is None or session is None or not layer.visible:
            return
        score_map = session.score_map()
        if score_map is None or not layer.is_readable(self._view.transform, self._view.devicePixelRatioF()):
            return
        states = score_map.states.ravel()
        cells = [cell for cell in layer.cells_in(visible) if states[cell] == CellState.SCORED]
        middle = visible.center
        centers = [score_map.cell_rect(cell).center for cell in cells]
        order = np.argsort([(c.x - middle.x) ** 2 + (c.y - middle.y) ** 2 for c in centers])
        self._attended = [cells[n] for n in order[:MAX_ATTENTION_TILES]]
        missing = [cell for cell in self._attended if session.attention(cell) is None]
        if missing:
            session.request_attention(missing)

    def _show_map(self, score_map: ScoreMap | None) -> None:
        self._shown_map = score_map
        if self.heatmap is not None and self.attention is not None:
            self.heatmap.set_scores(score_map)
            self.attention.set_grid(score_map.grid if score_map is not None else None)

    def _show_heatmap(self, on: bool) -> None:
        if self._may_rank:
            self._settings.overlay_visible = on
        if self.heatmap is not None:
            self.heatmap.visible = on and not self._concealed
        self._repaint()

    def _show_attention(self, on: bool) -> None:
        if self._may_rank:
            self._settings.attention_visible = on
        if self.attention is not None:
            self.attention.visible = on and not self._concealed
            self.request_attention(self._view.visible_part())
        self.show_attention_hint()
        self._repaint()

    def _set_mode(self, class_index: int) -> None:
        if self.heatmap is not None:
            self.heatmap.shown_class = None if class_index < 0 else class_index
        self._repaint()

    def _set_classes(self, shown: frozenset[int]) -> None:
        if self.heatmap is not None:
            for index in range(len(self.heatmap.classes)):
                self.heatmap.set_enabled(index, index in shown)
        self._repaint()

    def _set_opacity(self, share: float) -> None:
        self._settings.overlay_opacity = share
        if self.heatmap is not None:
            self.heatmap.opacity = share
        self._repaint()

    def _set_threshold(self, share: float) -> None:
        self._settings.overlay_threshold = share
        if self.heatmap is not None:
            self.heatmap.threshold = share
        self._repaint()

    def _set_attention_opacity(self, share: float) -> None:
        self._settings.attention_opacity = share
        if self.attention is not None:
            self.attention.opacity = share
        self._repaint()

    def _repaint(self) -> None:
        # Marks and the like are not these layers' business.
        self._view.update_layers(of=self.marker)
        self.changed.emit()
