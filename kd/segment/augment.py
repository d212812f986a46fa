"""Augmentation of images and masks together, and the weaker view that a teacher may be given.

Geometry (8 flips and rotations, scale, shift) moves image and mask alike. Colour, blur and noise, which leave the
mask alone, are those of ``kd.data.augment``. The *weak* view has the geometry only, so that its pixels still match.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as functional
from torch import Tensor

from kd.data.augment import Augmentation, augment


@dataclass(frozen=True)
class SegmentAugmentation:
    """``scale``: largest relative change of size; ``shift``: of position, in image sides; the rest as for patches."""

    dihedral: bool = True
    scale: float = 0.2
    shift: float = 0.1
    stain: float = 0.3
    stain_mixing: float = 0.1
    brightness: float = 0.15
    contrast: float = 0.2
    blur_share: float = 0.3
    noise_share: float = 0.3
    noise: float = 0.04

    @classmethod
    def none(cls) -> SegmentAugmentation:
        return cls(False, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)

    @property
    def colour(self) -> Augmentation:
        """The part that moves no pixel."""
        still = replace(Augmentation.none(), stain=self.stain, stain_mixing=self.stain_mixing)
        return replace(
            still, brightness=self.brightness, contrast=self.contrast, blur_share=self.blur_share,
            noise_share=self.noise_share, noise=self.noise,
        )  # fmt: skip


@dataclass(frozen=True)
class Views:
    """``strong`` and ``weak`` float32 (B, 3, S, S) in 0..1, pixel on pixel; ``masks`` int64 (B, S, S)."""

    strong: Tensor
    weak: Tensor
    masks: Tensor


def augmented_views(images: Tensor, masks: Tensor, options: SegmentAugmentation, random: torch.Generator) -> Views:
    """uint8 images (B, S, S, 3) and masks (B, S, S) to both views of one random geometry."""
    planes = torch.cat([images.permute(0, 3, 1, 2), masks[:, None]], dim=1).float()
    if options.dihedral:
        planes = _dihedral(planes, random)
    if options.scale > 0 or options.shift > 0:
        planes = _zoom_and_shift(planes, options, random)
    moved = planes[:, :3].round().clamp(0, 255)
    strong = augment(moved.to(torch.uint8).permute(0, 2, 3, 1), options.colour, random)
    return Views(strong, moved / 255.0, planes[:, 3].long())


def _dihedral(planes: Tensor, random: torch.Generator) -> Tensor:
    code = torch.randint(0, 8, (len(planes),), generator=random)
    turned = [
        torch.rot90(p.flip(2) if int(c) >= 4 else p, int(c) % 4, (1, 2)) for p, c in zip(planes, code, strict=True)
    ]
    return torch.stack(turned)


def _zoom_and_shift(planes: Tensor, options: SegmentAugmentation, random: torch.Generator) -> Tensor:
    count = len(planes)
    factor = 1.0 + (torch.rand(count, generator=random) * 2.0 - 1.0) * options.scale
    matrix = torch.zeros(count, 2, 3)
    matrix[:, 0, 0] = matrix[:, 1, 1] = 1.0 / factor
    matrix[:, :, 2] = (torch.rand(count, 2, generator=random) * 2.0 - 1.0) * 2.0 * options.shift
    grid = functional.affine_grid(matrix, [count, 1, *planes.shape[2:]], align_corners=False)
    # The border is repeated for both, so that a cell cut by the edge stays labelled as what it looks like.
    image = functional.grid_sample(planes[:, :3], grid, padding_mode="border", align_corners=False)
    mask = functional.grid_sample(planes[:, 3:], grid, mode="nearest", padding_mode="border", align_corners=False)
    return torch.cat([image, mask], dim=1)
