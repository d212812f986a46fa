"""How far a tile lies from everything that training has seen: class-wise Mahalanobis distance.

Lee et al. 2018 (arXiv 1807.03888), on the class token after the final norm:
``s(e) = min_c (e - mu_c)^T Sigma^-1 (e - mu_c) / D`` with one covariance shared by all classes, so that training
embeddings score about 1. The covariance is shrunk (Ledoit-Wolf), because LayerNorm leaves it nearly singular.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class EmbeddingStatistics:
    """Whitening matrix (D, D), so that ``|e W|^2`` is the distance times D, and whitened class means (C, D)."""

    whitening: FloatArray
    means: FloatArray


def fit_embedding_statistics(
    embeddings: FloatArray, labels: npt.NDArray[np.int64], classes: int
) -> EmbeddingStatistics:
    """Fit on training embeddings (n, D) and labels (n,). A class without samples takes the overall mean."""
    from sklearn.covariance import LedoitWolf

    embeddings = embeddings.astype(np.float64)
    means = np.stack(
        [embeddings[labels == c].mean(0) if (labels == c).any() else embeddings.mean(0) for c in range(classes)]
    )
    covariance = LedoitWolf(assume_centered=True).fit(embeddings - means[labels]).covariance_
    values, vectors = np.linalg.eigh(covariance)
    values = np.maximum(values, values.max() * 1e-6)
    whitening = vectors / np.sqrt(values * embeddings.shape[1])
    return EmbeddingStatistics(whitening, means @ whitening)


def out_of_domain_scores(embeddings: FloatArray, statistics: EmbeddingStatistics) -> FloatArray:
    """Scores (n,) of embeddings (n, D); the same arithmetic as in the exported graph."""
    whitened = embeddings.astype(np.float64) @ statistics.whitening
    distances = ((whitened[:, None, :] - statistics.means[None]) ** 2).sum(-1)
    result: FloatArray = distances.min(1)
    return result
