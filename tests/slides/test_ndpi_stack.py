"""NDPI with focal planes, in files written here in the layout that OpenSlide and tifffile document. No scanner's."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.geometry import PixelRegion
from app.slides.focus_stack import FocusStack
from app.slides.open import open_slide
from app.slides.tiff_reader import TiffSlide

WIDTH, HEIGHT = 256, 128
OFFSETS_NM = (-2000, 0, 2000)
SHORT, LONG, RATIONAL, FLOAT, ASCII = 3, 4, 5, 11, 2


def picture(plane: int, downsample: int) -> np.ndarray:
    height, width = HEIGHT // downsample, WIDTH // downsample
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([50 + 60 * plane + 0 * x, 80 + 120 * x // width, 200 - 100 * y // height], axis=-1).astype(np.uint8)


def jpeg_and_starts(image: np.ndarray) -> tuple[bytes, list[int]]:
    """One JPEG with a restart marker every eight blocks, and where each of its parts begins."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=95, subsampling=0, restart_marker_blocks=8)
    data = stream.getvalue()
    scan = data.index(b"\xff\xda")
    first = scan + 2 + struct.unpack(">H", data[scan + 2 : scan + 4])[0]
    starts = [first]
    for at in range(first, len(data) - 1):
        if data[at] == 0xFF and 0xD0 <= data[at + 1] <= 0xD7:
            starts.append(at + 2)
    return data, starts


def write_ndpi(path: Path, planes: tuple[int, ...] = OFFSETS_NM, lens: float = 40.0) -> None:
    """Two levels; each has a page for each plane. Offsets have 64 bits, as the format wants them."""
    body = bytearray(b"II*\0" + b"\0" * 8)
    links = [4]
    for downsample in (1, 2):
        for number, offset in enumerate(planes):
            data, starts = jpeg_and_starts(picture(number, downsample))
            place = append(body, data)
            resolution = append(body, struct.pack("<II", round(40_000 / downsample), 1))
            make = append(body, b"Hamamatsu\0")
            mcu = append(body, struct.pack(f"<{len(starts)}I", *starts))
            entries = [
                (256, LONG, 1, WIDTH // downsample),
                (257, LONG, 1, HEIGHT // downsample),
                (258, SHORT, 1, 8),
                (259, SHORT, 1, 7),
                (262, SHORT, 1, 6),
                (271, ASCII, 10, make),
                (273, LONG, 1, place),
                (277, SHORT, 1, 3),
                (278, LONG, 1, HEIGHT // downsample),
                (279, LONG, 1, len(data)),
                (282, RATIONAL, 1, resolution),
                (283, RATIONAL, 1, resolution),
                (296, SHORT, 1, 3),
                (65420, LONG, 1, 1),
                (65421, FLOAT, 1, struct.unpack("<I", struct.pack("<f", lens / downsample))[0]),
                (65422, LONG, 1, 0),
                (65423, LONG, 1, 0),
                (65424, 9, 1, offset & 0xFFFFFFFF),
                (65426, LONG, len(starts), mcu),
            ]
            at = len(body)
            body[links[-1] : links[-1] + 8] = struct.pack("<Q", at)
            body += struct.pack("<H", len(entries))
            body += b"".join(struct.pack("<HHII", *entry) for entry in entries)
            links.append(len(body))
            body += b"\0" * 8
            # The upper halves of the values.
            body += b"".join(
                struct.pack("<I", 0xFFFFFFFF if tag == 65424 and offset < 0 else 0) for tag, _, _, _ in entries
            )
    path.write_bytes(body)


def append(body: bytearray, data: bytes) -> int:
    at = len(body)
    body += data
    return at


def test_every_plane_of_every_level_reads_as_written(tmp_path: Path) -> None:
    path = tmp_path / "stack.ndpi"
    write_ndpi(path)
    slide = open_slide(path, probe=False)
    info = slide.info
    assert isinstance(slide, FocusStack)
    assert (info.focal_planes.count, info.focal_planes.spacing_um) == (3, 2.0)
    assert [level.downsample for level in info.levels] == [1.0, 2.0]
    for level, downsample in ((0, 1), (1, 2)):
        for plane in range(3):
            expected = picture(plane, downsample)
            height, width = expected.shape[:2]
            whole = slide.read(PixelRegion(0, 0, width, height), level, plane)
            assert np.abs(whole.astype(int) - expected).max() <= 8
            assert np.array_equal(slide.read(PixelRegion(30, 20, 40, 30), level, plane), whole[20:50, 30:70])
    assert any("not on a scanner" in note for note in info.notes)
    slide.close()


@pytest.mark.parametrize("planes", [(0,)])
def test_a_single_plane_stays_with_openslide(tmp_path: Path, planes: tuple[int, ...]) -> None:
    path = tmp_path / "one.ndpi"
    write_ndpi(path, planes)
    slide = open_slide(path, probe=False)
    assert not isinstance(slide, (FocusStack, TiffSlide))
    assert slide.info.vendor == "hamamatsu" and slide.info.focal_planes.count == 1
    slide.close()
