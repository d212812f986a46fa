"""A U-Net (Ronneberger et al. 2015, arXiv 1505.04597) of any width and depth; teacher and student are two sizes of it.

Batch norm, padded convolutions and nearest-neighbour upsampling are ours: the output has the size of the input, and
the exported graph takes any size that is a multiple of ``UNetConfig.multiple``. One architecture in two sizes gives
every layer of the student a counterpart in the teacher; a library's U-Net with a classification encoder would bring
weights that cannot be had without a network, and at its smallest more layers than a few hundred images can fill.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from kd.errors import KdError
from kd.segment.classes import CLASSES

ARCHITECTURE = "unet"


@dataclass(frozen=True)
class UNetConfig:
    """``width``: channels at full size, doubled at each of ``depth - 1`` halvings. ``mean``, ``std``: of RGB."""

    width: int = 16
    depth: int = 5
    mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    std: tuple[float, ...] = (0.25, 0.25, 0.25)

    def __post_init__(self) -> None:
        if self.width < 1 or not 2 <= self.depth <= 7:
            raise KdError(f"A U-Net needs a width of at least 1 and 2 to 7 levels, not {self.width} and {self.depth}.")
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:
            raise KdError("The model's mean and std need three values each, for R, G and B, std above 0.")
        object.__setattr__(self, "mean", tuple(self.mean))
        object.__setattr__(self, "std", tuple(self.std))

    @property
    def channels(self) -> tuple[int, ...]:
        """Channels of each level, from full size down."""
        return tuple(self.width << level for level in range(self.depth))

    @property
    def multiple(self) -> int:
        """What height and width of an image must be a multiple of, in px."""
        return 1 << (self.depth - 1)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Layers:
    """Outputs of one pass. ``logits`` (B, C, H, W); ``down``: encoder levels from full size to the bottom; ``up``:
    decoder levels from full size down, one fewer. Level i is (B, width << i, H >> i, W >> i)."""

    logits: Tensor
    down: list[Tensor]
    up: list[Tensor]

    @property
    def hidden(self) -> Tensor:
        """The encoder's output."""
        return self.down[-1]


class UNet(nn.Module):
    """``forward`` gives logits (B, 3, H, W) for images (B, 3, H, W) in 0..1; normalisation is inside."""

    mean: Tensor
    std: Tensor

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self.config = config
        sizes = config.channels
        before = (3, *sizes[:-1])
        self.down = nn.ModuleList(_block(b, c) for b, c in zip(before, sizes, strict=True))
        self.up = nn.ModuleList(_block(sizes[i] + sizes[i + 1], sizes[i]) for i in range(config.depth - 1))
        self.head = nn.Conv2d(config.width, len(CLASSES), 1)
        self.register_buffer("mean", torch.tensor(config.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(config.std).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images).logits

    def layers(self, images: Tensor) -> Layers:
        """One pass with every level's output."""
        x = (images - self.mean) / self.std
        down: list[Tensor] = []
        for level, block in enumerate(self.down):
            x = block(functional.max_pool2d(x, 2) if level else x)
            down.append(x)
        up: list[Tensor] = []
        for level in reversed(range(len(self.up))):
            x = self.up[level](torch.cat([down[level], functional.interpolate(x, scale_factor=2.0)], dim=1))
            up.insert(0, x)
        return Layers(self.head(x), down, up)


def _block(before: int, after: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (before, after):
        layers += [nn.Conv2d(channels, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


def build_unet(config: UNetConfig) -> UNet:
    """A U-Net with random weights, laid out channels last, which trains half as fast again on a CPU."""
    model: Any = UNet(config)
    laid_out: UNet = model.to(memory_format=torch.channels_last)
    return laid_out


def parameter_count(model: nn.Module) -> int:
    """Trainable weights."""
    return sum(p.numel() for p in model.parameters())


def multiply_adds(config: UNetConfig, side_px: int) -> int:
    """Multiply-adds of the convolutions for one square image."""
    sizes = config.channels
    total = side_px**2 * config.width * len(CLASSES)
    for level, (before, after) in enumerate(zip((3, *sizes[:-1]), sizes, strict=True)):
        area = (side_px >> level) ** 2
        total += area * 9 * (before + after) * after
        if level + 1 < config.depth:
            total += area * 9 * (after + sizes[level + 1] + after) * after
    return total
