"""Augmentation of whole batches in torch: what a smear's orientation, stain, scanner and focus may vary.

Geometry: the 8 flips and rotations; crops of at least ``scale_min`` (nuclear size is diagnostic). Colour: jitter
in optical density, where stains are additive (H&E-only stain tools do not fit Papanicolaou or MGG):
``OD' = M OD + s`` with ``M`` near the identity, and contrast about the tile's mean. Then blur and sensor noise.
Student and teacher are given the one tensor that comes out.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

_FLOOR = 1.0 / 256.0
VIEWS = 8
"""Orientations of a square image: four turns, each as it is and mirrored."""


@dataclass(frozen=True)
class Augmentation:
    """Strengths. Shares are the part of a batch that an operation touches; 0 switches it off."""

    dihedral: bool = True
    scale_min: float = 0.85
    scale_share: float = 0.5
    stain: float = 0.15
    stain_mixing: float = 0.04
    brightness: float = 0.06
    contrast: float = 0.1
    blur_share: float = 0.2
    noise_share: float = 0.2
    noise: float = 0.03

    @classmethod
    def none(cls) -> Augmentation:
        return cls(False, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)

    @property
    def jitters(self) -> bool:
        return any((self.stain, self.stain_mixing, self.brightness, self.contrast))

    @property
    def only_views(self) -> bool:
        """Whether an image comes out as one of its 8 views, pixel by pixel."""
        crops = self.scale_min < 1.0 and self.scale_share > 0
        noise = self.noise_share > 0 and self.noise > 0
        return not (crops or self.jitters or self.blur_share > 0 or noise)


def draw_views(count: int, options: Augmentation, random: torch.Generator) -> Tensor:
    """The view (count,) that each image is shown in, 0 to 7; 0 is the image as it is."""
    return torch.randint(0, VIEWS, (count,), generator=random) if options.dihedral else torch.zeros(count).long()


def augment(tiles: Tensor, options: Augmentation, random: torch.Generator, views: Tensor | None = None) -> Tensor:
    """uint8 (B, H, W, 3) to float32 (B, 3, H, W) in 0..1. H must equal W. ``views`` (B,): drawn here if not given."""
    images = tiles.permute(0, 3, 1, 2)
    if options.dihedral:
        images = _turn_all(images, draw_views(len(images), options, random) if views is None else views)
    images = images.float().div_(255.0)
    if options.scale_min < 1.0 and options.scale_share > 0:
        images = _random_crops(images, options, random)
    if options.jitters:
        images = _jitter_optical_density(images, options, random)
    if options.blur_share > 0:
        images = _blur_some(images, options.blur_share, random)
    if options.noise_share > 0 and options.noise > 0:
        _noise_some(images, options, random)
    return images.clamp_(0.0, 1.0)


def turned(images: Tensor, view: int) -> Tensor:
    """Images (B, 3, H, W) in view 0 to 7: turned by ``view % 4`` quarters, from 4 on mirrored."""
    part = torch.rot90(images, view % 4, (2, 3))
    return part.flip(3) if view >= 4 else part


def _turn_all(images: Tensor, views: Tensor) -> Tensor:
    result = torch.empty_like(images, memory_format=torch.contiguous_format)
    for view in range(VIEWS):
        chosen = torch.nonzero(views == view).flatten()
        if len(chosen):
            result[chosen] = turned(images[chosen], view)
    return result


def _uniform(count: int, channels: int, strength: float, random: torch.Generator) -> Tensor:
    return (torch.rand(count, channels, 1, 1, generator=random) * 2.0 - 1.0) * strength


def _random_crops(images: Tensor, options: Augmentation, random: torch.Generator) -> Tensor:
    """Crop a random square from the first ``scale_share`` of the (shuffled) batch and scale it back."""
    count = round(len(images) * options.scale_share)
    if not count:
        return images
    scale = options.scale_min + (1.0 - options.scale_min) * torch.rand(count, generator=random)
    shift = (torch.rand(count, 2, generator=random) * 2.0 - 1.0) * (1.0 - scale)[:, None]
    matrix = torch.zeros(count, 2, 3)
    matrix[:, 0, 0] = matrix[:, 1, 1] = scale
    matrix[:, :, 2] = shift
    grid = functional.affine_grid(matrix, [count, *images.shape[1:]], align_corners=False)
    images[:count] = functional.grid_sample(images[:count], grid, padding_mode="border", align_corners=False)
    return images


def _jitter_optical_density(images: Tensor, options: Augmentation, random: torch.Generator) -> Tensor:
    count, _, height, width = images.shape
    density = images.clamp(min=_FLOOR).log_().neg_()
    mixing = torch.eye(3) + torch.randn(count, 3, 3, generator=random) * options.stain_mixing
    gain = 1.0 + _uniform(count, 1, options.stain, random) + _uniform(count, 3, options.stain * 0.5, random)
    mixing = mixing * gain[:, :, :, 0]
    shift = _uniform(count, 1, options.brightness, random) + _uniform(count, 3, options.brightness * 0.5, random)
    density = torch.baddbmm(shift[:, :, :, 0], mixing, density.view(count, 3, height * width))
    result = density.neg_().exp_().view(count, 3, height, width)
    if options.contrast > 0:
        factor = 1.0 + _uniform(count, 1, options.contrast, random)
        mean = result.mean((1, 2, 3), keepdim=True)
        result.mul_(factor).add_(mean * (1.0 - factor))
    return result


def _blur_some(images: Tensor, share: float, random: torch.Generator) -> Tensor:
    """Separable 3-tap blur of a random part of the batch, sigma up to about .7 px per pass, two passes."""
    chosen = torch.nonzero(torch.rand(len(images), generator=random) < share).flatten()
    if len(chosen):
        part = images[chosen]
        weight = torch.rand(len(chosen), 1, 1, 1, generator=random) * 0.25
        for _ in range(2):
            for dim in (2, 3):
                padded = functional.pad(part, (1, 1, 0, 0) if dim == 3 else (0, 0, 1, 1), mode="replicate")
                length = part.shape[dim]
                sides = padded.narrow(dim, 0, length) + padded.narrow(dim, 2, length)
                part = part * (1.0 - 2.0 * weight) + sides * weight
        images[chosen] = part
    return images


def _noise_some(images: Tensor, options: Augmentation, random: torch.Generator) -> None:
    chosen = torch.nonzero(torch.rand(len(images), generator=random) < options.noise_share).flatten()
    if len(chosen):
        strength = torch.rand(len(chosen), 1, 1, 1, generator=random) * options.noise
        images[chosen] += torch.randn(len(chosen), *images.shape[1:], generator=random) * strength
