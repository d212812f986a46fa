"""Renders a slide of known geometry with overlays through the real widget and compares pixels.

Run as a program, since Qt takes the display's pixel ratio once per process:

    QT_SCALE_FACTOR=1.5 python alignment_check.py FOLDER

Prints one JSON object: ``ratio``, ``views`` compared, and for each kind of edge the farthest that any
pixel lies from where it belongs, in device pixels (0: every pixel is right). Compared are the slide's
red squares and the heatmap's cells with the geometry that the transform claims, and with each other.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import cv2
import numpy as np
import numpy.typing as npt
import tifffile
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from app.geometry import PointPx, RectPx, ViewTransform
from app.records.scores import CellState, GridSpec
from app.slides.open import open_slide
from app.ui.canvas.attention_layer import HIGHEST, AttentionLayer, attention_colors
from app.ui.canvas.heatmap_layer import HeatmapLayer
from app.ui.canvas.layer import Layer
from app.ui.canvas.slide_view import SlideView
from kd.bundle import ClassInfo

Mask = npt.NDArray[np.bool_]

SIZE = (3392, 2592)
TILE = 160
RED_CELLS = ((2, 3), (2, 4), (5, 9), (7, 7), (9, 12), (13, 17), (15, 20))
"""(row, column). The far ones show a drift that grows to the bottom right."""
GRAY, RED = (200, 200, 200), (210, 0, 0)
SCALES = (0.125, 0.18, 0.25, 0.37, 0.5, 0.77, 1.0, 1.0112, 2.0, 3.0, 5.3, 8.0)
ROTATIONS = (0.0, 90.0, 180.0, 270.0, 37.0, 201.5)


def write_slide(path: Path) -> None:
    """A pyramidal TIFF whose red squares are exactly some cells of the score grid."""
    image = np.full((SIZE[1], SIZE[0], 3), GRAY, np.uint8)
    for row, column in RED_CELLS:
        image[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE] = RED
    with tifffile.TiffWriter(path) as tiff:
        for downsample in (1, 2, 4, 8):
            level = cv2.resize(image, (SIZE[0] // downsample, SIZE[1] // downsample), interpolation=cv2.INTER_AREA)
            tiff.write(
                level,
                tile=(256, 256),
                compression="deflate",
                photometric="rgb",
                subfiletype=0 if downsample == 1 else 1,
                resolution=(40000 / downsample, 40000 / downsample),
                resolutionunit="CENTIMETER",
            )


class KnownScores:
    """Certain of one class in the red cells, and of the other one elsewhere."""

    def __init__(self) -> None:
        self.grid = GridSpec(SIZE[0] // TILE, SIZE[1] // TILE, float(TILE), float(TILE))
        shape = (self.grid.rows, self.grid.columns)
        self.states = np.full(shape, CellState.SCORED, np.uint8)
        self.probabilities = np.zeros((*shape, 2), np.float32)
        self.probabilities[..., 1] = 1.0
        for cell in RED_CELLS:
            self.probabilities[cell] = (1.0, 0.0)
        self.out_of_domain = np.zeros(shape, np.float32)
        self.version = 1

    def attention(self, cell: int) -> npt.NDArray[np.float32]:
        """Highest in the red cells: only in the patch at the top left and the one at the bottom right."""
        attention = np.zeros((8, 8), np.float32)
        if divmod(cell, self.grid.columns) in RED_CELLS:
            attention[0, 0] = attention[7, 7] = HIGHEST
        return attention


def pixels(view: QWidget) -> npt.NDArray[np.uint8]:
    """What the widget paints, (H, W, 3) RGB, in device pixels."""
    image = view.grab().toImage()
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return raw[:, : image.width(), 2::-1].copy()


def expected(transform: ViewTransform, rects: list[RectPx], shape: tuple[int, ...]) -> Mask:
    """Device pixels (of an area of this shape) whose middle lies in one of the slide's rectangles."""
    x, y = np.meshgrid(np.arange(shape[1]) + 0.5, np.arange(shape[0]) + 0.5)
    a, b, c, d, tx, ty = transform.affine()
    inverse = np.linalg.inv(np.array([[a, b], [c, d]]))
    slide_x = inverse[0, 0] * (x - tx) + inverse[0, 1] * (y - ty)
    slide_y = inverse[1, 0] * (x - tx) + inverse[1, 1] * (y - ty)
    inside = np.zeros(shape, bool)
    for r in rects:
        # A middle exactly on an edge may fall either way.
        inside |= (slide_x > r.x) & (slide_x < r.right) & (slide_y > r.y) & (slide_y < r.bottom)
    return inside


