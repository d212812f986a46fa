"""``python -m kd.segment teacher --data DIR --out RUN`` and ``distill --teacher RUN --out RUN``."""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from kd.command_line import command_text, log_to
from kd.data.randomness import derived_seed
from kd.errors import KdError
from kd.memory import keep_freed_memory
from kd.options import add_flags, flag_values, from_table, pairs
from kd.run_folder import RunFolder
from kd.segment.augment import SegmentAugmentation
from kd.segment.dataset import MaskedImages, read_masked_images
from kd.segment.paths import LOSSES, Distillation, PathOptions
from kd.segment.run import SegmenterRun, load_segmenter
from kd.segment.training import FrozenSegmenter, Lesson, SegmenterTraining, SegmentTraining, seeded_unet, training_rows
from kd.segment.unet import UNetConfig, build_unet, parameter_count

TEACHER = UNetConfig(width=16, depth=5)
STUDENT = UNetConfig(width=4, depth=4)


def teacher(arguments: Sequence[str]) -> None:
    """Train a teacher. Raises KdError for bad input, Interrupted after Ctrl-C."""
    parser = _parser("teacher", "Train a segmentation teacher on images with masks.", TEACHER)
    parsed = parser.parse_args(arguments)
    if parsed.data is None:
        raise KdError("Give --data DIR, the folder with manifest.csv.")
    _train(parsed, command_text("kd.segment teacher", arguments), None, PathOptions(path="none"))


def distill(arguments: Sequence[str]) -> None:
    """Train a student, with a teacher or (``--path none``) without. Raises KdError, Interrupted."""
    parser = _parser("distill", "Train a segmentation student, with or without a teacher.", STUDENT)
    parser.add_argument("--teacher", type=Path, metavar="RUN", help="run folder of the teacher")
    parser.add_argument("--path", help=f"{', '.join(LOSSES)} [logits]")
    parser.add_argument("--loss", help="mse or kld (logits, hidden, hidden_regressor), l1 (all_layers) [kld]")
    parser.add_argument("--teacher-view", help="same, or weak: no colour, blur and noise for the teacher [weak]")
    parser.add_argument("--share", type=float, help="weight of the teacher's term; the masks get the rest [0.5]")
    parser.add_argument("--temperature", type=float, help="of logits with kld [2]")
    parsed = parser.parse_args(arguments)
    names = [f.name for f in dataclasses.fields(PathOptions)]
    given = {name: getattr(parsed, name) for name in names if getattr(parsed, name) is not None}
    if given.get("path") == "all_layers":
        given.setdefault("loss", "l1")
    options = from_table(PathOptions, given, "the command line")
    guide = load_segmenter(parsed.teacher) if parsed.teacher else None
    if guide is None and options.path != "none":
        raise KdError(f"The path {options.path} needs --teacher RUN; --path none trains on the masks alone.")
    if parsed.data is None and guide is None:
        raise KdError("Give --data DIR (without a teacher there is none to take it from).")
    _train(parsed, command_text("kd.segment distill", arguments), guide, options)


def _parser(name: str, description: str, size: UNetConfig) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m kd.segment {name}", description=description)
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder with manifest.csv (path,mask,group,split)")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="run folder")
    parser.add_argument("--width", type=int, default=size.width, help=f"channels at full size [{size.width}]")
    parser.add_argument("--depth", type=int, default=size.depth, help=f"levels [{size.depth}]")
    parser.add_argument("--augment", action="append", default=[], metavar="NAME=VALUE", help="augmentation strength")
    parser.add_argument("--restart", action="store_true", help="overwrite what the run folder holds")
    parser.add_argument("--threads", type=int, default=1, help="torch threads [1]")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    add_flags(parser, SegmentTraining)
    return parser


def _train(parsed: argparse.Namespace, command: str, guide: SegmenterRun | None, path: PathOptions) -> None:
    torch.set_num_threads(max(1, parsed.threads))
    keep_freed_memory()
    options = from_table(SegmentTraining, flag_values(parsed, SegmentTraining), "the command line")
    strengths = from_table(SegmentAugmentation, pairs(parsed.augment, "--augment"), "--augment")
    config = UNetConfig(parsed.width, parsed.depth)
    data = read_masked_images(parsed.data or guide.config["data"])  # type: ignore[union-attr]
    for size in (config, *([guide.model.config] if guide else [])):
        if data.side_px % size.multiple:
            raise KdError(f"Images of {data.side_px} px cannot be halved {size.depth - 1} times; choose another size.")
    rows, _ = training_rows(data, options), data.rows("val")
    model = seeded_unet(build_unet(config), options.seed)
    lesson = None
    if guide is not None and path.path != "none":
        torch.manual_seed(derived_seed(options.seed, 0, 0, "adapters"))
        lesson = Lesson(FrozenSegmenter(guide.model), Distillation(path, config, guide.model.config))
    folder = RunFolder(parsed.out)
    kind = "segmentation teacher" if command.startswith("python -m kd.segment teacher") else "segmentation student"
    resume = folder.begin(
        _run_config(kind, command, data, len(rows), config, options, strengths, guide if lesson else None, path),
        restart=parsed.restart,
    )
    logger = log_to(str(parsed.out / "log.txt"))
    logger.info("%s", command)
    logger.info("%d parameters, %d training images of %d px", parameter_count(model), len(rows), data.side_px)
    training = SegmenterTraining(folder, model, data, options, strengths, lesson, progress=not parsed.quiet)
    training.fit(resume=resume)


def _run_config(
    kind: str,
    command: str,
    data: MaskedImages,
    images: int,
    config: UNetConfig,
    options: SegmentTraining,
    strengths: SegmentAugmentation,
    guide: SegmenterRun | None,
    path: PathOptions,
) -> dict[str, Any]:
    return {
        "kind": kind,
        "command": command,
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "data": str(data.source.parent),
        "data_digest": data.digest(),
        "training_images": images,
        "px": data.side_px,
        "model": config.as_dict(),
        "training": dataclasses.asdict(options),
        "augmentation": dataclasses.asdict(strengths),
        "method": dataclasses.asdict(path) if guide else {"path": "none"},
        "teacher": {"weights": weights_digest(guide), **guide.facts} if guide else None,
    }


def weights_digest(run: SegmenterRun) -> str:
    """Hash over the weights of a run."""
    digest = hashlib.sha256()
    for key, value in sorted(run.model.state_dict().items()):
        digest.update(key.encode())
        digest.update(value.contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
