"""The graph that a bundle holds: uint8 tiles in, every output of the bundle contract out."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from kd.models.out_of_domain import EmbeddingStatistics
from kd.models.vit import VitConfig


class StudentGraph(nn.Module):
    """Wraps a ViT with normalisation, temperature, class-token attention and out-of-domain score.

    ``forward(tiles)`` takes uint8 (B, H, W, 3) RGB and returns, in float32 and in the order of
    ``kd.bundle.GRAPH_OUTPUTS``: logits (B, C), probabilities (B, C) = softmax(logits / temperature), attention
    (B, h, w), embedding (B, D) = class token after the final norm, out_of_domain (B,).

    Attention is the class token's attention to the patch tokens in the last block, renormalised over the patch
    tokens, mean over heads, times their number: its mean over a tile is 1, and 1 everywhere means uniform. It is
    recomputed from the block's query and key projections, so that the block keeps its fused attention.
    """

    mean: Tensor
    std: Tensor
    temperature: Tensor
    whitening: Tensor
    class_means: Tensor

    def __init__(
        self, vit: nn.Module, config: VitConfig, temperature: float = 1.0, statistics: EmbeddingStatistics | None = None
    ) -> None:
        super().__init__()
        self.vit = vit
        self.config = config
        identity = torch.eye(config.width) / config.width**0.5
        means = torch.zeros(config.num_classes, config.width)
        if statistics is not None:
            identity = torch.from_numpy(statistics.whitening).float()
            means = torch.from_numpy(statistics.means).float()
        self.register_buffer("mean", torch.tensor(config.mean).view(1, 3, 1, 1) * 255.0)
        self.register_buffer("std", torch.tensor(config.std).view(1, 3, 1, 1) * 255.0)
        self.register_buffer("temperature", torch.tensor(float(temperature)))
        self.register_buffer("whitening", identity)
        self.register_buffer("class_means", means)
        self._qkv: Tensor | None = None
        last: Any = vit
        last.blocks[-1].attn.qkv.register_forward_hook(self._keep_qkv)

    def _keep_qkv(self, module: nn.Module, inputs: Any, output: Tensor) -> None:
        self._qkv = output

    def forward(self, tiles: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        images = (tiles.permute(0, 3, 1, 2).float() - self.mean) / self.std
        vit: Any = self.vit
        embedding = vit.forward_features(images)[:, 0]
        logits = vit.head(embedding)
        probabilities = torch.softmax(logits / self.temperature, dim=-1)
        return logits, probabilities, self._attention(), embedding, self._out_of_domain(embedding)

    def _attention(self) -> Tensor:
        qkv = self._qkv
        assert qkv is not None
        self._qkv = None
        heads, grid = self.config.heads, self.config.grid
        head_width = self.config.width // heads
        tokens = qkv.reshape(-1, 1 + grid * grid, 3, heads, head_width)
        query = tokens[:, 0, 0]
        keys = tokens[:, 1:, 1].permute(0, 2, 3, 1)
        scores = torch.matmul(query.unsqueeze(2) * head_width**-0.5, keys).squeeze(2)
        attention = torch.softmax(scores, dim=-1).mean(1) * (grid * grid)
        return attention.reshape(-1, grid, grid)

    def _out_of_domain(self, embedding: Tensor) -> Tensor:
        whitened = torch.matmul(embedding, self.whitening)
        return (whitened.unsqueeze(1) - self.class_means).square().sum(-1).amin(1)
