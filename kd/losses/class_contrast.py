"""Class-guided contrast and categorical relations of CRCKD, Xing et al. 2021 (arXiv 2107.03225), as in its code."""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor

from kd.losses.precision import in_float32

_EPS = 1e-7


@in_float32
def noise_contrast(positives: Tensor, negatives: Tensor, samples: int) -> Tensor:
    """``-mean_b [1/P sum_p log(x / (x + c)) + sum_k log(c / (x + c))]`` with ``c = K / samples``.

    ``positives`` (B, P) and ``negatives`` (B, K): unnormalised likelihoods ``exp(similarity / tau) / Z`` of an image
    with remembered images of its own class and of other classes; ``samples``: training images.
    """
    noise = negatives.shape[1] / samples
    same = (positives / (positives + noise + _EPS)).log().mean(1)
    other = (noise / (negatives + noise + _EPS)).log().sum(1)
    return -(same + other).mean()


@in_float32
def categorical_relation_kl(student: Tensor, teacher: Tensor, ours: Tensor, theirs: Tensor, tau: float) -> Tensor:
    """``mean_b KL(softmax(e_t A_t^T / tau) || softmax(e_s A_s^T / tau))``.

    Unit embeddings e (B, E), and class centroids A (C, E) of unit length: ``ours`` among the student's remembered
    embeddings, ``theirs`` among the teacher's. No gradient reaches the centroids or the teacher's embeddings.
    """
    log_s = functional.log_softmax(student @ ours.detach().T / tau, dim=1)
    log_t = functional.log_softmax(teacher.detach() @ theirs.detach().T / tau, dim=1)
    return functional.kl_div(log_s, log_t, reduction="batchmean", log_target=True)


def class_centroids(memory: Tensor, labels: Tensor, classes: int) -> Tensor:
    """(C, E) unit vectors: mean of the positive parts of the remembered embeddings (n, E) of each class.

    ``labels`` (n,), -1 for rows that belong to no class.
    """
    known = labels >= 0
    sums = memory.new_zeros(classes, memory.shape[1]).index_add_(0, labels[known], memory[known].clamp(min=0.0))
    counts = torch.bincount(labels[known], minlength=classes).clamp(min=1)
    return functional.normalize(sums / counts[:, None], dim=1)


@in_float32
def likelihoods(embeddings: Tensor, memory: Tensor, rows: Tensor, tau: float) -> Tensor:
    """``exp(e . m / tau)`` of embeddings (B, E) with the remembered ``rows`` (B, K) of ``memory`` (n, E); (B, K)."""
    return ((embeddings @ memory.T).gather(1, rows) / tau).exp()
