"""Early exits of a ViT: a small classifier on the class token of every block but the last."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from kd.models.vit import VitConfig, forward_with_features


class ExitHeads(nn.Module):
    """Layer norm and linear layer for each of the ``depth - 1`` first blocks of a ViT."""

    def __init__(self, config: VitConfig) -> None:
        super().__init__()
        heads = [
            nn.Sequential(nn.LayerNorm(config.width), nn.Linear(config.width, config.num_classes))
            for _ in range(config.depth - 1)
        ]
        self.heads = nn.ModuleList(heads)

    def forward(self, features: list[Tensor]) -> list[Tensor]:
        """Block outputs (B, 1 + N, D) of the first ``depth - 1`` blocks to logits (B, C) each."""
        return [head(hidden[:, 0]) for head, hidden in zip(self.heads, features, strict=True)]


class ExitEnsemble(nn.Module):
    """A ViT and its exits: ``forward`` gives the mean of all exits' probabilities, and how much they disagree."""

    def __init__(self, vit: nn.Module, heads: ExitHeads) -> None:
        super().__init__()
        self.vit: Any = vit
        self.exits = heads

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Normalised images (B, 3, H, W) to probabilities (B, C) and disagreement (B,).

        Disagreement is the mean KL of the exits from their mean: 0 where all exits agree, at most log(exits).
        """
        logits, features = forward_with_features(self.vit, images, range(len(self.exits.heads)))
        exits = torch.stack([*self.exits(features), logits]).float().log_softmax(-1)
        mean = exits.exp().mean(0)
        disagreement = (exits.exp() * (exits - mean.clamp(min=1e-12).log())).sum(-1).mean(0)
        return mean, disagreement
