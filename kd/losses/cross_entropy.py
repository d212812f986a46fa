"""Hard-target term: cross-entropy, optionally adjusted by the class prior."""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor


def cross_entropy(logits: Tensor, targets: Tensor, log_prior: Tensor | None = None) -> Tensor:
    """``-sum_bc y_bc log softmax(z_b + log prior)_c / sum_bc y_bc``: the mean over the labelled images.

    Logits (B, C) and targets (B, C) as probabilities (one-hot, or mixed by mixup; zeros for an image without a
    label, which then does not count; 0 when no image has one). With ``log_prior`` (C,) the
    trained logits are those of a balanced population (logit adjustment, Menon et al. 2021, arXiv 2007.07314).
    """
    logits = logits.float()
    if log_prior is not None:
        logits = logits + log_prior
    targets = targets.float()
    return functional.cross_entropy(logits, targets) * (len(targets) / targets.sum().clamp(min=1.0))
