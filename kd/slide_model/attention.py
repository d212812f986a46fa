"""Gated attention over the tiles of a bag, and the mean of the most suspicious ones as its baseline.

Gated attention multiple-instance learning: Ilse et al. 2018 (arXiv 1802.04712),
``a_k = softmax_k(w^T (tanh(V h_k) * sigm(U h_k)))``, ``logits = W sum_k a_k h_k``. Baseline: the mean of the M highest
suspicions, and a logistic on it (the local scores of Dov et al. 2019, arXiv 1904.00839, without their network).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from kd.slide_model.bags import Bag

FloatArray = npt.NDArray[np.float64]


class GatedAttention(nn.Module):
    """Embeddings (n, D) of one bag to logits (C,) and weights (n,) that add up to 1."""

    mean: Tensor
    std: Tensor
    temperature: Tensor

    def __init__(self, width: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("std", torch.ones(width))
        self.register_buffer("temperature", torch.ones(()))
        self.tanh_part = nn.Linear(width, hidden)
        self.gate_part = nn.Linear(width, hidden)
        self.score = nn.Linear(hidden, 1)
        self.head = nn.Linear(width, classes)

    def forward(self, embeddings: Tensor) -> tuple[Tensor, Tensor]:
        tiles = (embeddings - self.mean) / self.std
        gated = torch.tanh(self.tanh_part(tiles)) * torch.sigmoid(self.gate_part(tiles))
        weights = torch.softmax(self.score(gated).squeeze(1), dim=0)
        logits: Tensor = self.head((weights.unsqueeze(1) * tiles).sum(0))
        return logits, weights


class SlideGraph(nn.Module):
    """What the bundle holds: embeddings (n, D) to calibrated probabilities (C,) and attention (n,) times n."""

    def __init__(self, model: GatedAttention) -> None:
        super().__init__()
        self.model = model

    def forward(self, embeddings: Tensor) -> tuple[Tensor, Tensor]:
        logits, weights = self.model(embeddings)
        count = torch.ones_like(weights).sum()
        return torch.softmax(logits / self.model.temperature, dim=0), weights * count


def bag_logits(model: GatedAttention, bags: Sequence[Bag]) -> FloatArray:
    """Logits (bags, C)."""
    model.eval()
    with torch.no_grad():
        return np.stack([model(torch.from_numpy(bag.embeddings))[0].numpy() for bag in bags]).astype(np.float64)


def top_mean(bags: Sequence[Bag], count: int) -> FloatArray:
    """Mean of the ``count`` highest suspicions of each bag (bags,)."""
    return np.array([np.sort(bag.suspicion)[-count:].mean() for bag in bags])


def fit_logistic(scores: FloatArray, positive: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and intercept of P(positive) on scores, lightly regularised (Platt 1999)."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=100.0).fit(scores[:, None], positive)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
