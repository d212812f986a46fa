"""Plain images: JPEG, PNG and untiled TIFF up to 100 megapixels, with a pyramid built in memory."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from app.geometry import PixelRegion, SizePx
from app.slides.claim import Claim
from app.slides.fingerprint import fingerprint_file
from app.slides.levels import levels_from_sizes
from app.slides.orientation import Orientation, orientation_from_tag
from app.slides.padding import read_padded
from app.slides.phantom_mark import phantom_and_stain
from app.slides.scale import judge_mpp
from app.slides.slide import EXPORT_BRIGHTFIELD, WHITE, RgbImage, Slide, SlideError, SlideInfo, UnsupportedSlideError
from app.slides.tiff_layout import UM_PER_RESOLUTION_UNIT

log = logging.getLogger(__name__)

MAX_IMAGE_PX = 100 * 10**6
"""Decoding and pyramid of an image of this size peak below 1 GiB."""

# What Pillow finds odd or large is judged here and told in the slide's words.
warnings.filterwarnings("ignore", module=r"PIL\.")

_ADVICE = "save it as a pyramidal tiled TIFF, for example with QuPath or vips"
_FORMATS = ("JPEG", "PNG", "TIFF")
_SMALLEST_LEVEL_PX = 512
_STRIP_ROWS = 512
_ORIENTATION, _BITS_PER_SAMPLE, _DESCRIPTION = 274, 258, 270
_UM_PER_INCH, _UM_PER_CM = 25400.0, 10000.0
_MODES = {"L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "YCbCr"}


def claims(path: Path) -> Claim | None:
    """JPEG, PNG and TIFF by their content."""
    try:
        with _opened(path) as image:
            kind = str(image.format)
    except UnidentifiedImageError:
        return None
    return Claim("image", kind, lambda: open_image(path))


def open_image(path: Path) -> Slide:
    """Decode the image and build its pyramid. Raises ``SlideError``."""
    with _opened(path) as image:
        notes: list[str] = []
        _refuse_what_would_show_wrongly(path, image)
        orientation = _orientation(path, image, notes)
        image.load()
    return ImageSlide(path, image, orientation, notes)


class ImageSlide:
    """A decoded image (see ``Slide``): level 0 as Pillow holds it, coarser levels as arrays."""

    def __init__(self, path: Path, image: Image.Image, orientation: Orientation, notes: list[str]) -> None:
        flat = _flattened(image)
        coarser = _pyramid(flat)
        # One attribute, so that a read beside ``close`` finds all levels or none.
        self._pixels: tuple[Image.Image, list[RgbImage]] | None = (flat, coarser)
        self._orientation = orientation
        sizes = [SizePx(*image.size)] + [SizePx(level.shape[1], level.shape[0]) for level in coarser]
        text = _texts(image)
        phantom, stain = phantom_and_stain(text.get("tiff.ImageDescription"))
        mpp_x, mpp_y = _stated_mpp(image)
        if orientation.shown_size(SizePx(1, 2)) == SizePx(2, 1):
            mpp_x, mpp_y = mpp_y, mpp_x
        mpp, state, raw, note = judge_mpp(mpp_x, mpp_y)
        self._info = SlideInfo(
            path=path,
            vendor=str(image.format),
            reader="Pillow",
            levels=levels_from_sizes([orientation.shown_size(size) for size in sizes]),
            mpp=mpp,
            mpp_state=state,
            mpp_raw=raw,
            objective_power=None,
            fingerprint=fingerprint_file(path),
            background_rgb=WHITE,
            properties=text,
            phantom=phantom,
            stain=stain,
            notes=tuple(notes + ([note] if note else [])),
            icc_profile=image.info.get("icc_profile") or None,
        )

    @property
    def info(self) -> SlideInfo:
        return self._info

    def read(self, region: PixelRegion, level: int = 0, plane: int = 0) -> RgbImage:
        self._info.check_plane(plane)
        pixels = self._pixels
        if pixels is None:
            raise SlideError(f"{self._info.path.name} is closed.")
        finest, coarser = pixels
        size = self._info.levels[level].size

        def read_inside(inside: PixelRegion) -> RgbImage:
            stored = self._orientation.stored_region(inside, size)
            if level == 0:
                return self._orientation.apply(np.asarray(_cropped(finest, stored).convert("RGB")))
            rows, columns = slice(stored.y, stored.y + stored.height), slice(stored.x, stored.x + stored.width)
            # A copy: the caller owns what it gets, and must not change the pyramid through it.
            return self._orientation.apply(coarser[level - 1][rows, columns].copy())

        return read_padded(region, size, WHITE, read_inside)

    def associated_image(self, name: str) -> RgbImage:
        raise SlideError(f"{self._info.path.name} has no image called {name}.")

    def close(self) -> None:
        self._pixels = None


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """A Pillow image whose damage is told as ``SlideError``; ``UnidentifiedImageError`` for other kinds of file."""
    try:
        with Image.open(path, formats=_FORMATS) as image:
            yield image
    except (SlideError, MemoryError, UnidentifiedImageError):
        raise
    except Image.DecompressionBombError as error:
        raise SlideError(f"{path.name} is too large for an image without a pyramid; {_ADVICE}.") from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        # Pillow raises whatever the damaged bytes lead to (OSError, SyntaxError, ValueError, struct.error ...).
        raise _damaged(path, error) from error


def _refuse_what_would_show_wrongly(path: Path, image: Image.Image) -> None:
    width, height = image.size
    if width <= 0 or height <= 0:
        raise SlideError(f"{path.name} holds an image without pixels; export it again.")
    if width * height > MAX_IMAGE_PX:
        raise SlideError(
            f"{path.name} is {width} x {height} px, above the {MAX_IMAGE_PX // 10**6} megapixels that fit into memory "
            f"without a pyramid; {_ADVICE}."
        )
    kind = _unsuitable_colours(image)
    if kind is not None:
        raise UnsupportedSlideError(f"{path.name} stores {kind}; {EXPORT_BRIGHTFIELD}.")
    frames = _same_sized_frames(image)
    if frames > 1:
        raise UnsupportedSlideError(
            f"{path.name} holds {frames} images of the same size without saying what they are (focal planes, channels "
            "or times); export it as OME-TIFF, which says so."
        )


def _unsuitable_colours(image: Image.Image) -> str | None:
    bits = _bits(image)
    if bits > 8:
        return f"{bits} bits per channel"
    if image.mode in _MODES:
        return None
    return {"1": "black and white without shades", "CMYK": "printing colours (CMYK)"}.get(
        image.mode, f"{image.mode} colours"
    )


def _bits(image: Image.Image) -> int:
    if image.format == "TIFF":
        return max(int(bits) for bits in _tiff_tags(image).get(_BITS_PER_SAMPLE, (1,)))
    if image.mode.startswith("I") or image.mode == "F":
        return 16
    return 16 if any("16" in str(tile[3]) for tile in getattr(image, "tile", ())) else 8


def _tiff_tags(image: Image.Image) -> Any:
    return getattr(image, "tag_v2", {})


def _same_sized_frames(image: Image.Image) -> int:
    if image.format != "TIFF":
        return 1
    size, count = image.size, 0
    for index in range(int(getattr(image, "n_frames", 1))):
        image.seek(index)
        count += image.size == size
    image.seek(0)
    return count


def _orientation(path: Path, image: Image.Image, notes: list[str]) -> Orientation:
    try:
        return orientation_from_tag(image.getexif().get(_ORIENTATION))
    except Exception:
        notes.append(f"The EXIF block of {path.name} is damaged, so the image is shown as it is stored.")
        return Orientation()


def _pyramid(image: Image.Image) -> list[RgbImage]:
    """Coarser levels by area averaging, each half as large as the one before, while it is worth it."""
    levels: list[RgbImage] = []
    width, height = image.size
    while max(width, height) > _SMALLEST_LEVEL_PX and min(width, height) > 1:
        width, height = width // 2, height // 2
        level = np.empty((height, width, 3), np.uint8)
        for top in range(0, height, _STRIP_ROWS):
            rows = min(_STRIP_ROWS, height - top)
            level[top : top + rows] = _halved(image, levels, PixelRegion(0, 2 * top, 2 * width, 2 * rows))
        levels.append(level)
    return levels


def _halved(image: Image.Image, levels: list[RgbImage], region: PixelRegion) -> RgbImage:
    """Rounded means of 2 x 2 blocks of a region of the finest level so far."""
    if levels:
        rows, columns = slice(region.y, region.y + region.height), slice(0, region.width)
        return np.asarray(Image.fromarray(levels[-1][rows, columns]).reduce(2))
    return np.asarray(_cropped(image, region).reduce(2).convert("RGB"))


def _cropped(image: Image.Image, region: PixelRegion) -> Image.Image:
    return image.crop((region.x, region.y, region.x + region.width, region.y + region.height))


def _flattened(image: Image.Image) -> Image.Image:
    """The image as grey or RGB; what is transparent shows white."""
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        rgba = image if image.mode == "RGBA" else image.convert("RGBA")
        flat = Image.new("RGB", image.size, WHITE)
        flat.paste(rgba, (0, 0), rgba)
        return flat
    return image if image.mode in ("L", "RGB") else image.convert("RGB")


def _stated_mpp(image: Image.Image) -> tuple[float | None, float | None]:
    """um per pixel from the resolution that the file states, None where it states no length."""
    if image.format == "TIFF":
        tags = _tiff_tags(image)
        um = UM_PER_RESOLUTION_UNIT.get(tags.get(296, 2))
        return _per_pixel(um, tags.get(282)), _per_pixel(um, tags.get(283))
    if image.format in ("JPEG", "MPO"):
        um = {1: _UM_PER_INCH, 2: _UM_PER_CM}.get(image.info.get("jfif_unit", 0))
        density = image.info.get("jfif_density", (None, None))
        return _per_pixel(um, density[0]), _per_pixel(um, density[1])
    # Pillow turns a PNG's pixels per metre into dpi; without that unit there is none.
    dpi = image.info.get("dpi", (None, None))
    return _per_pixel(_UM_PER_INCH, dpi[0]), _per_pixel(_UM_PER_INCH, dpi[1])


def _per_pixel(um: float | None, pixels: Any) -> float | None:
    try:
        count = float(pixels)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return um / count if um is not None and count > 0 else None


def _texts(image: Image.Image) -> dict[str, str]:
    if image.format == "TIFF":
        text = _tiff_tags(image).get(_DESCRIPTION)
        return {"tiff.ImageDescription": text} if isinstance(text, str) else {}
    return {str(key): value for key, value in image.info.items() if isinstance(value, str)}


def _damaged(path: Path, error: Exception) -> SlideError:
    log.info("Pillow on %s: %r", path, error)
    if "truncated" in str(error):
        return SlideError(f"{path.name} is incomplete, its end is missing; copy it again from where it came from.")
    return SlideError(f"{path.name} is a damaged image; copy it again from where it came from or export it anew.")
