"""Regions beyond the edge: the slide where there is one, its background elsewhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.geometry import PixelRegion, SizePx
from app.slides.padding import read_padded
from app.slides.slide import RgbImage

SIZE = SizePx(37, 23)
BACKGROUND = (250, 240, 230)
PIXELS = np.random.default_rng(0).integers(0, 256, (SIZE.height, SIZE.width, 3), np.uint8)


def read_inside(region: PixelRegion) -> RgbImage:
    assert region.x >= 0 and region.x + region.width <= SIZE.width and region.width > 0
    assert region.y >= 0 and region.y + region.height <= SIZE.height and region.height > 0
    return PIXELS[region.y : region.y + region.height, region.x : region.x + region.width]


@given(st.integers(-60, 60), st.integers(-60, 60), st.integers(1, 90), st.integers(1, 90))
def test_each_pixel_is_the_slide_or_the_background(x: int, y: int, width: int, height: int) -> None:
    canvas = np.empty((240, 240, 3), np.uint8)
    canvas[:] = BACKGROUND
    canvas[60 : 60 + SIZE.height, 60 : 60 + SIZE.width] = PIXELS
    padded = read_padded(PixelRegion(x, y, width, height), SIZE, BACKGROUND, read_inside)
    np.testing.assert_array_equal(padded, canvas[60 + y : 60 + y + height, 60 + x : 60 + x + width])


@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, 0), (-1, 5)])
def test_a_region_without_pixels_is_a_mistake_of_the_caller(width: int, height: int) -> None:
    with pytest.raises(ValueError):
        read_padded(PixelRegion(0, 0, width, height), SIZE, BACKGROUND, read_inside)
