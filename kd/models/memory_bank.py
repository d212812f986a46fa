"""A memory of one embedding per training image, as contrastive losses use it."""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor, nn


class MemoryBank(nn.Module):
    """``vectors`` (n, E): begun at random with length about 1, then a running mean per row, kept at length 1.

    ``scale``: normalisation of likelihoods, set by the first batch and then constant; 0 while unset.
    """

    vectors: Tensor
    scale: Tensor

    def __init__(self, rows: int, width: int) -> None:
        super().__init__()
        bound = (3.0 / width) ** 0.5
        self.register_buffer("vectors", torch.empty(rows, width).uniform_(-bound, bound))
        self.register_buffer("scale", torch.zeros(()))

    def remember(self, rows: Tensor, embeddings: Tensor, momentum: float) -> None:
        """Mix ``embeddings`` (B, E) into ``rows`` (B,), ``momentum`` being the share of what was there."""
        mixed = self.vectors[rows] * momentum + embeddings.detach().float() * (1.0 - momentum)
        # A new tensor: the old one is still needed by the backward pass.
        self.vectors = self.vectors.index_copy(0, rows, functional.normalize(mixed, dim=1))

    def scaled(self, values: Tensor, samples: int) -> Tensor:
        """``values / Z``, Z being ``samples`` times the mean of the first values ever given."""
        if float(self.scale) == 0.0:
            self.scale = values.detach().mean() * samples
        return values / self.scale


class ClassSampler:
    """Random rows of the same class and of other classes."""

    def __init__(self, labels: Tensor) -> None:
        """``labels`` (n,): class of every row, -1 for rows that are never drawn."""
        known = torch.nonzero(labels >= 0).flatten()
        self.order = known[labels[known].argsort(stable=True)]
        self.counts = torch.bincount(labels[known])
        self.starts = self.counts.cumsum(0) - self.counts

    @property
    def samples(self) -> int:
        """Rows that can be drawn."""
        return len(self.order)

    @property
    def fewest_others(self) -> int:
        """Rows outside the most frequent class."""
        return self.samples - int(self.counts.max())

    def same_class(self, labels: Tensor, count: int) -> Tensor:
        """Rows (B, count), with replacement, of the classes ``labels`` (B,); torch's global generator."""
        offsets = (torch.rand(len(labels), count) * self.counts[labels][:, None]).long()
        return self.order[self.starts[labels][:, None] + offsets]

    def other_classes(self, labels: Tensor, count: int) -> Tensor:
        """Rows (B, count), with replacement, of all classes but ``labels`` (B,)."""
        own = self.counts[labels][:, None]
        offsets = (torch.rand(len(labels), count) * (self.samples - own)).long()
        return self.order[offsets + own * (offsets >= self.starts[labels][:, None])]
