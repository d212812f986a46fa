"""What every finished run says of validation and test patches, measured once and kept in ``out/measured``."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from kd import metrics
from kd.atomic import atomic_file
from kd.benchmark.plan import Fold, Plan
from kd.benchmark.shifts import shifted
from kd.data.batches import plain_batches
from kd.data.image_cache import ImageArray, load_images
from kd.data.manifest import Manifest, read_manifest
from kd.models.attention import captured_qkv, class_token_scores
from kd.models.hdkd import HdkdConfig
from kd.models.vit import VitConfig, normalise
from kd.run_folder import load_run

logger = logging.getLogger("kd")

FloatArray = npt.NDArray[np.float64]
BATCH = 64


@dataclass(frozen=True)
class FoldData:
    """One fold's manifest with the rows to be measured; ``shift_rows`` are a part of ``test``."""

    fold: Fold
    manifest: Manifest
    labels: npt.NDArray[np.int64]
    val: npt.NDArray[np.int64]
    test: npt.NDArray[np.int64]
    shift_rows: npt.NDArray[np.int64]
    groups: npt.NDArray[np.str_]


@dataclass(frozen=True)
class Measured:
    """One run on one fold's test rows: probabilities (n, C) at the temperature fitted on validation, attention to the
    patch tokens (n, N) summing to 1, and probabilities under every shift (m, C)."""

    probabilities: FloatArray
    attention: npt.NDArray[np.float32]
    shifts: dict[str, FloatArray]
    temperature: float


def fold_data(plan: Plan, fold: Fold, keys: tuple[str, ...]) -> FoldData:
    """Raises KdError when the manifest lacks a split or has another label."""
    manifest = read_manifest(fold.manifest)
    test = manifest.rows(plan.split)
    return FoldData(
        fold, manifest, manifest.label_indices(keys), manifest.rows("val"), test,
        test[:: plan.shift_every], np.array(manifest.groups),
    )  # fmt: skip


class Measuring:
    """Measures runs one after the other; shifted images of a fold are made once."""

    def __init__(self, plan: Plan, out: Path, cache: Path) -> None:
        self.plan, self.out, self.cache = plan, out, cache
        self._shifted: dict[tuple[str, str, int], ImageArray] = {}

    def measured(self, data: FoldData, run: Path, name: str) -> Measured:
        """From ``out/measured/NAME.npz`` where it is there, else by running the model. Raises KdError."""
        file = self.out / "measured" / f"{name}.npz"
        if not file.is_file():
            logger.info("measure %s", run)
            arrays = self._run(data, run)
            file.parent.mkdir(parents=True, exist_ok=True)
            with atomic_file(file) as temporary, temporary.open("wb") as stream:
                np.savez_compressed(stream, **arrays)
        with np.load(file) as stored:
            found = {key: stored[key] for key in stored.files}
        temperature = metrics.fit_temperature(found["val"], data.labels[data.val])
        return Measured(
            metrics.softmax(found["test"], temperature),
            found["attention"].astype(np.float32),
            {n: metrics.softmax(found[f"shift:{n}"], temperature) for n in self.plan.shifts},
            temperature,
        )

    def _run(self, data: FoldData, folder: Path) -> dict[str, Any]:
        run = load_run(folder)
        config, bf16 = run.vit_config, run.config["training"]["amp"] == "bf16"
        images = load_images(data.manifest, config.img_size, self.cache, progress=False)
        arrays: dict[str, Any] = {}
        arrays["test"], attention = observe(run.vit, config, images, data.test, bf16)
        same = np.array_equal(data.val, data.test)
        arrays["val"] = arrays["test"] if same else observe(run.vit, config, images, data.val, bf16)[0]
        arrays["attention"] = attention.astype(np.float16)
        for name in self.plan.shifts:
            key = (data.fold.name, name, config.img_size)
            if key not in self._shifted:
                self._shifted[key] = shifted(name, images, data.shift_rows)
            changed = self._shifted[key]
            arrays[f"shift:{name}"] = observe(run.vit, config, changed, np.arange(len(changed)), bf16)[0]
        return arrays


def observe(
    vit: nn.Module, config: VitConfig, images: ImageArray, rows: npt.NDArray[np.int64], bf16: bool
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """float32 logits (n, C), and the class token's attention to the patch tokens in the last block, the mean over
    heads, scaled to sum 1: (n, N); (n, 0) of a model that is no plain transformer. It is the map that a bundle exports,
    up to the factor N. ``bf16``: under autocast, as the validation during training."""
    model: Any = vit
    logits, maps = [], []
    attended = () if isinstance(config, HdkdConfig) else (len(model.blocks) - 1,)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        for batch in plain_batches(images, rows, BATCH):
            with captured_qkv(vit, attended) as qkv:
                logits.append(model(normalise(batch, config)).float().numpy())
            scores = class_token_scores(qkv[0])[..., 1:] if attended else torch.zeros(len(batch), 1, 0)
            maps.append(scores.softmax(-1).mean(1).float().numpy())
    return np.concatenate(logits), np.concatenate(maps)


def correlation_per_tile(ours: npt.NDArray[np.float32], theirs: npt.NDArray[np.float32]) -> FloatArray:
    """Pearson correlation of two maps (n, N) of every tile, (n,); 0 where a map is constant."""
    a = ours.astype(np.float64) - ours.mean(1, keepdims=True, dtype=np.float64)
    b = theirs.astype(np.float64) - theirs.mean(1, keepdims=True, dtype=np.float64)
    length = np.sqrt((a**2).sum(1) * (b**2).sum(1))
    result: FloatArray = np.where(length > 0, (a * b).sum(1) / np.maximum(length, 1e-30), 0.0)
    return result
