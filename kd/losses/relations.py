"""Relational distillation of Park et al. 2019 (arXiv 1904.05068): distances and angles between the images of a batch.

Formulas of mdistiller's code. Batches must not be split over processes.
"""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor

from kd.losses.precision import in_float32


@in_float32
def distance_relation(student: Tensor, teacher: Tensor) -> Tensor:
    """Smooth L1 of the B x B Euclidean distances, each divided by its mean over the pairs; embeddings (B, D)."""
    return functional.smooth_l1_loss(_relative_distances(student), _relative_distances(teacher))


@in_float32
def angle_relation(student: Tensor, teacher: Tensor) -> Tensor:
    """Smooth L1 of the cosines of all angles at image i between images j and k (B x B x B); embeddings (B, D)."""
    return functional.smooth_l1_loss(_angles(student), _angles(teacher))


def _relative_distances(embeddings: Tensor) -> Tensor:
    squares = embeddings.square().sum(1)
    squared = squares[:, None] + squares[None] - 2.0 * embeddings @ embeddings.T
    # Where two images coincide, the square root would have no gradient.
    distances = squared.clamp(min=1e-12).sqrt() * (1.0 - torch.eye(len(embeddings), device=embeddings.device))
    pairs = max(1, len(embeddings) * (len(embeddings) - 1))
    return distances / (distances.sum() / pairs)


def _angles(embeddings: Tensor) -> Tensor:
    directions = functional.normalize(embeddings[None] - embeddings[:, None], dim=2)
    return directions @ directions.transpose(1, 2)
