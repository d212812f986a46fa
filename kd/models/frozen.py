"""A teacher that cannot learn: no gradients, and always in eval mode."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from kd.models.attention import captured_qkv
from kd.models.vit import VitConfig, forward_with_features, normalise


class FrozenTeacher(nn.Module):
    """Wraps a ViT. ``train()`` keeps eval mode, so that no parent module can switch its dropout on again."""

    def __init__(self, vit: nn.Module, config: VitConfig) -> None:
        super().__init__()
        self.vit = vit.requires_grad_(False)
        self.config = config
        self.eval()

    def train(self, mode: bool = True) -> FrozenTeacher:
        super().train(False)
        return self

    @torch.no_grad()
    def forward(self, images: Tensor, blocks: Sequence[int]) -> tuple[Tensor, list[Tensor]]:
        """Images (B, 3, H, W) in 0..1; logits and block outputs as in ``forward_with_features``."""
        return forward_with_features(self.vit, normalise(images, self.config), blocks)

    def observe(
        self, images: Tensor, blocks: Sequence[int], attention: Sequence[int]
    ) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        """Logits, block outputs, and queries, keys and values of the named attention layers (``captured_qkv``)."""
        with captured_qkv(self.vit, attention) as qkv:
            logits, features = self(images, blocks)
        return logits, features, qkv
