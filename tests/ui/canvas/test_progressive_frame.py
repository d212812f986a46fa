"""Large repaints go block by block: what comes of it is the whole picture, and a repaint's area is bounded."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtGui import QColor, QPen, QRegion

from app.geometry import PointPx, RectPx, ViewTransform
from app.records.scores import CellState, GridSpec
from app.slides.pyramid import TilePyramid
from app.ui.canvas import frame as frame_module
from app.ui.canvas.blocks import blocks_of
from app.ui.canvas.display_pyramid import DisplayKey, DisplayPyramid
from app.ui.canvas.frame import AT_ONCE_BLOCKS, Frame
from app.ui.canvas.heatmap_layer import HeatmapLayer
from app.ui.canvas.picture import Picture, area_of, rects_of, region_of
from app.ui.canvas.pixel_box import PixelBox
from app.ui.canvas.tile_image import tile_image
from app.ui.canvas.tile_mosaic import TileMosaic
from app.ui.canvas.tile_store import TileStore
from kd.bundle import ClassInfo

SIZE = (400, 300)
BLOCK_PX = 10_000
BLOCKS = 12


class Scores:
    """Cells of 50 px, a third of them scored, all kinds of states among the others."""

    def __init__(self) -> None:
        self.grid = GridSpec(30, 22, 50.0, 50.0)
        random = np.random.default_rng(4)
        kinds = [CellState.SCORED, CellState.PENDING, CellState.OUT_OF_FOCUS, CellState.FAILED, CellState.SCORED]
        self.states = random.choice(np.array(kinds, np.uint8), (22, 30))
        self.probabilities = random.dirichlet((1.0, 1.0), (22, 30)).astype(np.float32)
        self.out_of_domain = random.uniform(0, 10, (22, 30)).astype(np.float32)
        self.version = 1


class Marks:
    """A kept layer: squares, which can be edited. ``painted`` is how often it was asked to paint."""

    visible = True
    has_content = True

    def __init__(self) -> None:
        self.color, self.painted = QColor(200, 0, 0), 0

    def paint(self, painter, transform: ViewTransform, visible: RectPx) -> None:
        self.painted += 1
        painter.setPen(QPen(self.color, 3))
        for x in range(20, 1500, 90):
            for y in range(30, 1100, 90):
                left, top = (round(v) for v in transform.to_device(PointPx(x, y)))
                painter.drawRect(left, top, 11, 9)


@pytest.fixture(scope="module")
def mosaic(make_slide: Callable) -> TileMosaic:
    """All tiles of all levels."""
    slide = make_slide()
    tiles = TilePyramid(slide.info.levels, 256)
    pyramid = DisplayPyramid(tiles)
    store = TileStore(pyramid.overview)
    for index, level in enumerate(pyramid.levels):
        columns, rows = pyramid.grid(index)
        for key in (DisplayKey(index, x, y) for x in range(columns) for y in range(rows)):
            tile = pyramid.tile_key(key)
            store.put(key, tile_image(slide.read(tiles.tile_region(tile), tile.level), level.reduction))
    return TileMosaic(pyramid, store, (255, 255, 255), (9, 8, 7))


@pytest.fixture
def layers() -> list:
    heatmap = HeatmapLayer([ClassInfo("a", "A", "#0072b2", "", False), ClassInfo("b", "B", "#e69f00", "", False)], 5.0)
    heatmap.set_scores(Scores())
    return [heatmap, Marks()]


@pytest.fixture(autouse=True)
def one_block(monkeypatch) -> None:
    """There is never time for a second block."""
    monkeypatch.setattr(frame_module, "PAINT_S", -1.0)


def view(x=700.0, y=500.0, scale=1.0, rotation=0.0, size=SIZE) -> ViewTransform:
    return ViewTransform(PointPx(x, y), scale, rotation, (float(size[0]), float(size[1]))).snapped()


def shot(frame: Frame) -> np.ndarray:
    image = frame.image()
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3].astype(int)


def framed(mosaic: TileMosaic, transform: ViewTransform, layers: list, ratio=1.0, size=SIZE) -> Frame:
    """Painted whole."""
    made = Frame(mosaic, BLOCK_PX)
    made.resize(*size, ratio)
    made.update(transform, layers, whole=True)
    assert made.is_complete
    return made


def complete(frame: Frame, transform: ViewTransform, layers: list) -> int:
    """Repaint until it is complete; returns how many repaints that took."""
    for n in range(200):
        if frame.is_complete and frame.shows_tiles(transform):
            return n
        before = frame.blocks
        changed = frame.update(transform, layers)
        assert frame.blocks - before <= 1 + 2 * AT_ONCE_BLOCKS + 4
        assert area_of(changed) > 0
    raise AssertionError("it never ends")


@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize(
    "there",
    [view(scale=1.25), view(scale=0.8), view(rotation=90.0), view(rotation=33.0), view(300, 200, 0.3, 120.0)],
    ids=["closer", "farther", "quarter turn", "turn", "elsewhere"],
)
def test_what_is_painted_in_blocks_is_the_whole_picture(mosaic, layers, there, ratio) -> None:
    frame = framed(mosaic, view(), layers, ratio)
    blocks = frame.blocks
    frame.update(there, layers)
    assert not frame.is_complete
    assert not frame.shows_tiles(there)
    assert frame.blocks - blocks == 1
    assert complete(frame, there, layers) == BLOCKS - 1
    assert np.array_equal(shot(frame), shot(framed(mosaic, there, layers, ratio)))


def test_the_former_picture_stands_in_where_it_belongs(mosaic) -> None:
    frame = framed(mosaic, view(), [])
    for there in (view(scale=1.25), view(scale=0.8), view(rotation=33.0), view(scale=0.8, rotation=250.0)):
        frame = framed(mosaic, view(), [])
        frame.update(there, [])
        away = np.abs(shot(frame) - shot(framed(mosaic, there, []))).max(axis=-1)
        # Smooth noise changes by some levels from a pixel to the next, and what is bare is coarse.
        assert np.median(away) <= 6
        assert (away < 40).mean() > 0.9


def test_there_and_back_leaves_nothing_behind(mosaic, layers) -> None:
    frame = framed(mosaic, view(), layers)
    truth = shot(frame)
    for there in (view(scale=1.3), view(scale=1.3, rotation=20.0), view(710, 480), view(900, 480), view()):
        frame.update(there, layers)
    complete(frame, view(), layers)
    assert np.array_equal(shot(frame), truth)


def test_pans_while_blocks_are_waiting(mosaic, layers) -> None:
    frame = framed(mosaic, view(), layers)
    at = view(scale=1.5)
    frame.update(at, layers)
    for dx, dy in ((7, -3), (-40, 12), (5, 90), (-350, 0), (30, -250)):
        at = at.panned(dx, dy)
        before = frame.blocks
        frame.update(at, layers)
        assert frame.blocks - before <= 1 + 4 * AT_ONCE_BLOCKS
    complete(frame, at, layers)
    different = np.abs(shot(frame) - shot(framed(mosaic, at, layers))).max(axis=-1) > 1
    assert different.mean() < 0.002


def test_scores_and_marks_that_change_midway_are_in_the_picture(mosaic, layers) -> None:
    heatmap, marks = layers
    frame = framed(mosaic, view(), layers)
    there = view(scale=1.25)
    for _ in range(5):
        frame.update(there, layers)
    scores = heatmap._scores
    scores.states[...] = CellState.SCORED
    scores.version += 1
    heatmap.scores_changed(None)
    frame.touch_layers(kept=False)
    for _ in range(3):
        frame.update(there, layers)
    marks.color = QColor(0, 0, 220)
    frame.touch_layers(PixelBox(100, 0, 400, 300))
    frame.touch_layers(PixelBox(0, 0, 100, 300))
    complete(frame, there, layers)
    assert np.array_equal(shot(frame), shot(framed(mosaic, there, layers)))


def test_what_changes_all_the_time_keeps_nothing_from_being_painted(mosaic, layers) -> None:
    frame = framed(mosaic, view(), layers)
    there = view(scale=1.25)
    for _ in range(2 * BLOCKS):
        frame.update(there, layers)
        frame.touch_layers(PixelBox(150, 100, 250, 200), kept=False)
    assert frame.shows_tiles(there), "the edges had their turn too"


def test_scores_alone_paint_no_marks(mosaic, layers) -> None:
    frame = framed(mosaic, view(), layers)
    painted = layers[1].painted
    frame.touch_layers(kept=False)
    complete(frame, view(), layers)
    assert layers[1].painted == painted


def test_some_small_changes_are_painted_at_once(mosaic, layers) -> None:
    frame = framed(mosaic, view(), layers)
    for n in range(4):
        frame.touch_layers(PixelBox(80 * n, 60 * n, 80 * n + 45, 60 * n + 45), kept=False)
    frame.update(view(), layers)
    assert frame.is_complete


@pytest.mark.parametrize("size", [(460, 330), (333, 251), (200, 400)])
def test_another_size_keeps_the_picture_until_it_is_exact(mosaic, layers, size) -> None:
    frame = framed(mosaic, view(), layers)
    there = view(size=size)
    frame.resize(*size, 1.0)
    frame.update(there, layers)
    assert not frame.is_complete
    away = np.abs(shot(frame) - shot(framed(mosaic, there, layers, size=size))).max(axis=-1)
    assert (away < 40).mean() > 0.6
    complete(frame, there, layers)
    assert np.array_equal(shot(frame), shot(framed(mosaic, there, layers, size=size)))


def test_without_layers_the_tiles_are_shown_at_once(mosaic, layers) -> None:
    frame = framed(mosaic, view(), layers)
    blocks = frame.blocks
    frame.touch_layers()
    frame.update(view(), [])
    assert frame.is_complete
    assert frame.blocks == blocks
    assert np.array_equal(shot(frame), shot(framed(mosaic, view(), [])))
    frame.touch_layers()
    complete(frame, view(), layers)
    assert np.array_equal(shot(frame), shot(framed(mosaic, view(), layers)))


def test_blocks_cover_a_region_once() -> None:
    region = region_of(PixelBox(0, 0, 1000, 700)) - region_of(PixelBox(90, 80, 400, 300))
    blocks = list(blocks_of(region, (1000, 700), 20_000))
    covered = sum((QRegion(block) for block in blocks), QRegion())
    assert (region - covered).isEmpty()
    painted = sum(block.width() * block.height() for block in blocks)
    assert painted == area_of(covered)
    assert painted < 1.05 * area_of(region)
    assert max(block.width() * block.height() for block in blocks) <= 22_000
    assert (blocks[0].center().x() - 500) ** 2 + (blocks[0].center().y() - 350) ** 2 < 200**2
    crumbs = sum(
        (region_of(PixelBox(9 * n, 7 * n, 9 * n + 3, 7 * n + 3)) for n in range(99)), region_of(PixelBox(0, 0, 1, 1))
    )
    assert len(rects_of(crumbs)) > 90
    assert len(list(blocks_of(crumbs, (1000, 700), 20_000))) <= 40


def test_a_scrolled_picture_is_moved_however_far_its_memory_reaches() -> None:
    picture, random = Picture(60, 40), np.random.default_rng(3)
    truth = random.integers(0, 255, (40, 60, 4), np.uint8)
    picture.pixels[...] = truth
    known = np.ones((40, 60), bool)
    for _ in range(200):
        dx, dy = (int(v) for v in random.integers(-9, 10, 2))
        picture.scroll(dx, dy)
        known = np.roll(known, (dy, dx), (0, 1))
        truth = np.roll(truth, (dy, dx), (0, 1))
        known[: max(0, dy)], known[40 + min(0, dy) :] = False, False
        known[:, : max(0, dx)], known[:, 60 + min(0, dx) :] = False, False
        assert np.array_equal(picture.pixels[known], truth[known])
        picture.pixels[~known] = truth[~known] = random.integers(0, 255, 4, np.uint8)
        known[...] = True
