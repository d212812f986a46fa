"""Draws the slide's pixels for a region of the viewport, from whatever tiles are there.

The tiles of one display level are first laid side by side, pixel for pixel, and the result is brought
to the screen in one resampling step. A seam between tiles cannot show, whatever the zoom and rotation,
and a region looks the same whether it is drawn alone or with its surroundings.

OpenCV resamples because it is exact here: Qt's smooth transform was measured to sit .13 source pixels
beside the true place, and up to 3 device pixels at high zoom.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from app.geometry import ViewTransform
from app.ui.canvas.display_pyramid import DisplayKey
from app.ui.canvas.pixel_box import PixelBox
from app.ui.canvas.tile_image import Bgra
from app.ui.canvas.tile_mosaic import TileMosaic, bgra
from app.ui.canvas.tile_plan import tiles_seen

MARGIN_PX = 2
"""Pixels around a region that resampling looks at."""


def paint_tiles(mosaic: TileMosaic, out: Bgra, transform: ViewTransform, region: PixelBox) -> None:
    """Fill ``out`` (region.height, region.width, 4) with a region of the viewport, given in device pixels.

    Where tiles of the sharp level are missing, the finest coarser ones that are there stand in.
    """
    levels = _levels_to_draw(mosaic, transform, region)
    # From coarse to fine. Only the first one can be complete; what is missing in it is background.
    (coarsest, tiles, complete), finer = levels[-1], levels[-2::-1]
    if complete:
        _paint_level(mosaic, out, transform, region, coarsest, tiles)
    else:
        out[...] = bgra(mosaic.background)
        finer = levels[::-1]
    for index, tiles, _ in finer:
        painted = mosaic.buffer("device", region.width, region.height)
        _paint_level(mosaic, painted, transform, region, index, tiles)
        # A pixel that a missing tile has a share in stays as it is.
        _, whole = cv2.threshold(cv2.extractChannel(painted, 3), 254, 255, cv2.THRESH_BINARY)
        cv2.copyTo(painted, whole, out)


def _levels_to_draw(
    mosaic: TileMosaic, transform: ViewTransform, region: PixelBox
) -> list[tuple[int, list[DisplayKey], bool]]:
    """(display level, tiles in the region, whether all are there), from fine to coarse: the levels of which
    something is there, up to the first that is complete or to the overview."""
    pyramid = mosaic.pyramid
    found = []
    for index in range(pyramid.for_scale(transform.scale), pyramid.overview + 1):
        tiles = [key for key, _ in tiles_seen(pyramid, index, transform, region, MARGIN_PX)]
        held = mosaic.count_held(tiles)
        complete = held == len(tiles)
        if held or complete or index == pyramid.overview:
            found.append((index, tiles, complete))
        if complete:
            break
    return found


def _paint_level(
    mosaic: TileMosaic,
    out: Bgra,
    transform: ViewTransform,
    region: PixelBox,
    index: int,
    tiles: list[DisplayKey],
) -> None:
    pixel = mosaic.pyramid.levels[index].downsample
    seen = transform.slide_bounds(*region)
    around = PixelBox.around(seen.x / pixel, seen.y / pixel, seen.right / pixel, seen.bottom / pixel, MARGIN_PX)
    box = around.intersection(mosaic.slide_box(index, MARGIN_PX))
    if box.is_empty:
        out[...] = bgra(mosaic.outside)
        return
    cv2.warpAffine(
        mosaic.lay_out(index, box, tiles),
        device_to_pixels(transform, region, pixel, box),
        (region.width, region.height),
        dst=out,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=bgra(mosaic.outside),
    )


def device_to_pixels(
    transform: ViewTransform, region: PixelBox, pixel: float, box: PixelBox
) -> npt.NDArray[np.float64]:
    """(2, 3) matrix from array indices of a device region to array indices of a box of slide pixels.

    ``pixel`` is the side of the box's pixels in level-0 pixels. Index i stands for the middle of its
    pixel, i + .5, on both sides.
    """
    a, b, c, d, tx, ty = transform.affine()
    forward = np.array([[a, b, tx], [c, d, ty], [0.0, 0.0, 1.0]])
    from_device_index = np.array([[1.0, 0.0, region.left + 0.5], [0.0, 1.0, region.top + 0.5], [0.0, 0.0, 1.0]])
    to_box_index = np.array([[1.0 / pixel, 0.0, -box.left - 0.5], [0.0, 1.0 / pixel, -box.top - 0.5], [0.0, 0.0, 1.0]])
    return np.asarray((to_box_index @ np.linalg.inv(forward) @ from_device_index)[:2])
