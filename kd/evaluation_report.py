"""The evaluation as Markdown tables and plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kd import metrics
from kd.bundle import ClassInfo
from kd.predictions import SplitPredictions

_PERCENT = ("accuracy", "balanced_accuracy", "macro_f1", "kappa", "auroc", "ece")


def markdown(facts: dict[str, Any], classes: Sequence[ClassInfo]) -> str:
    """The report; ``facts`` as in metrics.json."""
    names = list(facts["runs"])
    measured = [name for name in facts["runs"][names[0]]["metrics"] if ":" not in name]
    lines = [
        f"# Evaluation on {facts['data']}, split {facts['split']}",
        "",
        f"{facts['samples']} patches of {facts['groups']} groups; 95 % intervals by {facts['resamples']} bootstrap "
        "resamples of whole groups. Probabilities are calibrated by one temperature, fitted on the validation split. "
        "An entry of several runs (seeds) shows the mean of their metrics.",
        "",
        f"Made by `{facts['command']}` (manifest {facts['manifest_digest']}). {facts['note']}",
        "",
        "| metric | " + " | ".join(names) + " |",
        "|---" * (len(names) + 1) + "|",
    ]
    for metric in measured:
        cells = [_cell(facts["runs"][name]["metrics"][metric], metric) for name in names]
        lines.append(f"| {metric.replace('_', ' ')} | " + " | ".join(cells) + " |")
    lines.append("| parameters | " + " | ".join(f"{facts['runs'][name]['parameters']:,}" for name in names) + " |")
    if facts["differences"]:
        lines += ["", "## Paired differences", "", "| metric | " + " | ".join(facts["differences"]) + " |"]
        lines.append("|---" * (len(facts["differences"]) + 1) + "|")
        for metric in measured:
            cells = [_cell(pair[metric], metric) for pair in facts["differences"].values()]
            lines.append(f"| {metric.replace('_', ' ')} | " + " | ".join(cells) + " |")
    coverages = facts["runs"][names[0]]["risk_at_coverage"]
    lines += ["", "## Selective prediction", "", "Share of errors (%) when only the surest patches are answered.", ""]
    lines += ["| answered | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for coverage in coverages:
        risks = [f"{facts['runs'][name]['risk_at_coverage'][coverage] * 100:.2f}" for name in names]
        lines.append(f"| {float(coverage):.0%} | " + " | ".join(risks) + " |")
    lines += ["", "## Single runs", "", "| entry | run | seed | epoch | temperature | accuracy | balanced accuracy |"]
    lines.append("|---" * 7 + "|")
    for name in names:
        for one in facts["runs"][name]["single"]:
            values = f"{one['temperature']:.3f} | {one['accuracy'] * 100:.2f} | {one['balanced_accuracy'] * 100:.2f}"
            lines.append(f"| {name} | {one['run']} | {one['seed']} | {one['epoch']} | {values} |")
    lines += ["", "## Per class", "", "| class | run | recall | precision | F1 |", "|---|---|---|---|---|"]
    for index, info in enumerate(classes):
        for name in names:
            found = facts["runs"][name]["metrics"]
            cells = [_cell(found[f"{metric}:{index}"], "accuracy") for metric in ("recall", "precision", "f1")]
            lines.append(f"| {info.name} | {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(entry: dict[str, float], metric: str) -> str:
    scale, digits = (100.0, 2) if metric in _PERCENT or metric.startswith(("sensitivity", "accuracy_at")) else (1.0, 4)
    value, low, high = (f"{entry[key] * scale:.{digits}f}" for key in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def draw_confusion(matrix: metrics.IntArray, classes: Sequence[ClassInfo], name: str, target: Path) -> None:
    """Row-normalised confusion matrix (C, C) with counts."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    share = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    figure = Figure(figsize=(1.1 * len(classes) + 2, 1.0 * len(classes) + 1), layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.subplots()
    axis.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for row in range(len(classes)):
        for column in range(len(classes)):
            color = "white" if share[row, column] > 0.5 else "black"
            text = f"{share[row, column] * 100:.1f}\n({matrix[row, column]})"
            axis.text(column, row, text, ha="center", va="center", color=color, fontsize=8)
    labels = [c.name for c in classes]
    axis.set_xticks(range(len(classes)), labels, rotation=35, ha="right")
    axis.set_yticks(range(len(classes)), labels)
    axis.set_xlabel("predicted")
    axis.set_ylabel("true")
    axis.set_title(f"{name}: % of the true class (patches)")
    figure.savefig(target, dpi=90)


def right_by_confidence(predictions: Sequence[SplitPredictions]) -> metrics.FloatArray:
    """1 where the top class is right, by falling confidence; runs are pooled."""
    probabilities = np.concatenate([found.probabilities for found in predictions])
    labels = np.concatenate([found.labels for found in predictions])
    order = np.argsort(-probabilities.max(1), kind="stable")
    right: metrics.FloatArray = (probabilities.argmax(1) == labels)[order].astype(np.float64)
    return right


def draw_selective(entries: Mapping[str, Sequence[SplitPredictions]], target: Path) -> None:
    """Risk against coverage of every entry (runs pooled): the error rate when only the surest patches are answered."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.5, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.subplots()
    for name, predictions in entries.items():
        coverage, risk = metrics.selective_risk(right_by_confidence(predictions))
        axis.plot(coverage, risk, label=name)
    axis.set_xlabel("coverage: share of patches answered, surest first")
    axis.set_ylabel("risk: share of errors among them")
    axis.set_ylim(bottom=0)
    axis.grid(alpha=0.3)
    axis.legend()
    figure.savefig(target, dpi=90)


def draw_reliability(predictions: Sequence[SplitPredictions], name: str, target: Path) -> None:
    """Accuracy against confidence in 15 bins, with the share of patches in each; runs are pooled."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    probabilities = np.concatenate([found.probabilities for found in predictions])
    labels = np.concatenate([found.labels for found in predictions])
    bins, confidence, right = metrics.calibration_bins(probabilities, labels)
    count = np.bincount(bins, minlength=metrics.BINS).astype(float)
    filled = count > 0
    mean_confidence = np.bincount(bins, confidence, metrics.BINS)[filled] / count[filled]
    mean_right = np.bincount(bins, right, metrics.BINS)[filled] / count[filled]
    figure = Figure(figsize=(5, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.subplots()
    axis.plot([0, 1], [0, 1], color="grey", linewidth=1)
    axis.bar((np.arange(metrics.BINS) + 0.5) / metrics.BINS, count / count.sum(), 0.9 / metrics.BINS, alpha=0.25)
    axis.plot(mean_confidence, mean_right, marker="o")
    axis.set_xlabel("confidence of the top class")
    axis.set_ylabel("share that is right (line); share of patches (bars)")
    axis.set_title(f"{name}: reliability after calibration")
    figure.savefig(target, dpi=90)
