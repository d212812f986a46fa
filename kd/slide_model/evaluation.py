"""How good a slide model is on bags it has not seen, beside its baseline, with intervals over groups."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from kd import metrics
from kd.atomic import atomic_folder
from kd.bootstrap import draw_groups, interval, measure
from kd.bundle import RESEARCH_USE_ONLY
from kd.slide_model.attention import SlideGraph, bag_logits
from kd.slide_model.bags import BagSet
from kd.slide_model.training import SlideRun

_SHOWN = ("accuracy", "balanced_accuracy", "auroc", "nll", "ece")


def evaluate_bags(run: SlideRun, bags: BagSet, split: str, resamples: int) -> dict[str, Any]:
    """Metrics of both models with intervals, their paired difference, and where attention lies. Raises KdError."""
    chosen = bags.of(split)
    labels = np.array([bag.label for bag in chosen])
    draws = draw_groups(np.array([bag.group for bag in chosen]), resamples)
    positive = (run.baseline.positive if run.baseline else len(run.classes) - 1,)
    models = {"gated attention": metrics.softmax(bag_logits(run.model, chosen), float(run.model.temperature))}
    if run.baseline is not None:
        models[f"mean of the {run.baseline.count} most suspicious"] = run.baseline.probabilities(chosen)
    found = {name: measure(table, labels, positive, draws) for name, table in models.items()}
    first = found["gated attention"]
    facts: dict[str, Any] = {
        "split": split,
        "bags": len(chosen),
        "groups": int(draws.multiplicities.shape[1]),
        "resamples": resamples,
        "models": {
            name: {metric: interval(values[metric]) for metric in _SHOWN if metric in values}
            for name, values in found.items()
        },
        "differences": {
            name: {metric: interval(first[metric] - values[metric]) for metric in _SHOWN if metric in values}
            for name, values in found.items()
            if values is not first
        },
        "note": RESEARCH_USE_ONLY,
    }
    where = attention_on_suspicious(run, bags, split)
    return facts | ({"attention_on_suspicious_tiles": where} if where is not None else {})


def attention_on_suspicious(run: SlideRun, bags: BagSet, split: str) -> float | None:
    """Mean, over bags that hold suspicious tiles, of how much more weight these have than the average tile (1: no
    more); None where the truth of tiles is not known."""
    import torch

    graph = SlideGraph(run.model).eval()
    values = []
    for bag in bags.of(split):
        if bag.tile_suspicious is None or not bag.tile_suspicious.any():
            continue
        with torch.no_grad():
            weights = graph(torch.from_numpy(bag.embeddings))[1].numpy()
        values.append(float(weights[bag.tile_suspicious].mean()))
    return float(np.mean(values)) if values else None


def write_slide_report(facts: dict[str, Any], command: str, out: Path) -> None:
    """report.md and metrics.json, in one step."""
    names = list(facts["models"])
    lines = [
        f"# Slide model, split {facts['split']}", "",
        f"{facts['bags']} bags of {facts['groups']} groups; 95 % intervals by {facts['resamples']} bootstrap resamples "
        f"of whole groups. Made by `{command}`. {facts['note']}", "",
        "| metric | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|",
    ]  # fmt: skip
    for metric in facts["models"][names[0]]:
        cells = [_cell(facts["models"][name].get(metric)) for name in names]
        lines.append(f"| {metric.replace('_', ' ')} | " + " | ".join(cells) + " |")
    for name, values in facts["differences"].items():
        lines += ["", f"Gated attention minus {name}: " + "; ".join(f"{m} {_cell(v)}" for m, v in values.items())]
    if "attention_on_suspicious_tiles" in facts:
        value = facts["attention_on_suspicious_tiles"]
        lines += ["", f"Weight of the suspicious tiles of positive bags, 1 being the average tile: {value:.2f}."]
    with atomic_folder(out) as folder:
        (folder / "metrics.json").write_text(json.dumps(facts | {"command": command}, indent=2) + "\n")
        (folder / "report.md").write_text("\n".join(lines) + "\n")


def _cell(entry: dict[str, float] | None) -> str:
    return "" if entry is None else f"{entry['value']:.3f} ({entry['low']:.3f} to {entry['high']:.3f})"