def near_corners(transform: ViewTransform, rects: list[RectPx], shape: tuple[int, ...]) -> Mask:
    """Device pixels so near to a square's corner that stretching the slide smoothly rounds it off."""
    mask = np.zeros(shape, np.uint8)
    for r in rects:
        for x in (r.x, r.right):
            for y in (r.y, r.bottom):
                at = transform.to_device(PointPx(x, y))
                cv2.circle(mask, (round(at[0]), round(at[1])), round(transform.scale), 1, -1)
    return mask.astype(bool)


def farthest(first: Mask, second: Mask) -> float:
    """How far the pixels that only one of two masks has lie from the other mask's edge (chessboard distance)."""
    worst = 0.0
    for here, there in ((first & ~second, second), (~first & second, ~second)):
        if here.any():
            distance = cv2.distanceTransform((~there).astype(np.uint8), cv2.DIST_C, 3)
            worst = max(worst, float(distance[here].max()))
    return worst


def is_red(image: npt.NDArray[np.uint8]) -> Mask:
    """Nearer to red than to gray."""
    return image[..., 1] < GRAY[1] / 2


def is_blue(image: npt.NDArray[np.uint8]) -> Mask:
    """Under the full heatmap colour, blue: that takes all red away, of which gray and red are full."""
    return image[..., 0] == 0


