"""What the feature losses compare: block outputs normalised token by token."""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor


def normalised_tokens(hidden: Tensor) -> tuple[Tensor, Tensor]:
    """Block output (B, 1 + N, D) to class token (B, D) and patch tokens (B, N, D), float32.

    LayerNorm over D without weights: raw block outputs are ruled by a few outlier channels.
    """
    normalised = functional.layer_norm(hidden.float(), hidden.shape[-1:])
    return normalised[:, 0], normalised[:, 1:]


def standardised_channels(hidden: Tensor) -> Tensor:
    """Patch tokens (B, N, D) of a block output (B, 1 + N, D), each channel with mean 0 and variance 1 over tokens.

    For maps of where a block is active: after ``normalised_tokens`` every token has the same mean square.
    """
    patches = hidden[:, 1:].float()
    centred = patches - patches.mean(1, keepdim=True)
    return centred / (centred.square().mean(1, keepdim=True) + 1e-6).sqrt()
