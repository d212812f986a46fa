"""The student's class probabilities as colours on the tile grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor, QImage, QPainter

from app.analysis.certainty import uncertain
from app.geometry import PointPx, RectPx, ViewTransform
from app.records.scores import CellState, GridSpec
from app.ui.canvas import hatch, unreadable_mark
from app.ui.canvas.cell_raster import Block, CellGrid, paint_cells
from app.ui.canvas.layer import LegendSection, Ramp, Swatch, clip_box, premultiplied_image
from app.ui.canvas.pixel_box import PixelBox
from app.ui.class_names import class_name
from kd.bundle import ClassInfo

HATCHES = {
    CellState.PENDING: "dots",
    CellState.OUT_OF_FOCUS: "stripes",
    CellState.FAILED: unreadable_mark.PATTERN,
}
UNLIKE_TRAINING = "back stripes"
"""Pattern of scored cells that are unlike the training data, above their colour."""
UNCERTAIN = "dashes"
"""Pattern of scored cells whose two most likely classes are close (``app.analysis.certainty``)."""

INKS = {
    "dots": QColor(60, 60, 60, 60),
    "stripes": QColor(70, 70, 70, 150),
    unreadable_mark.PATTERN: unreadable_mark.INK,
    UNLIKE_TRAINING: QColor(20, 20, 20, 210),
    UNCERTAIN: QColor(20, 20, 20, 190),
}


class ScoreSource(Protocol):
    """What the heatmap needs of ``app.session``'s score map; see there for shapes."""

    @property
    def version(self) -> int: ...
    @property
    def grid(self) -> GridSpec: ...
    @property
    def states(self) -> npt.NDArray[np.uint8]: ...
    @property
    def probabilities(self) -> npt.NDArray[np.float32]: ...
    @property
    def out_of_domain(self) -> npt.NDArray[np.float32]: ...