class Check:
    """One window with the view in it, and the worst that was seen."""

    def __init__(self, app: QApplication, slide_path: Path) -> None:
        self._app = app
        self.slide = open_slide(slide_path, probe=False)
        self.window = QWidget()
        # At a broken ratio the view then starts between two device pixels.
        layout = QVBoxLayout(self.window)
        layout.setContentsMargins(7, 5, 3, 9)
        self.view = SlideView()
        layout.addWidget(self.view)
        self.window.resize(321, 263)
        self.window.show()
        scores = KnownScores()
        classes = [ClassInfo("x", "x", "#0000ff", "", True), ClassInfo("y", "y", "#ffff00", "", False)]
        self.heatmap = HeatmapLayer(classes)
        self.heatmap.set_scores(scores)
        self.heatmap.opacity = 1.0
        self.heatmap.set_enabled(1, False)
        self.attention = AttentionLayer(scores.attention)
        self.attention.set_grid(scores.grid)
        self.attention.visible = True
        self._shown: list[Layer] = []
        self.worst: dict[str, float] = {}
        self.views = 0

    def run(self) -> None:
        self.view.set_slide(self.slide)
        for scale in SCALES:
            for rotation in ROTATIONS:
                row, column = RED_CELLS[self.views % len(RED_CELLS)]
                self.view.reset_rotation()
                self.view.rotate_by(rotation)
                self.view.center_on(PointPx((column + 0.83) * TILE, (row + 0.21) * TILE))
                self.view.zoom_by(scale / self.view.transform.scale)
                self._compare(scale, rotation)
                self.views += 1
        self.view.set_slide(None)
        self.slide.close()

    def _compare(self, scale: float, rotation: float) -> None:
        self._show(heatmap=False, attention=False)
        self._wait()
        red = is_red(self._grab(self.view))
        self._show(heatmap=True, attention=False)
        picture = self._grab(self.view)
        blue = is_blue(picture)
        if not self._lies_in(self._grab(self.window), picture):
            raise AssertionError(f"painted otherwise within a window at scale {scale}, rotation {rotation}")
        rects = [_cell_rect(row, column) for row, column in RED_CELLS]
        truth = expected(self.view.transform, rects, red.shape)
        if not truth.any() or not red.any():
            raise AssertionError(f"nothing red at scale {scale}, rotation {rotation}")
        kind = "exact" if rotation % 90 == 0 and scale in (1.0, 2.0, 3.0, 8.0) else "other"
        self._note("heatmap", farthest(blue, truth))
        if scale > 1:
            corners = near_corners(self.view.transform, rects, red.shape)
            red, blue, truth = (np.where(corners, False, mask) for mask in (red, blue, truth))
        self._note(f"slide ({kind})", farthest(red, truth))
        self._note(f"heatmap to slide ({kind})", farthest(blue, red))
        self._compare_attention()

    def _compare_attention(self) -> None:
        if not self.attention.is_readable(self.view.transform, self.view.devicePixelRatioF()):
            return
        self._show(heatmap=False, attention=False)
        bare = self._grab(self.view).astype(int)
        self._show(heatmap=False, attention=True)
        marked = (np.abs(self._grab(self.view).astype(int) - bare) > 20).any(axis=-1)
        patch = TILE / 8
        rects = [
            RectPx(_cell_rect(*cell).x + at * patch, _cell_rect(*cell).y + at * patch, patch, patch)
            for cell in RED_CELLS
            for at in (0, 7)
        ]
        self._note("attention", farthest(marked, expected(self.view.transform, rects, marked.shape)))

    def _grab(self, widget: QWidget) -> npt.NDArray[np.uint8]:
        for instrument in (self.view.minimap, self.view.scale_bar, self.view.legend, self.view.rotation_badge):
            instrument.hide()
        # Whole: a repaint alone may leave some of it for the next.
        self.view.grab_image()
        return pixels(widget)

    def _show(self, *, heatmap: bool, attention: bool) -> None:
        for layer in self._shown:
            self.view.remove_layer(layer)
        self._shown = [layer for layer, shown in ((self.heatmap, heatmap), (self.attention, attention)) if shown]
        for layer in self._shown:
            self.view.add_layer(layer)

    def _wait(self) -> None:
        end = time.monotonic() + 120
        while not self.view.is_sharp:
            if time.monotonic() > end:
                raise AssertionError("tiles did not come")
            self._app.processEvents()
            time.sleep(0.001)

    def _lies_in(self, window: npt.NDArray[np.uint8], picture: npt.NDArray[np.uint8]) -> bool:
        """Whether the window shows the view's very pixels, moved by whole device pixels."""
        ratio, at = self.view.devicePixelRatioF(), self.view.pos()
        # The outermost pixels are cut where the view begins or ends between two device pixels.
        core = picture[1:-1, 1:-1]
        return any(
            np.array_equal(window[y + 1 : y + 1 + core.shape[0], x + 1 : x + 1 + core.shape[1]], core)
            for x in {math.floor(at.x() * ratio), math.ceil(at.x() * ratio)}
            for y in {math.floor(at.y() * ratio), math.ceil(at.y() * ratio)}
        )

    def _note(self, name: str, distance: float) -> None:
        self.worst[name] = max(self.worst.get(name, 0.0), distance)


def _cell_rect(row: int, column: int) -> RectPx:
    return RectPx(column * TILE, row * TILE, TILE, TILE)


def main() -> None:
    folder = Path(sys.argv[1])
    path = folder / f"squares-{os.getpid()}.tif"
    write_slide(path)
    app = QApplication([])
    check = Check(app, path)
    check.run()
    assert attention_colors(np.array([HIGHEST], np.float32))[0, 3] > 100
    print(json.dumps({"ratio": check.view.devicePixelRatioF(), "views": check.views, "worst": check.worst}))


if __name__ == "__main__":
    main()
