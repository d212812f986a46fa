"""``python -m kd.evaluate --run RUN [RUN ...] --manifest M --split test --out DIR``: how good the models are.

Writes report.md, metrics.json, predictions.npz and per run a confusion matrix and a reliability diagram.
Intervals: 95 %, bootstrap over groups. With several runs, each is compared with the first, paired by group.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kd import metrics
from kd.atomic import atomic_folder
from kd.bootstrap import Draws, draw_groups, interval, measure
from kd.bundle import RESEARCH_USE_ONLY, ClassInfo
from kd.command_line import command_text, run_tool
from kd.data.classes import dataset_info
from kd.data.image_cache import load_images
from kd.data.manifest import Manifest, read_manifest
from kd.errors import KdError
from kd.evaluation_report import draw_confusion, draw_reliability, markdown
from kd.inference import choose_device
from kd.metrics import FloatArray
from kd.predictions import SplitPredictions, calibrate, predict_split
from kd.run_folder import TrainedRun, load_run
from kd.setup_run import CACHE_NAME


@dataclass(frozen=True)
class Evaluated:
    """One run on one split: predictions, and every metric on every resample."""

    name: str
    run: TrainedRun
    predictions: SplitPredictions
    resampled: dict[str, FloatArray]


def main(arguments: Sequence[str]) -> None:
    """Raises KdError for bad input."""
    parser = argparse.ArgumentParser(prog="python -m kd.evaluate", description="Measure trained models.")
    parser.add_argument("--run", type=Path, nargs="+", required=True, help="run folders; the first is the reference")
    parser.add_argument("--manifest", type=Path, help="CSV with path,label,group,split [that of the first run]")
    parser.add_argument("--split", default="test", help="train, val or test [test]")
    parser.add_argument("--out", type=Path, required=True, help="folder for the report (must be new or empty)")
    parser.add_argument("--checkpoint", choices=("best", "last"), default="best")
    parser.add_argument("--resamples", type=int, default=2000, help="bootstrap resamples of the groups [2000]")
    parser.add_argument("--cache", type=Path, help="folder for decoded images [.cache beside the first run]")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    parsed = parser.parse_args(arguments)
    if parsed.out.exists() and any(parsed.out.iterdir()):
        raise KdError(f"{parsed.out} is not empty; choose another folder for the report.")
    torch.set_num_threads(max(1, parsed.threads))
    runs = [load_run(path, parsed.checkpoint) for path in parsed.run]
    manifest = read_manifest(parsed.manifest or runs[0].config["manifest"])
    _check_classes(runs, manifest)
    cache = parsed.cache or parsed.run[0].parent / CACHE_NAME
    device = choose_device(parsed.device)
    draws = draw_groups(np.array(manifest.groups)[manifest.rows(parsed.split)], parsed.resamples)
    names = _names(parsed.run)
    evaluated = []
    for name, run in zip(names, runs, strict=True):
        images = load_images(manifest, run.vit_config.img_size, cache, progress=not parsed.quiet)
        temperature = calibrate(run, manifest, images, device, not parsed.quiet)
        found = predict_split(run, manifest, images, parsed.split, temperature, device, not parsed.quiet)
        resampled = measure(found.probabilities, found.labels, suspicious(run.classes), draws)
        evaluated.append(Evaluated(name, run, found, resampled))
    command = command_text("kd.evaluate", arguments)
    write_report(evaluated, manifest, parsed.split, draws, command, parsed.out)
    print(f"written to {parsed.out / 'report.md'}")


def suspicious(classes: Sequence[ClassInfo]) -> tuple[int, ...]:
    """Indices of the suspicious classes."""
    return tuple(i for i, c in enumerate(classes) if c.suspicious)


def _names(paths: Sequence[Path]) -> list[str]:
    names = [path.resolve().name for path in paths]
    return names if len(set(names)) == len(names) else [str(path).replace("/", "-") for path in paths]


def _check_classes(runs: Sequence[TrainedRun], manifest: Manifest) -> None:
    reference = [c.key for c in runs[0].classes]
    for run in runs:
        if [c.key for c in run.classes] != reference:
            raise KdError(f"{run.folder.path} was trained on other classes than {runs[0].folder.path}.")
    manifest.label_indices(reference)


def write_report(
    evaluated: Sequence[Evaluated], manifest: Manifest, split: str, draws: Draws, command: str, out: Path
) -> None:
    """Write the whole report folder in one step."""
    classes = evaluated[0].run.classes
    facts = summarise(evaluated, draws) | {
        "command": command,
        "manifest_digest": manifest.digest(),
        "data": _data_name(manifest),
        "split": split,
        "samples": len(evaluated[0].predictions.labels),
        "groups": int(draws.multiplicities.shape[1]),
        "resamples": len(draws.multiplicities) - 1,
        "classes": [c.key for c in classes],
        "note": RESEARCH_USE_ONLY,
    }
    with atomic_folder(out) as folder:
        (folder / "metrics.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        (folder / "report.md").write_text(markdown(facts, classes), encoding="utf-8")
        arrays: dict[str, Any] = {"labels": evaluated[0].predictions.labels, "groups": evaluated[0].predictions.groups}
        for item in evaluated:
            arrays[f"probabilities:{item.name}"] = item.predictions.probabilities.astype(np.float32)
            draw_confusion(item.predictions, classes, item.name, folder / f"confusion-{item.name}.png")
            draw_reliability(item.predictions, item.name, folder / f"reliability-{item.name}.png")
        np.savez_compressed(folder / "predictions.npz", **arrays)


def _data_name(manifest: Manifest) -> str:
    info = dataset_info(manifest.source, manifest.labels)
    return info.training_domain or info.name or manifest.source.name


def summarise(evaluated: Sequence[Evaluated], draws: Draws) -> dict[str, Any]:
    """Per run: metrics with intervals, temperature, confusion matrix; paired differences to the first run."""
    reference = evaluated[0]
    runs: dict[str, Any] = {}
    differences: dict[str, Any] = {}
    for item in evaluated:
        found = item.predictions
        matrix = metrics.confusion(
            found.labels, found.probabilities.argmax(1).astype(np.int64), found.probabilities.shape[1]
        )
        runs[item.name] = {
            "metrics": {name: interval(values) for name, values in item.resampled.items()},
            "temperature": found.temperature,
            "confusion": matrix.tolist(),
            "parameters": sum(p.numel() for p in item.run.vit.parameters()),
            "checkpoint": item.run.checkpoint,
            "method": item.run.config.get("method", {"name": item.run.config["kind"]}),
        }
        if item is not reference:
            differences[f"{item.name} - {reference.name}"] = {
                name: interval(values - reference.resampled[name])
                for name, values in item.resampled.items()
                if ":" not in name
            }
    return {"runs": runs, "differences": differences}


if __name__ == "__main__":
    sys.exit(run_tool(main, sys.argv[1:]))