class HeatmapLayer:
    """One class, or the most likely one, in the class's own colour; the more probable the more opaque.

    Colours multiply with the slide's. A cell's opacity is ``opacity`` times its probability, so the same
    colour always means the same probability. Below ``threshold`` nothing is drawn. Colours are kept, one
    pixel per cell, and made anew only where scores came in.
    """

    def __init__(self, classes: Sequence[ClassInfo], out_of_domain_threshold: float | None = None) -> None:
        self.visible = True
        self.stays_on_slide = True
        self.classes = tuple(classes)
        self._rgb = np.array([_rgb(QColor(info.color)) for info in classes], np.float32)
        self._enabled = np.ones(len(self.classes), bool)
        self._out_of_domain_threshold = out_of_domain_threshold
        self._scores: ScoreSource | None = None
        self._grid: CellGrid | None = None
        self._flags_shown = True
        self._shown_class: int | None = None
        self._opacity = 0.6
        self._threshold = 0.0
        self._colors = np.zeros((0, 0, 4), np.uint8)
        self._codes = np.zeros((0, 0), np.uint8)
        self._ahead = np.zeros((0, 0), bool)
        """Cells whose new colours were painted, at least in part, before there was word of them."""
        self._painted_version: int | None = None

    def set_scores(self, scores: ScoreSource | None) -> None:
        """Show these scores from now on, or none."""
        self._scores = scores
        self._grid = None if scores is None else CellGrid.of_scores(scores.grid)
        if scores is not None:
            self._colors = np.zeros((scores.grid.rows, scores.grid.columns, 4), np.uint8)
            self._codes = np.zeros((scores.grid.rows, scores.grid.columns), np.uint8)
            self._ahead = np.zeros(self._codes.shape, bool)
        self._painted_version = None

    def scores_changed(self, rect: RectPx | None = None, visible: RectPx | None = None) -> RectPx | None:
        """Scores came in within a level-0 rectangle (None: anywhere). Returns where the picture changes (None:
        anywhere): scores come from all over the slide, but few of them lie in the ``visible`` part."""
        if rect is None or self._painted_version is None or self._scores is None or self._grid is None:
            self._painted_version = None
            return rect
        version = self._scores.version
        # A tile's square may lie half a stride inside the tile, so one more cell around.
        self._color_ahead(*self._grid.block(rect.expanded(self._grid.pitch_px)))
        self._painted_version = version
        seen = (slice(None), slice(None)) if visible is None else self._grid.block(visible)
        changed = self._around(seen, self._ahead[seen])
        self._ahead[...] = False
        return changed

    def _color_ahead(self, rows: slice, columns: slice) -> None:
        colors, codes = self._colors[rows, columns].copy(), self._codes[rows, columns].copy()
        self._color_block(rows, columns)
        others = (self._colors[rows, columns] != colors).any(axis=-1) | (self._codes[rows, columns] != codes)
        self._ahead[rows, columns] |= others

    def _around(self, block: Block, cells: npt.NDArray[np.bool_]) -> RectPx:
        """The level-0 rectangle around the cells of a block that are marked; an empty one when none is."""
        assert self._grid is not None
        rows, columns = np.flatnonzero(cells.any(axis=1)), np.flatnonzero(cells.any(axis=0))
        if len(rows) == 0:
            return RectPx(0.0, 0.0, 0.0, 0.0)
        top, left = block[0].start or 0, block[1].start or 0
        first = self._grid.cell_rect(top + int(rows[0]), left + int(columns[0]))
        return first.union(self._grid.cell_rect(top + int(rows[-1]), left + int(columns[-1])))

    @property
    def flags_shown(self) -> bool:
        """Whether uncertain and unfamiliar tiles are marked: not where the model means nothing."""
        return self._flags_shown

    @flags_shown.setter
    def flags_shown(self, on: bool) -> None:
        self._flags_shown = on
        self._painted_version = None

    @property
    def shown_class(self) -> int | None:
        """Index of the class shown; None: the most likely one."""
        return self._shown_class

    @shown_class.setter
    def shown_class(self, index: int | None) -> None:
        self._shown_class = index
        self._painted_version = None

    @property
    def opacity(self) -> float:
        return self._opacity

    @opacity.setter
    def opacity(self, opacity: float) -> None:
        self._opacity = min(max(opacity, 0.0), 1.0)
        self._painted_version = None

    @property
    def threshold(self) -> float:
        """Probability below which a cell stays clear."""
        return self._threshold

    @threshold.setter
    def threshold(self, threshold: float) -> None:
        self._threshold = min(max(threshold, 0.0), 1.0)
        self._painted_version = None

    def is_enabled(self, index: int) -> bool:
        return bool(self._enabled[index])

    def set_enabled(self, index: int, enabled: bool) -> None:
        """Turn one class on or off. Cells whose most likely class is off stay clear: the second most
        likely one is never shown in its place."""
        self._enabled[index] = enabled
        self._painted_version = None

    def cell_at(self, point: PointPx) -> tuple[int, int] | None:
        """(row, column) of the cell drawn under a slide point, None outside the grid."""
        return None if self._grid is None else self._grid.cell_at(point)

    def cell_rect(self, row: int, column: int) -> RectPx | None:
        """The square that stands for a cell, in level-0 pixels."""
        return None if self._grid is None else self._grid.cell_rect(row, column)

    def paint(self, painter: QPainter, transform: ViewTransform, visible: RectPx) -> None:
        if self._scores is None or self._grid is None or self._opacity == 0.0:
            return
        box = clip_box(painter)
        if box.is_empty:
            return
        block = self._grid.block(visible.intersection(transform.slide_bounds(*box)))
        self._color_what_changed(self._scores, block)
        colors, codes = self._colors[block], self._codes[block]
        if colors.size == 0:
            return
        first = (block[0].start, block[1].start)
        image = paint_cells(colors, first, self._grid, transform, box)
        # Like a filter in the light path: tints the glass and leaves chromatin as dark as it is.
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        painter.drawImage(box.left, box.top, premultiplied_image(image))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        if codes.any():
            areas = paint_cells(codes, first, self._grid, transform, box)
            self._draw_hatches(painter, areas, transform, box)

    def legend(self) -> list[LegendSection]:
        """Colours and their classes, the threshold, and the patterns of states."""
        states = tuple(Swatch(INKS[name], text, name) for name, text in self._hatch_texts())
        note = QCoreApplication.translate("HeatmapLayer", "The stronger the colour, the more probable")
        if self._threshold > 0.0:
            clear = QCoreApplication.translate("HeatmapLayer", "clear below {value}")
            note += "; " + clear.format(value=f"{self._threshold:.2f}")
        if self._flags_shown and self._out_of_domain_threshold is not None:
            note += ".\n" + QCoreApplication.translate(
                "HeatmapLayer", "A tile without the mark may still be unlike the training data."
            )
        if self._shown_class is not None:
            shown = self.classes[self._shown_class]
            title = QCoreApplication.translate("HeatmapLayer", "Probability: {name}").format(
                name=class_name(shown.name)
            )
            return [LegendSection(title, states, self._ramp(shown), note)]
        classes = tuple(
            Swatch(QColor(info.color), class_name(info.name)) for n, info in enumerate(self.classes) if self._enabled[n]
        )
        title = QCoreApplication.translate("HeatmapLayer", "Most likely class")
        return [LegendSection(title, classes + states, None, note)]

    def _ramp(self, info: ClassInfo) -> Ramp:
        colors = []
        for step in range(33):
            color = QColor(info.color)
            value = step / 32
            color.setAlphaF(self._opacity * value if value >= self._threshold else 0.0)
            colors.append(color)
        return Ramp(tuple(colors), ((0.0, "0"), (0.5, "0.5"), (1.0, "1")))

    def _color_what_changed(self, scores: ScoreSource, block: Block) -> None:
        version = scores.version
        if self._painted_version is None:
            self._color_block(slice(None), slice(None))
            self._painted_version = version
        elif self._painted_version != version:
            # Scores whose message is still on its way: only what is looked at.
            self._color_ahead(*block)

    def _color_block(self, rows: slice, columns: slice) -> None:
        scores = self._scores
        assert scores is not None
        # States first: a cell that turns to scored meanwhile is then coloured with the next event.
        states = scores.states[rows, columns].copy()
        probabilities = scores.probabilities[rows, columns]
        if self._shown_class is None:
            index = probabilities.argmax(axis=-1)
            value = probabilities.max(axis=-1) if probabilities.size else np.zeros(states.shape, np.float32)
            shown = self._enabled[index]
        else:
            index = np.full(states.shape, self._shown_class)
            value = probabilities[..., self._shown_class]
            shown = np.ones(states.shape, bool)
        shown &= (states == CellState.SCORED) & (value >= self._threshold)
        alpha = np.where(shown, np.clip(value, 0.0, 1.0) * self._opacity, 0.0).astype(np.float32)
        colors = np.empty((*states.shape, 4), np.float32)
        # Blue, green, red, premultiplied.
        colors[..., :3] = self._rgb[index][..., ::-1] * alpha[..., None]
        colors[..., 3] = 255.0 * alpha
        self._colors[rows, columns] = np.rint(colors).astype(np.uint8)
        self._codes[rows, columns] = self._hatch_codes(
            states, shown & uncertain(probabilities), scores.out_of_domain[rows, columns]
        )

    def _hatch_codes(
        self,
        states: npt.NDArray[np.uint8],
        uncertain_cells: npt.NDArray[np.bool_],
        out_of_domain: npt.NDArray[np.float32],
    ) -> npt.NDArray[np.uint8]:
        """Bits of the patterns that each cell gets. A colour that is not shown needs no caution."""
        of_state = np.zeros(256, np.uint8)
        for state, name in HATCHES.items():
            of_state[state] = hatch.BITS[name]
        codes = of_state[states]
        if not self._flags_shown:
            return codes
        codes[uncertain_cells] |= hatch.BITS[UNCERTAIN]
        if self._out_of_domain_threshold is not None:
            unlike = (states == CellState.SCORED) & (out_of_domain > self._out_of_domain_threshold)
            codes[unlike] |= hatch.BITS[UNLIKE_TRAINING]
        return codes

    def _draw_hatches(
        self, painter: QPainter, areas: npt.NDArray[np.uint8], transform: ViewTransform, box: PixelBox
    ) -> None:
        # The patterns start at the slide's origin, so they move with it.
        x, y = transform.to_device(PointPx(0.0, 0.0))
        ratio = max(1, round(painter.device().devicePixelRatioF()))
        inked = hatch.ink(areas, (round(x) - box.left, round(y) - box.top), ratio)
        picture = QImage(inked.data, box.width, box.height, box.width, QImage.Format.Format_Indexed8)
        table = [0] * 256
        for name, color in INKS.items():
            # What could not be read looks the same whatever the user wants of the colours.
            share = 1.0 if name == unreadable_mark.PATTERN else self._opacity
            table[hatch.BITS[name]] = QColor(
                color.red(), color.green(), color.blue(), round(color.alpha() * share)
            ).rgba()
        picture.setColorTable(table)
        painter.drawImage(box.left, box.top, picture)

    def _hatch_texts(self) -> list[tuple[str, str]]:
        texts = [
            ("dots", QCoreApplication.translate("HeatmapLayer", "Not yet scored")),
            ("stripes", QCoreApplication.translate("HeatmapLayer", "Out of focus, not scored")),
            (unreadable_mark.PATTERN, QCoreApplication.translate("HeatmapLayer", "Could not be read")),
        ]
        if not self._flags_shown:
            return texts
        texts.append((UNCERTAIN, QCoreApplication.translate("HeatmapLayer", "Uncertain: two classes nearly as likely")))
        if self._out_of_domain_threshold is not None:
            texts.append((UNLIKE_TRAINING, QCoreApplication.translate("HeatmapLayer", "Unlike the training data")))
        return texts


def _rgb(color: QColor) -> tuple[int, int, int]:
    return color.red(), color.green(), color.blue()
