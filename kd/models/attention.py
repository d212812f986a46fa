"""Queries, keys and values of a ViT's attention layers, taken while it runs, and the class token's attention."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor, nn


@contextmanager
def captured_qkv(model: nn.Module, blocks: Sequence[int]) -> Iterator[list[Tensor]]:
    """A list that one forward pass inside the context fills, one entry per named block (0-based), in their order.

    Each is (B, 3, heads, 1 + N, D / heads): the output of the block's query-key-value projection, with gradients
    where the pass has them. The blocks keep their fused attention.
    """
    vit: Any = model
    found: dict[int, Tensor] = {}
    taken: list[Tensor] = []
    with ExitStack() as hooks:
        for block in blocks:
            attention = vit.blocks[block].attn

            def keep(
                _: nn.Module, given: Any, output: Tensor, block: int = block, heads: int = attention.num_heads
            ) -> None:
                split = output.view(output.shape[0], output.shape[1], 3, heads, -1)
                found[block] = split.permute(0, 2, 3, 1, 4)
                if len(found) == len(set(blocks)):
                    taken.extend(found[b] for b in blocks)

            hooks.callback(attention.qkv.register_forward_hook(keep).remove)
        yield taken


def class_token_scores(qkv: Tensor) -> Tensor:
    """The class token's scaled attention scores before the softmax, (B, heads, 1 + N), float32.

    ``qkv`` (B, 3, heads, 1 + N, D / heads), class token first.
    """
    query, keys = qkv[:, 0, :, :1].float(), qkv[:, 1].float()
    scores: Tensor = (query * keys).sum(-1) * qkv.shape[-1] ** -0.5
    return scores
