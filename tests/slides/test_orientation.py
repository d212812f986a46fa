"""Turned and mirrored images, against Pillow's own reading of the tag."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from app.geometry import PixelRegion, SizePx
from app.slides.orientation import Orientation, orientation_from_tag

STORED = np.random.default_rng(1).integers(0, 256, (14, 9, 3), np.uint8)


def shown_by_pillow(tag: int) -> np.ndarray:
    exif = Image.Exif()
    exif[274] = tag
    file = io.BytesIO()
    Image.fromarray(STORED).save(file, "png", exif=exif)
    return np.asarray(ImageOps.exif_transpose(Image.open(file)))


@pytest.mark.parametrize("tag", range(1, 9))
def test_the_whole_image_is_shown_as_pillow_shows_it(tag: int) -> None:
    expected = shown_by_pillow(tag)
    orientation = Orientation(tag)
    np.testing.assert_array_equal(orientation.apply(STORED), expected)
    assert orientation.shown_size(SizePx(9, 14)) == SizePx(expected.shape[1], expected.shape[0])


@given(st.integers(1, 8), st.data())
def test_a_region_of_the_shown_image_is_found_where_it_is_stored(tag: int, data: st.DataObject) -> None:
    orientation = Orientation(tag)
    whole = orientation.apply(STORED)
    height, width = whole.shape[:2]
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    region = PixelRegion(x, y, data.draw(st.integers(1, width - x)), data.draw(st.integers(1, height - y)))
    stored = orientation.stored_region(region, SizePx(width, height))
    part = STORED[stored.y : stored.y + stored.height, stored.x : stored.x + stored.width]
    np.testing.assert_array_equal(orientation.apply(part), whole[y : y + region.height, x : x + region.width])


@pytest.mark.parametrize("value", [None, 0, 9, -1, "6", 6.5])
def test_values_that_no_standard_knows_mean_as_stored(value: object) -> None:
    assert orientation_from_tag(value).is_plain
