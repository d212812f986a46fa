"""Marks are kept apart: what a frame costs is counted in painted slices and pixels, never in time."""

import numpy as np
import pytest
from PySide6.QtCore import QRect

from app.geometry import PointPx, RectPx
from app.records.mark_index import MarkIndex
from app.records.marks import new_mark
from app.records.scores import CellState, GridSpec
from app.records.shapes import point, rectangle
from app.ui.canvas import frame
from app.ui.canvas.heatmap_layer import HeatmapLayer
from app.ui.canvas.kept_layers import MARGIN_PX
from app.ui.canvas.marks_layer import MarksLayer
from app.ui.canvas.pixel_box import PixelBox
from app.ui.canvas.stale_parts import StaleParts
from kd.bundle import ClassInfo

WHITE = np.full((1100, 1500, 3), 255, np.uint8)


class CountingMarks(MarksLayer):
    """Notes the device boxes that it is asked to paint."""

    def __init__(self) -> None:
        super().__init__()
        self.painted: list[QRect] = []
        random = np.random.default_rng(5)
        places = random.uniform((10, 10), (1480, 1080), (400, 2)).tolist()
        shapes = [rectangle(RectPx(x, y, 18, 12)) if n % 2 else point(x, y) for n, (x, y) in enumerate(places)]
        self.index = MarkIndex([new_mark("array", shape, class_key="c") for shape in shapes])
        self.set_colors({"c": "#c00000"})

    def paint(self, painter, transform, visible):
        self.painted.append(painter.clipBoundingRect().toAlignedRect())
        super().paint(painter, transform, visible)

    def area(self) -> int:
        return sum(rect.width() * rect.height() for rect in self.painted)


class Scores:
    """All cells of 50 px are still to be scored."""

    def __init__(self) -> None:
        self.grid = GridSpec(30, 22, 50.0, 50.0)
        self.states = np.full((22, 30), CellState.PENDING, np.uint8)
        self.probabilities = np.zeros((22, 30, 1), np.float32)
        self.out_of_domain = np.zeros((22, 30), np.float32)
        self.version = 0

    def score(self, row: int, column: int) -> None:
        self.states[row, column] = CellState.SCORED
        self.probabilities[row, column] = 1.0
        self.version += 1


def settle(view, qtbot) -> None:
    made = view._frame
    qtbot.waitUntil(
        lambda: made.transform == view.transform and made.is_complete and not made.has_more_to_come, timeout=60_000
    )


@pytest.fixture
def marked(show, make_slide, monkeypatch, qtbot):
    """A view at 1:1 with marks on it, painted whole and beyond; a repaint then paints one block of a twelfth of the
    view, and the view never rests."""
    view = show(make_slide(WHITE))
    marks = CountingMarks()
    view.add_layer(marks)
    view.zoom_by(1.0 / view.transform.scale)
    view.center_on(PointPx(750, 550))
    settle(view, qtbot)
    monkeypatch.setattr(frame, "PAINT_S", -1.0)
    monkeypatch.setattr(frame, "REST_S", np.inf)
    view._frame._block_px = view.width() * view.height() // 12
    marks.painted.clear()
    return view, marks


def repaint(view) -> None:
    view._update_frame(view._frame)


def test_a_zoom_paints_one_block_a_repaint_and_stretches_the_rest(marked, pixels):
    view, marks = marked
    view.zoom_by(1.3)
    repaint(view)
    assert len(marks.painted) == 1
    assert marks.area() == view.width() * view.height() // 12
    image = view._frame.image()
    stand_in = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3].copy()
    for _ in range(11):
        assert not view._frame.is_complete
        repaint(view)
    assert view._frame.is_complete
    assert len(marks.painted) == 12
    exact = pixels(view)[..., ::-1]
    assert len(marks.painted) == 12, "nothing was left to be painted"
    assert (stand_in != 255).any(axis=-1).mean() > 0.5 * (exact != 255).any(axis=-1).mean()
    marks.painted.clear()
    view.update_layers()
    assert np.array_equal(pixels(view)[..., ::-1], exact), "in slices as in one go"


@pytest.mark.parametrize("rotation", [0, 37])
def test_a_pan_finds_the_marks_painted_ahead_and_goes_on_in_bands(marked, pixels, qtbot, monkeypatch, rotation):
    view, marks = marked
    monkeypatch.setattr(frame, "REST_S", -1.0)
    view.rotate_to(rotation)
    settle(view, qtbot)
    monkeypatch.setattr(frame, "REST_S", np.inf)
    marks.painted.clear()
    for _ in range(3):
        view.pan_device(6, 4)
        repaint(view)
        assert view._frame.is_complete
    assert not marks.painted
    for _ in range(20):
        view.pan_device(6, 4)
        repaint(view)
        assert view._frame.is_complete
    assert marks.painted
    assert min(min(rect.width(), rect.height()) for rect in marks.painted) >= MARGIN_PX // 3
    assert len(marks.painted) <= 12
    shown = pixels(view)
    view.update_layers()
    # Where a line is cut at the edge of a band its smoothing may differ by a shade.
    assert np.abs(shown.astype(int) - pixels(view)).max() <= 8


def test_marks_beyond_what_was_painted_ahead_follow_block_by_block(marked, pixels):
    view, _marks = marked
    for _ in range(3):
        view.pan_device(MARGIN_PX + 30, 0)
        repaint(view)
    assert not view._frame.is_complete
    for _ in range(60):
        repaint(view)
    assert view._frame.is_complete
    shown = pixels(view)
    view.update_layers()
    assert np.array_equal(shown, pixels(view))


