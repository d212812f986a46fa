"""The examination of a file reads its overview and tiles from everywhere."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.geometry import PixelRegion
from app.slides.open import open_slide
from app.slides.samples import examine, read_samples
from app.slides.slide import RgbImage, Slide, SlideInfo


class Recorded:
    """A slide that remembers what was read of it."""

    def __init__(self, slide: Slide) -> None:
        self._slide = slide
        self.read_regions: list[tuple[int, PixelRegion, int]] = []

    @property
    def info(self) -> SlideInfo:
        return self._slide.info

    def read(self, region: PixelRegion, level: int = 0, plane: int = 0) -> RgbImage:
        self.read_regions.append((level, region, plane))
        return self._slide.read(region, level, plane)

    def associated_image(self, name: str) -> RgbImage:
        return self._slide.associated_image(name)

    def close(self) -> None:
        self._slide.close()


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (4, 1), (4, 4), (7, 3), (10, 6)])
def test_every_tile_of_a_small_file_is_read_once(write_pyramid: Callable[..., Path], columns: int, rows: int) -> None:
    slide = Recorded(open_slide(write_pyramid(columns * 128, rows * 128, levels=2), probe=False))
    read_samples(slide, sample_time_s=600.0)
    slide.close()
    level_0 = [(region.x // 128, region.y // 128) for level, region, _ in slide.read_regions if level == 0]
    assert sorted(level_0) == [(column, row) for column in range(columns) for row in range(rows)]
    level_1 = [region for level, region, _ in slide.read_regions if level == 1]
    assert level_1 == ([PixelRegion(0, 0, columns * 64, rows * 64)] if columns * 64 <= 1024 else [])


def test_every_plane_is_tried(write_ome: Callable[..., Path]) -> None:
    slide = Recorded(open_slide(write_ome(), probe=False))
    read_samples(slide, sample_time_s=600.0)
    slide.close()
    assert {plane for _, _, plane in slide.read_regions} == {0, 1, 2}


def test_the_first_good_sample_is_enough_when_time_is_short(write_pyramid: Callable[..., Path]) -> None:
    slide = Recorded(open_slide(write_pyramid(), probe=False))
    read_samples(slide, sample_time_s=0.0)
    slide.close()
    assert len(slide.read_regions) == 1


def test_an_error_that_no_reader_expects_is_a_sentence_with_its_traceback(write_pyramid: Callable[..., Path]) -> None:
    verdict = examine(write_pyramid(), sample_time_s="a programming error")  # type: ignore[arg-type]
    assert verdict.refusal is not None and "unexpected error (TypeError)" in verdict.refusal
    assert "Traceback" in verdict.traceback and not verdict.unsupported
