"""A field as a JPEG with its scale bar, and its stamp where one is due, in the pixels: they stay when it is copied."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from app.resources import resource_path

QUALITY = 90
_BARS_UM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
_LONGEST_BAR = 0.3
"""Of the picture's width."""


def bar_length_um(width_um: float) -> float:
    """The longest round length that spans at most 30 % of a picture."""
    return float(max((bar for bar in _BARS_UM if bar <= _LONGEST_BAR * width_um), default=_BARS_UM[0]))


def field_jpeg(pixels: npt.NDArray[np.uint8], width_um: float | None, stamp: str = "") -> bytes:
    """Encode uint8 (H, W, 3) RGB. ``width_um`` is what the picture spans; None leaves the bar out. ``stamp`` is
    written across it."""
    image = Image.fromarray(pixels, "RGB")
    if width_um:
        _draw_bar(image, width_um)
    if stamp:
        image = _stamped(image, stamp)
    return _encoded(image)


def plain_jpeg(pixels: npt.NDArray[np.uint8], longest_px: int) -> bytes:
    """A picture without bar, at most so large: a slide's label."""
    image = Image.fromarray(pixels, "RGB")
    image.thumbnail((longest_px, longest_px))
    return _encoded(image)


def _encoded(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=QUALITY, subsampling=0)
    return stream.getvalue()


def _font(size_px: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(resource_path("fonts/Inter-SemiBold.ttf")), max(8, round(size_px)))


def _draw_bar(image: Image.Image, width_um: float) -> None:
    bar_um = bar_length_um(width_um)
    length = bar_um / width_um * image.width
    unit = image.width / 100
    draw = ImageDraw.Draw(image, "RGBA")
    text, font = f"{bar_um:g} µm", _font(4.4 * unit)
    text_width = draw.textlength(text, font=font)
    left, bottom = 2.5 * unit, image.height - 2.5 * unit
    plate_width = max(length, text_width) + 4 * unit
    draw.rounded_rectangle((left, bottom - 9.6 * unit, left + plate_width, bottom), 1.2 * unit, (255, 255, 255, 205))
    middle = left + plate_width / 2
    draw.text((middle, bottom - 8.9 * unit), text, font=font, fill=(20, 24, 28, 255), anchor="mt")
    draw.rectangle(
        (middle - length / 2, bottom - 2.9 * unit, middle + length / 2, bottom - 1.7 * unit), fill=(20, 24, 28, 255)
    )


def _stamped(image: Image.Image, stamp: str) -> Image.Image:
    font = _font(image.width / 16)
    layer = Image.new("RGBA", (image.width * 2, image.width // 6), (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    middle = (layer.width / 2, layer.height / 2)
    draw.text(middle, stamp, font=font, fill=(176, 20, 12, 190), anchor="mm", stroke_width=2, stroke_fill="#ffffffb0")
    turned = layer.rotate(28, expand=True)
    base = image.convert("RGBA")
    base.alpha_composite(
        turned.crop(
            (
                (turned.width - base.width) // 2,
                (turned.height - base.height) // 2,
                (turned.width - base.width) // 2 + base.width,
                (turned.height - base.height) // 2 + base.height,
            )
        )
    )
    return base.convert("RGB")
