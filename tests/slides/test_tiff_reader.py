"""OME-TIFF pyramids and focal stacks, and TIFF files that OpenSlide would show wrongly."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps

from app.geometry import PixelRegion
from app.slides import tiff_reader
from app.slides.open import open_slide
from app.slides.slide import FocalPlanes, MppState, RgbImage, Slide, SlideError, UnsupportedSlideError


def whole(slide: Slide, level: int = 0, plane: int = 0) -> RgbImage:
    size = slide.info.levels[level].size
    return slide.read(PixelRegion(0, 0, size.width, size.height), level, plane)


def test_an_ome_stack_has_its_planes_and_levels(
    write_ome: Callable[..., Path], block_pixels: Callable[..., RgbImage]
) -> None:
    slide = open_slide(write_ome(PhysicalSizeZ=1.5, PhysicalSizeZUnit="µm"), probe=False)
    info = slide.info
    assert info.vendor == "OME-TIFF"
    assert info.focal_planes == FocalPlanes(3, 1.5)
    assert [level.downsample for level in info.levels] == [1, 2]
    assert info.mpp == 0.25 and info.mpp_state is MppState.KNOWN
    assert info.tile_px == 128
    for plane in range(3):
        for level in range(2):
            np.testing.assert_array_equal(whole(slide, level, plane), block_pixels(600, 400, 2**level, plane))
    region = PixelRegion(550, 380, 100, 100)
    image = slide.read(region, 0, 2)
    np.testing.assert_array_equal(image[:20, :50], block_pixels(600, 400, 1, 2)[380:, 550:])
    assert (image[20:] == 255).all() and (image[:, 50:] == 255).all()
    with pytest.raises(ValueError, match="plane 3"):
        slide.read(region, 0, 3)
    slide.close()
    with pytest.raises(SlideError, match="closed"):
        slide.read(PixelRegion(0, 0, 8, 8), 0, 0)


def test_a_single_plane_has_no_spacing(write_ome: Callable[..., Path]) -> None:
    slide = open_slide(write_ome(planes=1, levels=1), probe=False)
    assert slide.info.focal_planes == FocalPlanes(1, None)
    slide.close()


@pytest.mark.parametrize("name", ["zstack/pcb-real-7z.ome.tif", "zstack/csf-mgg-SIMULATED-7z.ome.tif"])
def test_real_stacks_against_tifffile(shared_data: Path, name: str) -> None:
    slide = open_slide(shared_data / name, probe=False)
    stack = tifffile.imread(shared_data / name)
    assert slide.info.focal_planes.count == len(stack) == 7
    for plane in range(7):
        np.testing.assert_array_equal(whole(slide, 0, plane), stack[plane])
    assert not np.array_equal(stack[0], stack[6])
    slide.close()


@pytest.mark.parametrize("stain", ["mgg", "pap"])
def test_real_ome_pyramids_against_tifffile(shared_data: Path, stain: str) -> None:
    path = shared_data / "slides" / f"csf-{stain}-crop2k.ome.tif"
    slide = open_slide(path, probe=False)
    assert [(level.size.width, level.downsample) for level in slide.info.levels] == [(2048, 1), (1024, 2), (512, 4)]
    assert slide.info.mpp == pytest.approx(0.2528)
    with tifffile.TiffFile(path) as tiff:
        for level in range(3):
            np.testing.assert_array_equal(whole(slide, level), tiff.series[0].levels[level].asarray())
    slide.close()


def test_a_turned_pyramid_is_shown_upright(shared_data: Path) -> None:
    path = shared_data / "fixtures" / "large_image" / "test_orient6.tif"
    slide = open_slide(path, probe=False)
    with Image.open(path) as image:
        upright = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    assert (slide.info.size.width, slide.info.size.height) == (180, 120)
    assert np.abs(whole(slide).astype(int) - upright).max() <= 2
    part = slide.read(PixelRegion(100, 30, 60, 70))
    np.testing.assert_array_equal(part, whole(slide)[30:100, 100:160])
    slide.close()


@pytest.mark.parametrize("tag", [2, 3, 4, 5, 7, 8])
def test_every_orientation_of_a_pyramid(
    write_pyramid: Callable[..., Path], block_pixels: Callable[..., RgbImage], tag: int
) -> None:
    from app.slides.orientation import Orientation

    slide = open_slide(write_pyramid(extratags=[(274, "H", 1, tag, False)]), probe=False)
    for level in range(3):
        np.testing.assert_array_equal(whole(slide, level), Orientation(tag).apply(block_pixels(1000, 700, 2**level)))
    assert [level.downsample for level in slide.info.levels] == [1, 2, 4]
    slide.close()


def refusal(path: Path) -> str:
    with pytest.raises(UnsupportedSlideError) as caught:
        open_slide(path, probe=False)
    sentence = str(caught.value)
    assert sentence.startswith(path.name) and sentence.endswith(".")
    return sentence


def test_fluorescence_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "channels.ome.tif"
    tifffile.imwrite(path, np.zeros((3, 64, 64), np.uint8), photometric="minisblack", metadata={"axes": "CYX"})
    assert "3 separate channels" in refusal(path)


def test_a_time_series_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "times.ome.tif"
    tifffile.imwrite(path, np.zeros((4, 64, 64, 3), np.uint8), photometric="rgb", metadata={"axes": "TYXS"})
    assert "time series of 4" in refusal(path)


def test_16_bits_are_refused(tmp_path: Path, write_pyramid: Callable[..., Path]) -> None:
    ome = tmp_path / "deep.ome.tif"
    tifffile.imwrite(ome, np.zeros((64, 64, 3), np.uint16), photometric="rgb", metadata={"axes": "YXS"})
    assert "stores 16 bits" in refusal(ome)
    generic = tmp_path / "deep.tif"
    tifffile.imwrite(generic, np.zeros((64, 64, 3), np.uint16), photometric="rgb", tile=(64, 64))
    assert "stores 16 bits" in refusal(generic)


@pytest.mark.parametrize(("photometric", "words"), [("separated", "SEPARATED"), ("cielab", "CIELAB")])
def test_printing_and_lab_colours_are_refused(tmp_path: Path, photometric: str, words: str) -> None:
    path = tmp_path / "colours.tif"
    samples = 4 if photometric == "separated" else 3
    tifffile.imwrite(path, np.zeros((128, 128, samples), np.uint8), photometric=photometric, tile=(64, 64))
    assert words in refusal(path)


def test_focal_planes_of_an_ndpi_are_counted(tmp_path: Path) -> None:
    from app.slides.tiff_layout import ndpi_focal_planes, opened_tiff

    path = tmp_path / "planes.tif"
    with tifffile.TiffWriter(path) as writer:
        for offset in (-2000, 0, 2000, 0):
            page = np.zeros((64, 64, 3), np.uint8)
            writer.write(page, photometric="rgb", extratags=[(65424, "i", 1, offset, False)], contiguous=False)
    with opened_tiff(path) as tiff:
        assert ndpi_focal_planes(tiff) == 3


def test_a_stack_that_does_not_say_what_it_is_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, np.zeros((5, 256, 256, 3), np.uint8), photometric="rgb", tile=(128, 128))
    assert "5 images of full size" in refusal(path)


def test_one_file_of_several_is_refused(shared_data: Path) -> None:
    assert "one of several files" in refusal(shared_data / "fixtures" / "viv" / "multifile-Z1.ome.tiff")


def test_it_claims_what_openslide_would_show_wrongly_and_nothing_else(
    shared_data: Path, write_pyramid: Callable[..., Path], write_ome: Callable[..., Path]
) -> None:
    assert tiff_reader.claims(write_pyramid()) is None
    assert tiff_reader.claims(shared_data / "slides" / "csf-mgg-full.svs") is None
    assert tiff_reader.claims(shared_data / "slides" / "csf-mgg-dicom" / "level0.dcm") is None
    claim = tiff_reader.claims(write_ome())
    assert claim is not None and claim.format == "OME-TIFF"
