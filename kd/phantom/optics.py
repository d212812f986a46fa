"""The scanner: light through the dyes, lens, sensor, white balance, sharpening, noise and JPEG."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kd.phantom.noise import SENSOR_PX, FloatImage, atlas, blur
from kd.phantom.parameters import Domain

RgbImage = NDArray[np.uint8]


@dataclass(frozen=True)
class Scanner:
    """A scanner's settings. `white` is the RGB of empty glass; `psf_um` the lens blur (Gaussian sigma)."""

    white: tuple[float, float, float]
    gamma: float
    saturation: float
    psf_um: float
    sharpen: float
    noise: float
    jpeg_quality: int
    jpeg_before_reduction: bool


def draw_scanner(rng: np.random.Generator, domain: Domain) -> Scanner:
    """A scanner from a domain's ranges."""
    base = rng.uniform(domain.white.low, domain.white.high)
    tint = np.clip(base + rng.normal(0.0, 3.5, 3), 195.0, 251.0)
    span = domain.gamma[int(rng.integers(len(domain.gamma)))]
    return Scanner(
        white=(float(tint[0]), float(tint[1]), float(tint[2])),
        gamma=float(rng.uniform(span.low, span.high)),
        saturation=float(rng.uniform(domain.saturation.low, domain.saturation.high)),
        psf_um=float(rng.uniform(domain.psf_um.low, domain.psf_um.high)),
        sharpen=float(rng.uniform(domain.sharpen.low, domain.sharpen.high)),
        noise=float(rng.uniform(domain.noise.low, domain.noise.high)),
        jpeg_quality=int(rng.integers(int(domain.jpeg_quality.low), int(domain.jpeg_quality.high) + 1)),
        jpeg_before_reduction=bool(rng.random() < 0.5),
    )


def expose(density: FloatImage, scanner: Scanner, mpp: float, x_px: int, y_px: int) -> RgbImage:
    """Optical density (H, W, 3) to scanned RGB uint8; (x_px, y_px) is the absolute position of the first pixel.

    The sensor noise is a texture of period 1024 px tied to the absolute position, so that blocks of a slide
    join, and empty glass can be reused.
    """
    light = np.asarray(cv2.exp(density * np.float32(-scanner.gamma)), np.float32)
    light = blur(light, scanner.psf_um / mpp)
    if scanner.sharpen > 0.05:
        soft = blur(light, 0.45 / mpp)
        light = np.asarray(cv2.addWeighted(light, 1.0 + scanner.sharpen, soft, -scanner.sharpen, 0.0), np.float32)
    light *= np.array(scanner.white, np.float32)
    if abs(scanner.saturation - 1.0) > 0.01:
        s = scanner.saturation
        matrix = s * np.eye(3) + (1.0 - s) / 3.0
        light = np.asarray(cv2.transform(light, matrix), np.float32)
    height, width = light.shape[:2]
    sensor = atlas(mpp).sensor
    top = 0
    while top < height:
        row = (y_px + top) % SENSOR_PX
        down, left = min(SENSOR_PX - row, height - top), 0
        while left < width:
            column = (x_px + left) % SENSOR_PX
            along = min(SENSOR_PX - column, width - left)
            part = light[top : top + down, left : left + along]
            noise = sensor[row : row + down, column : column + along]
            part[:] = cv2.scaleAdd(noise, scanner.noise, part)
            left += along
        top += down
    return np.asarray(cv2.convertScaleAbs(np.maximum(light, 0.0, out=light)), np.uint8)


def jpeg(image: RgbImage, quality: int) -> RgbImage:
    """The image after one JPEG compression."""
    ok, data = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise RuntimeError("OpenCV could not encode a JPEG image")
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    if decoded is None:
        raise RuntimeError("OpenCV could not decode a JPEG image that it encoded")
    return np.ascontiguousarray(decoded[:, :, ::-1], np.uint8)


def reduce_area(image: RgbImage, factor: int) -> RgbImage:
    """Area mean over factor x factor pixels; the sides must be multiples of `factor`."""
    height, width = image.shape[:2]
    out = cv2.resize(image, (width // factor, height // factor), interpolation=cv2.INTER_AREA)
    return np.asarray(out, np.uint8)
