"""Mean squared error of features (reading ``mse`` of the MDKD feature terms, and the class token of ``cwd``)."""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor


def feature_mse(student: Tensor, teacher: Tensor) -> Tensor:
    """``mean (s - t)^2`` over all entries; tensors of equal shape, normalised by ``normalised_tokens``."""
    return functional.mse_loss(student.float(), teacher.float())
