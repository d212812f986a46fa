"""Nuclei: contour, chromatin grain, membrane, groove, pseudoinclusion, nucleoli, drawn as small anti-aliased stamps."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kd.phantom.canvas import Canvas
from kd.phantom.morphology import Morphology
from kd.phantom.noise import FloatImage, box_blur

_STEPS = 32
_THETA = np.arange(_STEPS) * (2.0 * np.pi / _STEPS)
_WAVES = (2, 3, 4, 5, 7)
_COS = np.stack([np.cos(k * _THETA) for k in _WAVES])
_SIN = np.stack([np.sin(k * _THETA) for k in _WAVES])
_UNIT = np.stack([np.cos(_THETA), np.sin(_THETA)])
_SHIFT = 4


@dataclass(frozen=True)
class Nuclei:
    """n nuclei of a group as arrays; positions in um on the slide. `u` (n, 12) holds each one's fixed chances."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    diameter: NDArray[np.float64]
    aspect: NDArray[np.float64]
    angle: NDArray[np.float64]
    chromatin: NDArray[np.float64]
    waves: NDArray[np.float64]
    """(n, 2, 5) cosine and sine amplitudes of the contour, relative to the radius."""
    u: NDArray[np.float64]
    shape: Morphology

    def __len__(self) -> int:
        return len(self.x)

    @property
    def area_um2(self) -> NDArray[np.float64]:
        """Nuclear areas."""
        return np.pi / 4.0 * self.diameter**2


def draw_nuclei_set(
    rng: np.random.Generator,
    xy: NDArray[np.float64],
    angle: NDArray[np.float64],
    shape: Morphology,
    cell_noise: float = 1.0,
) -> Nuclei:
    """Nuclei at positions (n, 2) um with a group's morphology."""
    n = len(xy)
    waves = rng.standard_normal((n, 2, len(_WAVES))) * np.array([1.0, 0.9, 0.6, 0.5, 0.3]) * shape.irregular
    spread = np.exp(shape.diameter_cv * cell_noise * rng.standard_normal(n))
    return Nuclei(
        x=xy[:, 0],
        y=xy[:, 1],
        diameter=shape.diameter * np.clip(spread, 0.6, 1.7),
        aspect=1.0 + (shape.aspect - 1.0) * rng.gamma(3.0, 1.0 / 3.0, n),
        angle=angle,
        chromatin=shape.chromatin * np.exp(0.10 * cell_noise * rng.standard_normal(n)),
        waves=waves,
        u=rng.random((n, 12)),
        shape=shape,
    )


def contour(nuclei: Nuclei, i: int, mpp: float, centre: tuple[float, float], grow: float = 1.0) -> NDArray[np.int32]:
    """Polygon of nucleus i in px around `centre`, in OpenCV's fixed point (4 bits); shape (32, 1, 2)."""
    radius = nuclei.diameter[i] * 0.5 * grow / mpp
    wave = 1.0 + nuclei.waves[i, 0] @ _COS + nuclei.waves[i, 1] @ _SIN
    root = np.sqrt(nuclei.aspect[i])
    x, y = radius * root * wave * _UNIT[0], radius / root * wave * _UNIT[1]
    c, s = np.cos(nuclei.angle[i]), np.sin(nuclei.angle[i])
    points = np.stack([c * x - s * y + centre[0], s * x + c * y + centre[1]], axis=1)
    fixed: NDArray[np.int32] = np.rint(points * (1 << _SHIFT)).astype(np.int32)[:, None, :]
    return fixed


def _mask(size: int, polygon: NDArray[np.int32]) -> NDArray[np.uint8]:
    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [polygon], 255, cv2.LINE_AA, _SHIFT)
    return mask


def _line(mask: NDArray[np.uint8], points: NDArray[np.int32], closed: bool, width_px: float) -> float:
    """Draws a polyline of at least one px and returns the weight that makes up for a too thick one."""
    thickness = max(1, round(width_px))
    cv2.polylines(mask, [points], closed, 255, thickness, cv2.LINE_AA, _SHIFT)
    return min(1.0, width_px / thickness) / 255.0


def _disc(size: int, centre: tuple[float, float], radius_px: float) -> FloatImage:
    mask = np.zeros((size, size), np.uint8)
    scale = 1 << _SHIFT
    drawn = max(radius_px, 0.5)
    cv2.circle(
        mask, (round(centre[0] * scale), round(centre[1] * scale)), round(drawn * scale), 255, -1, cv2.LINE_AA, _SHIFT
    )
    return mask.astype(np.float32) * np.float32(min(1.0, (radius_px / drawn) ** 2) / 255.0)


