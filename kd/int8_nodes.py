"""Nodes of an ONNX graph whose products are of integers, with fixed scales."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kd.int8_weights import LARGEST_BESIDE_PIXELS, beside_each_other, pair_steps, pixels_under_kernel, rounded
from kd.onnx_nodes import CONTRIB, KERNEL, Array, OnnxNodes, PixelStem

LARGEST_CODE = 255
LARGEST_BIAS = 2**30
SMALLEST_STEP = float(np.finfo(np.float32).tiny)
BORDER_TOLERANCE = 1.0
"""Pixel values by which the border of a tile may differ from the mean of a channel."""
PIXELS_BESIDE = 4
"""Columns that the first convolution makes at once, where the tile has a multiple; measured with 1, 2, 4 and 8."""
Ranges = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Codes:
    """uint8 that stand for (code - ``zero``) * ``step``."""

    step: float
    zero: int

    @staticmethod
    def of(low: float, high: float) -> Codes:
        """For values from ``low`` (at most 0) to ``high`` (at least 0)."""
        step = max(high - low, SMALLEST_STEP) / LARGEST_CODE
        return Codes(step, round(-low / step))


class Int8Nodes(OnnxNodes):
    """Integer products: uint8 codes of the activations, of fixed ``ranges``, with int8 weights for each channel.

    ``moments`` are those of the pixels: ``pixel_moments`` of ``kd.int8_weights`` for a stem of convolutions, else
    ``patch_moments``.
    """

    def __init__(self, ranges: Ranges, moments: Array) -> None:
        super().__init__()
        self._ranges = ranges
        self._moments = moments
        self._coded: dict[str, tuple[str, str, str]] = {}

    def dense(self, name: str, value: str, weight: Array, bias: Array | None) -> str:
        if value not in self._coded:
            scale, zero = self._code_constants(Codes.of(*self._ranges[name]))
            self._coded[value] = self.add("QuantizeLinear", value, scale, zero), scale, zero
        return self._product(name, self._coded[value], weight, bias)

    def embed_patches(self, name: str, patches: str, weight: Array) -> str:
        """Pixels are the codes themselves: nothing is rounded but the weights, for what pixels are like."""
        rows = self.reshape(self.row_before_patches(patches, np.uint8), -1, weight.shape[1])
        return self._product(name, (rows, *self._code_constants(Codes(1.0, 0))), weight, None, self._moments)

    def stem(self, tiles: str, stem: PixelStem) -> str:
        """Convolutions of integers, tiles and all between them as (B, H, W, channels).

        A border has one code for all channels: where that is not the mean of each, the first convolution is in float.
        """
        codes, first = Codes(1.0, round(float(stem.mean.mean()))), 0
        image = tiles
        if np.abs(stem.mean - codes.zero).max() > BORDER_TOLERANCE:
            image, codes, first = self.first_convolutions(tiles, stem, 1), self._codes_between(0), 1
            image = self.transpose(self.add("QuantizeLinear", image, *self._code_constants(codes)), 0, 2, 3, 1)
        for i in range(first, stem.last):
            bias = stem.biases[i]
            if i == 0:
                bias = bias - (stem.weights[0] * (stem.mean - codes.zero)[:, None, None]).sum((1, 2, 3))
            after = self._codes_between(i)
            image = self._convolution(i, image, stem.side >> i, stem.weights[i], bias, codes, after)
            codes = after
        return self._last_convolution(image, stem, codes)

    def _codes_between(self, i: int) -> Codes:
        """Codes of what convolution ``i`` gives; its ReLU lies in them, as they have nothing below 0."""
        return Codes.of(0.0, self._ranges[f"stem.{i}.output"][1])

    def _convolution(
        self, i: int, image: str, side: int, weight: Array, bias: Array, codes: Codes, after: Codes
    ) -> str:
        channels, inputs = weight.shape[:2]
        name = f"stem.{i}"
        # A channel without weights still has its bias, which must not leave 32 bits.
        rows = weight.transpose(0, 2, 3, 1).reshape(channels, -1)
        steps = np.abs(rows).max(1) / LARGEST_BESIDE_PIXELS if i == 0 else pair_steps(rows)
        steps = np.maximum(np.maximum(steps, np.abs(bias) / codes.step / LARGEST_BIAS), SMALLEST_STEP)
        kernel, sums = np.rint(weight / steps[:, None, None, None]), np.rint(bias / (codes.step * steps))
        if i == 0:
            kernel = rounded(weight.reshape(channels, -1), steps, self._moments).reshape(weight.shape)
        columns = PIXELS_BESIDE if i == 0 and side % (2 * PIXELS_BESIDE) == 0 else 1
        shape = KERNEL
        if columns > 1:
            kernel, steps, sums = beside_each_other(kernel, columns), np.tile(steps, columns), np.tile(sums, columns)
            image = self.reshape(image, 0, side, side // (2 * columns), 2 * columns * inputs)
            shape = {"kernel_shape": [3, 2], "strides": [2, 1], "pads": [1, 1, 0, 0]}
        image = self.add(
            "QLinearConv", image, *self._code_constants(codes),
            self.constant(kernel, f"{name}.weight", np.int8),
            self.constant(steps, f"{name}.weight_scale"),
            self.constant(np.zeros(len(steps)), f"{name}.weight_zero", np.int8),
            *self._code_constants(after),
            self.constant(sums, f"{name}.bias", np.int32),
            domain=CONTRIB, channels_last=1, **shape,
        )  # fmt: skip
        return image if columns == 1 else self.reshape(image, 0, side // 2, side // 2, channels)

    def _last_convolution(self, image: str, stem: PixelStem, codes: Codes) -> str:
        """As a product with the pixels under the kernel, so that what it gives stays float."""
        side, weight = stem.side >> stem.last, stem.weights[-1]
        channels, inputs = weight.shape[:2]
        pixels = self.reshape(image, 0, side * side, inputs)
        border = self.constant(codes.zero, dtype=np.uint8)
        pixels = self.add("Pad", pixels, self.integers(0, 0, 0, 0, 1, 0), border)
        under = self.constant(pixels_under_kernel(side).ravel(), dtype=np.int64)
        rows = self.reshape(self.add("Gather", pixels, under, axis=1), -1, 9 * inputs)
        by_pixel = weight.transpose(0, 2, 3, 1).reshape(channels, 9 * inputs)
        product = self._product(f"stem.{stem.last}", (rows, *self._code_constants(codes)), by_pixel, None)
        return self.reshape(product, -1, 1 + (side // 2) ** 2, channels)

    def _code_constants(self, codes: Codes) -> tuple[str, str]:
        """Scale and zero."""
        return self.constant(codes.step), self.constant(codes.zero, dtype=np.uint8)

    def _product(
        self, name: str, coded: tuple[str, str, str], weight: Array, bias: Array | None, moments: Array | None = None
    ) -> str:
        """``coded``: codes, their scale and their zero; ``moments``: of the codes, where they are pixels."""
        codes, scale, zero = coded
        steps = pair_steps(weight) if moments is None else np.abs(weight).max(1) / LARGEST_BESIDE_PIXELS
        steps = np.maximum(steps, SMALLEST_STEP)
        integers = np.rint(weight / steps[:, None]) if moments is None else rounded(weight, steps, moments)
        weights = self.constant(integers.T, f"{name}.weight", np.int8)
        channel_steps = self.constant(steps, f"{name}.weight_scale")
        channel_zeros = self.constant(np.zeros(len(steps)), f"{name}.weight_zero", np.int8)
        inputs = [codes, weights, scale, channel_steps, zero, channel_zeros]
        if bias is not None:
            inputs.append(self.constant(bias, f"{name}.bias"))
        return self.add("MatMulIntegerToFloat", *inputs, output=name, domain=CONTRIB)
