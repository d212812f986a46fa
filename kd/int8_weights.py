"""Weights for integer products: how a convolution is laid out, and how its weights are rounded."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kd.onnx_nodes import Array, PixelStem

LARGEST_WEIGHT = 127
# Without VNNI, ONNX Runtime multiplies uint8 by int8 with vpmaddubsw, which adds products of two neighbouring inputs
# in int16 and saturates there: 2 * 255 * 127 = 64,770 would, 2 * 255 * 63 = 32,130 and 255 * 128 = 32,640 cannot. With
# weights up to 127 that touched 80 % of what the demo's first convolution gives, and up to 13 % of a product's in its
# blocks. Weights of pixels, which are often near 255, have a limit each; all others have one for the sum of a pair.
LARGEST_BESIDE_PIXELS = 63
LARGEST_PAIR = 128
DAMPING = 0.01
MOST_TILES = 64
"""Tiles that give the second moments of pixels."""


def beside_each_other(kernel: Array, columns: int) -> Array:
    """A 3x3 kernel of stride 2 as one of 3x2 that makes ``columns`` columns at once, of the same image.

    2 * ``columns`` pixels side by side are the channels of one wide pixel, which in (B, H, W, channels) is a matter of
    reading: (outputs, inputs, 3, 3) becomes (columns * outputs, 2 * columns * inputs, 3, 2), rows stride 2, wide pixels
    stride 1, with a border above and at the left. Three channels alone keep a processor's vectors empty.
    """
    outputs, inputs = kernel.shape[:2]
    wide = np.zeros((columns, outputs, 2 * columns, inputs, 3, 2))
    for column in range(columns):
        for tap in range(3):
            pixel = 2 * column - 1 + tap
            # The pixel before the first is the last one of the wide pixel at the left.
            wide[column, :, pixel % (2 * columns), :, :, int(pixel >= 0)] = kernel[:, :, :, tap]
    return wide.reshape(columns * outputs, 2 * columns * inputs, 3, 2)


def pixels_under_kernel(side: int) -> npt.NDArray[np.int64]:
    """Which pixels a 3x3 kernel of stride 2 reads in an image of ``side`` px: (places, 9), row by row.

    ``side ** 2`` stands for the border. The first place is not in the image, and reads the border alone.
    """
    numbers = np.full((side + 2, side + 2), side * side)
    numbers[1:-1, 1:-1] = np.arange(side * side).reshape(side, side)
    windows = np.lib.stride_tricks.sliding_window_view(numbers, (3, 3))[::2, ::2]
    return np.concatenate([np.full((1, 9), side * side), windows.reshape(-1, 9)])


def pixel_moments(tiles: npt.NDArray[np.uint8], stem: PixelStem) -> Array:
    """Second moments of what the first convolution reads: (27, 27), in the order of its weights."""
    images = np.pad(_chosen(tiles) - stem.mean, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(images, (3, 3), axis=(1, 2))[:, ::2, ::2]
    return _moments(windows.reshape(-1, stem.weights[0][0].size))


def patch_moments(tiles: npt.NDArray[np.uint8], patch: int) -> Array:
    """Second moments of the pixels of a patch of ``patch`` px, channels last, as they are: not less their mean.

    So rounding for them errs little on the mean as well, which is subtracted with the exact weights.
    """
    images = _chosen(tiles).astype(np.float64)
    grid = images.shape[1] // patch
    rows = images.reshape(-1, grid, patch, grid, patch * images.shape[3]).transpose(0, 1, 3, 2, 4)
    return _moments(rows.reshape(-1, patch * patch * images.shape[3]))


def pair_steps(weight: Array) -> Array:
    """Steps (outputs) of ``weight`` (outputs, inputs) so that two neighbours add up to ``LARGEST_PAIR`` at most.

    Large weights seldom stand side by side: this costs less precision than half the limit for each weight would.
    """
    padded = np.pad(weight, ((0, 0), (0, weight.shape[1] % 2))).reshape(len(weight), -1, 2)
    sums = np.maximum(np.maximum(padded, 0).sum(2), np.maximum(-padded, 0).sum(2)).max(1)
    steps: Array = np.maximum(sums / LARGEST_PAIR, np.abs(weight).max(1) / LARGEST_WEIGHT)
    return steps


def rounded(weight: Array, steps: Array, moments: Array) -> Array:
    """Integers (outputs, inputs) near ``weight`` / ``steps`` whose product errs least on pixels with these ``moments``.

    Weights are rounded one after the other, and those still to come make up for the error (Frantar et al. 2022, GPTQ,
    arXiv 2210.17323). Neighbouring pixels are nearly alike, so that plain rounding shifts whole tiles.
    """
    rest, found = weight.copy(), np.zeros_like(weight)
    damped = moments + DAMPING * max(float(np.diag(moments).mean()), 1e-12) * np.eye(len(moments))
    factor = np.linalg.cholesky(np.linalg.inv(damped)).T
    for i in range(weight.shape[1]):
        found[:, i] = np.clip(np.rint(rest[:, i] / steps), -LARGEST_BESIDE_PIXELS, LARGEST_BESIDE_PIXELS)
        error = (rest[:, i] - found[:, i] * steps) / factor[i, i]
        rest[:, i:] -= error[:, None] * factor[i, i:]
    return found


def _chosen(tiles: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """At most ``MOST_TILES``, evenly spread."""
    chosen: npt.NDArray[np.uint8] = tiles[np.linspace(0, len(tiles) - 1, min(len(tiles), MOST_TILES)).astype(np.int64)]
    return chosen


def _moments(rows: Array) -> Array:
    moments: Array = rows.T @ rows / len(rows)
    return moments
