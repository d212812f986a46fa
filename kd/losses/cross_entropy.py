"""Hard-target term: cross-entropy, optionally adjusted by the class prior."""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor


def cross_entropy(logits: Tensor, targets: Tensor, log_prior: Tensor | None = None) -> Tensor:
    """``-mean_b sum_c y_bc log softmax(z_b + log prior)_c``.

    Logits (B, C) and targets (B, C) as probabilities (one-hot, or mixed by mixup). With ``log_prior`` (C,) the
    trained logits are those of a balanced population (logit adjustment, Menon et al. 2021, arXiv 2007.07314).
    """
    logits = logits.float()
    if log_prior is not None:
        logits = logits + log_prior
    return functional.cross_entropy(logits, targets.float())
