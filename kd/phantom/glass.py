"""What lies on the glass beside cells: colloid, protein film, debris, dust, pen, smudges."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kd.phantom.canvas import Bounds, Canvas
from kd.phantom.noise import FloatImage, blur


@dataclass(frozen=True)
class Lake:
    """A body of colloid or protein film: an uneven ellipse. `amount` of dye; `kind` cracked, ropy, smooth or film.

    `counts` says whether the label rule takes it as colloid (a film is background).
    """

    centre: tuple[float, float]
    radii: tuple[float, float]
    angle: float
    amount: float
    edge: float
    texture: float
    crack_um: float
    ropy: float
    offset: tuple[float, float]
    counts: bool
    dye: str = "colloid"

    @property
    def bounds(self) -> Bounds:
        """Everything the lake can touch."""
        reach = 1.75 * max(self.radii)
        x, y = self.centre
        return x - reach, y - reach, x + reach, y + reach

    def cover(self, canvas: Canvas) -> FloatImage:
        """Share of the full amount, in [0, 1], over the canvas; shape (height, width)."""
        m = canvas.mpp
        x0, y0 = canvas.x_px * m + 0.5 * m, canvas.y_px * m + 0.5 * m
        x = (x0 - self.centre[0] + m * np.arange(canvas.width)).astype(np.float32)[None, :]
        y = (y0 - self.centre[1] + m * np.arange(canvas.height)).astype(np.float32)[:, None]
        c, s = np.float32(np.cos(self.angle)), np.float32(np.sin(self.angle))
        u, v = (c * x + s * y) / np.float32(self.radii[0]), (c * y - s * x) / np.float32(self.radii[1])
        tex, at = canvas.atlas, (x0 + self.offset[0], y0 + self.offset[1])
        shape = (canvas.height, canvas.width)
        inside = 1.0 - cv2.sqrt(u * u + v * v) + 0.22 * tex.cloud_at(tex.cloud, *at, shape, 1.6)
        share = np.clip(np.asarray(inside, np.float32) / np.float32(self.edge), 0.0, 1.0)
        return np.asarray(share * share * (3.0 - 2.0 * share), np.float32)

    def draw(self, canvas: Canvas) -> None:
        """Adds the part of the lake that lies on the canvas."""
        b, m = self.bounds, canvas.mpp
        x0, y0 = max(canvas.x_px, int(b[0] / m)), max(canvas.y_px, int(b[1] / m))
        x1 = min(canvas.x_px + canvas.width, int(b[2] / m) + 1)
        y1 = min(canvas.y_px + canvas.height, int(b[3] / m) + 1)
        if x0 >= x1 or y0 >= y1:
            return
        part = Canvas(x0, y0, x1 - x0, y1 - y0, m)
        body = self.cover(part)
        tex, shape = canvas.atlas, body.shape
        at = (x0 * m + self.offset[0], y0 * m + self.offset[1])
        wave = tex.cloud_at(tex.cloud, at[0] + 300.0, at[1] + 170.0, (shape[0], shape[1]), 0.7)
        body = body * (1.0 + np.float32(self.texture) * wave)
        if self.ropy > 0.0:
            strand = tex.cloud_at(tex.streaks, at[0], at[1], (shape[0], shape[1]), 1.1)
            body = body * np.clip(1.0 - self.ropy + self.ropy * (0.8 + 0.6 * strand), 0.0, 1.8)
        if self.crack_um > 0.0:
            near = tex.cloud_at(tex.cracks, at[0], at[1], (shape[0], shape[1]), 1.0)
            body = body * (0.12 + 0.88 * np.clip(near / np.float32(self.crack_um) - 0.4, 0.0, 1.0))
        body = np.maximum(body, 0.0).astype(np.float32)
        canvas.add(self.dye, body * np.float32(self.amount), x0, y0)


def colloid_lake(rng: np.random.Generator, centre: tuple[float, float], radius_um: float, degree: float) -> Lake:
    """A lake of colloid, thinner the nearer `degree` comes to one half (where protein film begins)."""
    thick = rng.random() < 0.45
    amount = rng.uniform(0.55, 1.35) if thick else rng.uniform(0.24, 0.6)
    amount = (1.0 - 2.0 * degree) * amount + 2.0 * degree * rng.uniform(0.13, 0.24)
    kind = rng.random()
    return Lake(
        centre=centre,
        radii=(radius_um * rng.uniform(0.9, 1.5), radius_um * rng.uniform(0.6, 1.0)),
        angle=rng.uniform(0, np.pi),
        amount=amount * float(np.exp(0.1 * rng.standard_normal())),
        edge=rng.uniform(0.05, 0.3) if thick else rng.uniform(0.15, 0.6),
        texture=rng.uniform(0.03, 0.12),
        crack_um=rng.uniform(2.0, 6.0) if kind < 0.35 else 0.0,
        ropy=rng.uniform(0.4, 1.0) if kind > 0.75 else 0.0,
        offset=(rng.uniform(0, 900), rng.uniform(0, 900)),
        counts=True,
    )


def protein_film(rng: np.random.Generator, centre: tuple[float, float], radius_um: float, degree: float) -> Lake:
    """A thin protein film; it nears thin colloid as `degree` comes to one half."""
    amount = (1.0 - 2.0 * degree) * rng.uniform(0.01, 0.09) + 2.0 * degree * rng.uniform(0.10, 0.20)
    return Lake(
        centre=centre,
        radii=(radius_um * rng.uniform(0.9, 1.6), radius_um * rng.uniform(0.6, 1.0)),
        angle=rng.uniform(0, np.pi),
        amount=amount * float(np.exp(0.15 * rng.standard_normal())),
        edge=rng.uniform(0.3, 0.9),
        texture=rng.uniform(0.1, 0.4),
        crack_um=0.0,
        ropy=rng.uniform(0.0, 0.6) if rng.random() < 0.3 else 0.0,
        offset=(rng.uniform(0, 900), rng.uniform(0, 900)),
        counts=False,
        dye=str(rng.choice(["colloid", "cyto", "rbc"], p=[0.6, 0.25, 0.15])),
    )


@dataclass(frozen=True)
class Speck:
    """A polygon of dust, debris or stain precipitate: outline (n, 2) in um around `centre`."""

    centre: tuple[float, float]
    outline: NDArray[np.float64]
    dye: str
    amount: float
    defocus_um: float

    @property
    def bounds(self) -> Bounds:
        """Everything the speck can touch."""
        reach = float(np.abs(self.outline).max()) + 3.0 * self.defocus_um + 1.0
        x, y = self.centre
        return x - reach, y - reach, x + reach, y + reach

    def draw(self, canvas: Canvas) -> None:
        """Adds the speck."""
        own = Canvas.over(self.bounds, canvas.mpp)
        points = (self.outline + np.array(self.centre)) / canvas.mpp - np.array([own.x_px + 0.5, own.y_px + 0.5])
        mask = np.zeros((own.height, own.width), np.uint8)
        cv2.fillPoly(mask, [np.rint(points * 16).astype(np.int32)[:, None, :]], 255, cv2.LINE_AA, 4)
        body = mask.astype(np.float32) / np.float32(255)
        n = max(own.height, own.width)
        if n < canvas.atlas.clump.shape[0]:
            grain = canvas.atlas.grain(canvas.atlas.clump, 0.31, (self.centre[0] * 0.137) % 1.0, n)
            body = body * np.clip(1.0 + 0.25 * grain[: own.height, : own.width], 0.1, 2.0)
        body = blur(body, self.defocus_um / canvas.mpp)
        canvas.add(self.dye, (body * np.float32(self.amount)).astype(np.float32), own.x_px, own.y_px)


def speck(rng: np.random.Generator, centre: tuple[float, float]) -> Speck:
    """Dust, a fibre, stain precipitate, a torn piece of cytoplasm, or a blurred grain on the cover slip."""
    kind = rng.random()
    n = 36
    theta = np.arange(n) * 2 * np.pi / n
    if kind < 0.2:
        length, width, bow = rng.uniform(15, 60), rng.uniform(0.5, 1.3), rng.uniform(-0.01, 0.01)
        t = np.linspace(-length / 2, length / 2, n)
        path = np.stack([t, bow * t**2], axis=1)
        half = np.array([0.0, width / 2.0])
        outline = np.concatenate([path + half, path[::-1] - half])
        dye, amount = "dust", rng.uniform(0.2, 0.8)
    elif kind < 0.55:
        radius = rng.uniform(0.4, 2.2)
        outline = _ragged(rng, theta, radius, 0.25)
        dye, amount = str(rng.choice(["dust", "chromatin"])), rng.uniform(0.4, 1.2)
    elif kind < 0.8:
        outline = _ragged(rng, theta, rng.uniform(3.0, 11.0), 0.2)
        dye, amount = "cyto", rng.uniform(0.1, 0.45)
    else:
        outline = _ragged(rng, theta, rng.uniform(2.0, 8.0), 0.15)
        turn = rng.uniform(0, np.pi)
        return Speck(centre, _turned(outline, turn), "dust", rng.uniform(0.1, 0.5), rng.uniform(1.5, 4.0))
    return Speck(centre, _turned(outline, rng.uniform(0, np.pi)), dye, amount, rng.uniform(0.1, 0.7))


def _ragged(rng: np.random.Generator, theta: NDArray[np.float64], radius: float, rough: float) -> NDArray[np.float64]:
    waves = sum(
        rng.normal(0.0, 1.6 * rough / k) * np.cos(k * theta + rng.uniform(0.0, 2.0 * np.pi)) for k in range(1, 8)
    )
    r = radius * np.exp(waves)
    return np.stack([r * np.cos(theta) * rng.uniform(0.6, 1.5), r * np.sin(theta)], axis=1)


def _turned(points: NDArray[np.float64], angle: float) -> NDArray[np.float64]:
    c, s = np.cos(angle), np.sin(angle)
    turned: NDArray[np.float64] = points @ np.array([[c, s], [-s, c]])
    return turned


@dataclass(frozen=True)
class Stroke:
    """A felt-tip line (or, in dust, a glass edge) from one point to another (um), `width_um` wide, far out of focus."""

    start: tuple[float, float]
    end: tuple[float, float]
    width_um: float
    amount: float
    dye: str = "pen"

    @property
    def bounds(self) -> Bounds:
        """Everything the stroke can touch."""
        r = 0.75 * self.width_um
        (x0, y0), (x1, y1) = self.start, self.end
        return min(x0, x1) - r, min(y0, y1) - r, max(x0, x1) + r, max(y0, y1) + r

    def draw(self, canvas: Canvas) -> None:
        """Adds the part of the stroke on the canvas."""
        b, m = self.bounds, canvas.mpp
        hit = canvas.window(int(b[0] / m), int(b[1] / m), int((b[2] - b[0]) / m) + 1, int((b[3] - b[1]) / m) + 1)
        if hit is None:
            return
        rows, columns = hit[0], hit[1]
        canvas_part = Canvas(
            canvas.x_px + columns.start, canvas.y_px + rows.start,
            columns.stop - columns.start, rows.stop - rows.start, m,
        )  # fmt: skip
        self._draw_on(canvas_part)
        if self.dye in canvas_part.planes:
            canvas.paste(canvas_part)

    def _draw_on(self, canvas: Canvas) -> None:
        m = canvas.mpp
        x = (canvas.bounds[0] + m * (0.5 + np.arange(canvas.width)) - self.start[0]).astype(np.float32)[None, :]
        y = (canvas.bounds[1] + m * (0.5 + np.arange(canvas.height)) - self.start[1]).astype(np.float32)[:, None]
        dx, dy = self.end[0] - self.start[0], self.end[1] - self.start[1]
        length = float(np.hypot(dx, dy))
        along = (x * (dx / length) + y * (dy / length)) / length
        beyond = np.clip(np.abs(along - 0.5) - 0.5, 0.0, None) * length
        across = x * (-dy / length) + y * (dx / length)
        away = np.hypot(across, beyond)
        soft = 0.12 * self.width_um
        share = np.clip((0.5 * self.width_um - away) / soft + 0.5, 0.0, 1.0).astype(np.float32)
        if not share.any():
            return
        tex = canvas.atlas
        wave = tex.cloud_at(tex.streaks, canvas.bounds[0], canvas.bounds[1], (canvas.height, canvas.width), 3.0)
        canvas.plane(self.dye)[:] += share * np.float32(self.amount) * (1.0 + 0.10 * wave)
