"""The floor: a random forest on 24 px thumbnails and colour histograms, as ``kd.phantom.controls`` defines them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from kd.benchmark.measure import FloatArray, FoldData
from kd.data.image_cache import ImageArray, load_images
from kd.data.manifest import Manifest, read_manifest
from kd.phantom.controls import features

TREES = 300


def forest_probabilities(
    data: FoldData, classes: int, size_px: int, cache: Path, limit: int, control: bool
) -> FloatArray:
    """Class shares of the trees for the test rows, (n, C); trained on at most ``limit`` labelled training rows.

    ``control``: on the fold's control images. Raises KdError when images are missing.
    """
    from sklearn.ensemble import RandomForestClassifier

    manifest = read_manifest(data.fold.control) if control else data.manifest
    images = load_images(manifest, size_px, cache, progress=False)
    train = _training_rows(data.manifest, data.labels, limit)
    model = RandomForestClassifier(TREES, min_samples_leaf=2, max_features=0.1, n_jobs=1, random_state=0)
    model.fit(_features(images, train), data.labels[train])
    result = np.zeros((len(data.test), classes))
    result[:, model.classes_] = model.predict_proba(_features(images, data.test))
    return result


def _training_rows(manifest: Manifest, labels: npt.NDArray[np.int64], limit: int) -> npt.NDArray[np.int64]:
    rows = manifest.rows("train")
    rows = rows[labels[rows] >= 0]
    if len(rows) <= limit:
        return rows
    return np.sort(np.random.default_rng(0).choice(rows, limit, replace=False))


def _features(images: ImageArray, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    return np.stack([features(np.ascontiguousarray(images[row])) for row in rows])
