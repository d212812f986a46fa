"""Relations instead of values (reading ``gram`` of the MDKD feature terms): mean squared error of cosine matrices.

A reconstruction, in the spirit of similarity-preserving distillation (Tung and Mori 2019, arXiv 1907.09682).
The class-token term relates the images of one batch to each other; batches must not be split over processes.
"""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor

from kd.losses.precision import in_float32


@in_float32
def token_cosines(student: Tensor, teacher: Tensor) -> Tensor:
    """MSE of the N x N cosines between the patch tokens of an image; (B, N, D), widths may differ."""
    return functional.mse_loss(_cosines(student), _cosines(teacher))


@in_float32
def channel_cosines(student: Tensor, teacher: Tensor) -> Tensor:
    """MSE of the D x D cosines between channels over the tokens of an image; (B, N, D)."""
    return functional.mse_loss(_cosines(student.transpose(1, 2)), _cosines(teacher.transpose(1, 2)))


@in_float32
def batch_cosines(student: Tensor, teacher: Tensor) -> Tensor:
    """MSE of the B x B cosines between class tokens (B, D)."""
    return functional.mse_loss(_cosines(student[None]), _cosines(teacher[None]))


def _cosines(vectors: Tensor) -> Tensor:
    unit = functional.normalize(vectors, dim=-1)
    return unit @ unit.transpose(-1, -2)
