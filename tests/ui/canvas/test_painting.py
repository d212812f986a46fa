"""Rendered tiles: no seams, no blanks, the same whether drawn whole, in parts or scrolled."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter

from app.geometry import PointPx, RectPx, ViewTransform
from app.slides.pyramid import TilePyramid
from app.ui.canvas.display_pyramid import DisplayKey, DisplayPyramid
from app.ui.canvas.frame import Frame
from app.ui.canvas.pixel_box import PixelBox
from app.ui.canvas.tile_image import tile_image
from app.ui.canvas.tile_mosaic import TileMosaic
from app.ui.canvas.tile_painter import paint_tiles
from app.ui.canvas.tile_store import TileStore

OUTSIDE = (9, 8, 7)
VIEWPORT = (330, 250)
WHOLE = PixelBox(0, 0, *VIEWPORT)


class Scene:
    """Tiles of a slide, put into the store by hand."""

    def __init__(self, slide: object) -> None:
        self.slide = slide
        self.tiles = TilePyramid(slide.info.levels, 256)  # type: ignore[attr-defined]
        self.pyramid = DisplayPyramid(self.tiles)
        self.store = TileStore(self.pyramid.overview)
        self.mosaic = TileMosaic(self.pyramid, self.store, (255, 255, 255), OUTSIDE)

    def load(self, key: DisplayKey) -> None:
        tile = self.pyramid.tile_key(key)
        rgb = self.slide.read(self.tiles.tile_region(tile), tile.level)  # type: ignore[attr-defined]
        self.store.put(key, tile_image(rgb, self.pyramid.levels[key.display].reduction))

    def load_level(self, index: int) -> None:
        columns, rows = self.pyramid.grid(index)
        for row in range(rows):
            for column in range(columns):
                self.load(DisplayKey(index, column, row))

    def paint(self, transform: ViewTransform, region: PixelBox = WHOLE) -> npt.NDArray[np.int64]:
        out = np.full((region.height, region.width, 4), 77, np.uint8)
        paint_tiles(self.mosaic, out, transform, region)
        return out[..., 2::-1].astype(int)


@pytest.fixture
def scene(make_slide: Callable) -> Scene:
    return Scene(make_slide())


@pytest.fixture(scope="module")
def full_scene(make_slide: Callable) -> Scene:
    """Every tile of every level is there."""
    scene = Scene(make_slide())
    for index in range(len(scene.pyramid.levels)):
        scene.load_level(index)
    return scene


def view(x: float, y: float, scale: float, rotation: float) -> ViewTransform:
    return ViewTransform(PointPx(x, y), scale, rotation, (float(VIEWPORT[0]), float(VIEWPORT[1]))).snapped()


def resampled(level: npt.NDArray[np.uint8], downsample: float, transform: ViewTransform) -> npt.NDArray[np.int64]:
    """The whole level brought to the screen at once: what tiles have to add up to."""
    x, y = np.meshgrid(np.arange(VIEWPORT[0]) + 0.5, np.arange(VIEWPORT[1]) + 0.5)
    a, b, c, d, tx, ty = transform.affine()
    inverse = np.linalg.inv(np.array([[a, b], [c, d]])) / downsample
    source_x = inverse[0, 0] * (x - tx) + inverse[0, 1] * (y - ty) - 0.5
    source_y = inverse[1, 0] * (x - tx) + inverse[1, 1] * (y - ty) - 0.5
    return cv2.remap(
        level,
        source_x.astype(np.float32),
        source_y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(int)


@pytest.mark.parametrize(
    ("scale", "rotation", "level"),
    [(1.0, 0, 0), (1.0, 270, 0), (0.77, 0, 0), (0.6, 37, 0), (1.0, 37, 0), (3.3, 12, 0), (0.5, 0, 1), (0.4, 200, 1)],
)
def test_tiles_add_up_to_the_level_without_seams(scene: Scene, scale: float, rotation: float, level: int) -> None:
    scene.load_level(level)
    # Tile edges at 512 run through the view.
    transform = view(700.3, 519.8, scale, rotation)
    assert scene.pyramid.for_scale(scale) == level
    truth = resampled(scene.slide.levels[level], 2.0**level, transform)  # type: ignore[attr-defined]
    assert np.abs(scene.paint(transform) - truth).max() <= 1


def test_a_level_shown_one_to_one_is_copied_unchanged(scene: Scene) -> None:
    scene.load_level(0)
    transform = view(600.0, 400.0, 1.0, 0.0)
    left, top = (round(v) for v in (600 - VIEWPORT[0] / 2, 400 - VIEWPORT[1] / 2))
    truth = scene.slide.levels[0][top : top + VIEWPORT[1], left : left + VIEWPORT[0]]  # type: ignore[attr-defined]
    assert np.array_equal(scene.paint(transform), truth)


def test_beyond_the_slide_is_the_outside_colour(scene: Scene) -> None:
    scene.load_level(0)
    painted = scene.paint(view(0.0, 0.0, 1.0, 0.0))
    assert (painted[:125, :] == OUTSIDE).all()
    assert (painted[:, :165] == OUTSIDE).all()
    assert not (painted[125:, 165:] == OUTSIDE).all(axis=-1).any()
    assert (scene.paint(view(-9000.0, 0.0, 1.0, 30.0)) == OUTSIDE).all()


@given(
    st.floats(-100, 1600),
    st.floats(-100, 1200),
    st.floats(0.05, 6),
    st.sampled_from([0.0, 90.0, 180.0, 33.0, 301.5]),
    st.integers(1, VIEWPORT[0] - 2),
    st.integers(1, VIEWPORT[1] - 2),
)
@settings(max_examples=25, deadline=None)
def test_a_part_looks_as_it_does_in_the_whole(
    full_scene: Scene, x: float, y: float, scale: float, rotation: float, left: int, top: int
) -> None:
    transform = view(x, y, scale, rotation)
    part = PixelBox(left, top, min(left + 90, VIEWPORT[0]), min(top + 60, VIEWPORT[1]))
    whole = full_scene.paint(transform)[part.within(WHOLE)]
    assert np.abs(full_scene.paint(transform, part) - whole).max() <= 1


def test_stand_ins_leave_no_blank_and_lie_in_place(scene: Scene) -> None:
    scene.load_level(3)
    transform = view(700.0, 500.0, 1.0, 20.0)
    truth = resampled(scene.slide.levels[3], 8.0, transform)  # type: ignore[attr-defined]
    assert np.abs(scene.paint(transform) - truth).max() <= 3
    # With half of the sharp tiles there, those are sharp and the rest is as before.
    for row in range(5):
        scene.load(DisplayKey(0, 2, row))
    mixed = scene.paint(transform)
    sharp = resampled(scene.slide.levels[0], 1.0, transform)  # type: ignore[attr-defined]
    near_sharp, near_coarse = np.abs(mixed - sharp).max(axis=-1) <= 1, np.abs(mixed - truth).max(axis=-1) <= 3
    assert near_sharp.mean() > 0.3
    assert (near_sharp | near_coarse).mean() > 0.98


def test_nothing_there_yet_shows_the_background_colour(scene: Scene) -> None:
    assert (scene.paint(view(700.0, 500.0, 1.0, 0.0)) == 255).all()


moves = st.lists(st.tuples(st.integers(-400, 400), st.integers(-300, 300)), min_size=1, max_size=5)


class Dots:
    """A layer with a disc every 100 px."""

    visible = True
    color = QColor(255, 0, 0)

    def paint(self, painter: QPainter, transform: ViewTransform, visible: RectPx) -> None:
        painter.setBrush(self.color)
        for x in range(0, 1500, 100):
            for y in range(0, 1100, 100):
                at = transform.to_device(PointPx(x, y))
                if visible.expanded(30).contains(PointPx(x, y)):
                    painter.drawEllipse(QPointF(round(at[0]), round(at[1])), 9.0, 9.0)


def shot(frame: Frame) -> npt.NDArray[np.int64]:
    image = frame.image()
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3].astype(int)


@given(moves, st.sampled_from([0.0, 90.0, 25.0]), st.sampled_from([0.3, 1.0, 2.5]))
@settings(max_examples=25, deadline=None)
def test_a_scrolled_picture_is_the_picture_drawn_anew(
    full_scene: Scene, steps: list[tuple[int, int]], rotation: float, scale: float
) -> None:
    scrolled = Frame(full_scene.mosaic)
    scrolled.resize(*VIEWPORT, 1.0)
    transform = view(700.0, 500.0, scale, rotation)
    scrolled.update(transform, [Dots()])
    for dx, dy in steps:
        transform = transform.panned(dx, dy)
        scrolled.update(transform, [Dots()])
    anew = Frame(full_scene.mosaic)
    anew.resize(*VIEWPORT, 1.0)
    anew.update(transform, [Dots()])
    different = np.abs(shot(scrolled) - shot(anew)).max(axis=-1) > 1
    # A disc's rim may fall otherwise where its place rounds from a half.
    assert different.mean() < 0.002


def test_only_what_was_touched_is_drawn_anew(scene: Scene) -> None:
    scene.load_level(3)
    frame = Frame(scene.mosaic)
    frame.resize(*VIEWPORT, 1.0)
    transform = view(640.0, 640.0, 1.0, 0.0)
    frame.update(transform, [])
    before = shot(frame).copy()
    scene.load(DisplayKey(0, 2, 2))
    frame.update(transform, [])
    assert np.array_equal(shot(frame), before)
    bounds = transform.device_bounds(scene.pyramid.tile_rect(DisplayKey(0, 2, 2)))
    frame.touch_tiles(PixelBox.around(*bounds, margin=1))
    frame.update(transform, [])
    after = shot(frame)
    truth = scene.paint(transform)[..., ::-1]
    assert np.abs(after - truth).max() <= 1
    assert not np.array_equal(after, before)


def test_a_slide_of_one_large_level_is_drawn_from_reduced_tiles(make_slide: Callable) -> None:
    image = np.zeros((2600, 5000, 3), np.uint8)
    image[:, 2500:] = (250, 240, 30)
    image[1300:] //= 2
    scene = Scene(make_slide(image, downsamples=(1,)))
    assert [level.reduction for level in scene.pyramid.levels] == [1, 2, 4]
    scene.load_level(2)
    transform = view(2500.0, 1300.0, 0.05, 0.0)
    painted = scene.paint(transform)
    assert painted[VIEWPORT[1] // 2 - 30, VIEWPORT[0] // 2 + 40].tolist() == [250, 240, 30]
    assert painted[VIEWPORT[1] // 2 + 30, VIEWPORT[0] // 2 + 40].tolist() == [125, 120, 15]
    assert painted[VIEWPORT[1] // 2 - 30, VIEWPORT[0] // 2 - 40].tolist() == [0, 0, 0]


def test_what_was_touched_moves_along_with_a_pan(scene: Scene) -> None:
    scene.load_level(3)
    frame = Frame(scene.mosaic)
    frame.resize(*VIEWPORT, 1.0)
    transform = view(640.0, 640.0, 1.0, 0.0)
    dots = Dots()
    frame.update(transform, [dots])
    # Only a strip of 37 px of this tile is in view.
    key = DisplayKey(0, 3, 2)
    scene.load(key)
    frame.touch_tiles(PixelBox.around(*transform.device_bounds(scene.pyramid.tile_rect(key)), margin=1))
    moved = transform.panned(-60, 45)
    frame.update(moved, [dots])
    anew = Frame(scene.mosaic)
    anew.resize(*VIEWPORT, 1.0)
    anew.update(moved, [dots])
    assert np.abs(shot(frame) - shot(anew)).max() <= 1
    x, y = (round(v) for v in moved.to_device(PointPx(700, 600)))
    dots.color = QColor(0, 0, 255)
    frame.touch_layers(PixelBox(x - 15, y - 15, x + 15, y + 15))
    frame.update(moved.panned(40, 30), [dots])
    assert shot(frame)[y + 30, x + 40].tolist() == [255, 0, 0]