def test_views_go_on_by_themselves_until_all_is_exact(marked, qtbot):
    view, marks = marked
    view.rotate_by(15)
    qtbot.waitUntil(lambda: len(marks.painted) >= 12 and view._frame.is_complete, timeout=60_000)


def test_scores_that_stream_in_leave_the_marks_alone(marked, pixels):
    view, marks = marked
    scores = Scores()
    heatmap = HeatmapLayer([ClassInfo("a", "A", "#0072b2", "", False)])
    heatmap.set_scores(scores)
    view.add_layer(heatmap)
    before = pixels(view)
    marks.painted.clear()
    scores.score(11, 15)
    changed = heatmap.scores_changed(RectPx(0, 0, 1500, 1100), view.visible_part())
    assert changed == RectPx(750, 550, 50, 50)
    view.update_layers(changed, of=heatmap)
    after = pixels(view)
    rows, columns = np.nonzero((after != before).any(axis=-1))
    assert len(rows) > 0
    assert np.ptp(rows) <= 50
    assert np.ptp(columns) <= 50
    assert not marks.painted


def test_scores_beyond_the_view_repaint_nothing_of_it(marked):
    view, _marks = marked
    scores = Scores()
    heatmap = HeatmapLayer([ClassInfo("a", "A", "#0072b2", "", False)])
    heatmap.set_scores(scores)
    view.add_layer(heatmap)
    view.grab_image()
    scores.score(0, 0)
    changed = heatmap.scores_changed(RectPx(0, 0, 1500, 1100), view.visible_part())
    assert changed is not None
    assert changed.is_empty
    view.update_layers(changed, of=heatmap)
    assert view._frame._stale.isEmpty()


def test_scores_that_come_while_the_view_is_away_are_there_when_it_is_back(marked, pixels):
    view, _marks = marked
    scores = Scores()
    heatmap = HeatmapLayer([ClassInfo("a", "A", "#0072b2", "", False)])
    heatmap.set_scores(scores)
    view.add_layer(heatmap)
    view.grab_image()
    far = view.width()
    # Away and back before the next repaint: the picture is not drawn anew by itself.
    view.pan_device(far, 0)
    scores.score(11, 15)
    view._layer_timer.stop()
    view.update_layers(heatmap.scores_changed(RectPx(750, 550, 50, 50), view.drawn_part()), of=heatmap)
    view.pan_device(-far, 0)
    shown = pixels(view)
    view.update_layers()
    assert np.array_equal(shown, pixels(view))


def test_parts_that_are_stale_hold_no_more_than_what_changed():
    stale = StaleParts()
    stale.add(RectPx(0, 0, 0, 0), kept=False)
    stale.add(RectPx(500, 500, 10, 10), kept=True)
    stale.add(RectPx(700, 500, 10, 10), kept=False)
    stale.add(RectPx(0, 0, 0, 0), kept=False)
    assert stale.layers == RectPx(500, 500, 210, 10)
    assert stale.kept == RectPx(500, 500, 10, 10)


def test_a_cell_coloured_before_its_word_came_is_repainted_whole(marked):
    view, _marks = marked
    scores = Scores()
    heatmap = HeatmapLayer([ClassInfo("a", "A", "#0072b2", "", False)])
    heatmap.set_scores(scores)
    view.add_layer(heatmap)
    view.grab_image()
    scores.score(11, 15)
    # A strip that touches the cell is painted, as by a pan, before the message arrives.
    left, top, right, bottom = view.transform.device_bounds(RectPx(750, 550, 10, 50))
    view._frame.touch_tiles(PixelBox(*map(int, (left, top, right, bottom))))
    repaint(view)
    assert heatmap.scores_changed(RectPx(750, 550, 50, 50), view.visible_part()) == RectPx(750, 550, 50, 50)


def test_marks_painted_ahead_follow_a_change_of_all_marks(show, make_slide, pixels, qtbot):
    view = show(make_slide(WHITE))
    marks = CountingMarks()
    view.add_layer(marks)
    view.zoom_by(1.0 / view.transform.scale)
    view.center_on(PointPx(750, 550))
    settle(view, qtbot)
    marks.set_colors({"c": "#0000c0"})
    view.update_layers()
    settle(view, qtbot)
    view.center_on(PointPx(750 + 60, 550))
    settle(view, qtbot)
    shown = pixels(view)
    assert not (shown == (0xC0, 0, 0)).all(axis=-1).any(), "the colour before"
    assert (shown == (0, 0, 0xC0)).all(axis=-1).any()


def test_hidden_marks_cost_nothing_and_come_back(marked, pixels):
    view, marks = marked
    shown = pixels(view)
    view.hide_layers_held = True
    assert (pixels(view) == 255).all()
    view.pan_device(30, 0)
    pixels(view)
    assert not marks.painted
    view.pan_device(-30, 0)
    view.hide_layers_held = False
    assert np.array_equal(pixels(view), shown)


def test_the_overview_draws_marks_anew_only_when_they_change(marked, qtbot):
    view, marks = marked
    minimap = view.minimap
    qtbot.waitUntil(lambda: minimap._frame.is_complete and not minimap._refresh.isActive(), timeout=60_000)
    slices = minimap._frame.kept.slices
    view.update_layers(RectPx(0, 0, 10, 10), of=HeatmapLayer([]))
    minimap._make_picture()
    assert minimap._frame.kept.slices == slices
    view._layer_timer.stop()
    view.update_layers(of=marks)
    minimap._make_picture()
    assert minimap._frame.kept.slices > slices
