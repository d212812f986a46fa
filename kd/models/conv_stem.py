"""A convolutional stem in the place of the patch embedding.

Xiao et al. 2021, "Early convolutions help transformers see better" (arXiv 2106.14881): a few 3x3 convolutions of
stride 2 give tokens on the same grid. A ViT learns local texture from far fewer images with it, which matters where
it is trained from scratch. It costs no more than the patch embedding that it replaces.
"""

from __future__ import annotations

from typing import Any

from torch import nn

import kd.torchvision_compat  # noqa: F401  (must run before timm is imported)
from kd.errors import KdError

MIN_CHANNELS = 8


def stem_channels(patch_size: int, width: int) -> list[int]:
    """Output channels of the convolutions; each halves the image. Raises KdError unless a power of two >= 4."""
    halvings = patch_size.bit_length() - 1
    if patch_size != 1 << halvings or halvings < 2:
        raise KdError(f"A convolutional stem needs a patch size of 4, 8, 16 or 32 px, not {patch_size}.")
    return [max(MIN_CHANNELS, width >> (halvings - i)) for i in range(halvings - 1)] + [width]


def conv_stem(**arguments: Any) -> nn.Module:
    """timm's ``PatchEmbed`` with convolutions as its projection; for ``VisionTransformer(embed_layer=...)``."""
    import timm.layers

    layers_of_timm: Any = timm.layers
    embed: nn.Module = layers_of_timm.PatchEmbed(**arguments)
    channels = stem_channels(arguments["patch_size"], arguments["embed_dim"])
    layers: list[nn.Module] = []
    before = arguments["in_chans"]
    for count in channels[:-1]:
        layers += [nn.Conv2d(before, count, 3, 2, 1, bias=False), nn.BatchNorm2d(count), nn.ReLU(inplace=True)]
        before = count
    embed.proj = nn.Sequential(*layers, nn.Conv2d(before, channels[-1], 3, 2, 1))
    return embed
