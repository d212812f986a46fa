"""DICOM slides with several focal planes, of which OpenSlide shows one: TILED_FULL, also split into concatenations.

Frames of a TILED_FULL instance run through the columns first, then rows, then focal planes (DICOM PS3.3 C.7.6.17.3).
Slides with one plane, sparse tilings and fluorescence are left to OpenSlide.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

import imagecodecs
import numpy as np

from app.geometry import PixelRegion, SizePx
from app.slides.cache import TileCache
from app.slides.claim import Claim
from app.slides.fingerprint import dicom_series, fingerprint_file, slide_files
from app.slides.levels import levels_from_sizes, slow_overview_note
from app.slides.padding import read_padded
from app.slides.scale import judge_mpp
from app.slides.slide import WHITE, FocalPlanes, RgbImage, Slide, SlideError, SlideInfo, TileReadError
from app.slides.tile_size import preferred_tile_px

log = logging.getLogger(__name__)

WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
CACHE_BYTES = 48 << 20
MAX_TILE_PX = 4096
_RAW = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1")
_JPEG = ("1.2.840.10008.1.2.4.50",)
_JPEG2000 = ("1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91")
_ITEM, _END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
_UNDEFINED = 0xFFFFFFFF


def claims(path: Path) -> Claim | None:
    """A DICOM slide with more than one focal plane. What cannot be understood is left to OpenSlide."""
    if dicom_series(path) is None:
        return None
    try:
        instances = _instances(path)
    except Exception as error:
        # pydicom raises whatever the damaged bytes lead to.
        log.info("pydicom on %s: %r", path, error)
        return None
    if not instances or max(instance.planes for instance in instances) < 2:
        return None
    return Claim("dicom-stack", "DICOM stack", lambda: _open(path, instances))


@dataclass(frozen=True)
class _Instance:
    """One file of a level: frames ``first`` and following of the whole level."""

    path: Path
    size: SizePx
    tile: SizePx
    planes: int
    first: int
    frames: int
    syntax: str
    colours: str
    header: Any


def _instances(path: Path) -> list[_Instance]:
    import pydicom

    found = []
    for file in slide_files(path):
        header = pydicom.dcmread(file, stop_before_pixels=True)
        is_level = header.SOPClassUID == WHOLE_SLIDE and "VOLUME" in header.ImageType
        if not is_level:
            continue
        plain = (header.SamplesPerPixel, header.BitsAllocated, header.get("NumberOfOpticalPaths", 1)) == (3, 8, 1)
        if not plain or header.get("DimensionOrganizationType") != "TILED_FULL" or header.get("PlanarConfiguration", 0):
            return []
        found.append(
            _Instance(
                file,
                SizePx(int(header.TotalPixelMatrixColumns), int(header.TotalPixelMatrixRows)),
                SizePx(int(header.Columns), int(header.Rows)),
                int(header.get("TotalPixelMatrixFocalPlanes", 1)),
                int(header.get("ConcatenationFrameOffsetNumber", 0)),
                int(header.NumberOfFrames),
                str(header.file_meta.TransferSyntaxUID),
                str(header.PhotometricInterpretation),
                header,
            )
        )
    return found


class _Level:
    """All frames of one level, over all planes."""

    def __init__(self, instances: Sequence[_Instance], name: str) -> None:
        first = instances[0]
        self.size, self.tile, self.planes = first.size, first.tile, first.planes
        self.columns = -(-self.size.width // self.tile.width)
        self.rows = -(-self.size.height // self.tile.height)
        if not 0 < self.tile.width <= MAX_TILE_PX or not 0 < self.tile.height <= MAX_TILE_PX:
            raise SlideError(f"{name} is cut into tiles of an impossible size; export it again.")
        self.places: list[tuple[_Instance, int, int] | None] = [None] * (self.columns * self.rows * self.planes)
        for instance in instances:
            for number, (offset, length) in enumerate(_frame_places(instance, name)):
                if instance.first + number < len(self.places):
                    self.places[instance.first + number] = (instance, offset, length)
        if any(place is None for place in self.places):
            raise SlideError(f"{name} is incomplete: some frames of its focal planes are missing; copy it again.")


def _frame_places(instance: _Instance, name: str) -> list[tuple[int, int]]:
    """(offset, length) of each frame in its file."""
    with instance.path.open("rb") as file:
        import pydicom

        pydicom.dcmread(file, stop_before_pixels=True)
        # The value representation stands in explicit syntaxes only; compressed ones always are.
        explicit = instance.syntax != _RAW[0]
        head = file.read(12 if explicit else 8)
        if head[:4] != b"\xe0\x7f\x10\x00":
            raise SlideError(f"{name} holds no pixels; copy it again from the scanner.")
        length = struct.unpack("<I", head[-4:])[0]
        if length != _UNDEFINED:
            side = instance.tile.width * instance.tile.height * 3
            start = file.tell()
            return [(start + n * side, side) for n in range(min(instance.frames, length // side))]
        fragments = _fragments(file, name)
    # The first item is the table of offsets.
    fragments = fragments[1:]
    if len(fragments) != instance.frames:
        raise SlideError(
            f"{name} stores {instance.frames} frames in {len(fragments)} pieces, which cannot be read here; export it "
            "again with one fragment for each frame."
        )
    return fragments


def _fragments(file: BinaryIO, name: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    while True:
        head = file.read(8)
        if len(head) < 8 or head[:4] not in (_ITEM, _END):
            raise SlideError(f"{name} ends before its pixels do; copy it again from the scanner.")
        if head[:4] == _END:
            return found
        length = struct.unpack("<I", head[4:])[0]
        found.append((file.tell(), length))
        file.seek(length, 1)


class DicomStack:
    """A DICOM slide with focal planes (see ``Slide``)."""

    def __init__(self, path: Path, info: SlideInfo, levels: Sequence[_Level]) -> None:
        self._path, self._info, self._levels = path, info, levels
        self._files: dict[Path, BinaryIO] = {}
        self._lock = Lock()
        self._closed = False
        self._cache: TileCache[tuple[int, int]] = TileCache(CACHE_BYTES)

    @property
    def info(self) -> SlideInfo:
        return self._info

    def read(self, region: PixelRegion, level: int = 0, plane: int = 0) -> RgbImage:
        self._info.check_plane(plane)
        found = self._levels[level]

        def read_inside(inside: PixelRegion) -> RgbImage:
            pixels = np.empty((inside.height, inside.width, 3), np.uint8)
            right, bottom = inside.x + inside.width, inside.y + inside.height
            width, height = found.tile.width, found.tile.height
            for row in range(inside.y // height, -(-bottom // height)):
                for column in range(inside.x // width, -(-right // width)):
                    frame = (plane * found.rows + row) * found.columns + column
                    tile = self._tile(level, frame)
                    x0, y0 = max(inside.x, column * width), max(inside.y, row * height)
                    x1, y1 = min(right, (column + 1) * width), min(bottom, (row + 1) * height)
                    pixels[y0 - inside.y : y1 - inside.y, x0 - inside.x : x1 - inside.x] = tile[
                        y0 - row * height : y1 - row * height, x0 - column * width : x1 - column * width
                    ]
            return pixels

        return read_padded(region, found.size, self._info.background_rgb, read_inside)

    def associated_image(self, name: str) -> RgbImage:
        raise SlideError(f"{self._info.path.name} has no image called {name}.")

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for file in self._files.values():
                file.close()
            self._files.clear()
        self._cache.clear()

    def _tile(self, level: int, frame: int) -> RgbImage:
        held = self._cache.get((level, frame))
        if held is not None:
            return held
        place = self._levels[level].places[frame]
        assert place is not None
        instance, offset, length = place
        data = self._bytes(instance.path, offset, length)
        try:
            tile = _decoder(instance)(data)
            if tile.shape != (instance.tile.height, instance.tile.width, 3) or tile.dtype != np.uint8:
                raise ValueError(f"a tile of {tile.shape}")
        except (MemoryError, SlideError):
            raise
        except Exception as error:
            # Codecs raise whatever they like on damaged data: this is the slide's one boundary.
            raise TileReadError(f"A part of {self._path.name} cannot be decoded ({error}).") from error
        self._cache.put((level, frame), tile)
        return tile

    def _bytes(self, path: Path, offset: int, length: int) -> bytes:
        with self._lock:
            if self._closed:
                raise SlideError(f"{self._path.name} is closed.")
            try:
                if path not in self._files:
                    self._files[path] = path.open("rb", buffering=0)
                self._files[path].seek(offset)
                return self._files[path].read(length)
            except OSError as error:
                raise SlideError(
                    f"{path.name} can no longer be read ({error.strerror}); check that its drive is connected."
                ) from error


def _decoder(instance: _Instance) -> Callable[[bytes], RgbImage]:
    if instance.syntax in _RAW:
        shape = (instance.tile.height, instance.tile.width, 3)
        return lambda data: np.frombuffer(data, np.uint8).reshape(shape).copy()
    if instance.syntax in _JPEG:
        stored = "RGB" if instance.colours == "RGB" else "YCBCR"
        return lambda data: np.asarray(imagecodecs.jpeg8_decode(data, colorspace=stored, outcolorspace="RGB"))
    return lambda data: np.asarray(imagecodecs.jpeg2k_decode(data))


def _open(path: Path, instances: Sequence[_Instance]) -> Slide:
    for instance in instances:
        if instance.syntax not in (*_RAW, *_JPEG, *_JPEG2000):
            raise SlideError(
                f"{path.name} is compressed in a way unknown here (transfer syntax {instance.syntax}); export it as "
                "an 8-bit RGB slide with JPEG compression."
            )
    sizes = sorted({(i.size.width, i.size.height) for i in instances}, reverse=True)
    levels = []
    for width, height in sizes:
        parts = [i for i in instances if (i.size.width, i.size.height) == (width, height)]
        levels.append(_Level(sorted(parts, key=lambda i: i.first), path.name))
    if len({level.planes for level in levels}) != 1:
        raise SlideError(f"{path.name} has levels with different numbers of focal planes; export it again.")
    return DicomStack(path, _info(path, instances, levels), levels)


def _info(path: Path, instances: Sequence[_Instance], levels: Sequence[_Level]) -> SlideInfo:
    header = next(i.header for i in instances if i.size == levels[0].size)
    x, y, between = _spacing_um(header)
    mpp, state, raw, note = judge_mpp(x, y)
    slide_levels = levels_from_sizes([level.size for level in levels])
    optics = header.get("OpticalPathSequence") or [{}]
    return SlideInfo(
        path=path,
        vendor="dicom",
        reader="pydicom, pixels by imagecodecs",
        levels=slide_levels,
        mpp=mpp,
        mpp_state=state,
        mpp_raw=raw,
        objective_power=float(optics[0].get("ObjectiveLensPower") or 0) or None,
        fingerprint=fingerprint_file(path),
        background_rgb=WHITE,
        focal_planes=FocalPlanes(levels[0].planes, between),
        properties={"dicom.TransferSyntaxUID": str(instances[0].syntax)},
        notes=tuple(text for text in (note, slow_overview_note(slide_levels)) if text),
        tile_px=preferred_tile_px(levels[0].tile.width, levels[0].tile.height),
        icc_profile=bytes(optics[0].get("ICCProfile") or b"") or None,
    )


def _spacing_um(header: Any) -> tuple[float | None, float | None, float | None]:
    """um per pixel in x and y, and between focal planes, as far as the file says."""
    try:
        measures = header.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
        y, x = (1000.0 * float(value) for value in measures.PixelSpacing)
    except (AttributeError, IndexError, TypeError, ValueError):
        return None, None, None
    between = measures.get("SpacingBetweenSlices")
    return x, y, 1000.0 * float(between) if between else None
