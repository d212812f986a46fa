"""The sharpest plane of a field, and the picture fused from all planes: sharp, seamless, kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from app.geometry import PixelRegion, RectPx
from app.slides.focus_stack import FocusStack, best_plane, fuse, sharpest
from app.slides.open import open_slide
from app.slides.slide import ALL_IN_FOCUS, FocalPlanes

SIDE = 512
PLANES = 5


def texture(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    image = cv2.GaussianBlur(rng.integers(0, 256, (SIDE, SIDE, 3)).astype(np.float32), (0, 0), 1.5)
    return np.clip((image - 128) * 6 + 150, 0, 255).astype(np.uint8)


def stack_of(image: np.ndarray) -> list[np.ndarray]:
    """Left half sharp in plane 1, right half in plane 3; the rest blurred by their distance."""
    planes = []
    for plane in range(PLANES):
        halves = []
        for half, sharp in ((image[:, : SIDE // 2], 1), (image[:, SIDE // 2 :], 3)):
            away = abs(plane - sharp)
            halves.append(half if away == 0 else cv2.GaussianBlur(half, (0, 0), 1.5 * away))
        planes.append(np.ascontiguousarray(np.concatenate(halves, axis=1)))
    return planes


@pytest.fixture(scope="module")
def stack_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stack") / "five planes.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as writer:
        writer.write(
            np.stack(stack_of(texture())),
            tile=(128, 128),
            photometric="rgb",
            compression="deflate",
            metadata={"axes": "ZYXS", "PhysicalSizeX": 0.25, "PhysicalSizeY": 0.25, "PhysicalSizeZ": 1.5},
        )
    return path


@pytest.fixture
def stack(stack_path: Path):
    slide = open_slide(stack_path, probe=False)
    yield slide
    slide.close()


def test_a_stack_is_opened_as_one_and_a_single_plane_is_not(stack, tmp_path: Path) -> None:
    assert isinstance(stack, FocusStack)
    assert stack.info.shows_plane(ALL_IN_FOCUS) and not stack.info.shows_plane(PLANES)
    assert stack.info.focal_planes.offset_um(4) == 3.0
    single = tmp_path / "single.tif"
    tifffile.imwrite(single, texture(), tile=(128, 128), photometric="rgb")
    slide = open_slide(single, probe=False)
    assert not isinstance(slide, FocusStack) and not slide.info.shows_plane(ALL_IN_FOCUS)
    slide.close()


def test_each_field_has_its_sharpest_plane(stack) -> None:
    assert best_plane(stack, RectPx(10, 10, 200, 480)) == 1
    assert best_plane(stack, RectPx(300, 10, 200, 480)) == 3


def test_where_can_be_said(stack) -> None:
    planes = stack_of(texture())
    left = np.zeros((SIDE, SIDE), bool)
    left[:, : SIDE // 2] = True
    assert sharpest(planes, left) == 1
    assert sharpest(planes, ~left) == 3


def test_the_fused_picture_is_sharp_everywhere(stack) -> None:
    fused = stack.read(PixelRegion(0, 0, SIDE, SIDE), 0, ALL_IN_FOCUS).astype(int)
    error = np.abs(fused - texture())
    middle = slice(SIDE // 2 - 16, SIDE // 2 + 16)
    error[:, middle] = 0
    single = np.abs(stack.read(PixelRegion(0, 0, SIDE, SIDE), 0, 2).astype(int) - texture())
    assert error.mean() < 1.0 < 10.0 < single.mean()


def test_tiles_of_the_fused_picture_meet_without_a_seam_and_are_kept(stack) -> None:
    whole = stack.read(PixelRegion(0, 0, SIDE, SIDE), 0, ALL_IN_FOCUS).astype(int)
    for x in (0, 256):
        for y in (0, 256):
            tile = stack.read(PixelRegion(x, y, 256, 256), 0, ALL_IN_FOCUS)
            assert np.abs(tile - whole[y : y + 256, x : x + 256]).max() <= 2
            assert stack.read(PixelRegion(x, y, 256, 256), 0, ALL_IN_FOCUS) is tile


def test_equal_planes_fuse_to_themselves() -> None:
    image = texture(3)
    assert np.array_equal(fuse([image] * 4), image)
    empty = np.full((64, 64, 3), 240, np.uint8)
    assert np.array_equal(fuse([empty, empty]), empty)


def test_the_fused_picture_reaches_beyond_the_edge_as_the_slide_does(stack) -> None:
    tile = stack.read(PixelRegion(SIDE - 100, -50, 200, 150), 0, ALL_IN_FOCUS)
    assert tile.shape == (150, 200, 3)
    assert (tile[:50] == 255).all() and (tile[:, 100:] == 255).all()


def test_planes_keep_their_spacing() -> None:
    assert [FocalPlanes(7, 1.5).offset_um(plane) for plane in (0, 3, 6)] == [-4.5, 0.0, 4.5]
    assert replace(FocalPlanes(7), spacing_um=None).offset_um(2) is None
