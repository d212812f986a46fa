"""What ``kd.teacher`` and ``kd.distill`` share before the first update: data, checks, configuration."""

from __future__ import annotations

import argparse
import dataclasses
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from kd.data.augment import Augmentation
from kd.data.batches import TrainingSet
from kd.data.classes import DatasetInfo, dataset_info
from kd.data.image_cache import ImageArray, first_image_size, load_images
from kd.data.manifest import Manifest, read_manifest
from kd.data.randomness import generator
from kd.errors import KdError
from kd.options import (
    Runtime,
    TrainingOptions,
    add_flags,
    add_runtime_flags,
    flag_values,
    from_table,
    pairs,
    read_toml,
    runtime,
)
from kd.training import ValidationSet

CACHE_NAME = ".cache"


@dataclass(frozen=True)
class Data:
    """A checked data set: training and validation rows, and the class prior of the training rows (C,)."""

    manifest: Manifest
    info: DatasetInfo
    training: TrainingSet
    validation: ValidationSet
    prior: npt.NDArray[np.float64]


def common_parser(module: str, description: str) -> argparse.ArgumentParser:
    """Flags of both training tools."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="run folder")
    parser.add_argument("--classes", type=Path, help="class table (JSON) instead of dataset.json beside the manifest")
    parser.add_argument("--config", help="TOML file with [model], [training], [augmentation] (and [method])")
    parser.add_argument("--augment", action="append", default=[], metavar="NAME=VALUE", help="augmentation strength")
    parser.add_argument(
        "--views-only", action="store_true",
        help="no augmentation but the 8 flips and rotations; a teacher's outputs are then computed once",
    )  # fmt: skip
    parser.add_argument(
        "--shots", type=int, default=0, help="labelled training patches per class, drawn by the seed [all]"
    )
    parser.add_argument("--restart", action="store_true", help="overwrite what the run folder holds")
    add_flags(parser, TrainingOptions)
    add_runtime_flags(parser)
    return parser


def training_options(
    arguments: argparse.Namespace, tables: dict[str, dict[str, Any]]
) -> tuple[TrainingOptions, Augmentation, Runtime]:
    """Options from TOML and flags; sets torch's threads. Raises KdError."""
    source = arguments.config or "the command line"
    options = from_table(TrainingOptions, tables["training"] | flag_values(arguments, TrainingOptions), source)
    base = dataclasses.asdict(dataclasses.replace(Augmentation.none(), dihedral=True)) if arguments.views_only else {}
    asked = tables["augmentation"] | pairs(arguments.augment, "--augment")
    if base and asked:
        raise KdError("--views-only leaves no other augmentation; drop --augment and the table [augmentation].")
    strengths = from_table(Augmentation, base or asked, source)
    if options.select not in ("balanced_accuracy", "accuracy", "nll") or options.amp not in ("off", "bf16"):
        raise KdError("select must be balanced_accuracy, accuracy or nll, and amp must be off or bf16.")
    where = runtime(arguments)
    parts = where.accumulation * int(os.environ.get("WORLD_SIZE", "1"))
    if options.batch_size % parts:
        raise KdError(f"A batch of {options.batch_size} cannot be cut into {parts} equal parts; change --batch-size.")
    torch.set_num_threads(max(1, where.threads))
    return options, strengths, where


def read_tables(arguments: argparse.Namespace) -> dict[str, dict[str, Any]]:
    return read_toml(arguments.config, ("model", "training", "augmentation", "method"))


def cache_folder(out: Path, where: Runtime) -> Path:
    """Decoded images are shared by the runs beside each other."""
    return where.cache or out.parent / CACHE_NAME


def load_data(
    manifest_path: Path,
    classes: Path | None,
    img_size: int,
    out: Path,
    options: TrainingOptions,
    strengths: Augmentation,
    where: Runtime,
    *,
    unlabelled: bool = False,
    shots: int = 0,
) -> Data:
    """Read, check and decode everything, so that whatever is wrong shows before training. Raises KdError.

    ``unlabelled``: train on patches without a label too; else they are left out. ``shots``: train on so many
    labelled patches of each class alone, repeated to fill a batch (0: on all).
    """
    manifest = read_manifest(manifest_path)
    info = dataset_info(manifest.source, manifest.labels, classes)
    labels = manifest.label_indices(info.keys)
    train_rows, val_rows = manifest.rows("train"), manifest.rows("val")
    labelled = train_rows[labels[train_rows] >= 0]
    counts = np.bincount(labels[labelled], minlength=len(info.keys))
    empty = [key for key, count in zip(info.keys, counts, strict=True) if not count]
    if empty:
        raise KdError(f"The training split of {manifest_path} has no patches of class {', '.join(empty)}.")
    if not unlabelled or shots:
        train_rows = labelled
    if shots:
        train_rows = few_shots(labelled, labels, shots, options, info.keys)
    if len(train_rows) < options.batch_size:
        raise KdError(f"{len(train_rows)} training patches are fewer than one batch of {options.batch_size}.")
    images = load_images(manifest, img_size, cache_folder(out, where), progress=where.progress)
    training = TrainingSet(
        images, train_rows, labels, len(info.keys), options.batch_size, options.seed, strengths, options.mixup
    )
    return Data(manifest, info, training, ValidationSet(images, val_rows, labels[val_rows]), counts / counts.sum())


def few_shots(
    rows: npt.NDArray[np.int64],
    labels: npt.NDArray[np.int64],
    shots: int,
    options: TrainingOptions,
    keys: tuple[str, ...],
) -> npt.NDArray[np.int64]:
    """``shots`` rows of every class, drawn by the seed and repeated until they fill a batch. Raises KdError."""
    chosen = []
    for number, key in enumerate(keys):
        own = rows[labels[rows] == number]
        if not 0 < shots <= len(own):
            raise KdError(f"--shots {shots} was asked for, and there are {len(own)} training patches of class {key}.")
        drawn = torch.randperm(len(own), generator=generator(options.seed, 0, number, "shots"))[:shots]
        chosen.append(own[drawn.numpy()])
    few = np.concatenate(chosen)
    return np.tile(few, -(-options.batch_size // len(few)))


def image_size(manifest_path: Path, asked: int) -> int:
    """The side in px that was asked for, or that of the manifest's first image."""
    return asked or max(first_image_size(read_manifest(manifest_path)))


def run_config(
    kind: str, command: str, data: Data, model: dict[str, Any], options: TrainingOptions, further: dict[str, Any]
) -> dict[str, Any]:
    """The resolved configuration that is kept in the run folder."""
    import timm

    images: ImageArray = data.training.images
    return {
        "kind": kind,
        "command": command,
        "versions": {"python": platform.python_version(), "torch": torch.__version__, "timm": timm.__version__},
        "manifest": str(data.manifest.source),
        "manifest_digest": data.manifest.digest(),
        "patches": {"train": len(data.training.rows), "val": len(data.validation.rows), "px": int(images.shape[1])},
        "classes": [dataclasses.asdict(c) for c in data.info.classes],
        "prior": [float(p) for p in data.prior],
        "model": model,
        "training": dataclasses.asdict(options),
        "augmentation": dataclasses.asdict(data.training.augmentation),
        **further,
    }