def stamp(nuclei: Nuclei, i: int, canvas: Canvas) -> tuple[FloatImage, FloatImage, int, int]:
    """Chromatin amount and outline mask in [0, 1] of nucleus i, both (size, size), and the stamp's absolute origin."""
    mpp, shape, u = canvas.mpp, nuclei.shape, nuclei.u[i]
    radius = nuclei.diameter[i] * 0.5 / mpp
    size = 2 * int(np.ceil(radius * np.sqrt(nuclei.aspect[i]) * 1.25 + 2.0)) + 1
    px, py = nuclei.x[i] / mpp, nuclei.y[i] / mpp
    x0, y0 = int(np.floor(px)) - size // 2, int(np.floor(py)) - size // 2
    # OpenCV's pixel (0, 0) has its centre at 0, ours at one half.
    centre = (px - x0 - 0.5, py - y0 - 0.5)
    polygon = contour(nuclei, i, mpp, centre)
    raw = _mask(size, polygon)
    full = raw.astype(np.float32) * np.float32(1 / 255)
    soft = box_blur(full, 0.36 / mpp)
    dome = box_blur(full, radius * 0.5)
    tex = canvas.atlas
    grain = shape.powder * tex.grain(tex.powder, u[0], u[1], size)
    grain = grain + shape.granular * tex.grain(tex.granular, u[2], u[3], size)
    grain = grain + shape.clump * tex.grain(tex.clump, u[4], u[0], size)
    body = (1.0 + np.clip(grain, -0.75, 0.9)) * (1.0 + shape.dome * (2.2 * dome - 1.1))
    if u[5] < shape.inclusion:
        body = _inclusion(body, nuclei, i, centre, mpp, size)
    body = body * soft
    if shape.membrane > 0.02:
        rim = np.zeros((size, size), np.uint8)
        weight = _line(rim, polygon, True, 0.5 / mpp)
        # Membranes are beaded and uneven, not drawn with a pen.
        beads = np.clip(0.75 + 0.45 * tex.grain(tex.clump, u[2], u[4], size), 0.1, 1.8)
        body = body + rim.astype(np.float32) * beads * np.float32(shape.membrane * 1.6 * weight)
    body = _marks(body, nuclei, i, centre, mpp, size)
    return (body * np.float32(nuclei.chromatin[i])).astype(np.float32), soft, x0, y0


def _inclusion(
    body: FloatImage, nuclei: Nuclei, i: int, centre: tuple[float, float], mpp: float, size: int
) -> FloatImage:
    """A pseudoinclusion: a sharp round hole of cytoplasm in the nucleus, with a condensed rim."""
    u = nuclei.u[i]
    radius = nuclei.diameter[i] * (0.17 + 0.14 * u[6]) / mpp
    shift = nuclei.diameter[i] * 0.12 / mpp
    middle = (centre[0] + shift * np.cos(6.3 * u[7]), centre[1] + shift * np.sin(6.3 * u[7]))
    outer, inner = _disc(size, middle, radius + 0.5 / mpp), _disc(size, middle, radius)
    return np.asarray(body * (1.0 - 0.72 * inner) + 0.5 * (outer - inner), np.float32)


def _marks(body: FloatImage, nuclei: Nuclei, i: int, centre: tuple[float, float], mpp: float, size: int) -> FloatImage:
    """Groove along the long axis, and nucleoli (marginal or central)."""
    shape, u = nuclei.shape, nuclei.u[i]
    radius, root = nuclei.diameter[i] * 0.5 / mpp, np.sqrt(nuclei.aspect[i])
    c, s = np.cos(nuclei.angle[i]), np.sin(nuclei.angle[i])
    if u[8] < shape.groove:
        t = np.linspace(-0.82, 0.82, 7)
        x = radius * root * t
        y = radius / root * (0.35 * (u[6] - 0.5) + 0.28 * (u[7] - 0.5) * np.sin(3.0 * t))
        points = np.stack([c * x - s * y + centre[0], s * x + c * y + centre[1]], axis=1)
        line = np.zeros((size, size), np.uint8)
        weight = _line(line, np.rint(points * 16).astype(np.int32)[:, None, :], False, 0.55 / mpp)
        body = body + line.astype(np.float32) * np.float32(0.62 * weight)
    number = int(shape.nucleoli + u[9])
    for k in range(min(number, 3)):
        turn = 6.283 * ((u[10] + 0.37 * k) % 1.0)
        far = radius * (0.2 + 0.58 * shape.marginal)
        spot = (centre[0] + far * np.cos(turn), centre[1] + far * np.sin(turn) / root)
        body = body + np.float32(0.55) * _disc(size, spot, (0.38 + 0.3 * u[11]) / mpp)
    return np.asarray(body, np.float32)


def draw_nuclei(canvas: Canvas, nuclei: Nuclei, displace: bool = True) -> None:
    """Adds nuclei to the chromatin plane (overlaps darken, less than doubly); cytoplasm under them gives way."""
    chromatin = canvas.plane("chromatin")
    for i in range(len(nuclei)):
        body, soft, x0, y0 = stamp(nuclei, i, canvas)
        hit = canvas.window(x0, y0, body.shape[1], body.shape[0])
        if hit is None:
            continue
        rows, columns, stamp_rows, stamp_columns = hit
        under = chromatin[rows, columns]
        under += body[stamp_rows, stamp_columns] * (1.0 - 0.55 * np.minimum(under, 1.2))
        if displace:
            for dye in ("cyto", "onco"):
                if dye in canvas.planes:
                    canvas.planes[dye][rows, columns] *= 1.0 - 0.6 * soft[stamp_rows, stamp_columns]
