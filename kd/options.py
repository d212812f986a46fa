"""All settings of a training as dataclasses, and how they are read from TOML and from the command line.

A TOML file has the tables ``[model]``, ``[training]``, ``[augmentation]`` and, for ``kd.distill``, ``[method]``.
Every field of model and training is also a flag (``--batch-size 64``), which wins over the file.
"""

from __future__ import annotations

import argparse
import dataclasses
import tomllib
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from kd.errors import KdError

T = TypeVar("T")


def _option(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class ModelOptions:
    """Size and start of the model; 0 takes it from the images, or for a student from its teacher."""

    img_size: int = _option(0, "image side in px (0: that of the images)")
    arch: str = _option("vit", "vit, or hdkd: a convolutional teacher and a hybrid student (kd.models.hdkd)")
    blocks: tuple[int, ...] = _option((), "hdkd: blocks of the three stages (empty: 6,6,9, or a third of that)")
    channels: tuple[int, ...] = _option((), "hdkd: channels of the three stages (empty: 64,96,192)")
    patch_size: int = _option(16, "patch side in px")
    width: int = _option(192, "token width D")
    depth: int = _option(12, "number of blocks")
    heads: int = _option(3, "attention heads")
    mlp_ratio: float = _option(4.0, "width of the hidden layer over D")
    stem: str = _option("patch", "patch (linear embedding), or conv (3x3 convolutions, for training from scratch)")
    mean: tuple[float, ...] = _option((0.5, 0.5, 0.5), "mean of R,G,B (0..1) that the model subtracts")
    std: tuple[float, ...] = _option((0.25, 0.25, 0.25), "standard deviation that it divides by")
    pretrained: str = _option("", "timm model whose pretrained weights to start from, by its hub loading")
    weights: str = _option("", "local weights file to start from (timm or safetensors)")


@dataclass(frozen=True)
class TrainingOptions:
    """How long and how a model is trained. The schedule is a fixed number of epochs."""

    epochs: int = _option(50, "passes over the training patches")
    batch_size: int = _option(64, "patches per update")
    lr: float = _option(1e-3, "peak learning rate")
    min_lr: float = _option(1e-5, "learning rate at the end of the cosine")
    warmup_epochs: float = _option(2.0, "epochs of linear warm-up (may be a fraction)")
    weight_decay: float = _option(0.05, "decoupled weight decay, not on biases, norms, positions, tokens")
    layer_decay: float = _option(1.0, "learning rate factor from block to block downwards (for pretrained weights)")
    optimizer: str = _option("adamw", "adamw, or any optimiser name of timm")
    beta2: float = _option(0.98, "second moment decay of adamw")
    clip: float = _option(1.0, "largest gradient norm (0: no clipping)")
    drop_path: float = _option(0.0, "stochastic depth rate of the last block")
    patch_drop: float = _option(0.0, "share of patch tokens left out of a training image, teacher only (0: off)")
    ema: float = _option(0.0, "decay of an exponential moving average of the weights, which is then used (0: off)")
    prior_adjusted: bool = _option(False, "cross-entropy on logits + log class prior")
    mixup: float = _option(0.0, "alpha of mixup (0: off)")
    select: str = _option("balanced_accuracy", "validation metric of the best checkpoint: balanced_accuracy or nll")
    seed: int = _option(0, "seed of everything random")
    amp: str = _option("off", "off, or bf16: autocast to bfloat16")


@dataclass(frozen=True)
class Runtime:
    """Where and how a run is computed; not part of what it is."""

    threads: int = 1
    device: str = "auto"
    checkpoint_minutes: float = 2.0
    cache: Path | None = None
    progress: bool = True
    accumulation: int = 1
    teacher_cache_gb: float = 2.0


def from_table(cls: type[T], table: Mapping[str, Any], source: str) -> T:
    """A dataclass from plain values; strings are parsed, lists become tuples. Raises KdError at a wrong entry."""
    hints = typing.get_type_hints(cls)
    known = {f.name for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    values = {}
    for key, value in table.items():
        if key not in known:
            raise KdError(f"{source} has the unknown option '{key}'; there are {', '.join(sorted(known)) or 'none'}.")
        values[key] = _convert(value, hints[key], f"{source}: {key}")
    return cls(**values)


def _convert(value: Any, kind: Any, where: str) -> Any:
    try:
        if kind is bool:
            if isinstance(value, str):
                return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[value.lower()]
            return bool(value)
        if typing.get_origin(kind) is tuple:
            items = value.split(",") if isinstance(value, str) else value
            return tuple(typing.get_args(kind)[0](item) for item in items)
        if kind in (int, float, str):
            if kind is int and float(value) != int(float(value)):
                raise ValueError(f"{value} is not a whole number")
            return kind(value)
    except (ValueError, KeyError, TypeError) as error:
        raise KdError(f"{where} = {value!r} cannot be understood ({error}).") from error
    return value


def read_toml(path: str | None, tables: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Tables of a TOML file, empty where missing. Raises KdError."""
    if path is None:
        return {name: {} for name in tables}
    try:
        with open(path, "rb") as stream:
            raw = tomllib.load(stream)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise KdError(f"The configuration {path} cannot be read ({error}).") from error
    unknown = sorted(raw.keys() - set(tables))
    if unknown or not all(isinstance(value, dict) for value in raw.values()):
        raise KdError(f"The configuration {path} may hold only the tables {', '.join(tables)}; found {unknown}.")
    return {name: raw.get(name, {}) for name in tables}


def add_flags(parser: argparse.ArgumentParser, cls: type[Any]) -> None:
    """One flag per field of an options dataclass, without defaults (so that the TOML value stands)."""
    group = parser.add_argument_group(cls.__name__)
    for f in dataclasses.fields(cls):
        text = f"{f.metadata['help']} [{f.default}]".replace("%", "%%")
        group.add_argument("--" + f.name.replace("_", "-"), dest=f.name, default=None, metavar="X", help=text)


def flag_values(arguments: argparse.Namespace, cls: type[Any]) -> dict[str, Any]:
    """The flags of ``cls`` that were given."""
    names = [f.name for f in dataclasses.fields(cls)]
    return {name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None}


def pairs(entries: Sequence[str], flag: str) -> dict[str, str]:
    """``name=value`` entries of a repeatable flag. Raises KdError."""
    result = {}
    for entry in entries:
        name, separator, value = entry.partition("=")
        if not separator:
            raise KdError(f"{flag} {entry} is not of the form name=value.")
        result[name.strip()] = value.strip()
    return result


def add_runtime_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("where it runs")
    group.add_argument("--threads", type=int, default=1, help="torch threads [1]")
    group.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps [auto]")
    group.add_argument("--cache", type=Path, default=None, help="folder for decoded images [.cache beside the run]")
    group.add_argument("--checkpoint-minutes", type=float, default=2.0, help="minutes between checkpoints [2]")
    group.add_argument("--accumulation", type=int, default=1, help="parts that a batch is computed in [1]")
    group.add_argument(
        "--teacher-cache-gb", type=float, default=2.0, help="with --views-only: largest table of teacher outputs [2]"
    )
    group.add_argument("--quiet", action="store_true", help="no progress bar")


def runtime(arguments: argparse.Namespace) -> Runtime:
    return Runtime(
        arguments.threads,
        arguments.device,
        arguments.checkpoint_minutes,
        arguments.cache,
        not arguments.quiet,
        max(1, arguments.accumulation),
        arguments.teacher_cache_gb,
    )
