"""``python -m kd.benchmark.forest --plan FILE.toml``: the floor, before anything is trained.

A random forest on 24 px thumbnails and colour histograms, as ``kd.phantom.controls`` defines them, on the plan's folds
and on their control images; test rows of all folds pooled.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kd.benchmark.measure import FloatArray, FoldData, fold_data
from kd.benchmark.plan import read_plan
from kd.bootstrap import draw_groups, interval, measure
from kd.command_line import run_tool
from kd.data.classes import dataset_info
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


def main(arguments: Sequence[str]) -> None:
    """Raises KdError."""
    parser = argparse.ArgumentParser(prog="python -m kd.benchmark.forest", description=__doc__)
    parser.add_argument("--plan", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path("runs/.cache"), help="folder for decoded images")
    parser.add_argument("--size", type=int, default=96, help="side in px at which images are decoded [96]")
    parsed = parser.parse_args(arguments)
    plan = read_plan(parsed.plan)
    manifest = read_manifest(plan.folds[0].manifest)
    keys = dataset_info(manifest.source, manifest.labels).keys
    data = [fold_data(plan, fold, keys) for fold in plan.folds]
    labels = np.concatenate([d.labels[d.test] for d in data])
    draws = draw_groups(np.concatenate([d.groups[d.test] for d in data]), plan.resamples)
    print(f"{len(labels)} patches of {draws.multiplicities.shape[1]} groups, {len(data)} folds, {len(keys)} classes")
    for control in (False, True):
        if control and not all(d.fold.control for d in data):
            continue
        parts = [
            forest_probabilities(d, len(keys), parsed.size, parsed.cache, plan.forest_limit, control) for d in data
        ]
        found = measure(np.concatenate(parts), labels, (), draws)
        shown = [f"{name.replace('_', ' ')} {_percent(found[name])}" for name in ("accuracy", "balanced_accuracy")]
        print(f"random forest{', ' + plan.control_name if control else ''}: {'; '.join(shown)}")


def _percent(values: FloatArray) -> str:
    value, low, high = (interval(values)[key] * 100 for key in ("value", "low", "high"))
    return f"{value:.1f} % ({low:.1f} to {high:.1f})"


if __name__ == "__main__":
    sys.exit(run_tool(main, sys.argv[1:]))
