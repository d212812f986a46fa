"""``python -m kd.evaluate --run RUN [RUN ...] --manifest M --split test --out DIR``: how good the models are.

Writes report.md, metrics.json, predictions.npz, the curve of risk against coverage (selective.png), and per run a
confusion matrix and a reliability diagram.
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
from kd.evaluation_report import draw_confusion, draw_reliability, draw_selective, markdown, right_by_confidence
from kd.inference import choose_device
from kd.metrics import FloatArray
from kd.predictions import SplitPredictions, calibrate, predict_split
from kd.run_folder import TrainedRun, load_run
from kd.setup_run import CACHE_NAME

COVERAGES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.5)


@dataclass(frozen=True)
class Evaluated:
    """One entry: one run, or the seeds of one method; every metric on every resample, averaged over the runs."""

    name: str
    runs: list[TrainedRun]
    predictions: list[SplitPredictions]
    resampled: dict[str, FloatArray]


def build_parser() -> argparse.ArgumentParser:
    """All flags."""
    parser = argparse.ArgumentParser(prog="python -m kd.evaluate", description="Measure trained models.")
    parser.add_argument(
        "--run", nargs="+", required=True, metavar="RUN",
        help="run folders, or NAME=RUN,RUN,... for the seeds of one method, whose metrics are averaged",
    )  # fmt: skip
    parser.add_argument("--manifest", type=Path, help="CSV with path,label,group,split [that of the first run]")
    parser.add_argument("--split", default="test", help="train, val or test [test]")
    parser.add_argument("--out", type=Path, required=True, help="folder for the report (must be new or empty)")
    parser.add_argument("--checkpoint", choices=("best", "last"), default="best")
    parser.add_argument("--resamples", type=int, default=2000, help="bootstrap resamples of the groups [2000]")
    parser.add_argument("--cache", type=Path, help="folder for decoded images [.cache beside the first run]")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    return parser


def main(arguments: Sequence[str]) -> None:
    """Raises KdError for bad input."""
    parsed = build_parser().parse_args(arguments)
    if parsed.out.exists() and any(parsed.out.iterdir()):
        raise KdError(f"{parsed.out} is not empty; choose another folder for the report.")
    torch.set_num_threads(max(1, parsed.threads))
    entries = {name: [load_run(p, parsed.checkpoint) for p in paths] for name, paths in run_entries(parsed.run).items()}
    everything = [run for runs in entries.values() for run in runs]
    manifest = read_manifest(parsed.manifest or everything[0].config["manifest"])
    _check_classes(everything, manifest)
    cache = parsed.cache or everything[0].folder.path.parent / CACHE_NAME
    device = choose_device(parsed.device)
    draws = draw_groups(np.array(manifest.groups)[manifest.rows(parsed.split)], parsed.resamples)
    evaluated = []
    for name, runs in entries.items():
        predictions = []
        for run in runs:
            images = load_images(manifest, run.vit_config.img_size, cache, progress=not parsed.quiet)
            temperature = calibrate(run, manifest, images, device, not parsed.quiet)
            predictions.append(
                predict_split(run, manifest, images, parsed.split, temperature, device, not parsed.quiet)
            )
        evaluated.append(Evaluated(name, runs, predictions, resample(predictions, suspicious(runs[0].classes), draws)))
    write_report(evaluated, manifest, parsed.split, draws, command_text("kd.evaluate", arguments), parsed.out)
    print(f"written to {parsed.out / 'report.md'}")


def run_entries(texts: Sequence[str]) -> dict[str, list[Path]]:
    """``RUN`` or ``NAME=RUN,RUN`` to name and folders, in order. Raises KdError when two names are equal."""
    entries: dict[str, list[Path]] = {}
    for text in texts:
        name, separator, folders = text.partition("=")
        paths = [Path(folder) for folder in folders.split(",")] if separator else [Path(text)]
        name = name if separator else paths[0].resolve().name
        if name in entries:
            raise KdError(f"Two runs are called '{name}'; name them with --run NAME=RUN.")
        entries[name] = paths
    return entries


def resample(
    predictions: Sequence[SplitPredictions], suspicious_classes: tuple[int, ...], draws: Draws
) -> dict[str, FloatArray]:
    """Every metric on every resample of the groups, averaged over the runs of one entry."""
    single = [measure(found.probabilities, found.labels, suspicious_classes, draws) for found in predictions]
    return {name: np.mean([values[name] for values in single], axis=0) for name in single[0]}


def suspicious(classes: Sequence[ClassInfo]) -> tuple[int, ...]:
    """Indices of the suspicious classes."""
    return tuple(i for i, c in enumerate(classes) if c.suspicious)


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
    classes = evaluated[0].runs[0].classes
    first = evaluated[0].predictions[0]
    facts = summarise(evaluated, draws) | {
        "command": command,
        "manifest_digest": manifest.digest(),
        "data": _data_name(manifest),
        "split": split,
        "samples": len(first.labels),
        "groups": int(draws.multiplicities.shape[1]),
        "resamples": len(draws.multiplicities) - 1,
        "classes": [c.key for c in classes],
        "note": RESEARCH_USE_ONLY,
    }
    with atomic_folder(out) as folder:
        (folder / "metrics.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        (folder / "report.md").write_text(markdown(facts, classes), encoding="utf-8")
        arrays: dict[str, Any] = {"labels": first.labels, "groups": first.groups}
        for item in evaluated:
            for number, found in enumerate(item.predictions):
                arrays[f"probabilities:{item.name}:{number}"] = found.probabilities.astype(np.float32)
            draw_confusion(
                summed_confusion(item.predictions), classes, item.name, folder / f"confusion-{item.name}.png"
            )
            draw_reliability(item.predictions, item.name, folder / f"reliability-{item.name}.png")
        draw_selective({item.name: item.predictions for item in evaluated}, folder / "selective.png")
        np.savez_compressed(folder / "predictions.npz", **arrays)


def _data_name(manifest: Manifest) -> str:
    info = dataset_info(manifest.source, manifest.labels)
    return info.training_domain or info.name or manifest.source.name


def summarise(evaluated: Sequence[Evaluated], draws: Draws) -> dict[str, Any]:
    """Per entry: metrics with intervals, and what each of its runs gave; paired differences of all entries."""
    entries: dict[str, Any] = {}
    differences: dict[str, Any] = {}
    for item in evaluated:
        entries[item.name] = {
            "metrics": {name: interval(values) for name, values in item.resampled.items()},
            "risk_at_coverage": _risks(item.predictions),
            "confusion": summed_confusion(item.predictions).tolist(),
            "parameters": sum(p.numel() for p in item.runs[0].vit.parameters()),
            "method": item.runs[0].config.get("method", {"name": item.runs[0].config["kind"]}),
            "single": [_single(run, found) for run, found in zip(item.runs, item.predictions, strict=True)],
        }
    for later, item in enumerate(evaluated):
        for other in evaluated[:later]:
            differences[f"{item.name} - {other.name}"] = {
                name: interval(values - other.resampled[name])
                for name, values in item.resampled.items()
                if ":" not in name
            }
    return {"runs": entries, "differences": differences}


def summed_confusion(predictions: Sequence[SplitPredictions]) -> metrics.IntArray:
    """Confusion matrix (C, C) summed over runs, true class by row."""
    classes = predictions[0].probabilities.shape[1]
    matrices = [metrics.confusion(p.labels, p.probabilities.argmax(1).astype(np.int64), classes) for p in predictions]
    total: metrics.IntArray = np.sum(matrices, axis=0)
    return total


def _risks(predictions: Sequence[SplitPredictions]) -> dict[str, float]:
    """Share of errors among the surest patches, at some coverages; runs are pooled."""
    coverage, risk = metrics.selective_risk(right_by_confidence(predictions))
    return {f"{wanted:g}": metrics.risk_at(coverage, risk, wanted) for wanted in COVERAGES}


def _single(run: TrainedRun, found: SplitPredictions) -> dict[str, Any]:
    matrix = summed_confusion([found])
    return {
        "run": run.folder.path.name,
        "seed": run.config["training"]["seed"],
        "epoch": run.checkpoint["epoch"],
        "validation": run.checkpoint["validation"],
        "temperature": found.temperature,
        "accuracy": float(metrics.accuracy(matrix)),
        "balanced_accuracy": float(metrics.balanced_accuracy(matrix)),
    }


if __name__ == "__main__":
    sys.exit(run_tool(main, sys.argv[1:]))
