"""What stands on the screen for a few frames, until the exact picture has been painted in its place."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from app.geometry import ViewTransform
from app.ui.canvas.picture import rects_of, region_of
from app.ui.canvas.pixel_box import PixelBox
from app.ui.canvas.tile_image import Bgra
from app.ui.canvas.tile_mosaic import TileMosaic
from app.ui.canvas.tile_painter import paint_tiles

COARSE = 8
"""Device pixels along each side of a pixel of the coarse picture."""


def paint_stand_in(
    mosaic: TileMosaic, former: Bgra, before: ViewTransform, out: Bgra, transform: ViewTransform
) -> None:
    """Fill ``out``, a viewport at ``transform``, with the picture ``former`` of the viewport ``before``, stretched and
    turned, and coarse tiles where that does not reach. Both (H, W, 4); they may differ in size, not overlap."""
    height, width = out.shape[:2]
    forward = _matrix(transform) @ np.linalg.inv(_matrix(before))
    everything = PixelBox(0, 0, width, height)
    bare = region_of(everything) - region_of(_covered(forward, former, everything))
    for rect in rects_of(bare):
        paint_coarsely(mosaic, out, transform, PixelBox(rect.left(), rect.top(), rect.right() + 1, rect.bottom() + 1))
    to_index = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]])
    cv2.warpAffine(
        former,
        (np.linalg.inv(to_index) @ np.linalg.inv(forward) @ to_index)[:2],
        (width, height),
        dst=out,
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_TRANSPARENT,
    )


def paint_coarsely(mosaic: TileMosaic, out: Bgra, transform: ViewTransform, box: PixelBox) -> None:
    """Fill a box of ``out``, which holds the whole viewport, with the slide at an eighth of its resolution."""
    width, height = transform.viewport_device
    small = ViewTransform(
        transform.center, transform.scale / COARSE, transform.rotation_deg, (width / COARSE, height / COARSE)
    )
    left, top, right, bottom = (edge / COARSE for edge in box)
    around = PixelBox.around(left, top, right, bottom, margin=1)
    pixels = np.empty((around.height, around.width, 4), np.uint8)
    paint_tiles(mosaic, pixels, small, around)
    enlarged = cv2.resize(pixels, (around.width * COARSE, around.height * COARSE), interpolation=cv2.INTER_LINEAR)
    held = PixelBox(*(edge * COARSE for edge in around))
    out[box.top : box.bottom, box.left : box.right] = enlarged[box.within(held)]


def _covered(forward: npt.NDArray[np.float64], former: Bgra, everything: PixelBox) -> PixelBox:
    """Pixels that the former picture covers for certain: those within it, or none when it is turned askew."""
    if min(abs(forward[0, 0]), abs(forward[0, 1])) > 1e-9 * np.abs(forward[0, :2]).max():
        back = np.linalg.inv(forward) @ np.array(_corners(everything.width, everything.height)).T
        sides = np.array([[former.shape[1]], [former.shape[0]]])
        inside = (back[:2] >= 1.0).all() and (back[:2] <= sides - 1.0).all()
        return everything if inside else PixelBox(0, 0, 0, 0)
    x, y = (forward @ np.array(_corners(former.shape[1], former.shape[0])).T)[:2]
    inner = PixelBox(
        int(np.ceil(x.min())) + 1, int(np.ceil(y.min())) + 1, int(np.floor(x.max())) - 1, int(np.floor(y.max())) - 1
    )
    reach = everything.intersection(inner)
    if _is_whole(forward) and former.shape[0] and former.shape[1]:
        exact = PixelBox(*(round(edge) for edge in (x.min(), y.min(), x.max(), y.max())))
        return everything.intersection(exact)
    return reach


def _is_whole(forward: npt.NDArray[np.float64]) -> bool:
    """A move by whole pixels, neither stretched nor turned."""
    return bool(np.abs(forward - np.rint(forward)).max() < 1e-3 and np.abs(forward[:2, :2] - np.eye(2)).max() < 1e-3)


def _corners(width: int, height: int) -> list[tuple[float, float, float]]:
    return [(x, y, 1.0) for x in (0.0, float(width)) for y in (0.0, float(height))]


def _matrix(transform: ViewTransform) -> npt.NDArray[np.float64]:
    a, b, c, d, tx, ty = transform.affine()
    return np.array([[a, b, tx], [c, d, ty], [0.0, 0.0, 1.0]])
