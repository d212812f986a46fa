"""Periodic noise textures, computed once per resolution; nuclei, colloid and glass cut their grain from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

FloatImage = NDArray[np.float32]

_ATLAS_SEED = 7_041_776
SENSOR_PX = 1024
"""Period of the sensor noise."""
_GRAIN_UM = 128.0
"""Period of the nuclear grain textures."""
_CLOUD_PX, _CLOUD_UM_PER_PX = 512, 2.0


def periodic_noise(rng: np.random.Generator, size_px: int, scale_px: float, ridge: float = 0.0) -> FloatImage:
    """Band-limited Gaussian noise, zero mean, unit deviation, periodic in both axes, shape (size, size).

    `scale_px` is the typical half wavelength. `ridge` in [0, 1] keeps low frequencies out.
    """
    white = rng.standard_normal((size_px, size_px))
    f = np.fft.fftfreq(size_px)
    radius = np.hypot(f[:, None], f[None, :]) * scale_px * 2.0
    band = np.exp(-(radius**2)) * (1.0 - ridge * np.exp(-((radius * 2.0) ** 2)))
    field = np.fft.ifft2(np.fft.fft2(white) * band).real
    field = (field - field.mean()) / field.std()
    return np.asarray(field, np.float32)


def _cracks(rng: np.random.Generator, points: int) -> FloatImage:
    """Distance in um to the nearest border between random cells (periodic): dried colloid's cracks."""
    fine = 2
    size_px = _CLOUD_PX * fine
    seeds = np.ones((3 * size_px, 3 * size_px), np.uint8)
    base = rng.integers(0, size_px, (points, 2))
    for dy in range(3):
        for dx in range(3):
            seeds[base[:, 0] + dy * size_px, base[:, 1] + dx * size_px] = 0
    _, labels = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    border = np.ones(labels.shape, np.uint8)
    border[:, 1:][labels[:, 1:] != labels[:, :-1]] = 0
    border[1:][labels[1:] != labels[:-1]] = 0
    distance = blur(np.asarray(cv2.distanceTransform(border, cv2.DIST_L2, 5), np.float32), 1.2)
    middle = distance[size_px : 2 * size_px, size_px : 2 * size_px]
    # Twice the clouds' resolution, for cracks are narrow.
    return np.ascontiguousarray(middle * (_CLOUD_UM_PER_PX / fine), np.float32)


def _vacuoles(rng: np.random.Generator, size_px: int, px_um: float) -> FloatImage:
    """Foam: 1 where there is cytoplasm, towards 0 inside round vacuoles of 0.8-2.6 um; not periodic at edges."""
    image = np.full((size_px, size_px), 255, np.uint8)
    for _ in range(int((size_px * px_um) ** 2 / 4.2)):
        x, y = (rng.random(2) * size_px * 16).astype(int)
        radius = (0.4 + 0.95 * rng.random() ** 2) / px_um
        cv2.circle(image, (int(x), int(y)), int(radius * 16), int(40 + 120 * rng.random()), -1, cv2.LINE_AA, 4)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 0.25 / px_um), np.float32) / 255.0


@dataclass(frozen=True)
class Atlas:
    """Textures at one resolution. Grain ones are (n, n) of unit deviation with n px = 128 um."""

    mpp: float
    powder: FloatImage
    granular: FloatImage
    clump: FloatImage
    foam: FloatImage
    cloud: FloatImage
    streaks: FloatImage
    cracks: FloatImage
    sensor: NDArray[np.float32]

    def grain(self, texture: FloatImage, u: float, v: float, size_px: int) -> FloatImage:
        """A square cut-out of a grain texture; `u`, `v` in [0, 1) choose where."""
        room = texture.shape[0] - size_px
        if room <= 0:
            return np.asarray(cv2.resize(texture, (size_px, size_px)), np.float32)
        y, x = int(u * room), int(v * room)
        return texture[y : y + size_px, x : x + size_px]

    def cloud_at(
        self, texture: FloatImage, x_um: float, y_um: float, shape: tuple[int, int], stretch: float = 1.0
    ) -> FloatImage:
        """A cloud texture over a pixel grid whose first pixel's centre lies at (x_um, y_um); shape (h, w).

        `stretch` > 1 makes the clouds larger. Depends on absolute position only, so blocks join without a seam.
        """
        period = texture.shape[0]
        unit = _CLOUD_UM_PER_PX * _CLOUD_PX / period * stretch
        step, x0, y0 = self.mpp / unit, (x_um / unit) % period, (y_um / unit) % period
        matrix = np.array([[step, 0.0, x0], [0.0, step, y0]], np.float64)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        out = cv2.warpAffine(texture, matrix, (shape[1], shape[0]), flags=flags, borderMode=cv2.BORDER_WRAP)
        return np.asarray(out, np.float32)


@lru_cache(maxsize=4)
def atlas(mpp: float) -> Atlas:
    """The textures for a resolution in um/px; the same for every seed, so that blocks and runs agree."""
    rng = np.random.default_rng(_ATLAS_SEED)
    base_um = 0.25
    n = int(_GRAIN_UM / base_um)
    powder = periodic_noise(rng, n, 0.32 / base_um, 0.5)
    granular = periodic_noise(rng, n, 0.55 / base_um, 0.6)
    clump = periodic_noise(rng, n, 1.05 / base_um, 0.6)
    foam = _vacuoles(rng, n, base_um)
    target = max(64, round(_GRAIN_UM / mpp))
    way = cv2.INTER_AREA if mpp >= base_um else cv2.INTER_CUBIC

    def fit(texture: FloatImage) -> FloatImage:
        return np.asarray(cv2.resize(texture, (target, target), interpolation=way), np.float32)

    cloud = periodic_noise(rng, _CLOUD_PX, 14.0 / _CLOUD_UM_PER_PX)
    white = periodic_noise(rng, _CLOUD_PX, 3.0 / _CLOUD_UM_PER_PX)
    streaks = np.asarray(cv2.blur(np.tile(white, (1, 3)), (9, 1))[:, _CLOUD_PX : 2 * _CLOUD_PX], np.float32)
    streaks = streaks / streaks.std() + 0.7 * cloud
    cracks = _cracks(rng, 420)
    sensor = rng.standard_normal((SENSOR_PX, SENSOR_PX, 3)).astype(np.float32)
    sensor = 0.8 * sensor + 0.6 * sensor.mean(axis=2, keepdims=True) * np.sqrt(3.0)
    return Atlas(
        mpp,
        fit(powder),
        fit(granular),
        fit(clump),
        fit(foam),
        cloud,
        streaks.astype(np.float32),
        cracks,
        sensor.astype(np.float32),
    )


def blur(image: FloatImage, sigma_px: float) -> FloatImage:
    """Gaussian blur; below a fifth of a pixel it changes nothing and is left out."""
    if sigma_px < 0.2:
        return image
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE), np.float32)


def box_blur(image: FloatImage, sigma_px: float) -> FloatImage:
    """Blur by two box means: about a Gaussian, and fast for small stamps."""
    side = 2 * max(1, round(sigma_px * 0.87)) + 1
    return np.asarray(cv2.blur(cv2.blur(image, (side, side)), (side, side)), np.float32)
