"""A run's predictions on a split, calibrated on the validation groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from kd import metrics
from kd.data.image_cache import ImageArray
from kd.data.manifest import Manifest
from kd.inference import Predictions, predict
from kd.metrics import FloatArray, IntArray
from kd.run_folder import TrainedRun


@dataclass(frozen=True)
class SplitPredictions:
    """Labels (n,), groups (n,), raw outputs, temperature, and calibrated probabilities (n, C) of one run."""

    labels: IntArray
    groups: np.ndarray[tuple[int], np.dtype[np.str_]]
    raw: Predictions
    temperature: float
    probabilities: FloatArray


def calibrate(run: TrainedRun, manifest: Manifest, images: ImageArray, device: torch.device, progress: bool) -> float:
    """The temperature that minimises the NLL on the validation rows."""
    rows = manifest.rows("val")
    labels = manifest.label_indices([c.key for c in run.classes])[rows]
    text = f"{run.folder.path.name} val" if progress else None
    found = predict(run.vit.to(device), run.vit_config, images, rows, device=device, progress=text)
    return metrics.fit_temperature(found.logits, labels)


def predict_split(
    run: TrainedRun,
    manifest: Manifest,
    images: ImageArray,
    split: str,
    temperature: float,
    device: torch.device,
    progress: bool,
) -> SplitPredictions:
    """float32 predictions on every row of ``split``."""
    rows = manifest.rows(split)
    labels = manifest.label_indices([c.key for c in run.classes])[rows]
    text = f"{run.folder.path.name} {split}" if progress else None
    raw = predict(run.vit.to(device), run.vit_config, images, rows, device=device, progress=text)
    groups = np.array(manifest.groups)[rows]
    return SplitPredictions(labels, groups, raw, temperature, metrics.softmax(raw.logits, temperature))
