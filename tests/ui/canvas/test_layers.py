"""Heatmap, attention, markers: the right colours in the right cells."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter

from app.geometry import PointPx, RectPx, ViewTransform
from app.records.scores import CellState, GridSpec
from app.ui.canvas import hatch
from app.ui.canvas.attention_layer import HIGHEST, LOWEST, AttentionLayer, attention_colors
from app.ui.canvas.cell_raster import CellGrid, paint_cells
from app.ui.canvas.heatmap_layer import HeatmapLayer
from app.ui.canvas.layer import Layer
from app.ui.canvas.marker_layer import MarkerLayer
from app.ui.canvas.pixel_box import PixelBox
from kd.bundle import ClassInfo

CLASSES = (
    ClassInfo("benign", "Benign", "#0072b2", "", False),
    ClassInfo("malignant", "Malignant", "#d55e00", "", True),
    ClassInfo("other", "Other", "#009e73", "", False),
)
SIZE = (120, 90)
VIEW = ViewTransform(PointPx(600.0, 450.0), 0.1, 0.0, (120.0, 90.0))
"""Cells of 100 px show as 10 x 10 device pixels; cell (0, 0) starts at the top left."""


class Scores:
    """Every cell scored: 70 % benign, 20 % malignant, 10 % other."""

    def __init__(self, stride: float = 100.0, tile: float = 100.0) -> None:
        self.grid = GridSpec(12, 9, tile, stride)
        self.states = np.full((9, 12), CellState.SCORED, np.uint8)
        self.probabilities = np.tile(np.array([0.7, 0.2, 0.1], np.float32), (9, 12, 1))
        self.out_of_domain = np.zeros((9, 12), np.float32)
        self.version = 0

    def set(self, cell: tuple[int, int], probabilities: tuple[float, float, float]) -> None:
        self.probabilities[cell] = probabilities
        self.version += 1


def painted(layer: Layer, view: ViewTransform = VIEW, clip: QRect | None = None) -> npt.NDArray[np.int64]:
    """The layer over white, (H, W, 3) RGB."""
    image = QImage(*SIZE, QImage.Format.Format_RGB32)
    image.fill(QColor(255, 255, 255))
    painter = QPainter(image)
    painter.setClipRect(clip or image.rect())
    layer.paint(painter, view, view.visible_rect())
    painter.end()
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(SIZE[1], SIZE[0], 4)
    return raw[..., 2::-1].astype(int)


def over_white(color: str, alpha: float) -> list[float]:
    c = QColor(color)
    return [255 + (channel - 255) * alpha for channel in (c.red(), c.green(), c.blue())]


def heatmap(scores: Scores, **options: float) -> HeatmapLayer:
    layer = HeatmapLayer(CLASSES, **options)
    layer.set_scores(scores)
    layer.opacity = 0.5
    return layer


def test_the_most_likely_class_in_its_colour_by_its_probability() -> None:
    scores = Scores()
    scores.set((2, 3), (0.1, 0.8, 0.1))
    image = painted(heatmap(scores))
    assert image[20:30, 30:40].reshape(-1, 3) == pytest.approx(np.array([over_white("#d55e00", 0.4)] * 100), abs=1.5)
    assert image[5, 5] == pytest.approx(over_white("#0072b2", 0.35), abs=1.5)
    assert image[29, 40] == pytest.approx(over_white("#0072b2", 0.35), abs=1.5)


def test_one_class_alone_with_a_threshold() -> None:
    scores = Scores()
    scores.set((0, 0), (0.2, 0.6, 0.2))
    layer = heatmap(scores)
    layer.shown_class = 1
    image = painted(layer)
    assert image[5, 5] == pytest.approx(over_white("#d55e00", 0.3), abs=1.5)
    assert image[5, 15] == pytest.approx(over_white("#d55e00", 0.1), abs=1.5)
    layer.threshold = 0.5
    image = painted(layer)
    assert image[5, 5] == pytest.approx(over_white("#d55e00", 0.3), abs=1.5)
    assert image[5, 15].tolist() == [255, 255, 255]


def test_a_class_that_is_off_leaves_its_cells_clear() -> None:
    scores = Scores()
    scores.set((0, 0), (0.2, 0.6, 0.2))
    layer = heatmap(scores)
    layer.set_enabled(0, False)
    image = painted(layer)
    assert image[5, 15].tolist() == [255, 255, 255]
    assert image[5, 5] == pytest.approx(over_white("#d55e00", 0.3), abs=1.5)


def test_new_scores_show_where_they_came_in() -> None:
    scores = Scores()
    layer = heatmap(scores)
    painted(layer)
    scores.set((4, 5), (0.0, 1.0, 0.0))
    layer.scores_changed(RectPx(500, 400, 100, 100))
    assert painted(layer)[45, 55] == pytest.approx(over_white("#d55e00", 0.5), abs=1.5)
    # Without a word about where, the version tells.
    scores.set((7, 2), (0.0, 0.0, 1.0))
    assert painted(layer)[75, 25] == pytest.approx(over_white("#009e73", 0.5), abs=1.5)


def test_new_scores_are_coloured_only_where_they_came_in() -> None:
    scores = Scores()
    layer = heatmap(scores)
    painted(layer)
    scores.probabilities[:] = (0.0, 0.0, 1.0)
    scores.version += 1
    layer.scores_changed(RectPx(510, 410, 80, 80))
    image = painted(layer)
    assert image[45, 55] == pytest.approx(over_white("#009e73", 0.5), abs=1.5)
    assert image[85, 115] == pytest.approx(over_white("#0072b2", 0.35), abs=1.5)


def test_states_can_be_told_apart_without_colour() -> None:
    scores = Scores()
    states = [CellState.PENDING, CellState.OUT_OF_FOCUS, CellState.FAILED, CellState.BACKGROUND]
    for n, state in enumerate(states):
        scores.states[2:5, 3 * n : 3 * n + 3] = state
    scores.out_of_domain[6, 6] = 9.0
    layer = heatmap(scores, out_of_domain_threshold=5.0)
    layer.opacity = 1.0
    image = painted(layer)
    inked = [(image[20:50, 30 * n : 30 * n + 30] != 255).any(axis=-1) for n in range(4)]
    assert not inked[3].any()
    shares = [mask.mean() for mask in inked[:3]]
    assert all(0.02 < share < 0.5 for share in shares)
    # Even as bare shapes no pattern is another one moved.
    for first in range(3):
        for second in range(first):
            moved = [np.roll(inked[second], (dy, dx), (0, 1)) for dy in range(8) for dx in range(8)]
            assert all((inked[first][8:22, 8:22] != other[8:22, 8:22]).any() for other in moved)
    plain, unlike = image[60:70, 50:60], image[60:70, 60:70]
    assert (plain == plain[0, 0]).all()
    assert 0.05 < (unlike != plain[0, 0]).any(axis=-1).mean() < 0.5


@pytest.mark.parametrize("rotation", [0.0, 90.0, 33.0])
def test_hatches_move_with_the_slide(rotation: float) -> None:
    scores = Scores()
    scores.states[:] = CellState.OUT_OF_FOCUS
    layer = heatmap(scores)
    view = ViewTransform(VIEW.center, 0.1, rotation, VIEW.viewport_device)
    before, after = painted(layer, view), painted(layer, view.panned(7, -3))
    assert np.array_equal(before[10:80, 10:100], after[7:77, 17:107])


def test_a_part_is_painted_as_in_the_whole() -> None:
    scores = Scores()
    scores.probabilities = np.random.default_rng(3).dirichlet((1, 1, 1), (9, 12)).astype(np.float32)
    scores.states[3:6] = CellState.OUT_OF_FOCUS
    layer = heatmap(scores)
    view = ViewTransform(VIEW.center, 0.1, 21.0, VIEW.viewport_device)
    whole = painted(layer, view)
    part = painted(layer, view, QRect(31, 22, 50, 40))
    assert np.array_equal(part[22:62, 31:81], whole[22:62, 31:81])
    assert (part[:, :31] == 255).all()


def test_what_lies_under_a_point_is_what_is_drawn_there() -> None:
    overlapping = Scores(stride=50.0, tile=100.0)
    layer = heatmap(overlapping)
    # Tile (0, 0) spans 0-100; the square nearest to its middle spans 25-75.
    assert layer.cell_at(PointPx(24.9, 30)) is None
    assert layer.cell_at(PointPx(25.0, 30)) == (0, 0)
    assert layer.cell_at(PointPx(75.0, 126)) == (2, 1)
    assert layer.cell_rect(2, 1) == RectPx(75, 125, 50, 50)


def test_uncertain_and_unfamiliar_tiles_are_marked_unless_the_model_means_nothing() -> None:
    scores = Scores()
    scores.probabilities = np.zeros_like(scores.probabilities)
    scores.probabilities[..., 0] = 1.0
    calm = HeatmapLayer(CLASSES, 2.0)
    calm.set_scores(scores)
    bare = painted(calm)
    scores.probabilities[2, 3] = (0.55, 0.45, 0.0)
    scores.probabilities[4, 5] = (0.75, 0.25, 0.0)
    scores.out_of_domain = np.zeros(scores.states.shape, np.float32)
    scores.out_of_domain[6, 7] = 2.1
    calm.scores_changed()
    painted(calm)
    codes = calm._codes
    assert [tuple(cell) for cell in np.argwhere(codes & hatch.BITS["dashes"])] == [(2, 3)]
    assert [tuple(cell) for cell in np.argwhere(codes & hatch.BITS["back stripes"])] == [(6, 7)]
    assert (painted(calm) != bare).any()
    assert {"dashes", "back stripes"} <= {swatch.hatch for swatch in calm.legend()[0].swatches}
    calm.set_enabled(0, False)
    painted(calm)
    assert not (calm._codes & hatch.BITS["dashes"]).any(), "a colour that is not shown needs no caution"
    calm.set_enabled(0, True)
    calm.flags_shown = False
    painted(calm)
    assert not calm._codes.any()
    assert not {"dashes", "back stripes"} & {swatch.hatch for swatch in calm.legend()[0].swatches}


def test_no_scores_no_paint_and_the_legend_says_what_is_shown() -> None:
    layer = HeatmapLayer(CLASSES)
    assert (painted(layer) == 255).all()
    layer.set_scores(Scores())
    (section,) = layer.legend()
    assert [swatch.text for swatch in section.swatches[:3]] == ["Benign", "Malignant", "Other"]
    assert section.swatches[1].color == QColor("#d55e00")
    assert {swatch.hatch for swatch in section.swatches[3:]} == {"dots", "stripes", "cross", "dashes"}
    layer.set_enabled(2, False)
    assert "Other" not in [swatch.text for swatch in layer.legend()[0].swatches]
    layer.shown_class = 1
    layer.threshold = 0.25
    (section,) = layer.legend()
    assert "Malignant" in section.title
    assert "0.25" in section.note
    assert section.ramp is not None
    assert section.ramp.colors[0].alpha() == 0
    assert section.ramp.colors[-1].alphaF() == pytest.approx(layer.opacity, abs=0.01)


grids = st.builds(
    lambda columns, rows, tile, stride: CellGrid.of_scores(GridSpec(columns, rows, tile, stride)),
    st.integers(1, 9),
    st.integers(1, 9),
    st.floats(40, 200),
    st.floats(40, 200),
)


@given(
    grids,
    st.floats(-100, 900),
    st.floats(-100, 900),
    st.floats(0.05, 12),
    st.sampled_from([0.0, 90.0, 180.0, 270.0, 15.0, 222.2]),
    st.integers(0, 3),
)
@settings(max_examples=60, deadline=None)
def test_each_pixel_takes_the_cell_under_its_middle(
    grid: CellGrid, x: float, y: float, scale: float, rotation: float, skipped: int
) -> None:
    view = ViewTransform(PointPx(x, y), scale, rotation, (60.0, 44.0))
    first = (min(skipped, grid.rows - 1), min(skipped, grid.columns - 1))
    codes = np.arange(1, grid.rows * grid.columns + 1, dtype=np.uint8).reshape(grid.rows, grid.columns)
    box = PixelBox(3, 2, 60, 44)
    found = paint_cells(codes[first[0] :, first[1] :], first, grid, view, box)
    for row in range(0, box.height, 5):
        for column in range(0, box.width, 5):
            around = {
                grid.cell_at(view.to_slide(box.left + column + 0.5 + dx, box.top + row + 0.5 + dy))
                for dx in (-0.002, 0.002)
                for dy in (-0.002, 0.002)
            }
            if len(around) == 1:
                cell = around.pop()
                outside = cell is None or cell[0] < first[0] or cell[1] < first[1]
                assert found[row, column] == (0 if outside else codes[cell])  # type: ignore[index]


def test_attention_shows_patches_on_one_fixed_scale() -> None:
    maps = {0: np.full((2, 2), LOWEST, np.float32), 13: np.array([[1.0, 100.0], [2.0, HIGHEST]], np.float32)}
    layer = AttentionLayer(maps.get)
    layer.set_grid(GridSpec(12, 9, 100.0, 100.0))
    layer.visible = True
    view = ViewTransform(PointPx(100.0, 75.0), 0.6, 0.0, (120.0, 90.0))
    image = painted(layer, view)
    assert (image[:60, :60] == 255).all()
    assert (image[60:90, 60:90] == 255).all()
    full, half = image[75, 105], attention_colors(np.array([2.0], np.float32))[0]
    assert full.tolist() != [255, 255, 255]
    colors = attention_colors(np.array([0.2, 1.0, 2.0, 4.0, 8.0, 50.0], np.float32))
    alphas = colors[:, 3].tolist()
    assert alphas[:2] == [0, 0]
    assert alphas == sorted(alphas)
    assert half[3] > 0
    assert np.array_equal(colors[4], colors[5])
    # The second value of tile 13 is off the scale: it looks like the highest.
    below = ViewTransform(PointPx(160.0, 160.0), 0.6, 0.0, (120.0, 90.0))
    image = painted(layer, below)
    assert image[15, 60].tolist() == image[60, 60].tolist() != image[60, 30].tolist()


def test_attention_of_small_tiles_is_not_shown() -> None:
    layer = AttentionLayer(lambda cell: np.full((4, 4), HIGHEST, np.float32))
    layer.set_grid(GridSpec(12, 9, 100.0, 100.0))
    assert not layer.is_readable(VIEW)
    assert (painted(layer) == 255).all()
    assert layer.is_readable(ViewTransform(PointPx(0, 0), 0.6, 0.0, (120.0, 90.0)))
    assert layer.cells_in(RectPx(150, 50, 100, 100)) == [1, 2, 13, 14]


def test_overlapping_tiles_show_the_middle_of_their_attention() -> None:
    attention = np.full((4, 4), 1.0, np.float32)
    attention[1, 1] = HIGHEST
    layer = AttentionLayer(lambda cell: attention if cell == 0 else None)
    layer.set_grid(GridSpec(12, 9, 400.0, 200.0))
    view = ViewTransform(PointPx(200.0, 200.0), 0.2, 0.0, (120.0, 90.0))
    image = painted(layer, view)
    # The patch spans 100-200 px of the slide both ways: device 40-60 and 25-45.
    inked = np.argwhere((image != 255).any(axis=-1))
    assert (inked.min(axis=0).tolist(), inked.max(axis=0).tolist()) == ([25, 40], [44, 59])


def test_a_marker_frames_its_field_and_nothing_else() -> None:
    layer = MarkerLayer()
    layer.set_rects([RectPx(300, 200, 400, 300)])
    image = painted(layer)
    assert (image[35, 50] == 255).all()
    assert image[35, 27:33].min() < 90
    assert (image[35, :24] == 255).all()
    layer.set_rects(())
    assert (painted(layer) == 255).all()


def test_ink_of_a_part_continues_the_whole() -> None:
    codes = np.full((50, 70), sum(hatch.BITS.values()), np.uint8)
    whole = hatch.ink(codes, (13, -29), 2)
    part = hatch.ink(codes[20:, 33:], (13 - 33, -29 - 20), 2)
    assert np.array_equal(whole[20:, 33:], part)
