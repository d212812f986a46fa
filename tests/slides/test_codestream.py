"""Sizes in the headers of compressed tiles, as an encoder writes them."""

from collections.abc import Callable

import imagecodecs
import numpy as np
import pytest

from app.slides.codestream import jpeg2000_size, jpeg_size

IMAGE = np.zeros((48, 80, 3), np.uint8)


def test_jpeg() -> None:
    assert jpeg_size(imagecodecs.jpeg8_encode(IMAGE)) == (80, 48)


def test_jpeg_2000() -> None:
    assert jpeg2000_size(imagecodecs.jpeg2k_encode(IMAGE, codecformat="j2k")) == (80, 48)


@pytest.mark.parametrize("read_size", [jpeg_size, jpeg2000_size])
def test_data_without_a_header_is_refused(read_size: Callable[[bytes], tuple[int, int]]) -> None:
    with pytest.raises(ValueError):
        read_size(b"\xff\xd8nonsense")
