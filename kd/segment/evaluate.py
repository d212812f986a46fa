"""``python -m kd.segment evaluate --runs A B ... --out DIR``: Dice of trained segmenters on held-out images.

Runs that differ in nothing but the seed make one row: Dice is averaged over them image by image, and the interval is
over images (or groups of them). The classical segmentation is set on the training images, once for all and once for
each domain, which only its user would know.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kd.atomic import atomic_folder
from kd.command_line import command_text
from kd.errors import KdError
from kd.segment.classical import classical_masks, fit
from kd.segment.dataset import MaskedImages, read_masked_images
from kd.segment.overlap import FloatArray, Masks, dice_table, interval
from kd.segment.run import SegmenterRun, load_segmenter, segment
from kd.segment.unet import multiply_adds, parameter_count

COLUMNS = ("nucleus", "cytoplasm", "mean", "cell")


@dataclass
class Row:
    """One line of the table: ``tables`` holds, for each seed, Dice by image under the names of ``COLUMNS``."""

    name: str
    parameters: int = 0
    multiply_adds: int = 0
    kind: str = "classical"
    tables: list[dict[str, FloatArray]] = field(default_factory=list)

    def dice(self, column: str) -> FloatArray:
        """Mean over seeds, by image (n,)."""
        result: FloatArray = np.mean([table[column] for table in self.tables], axis=0)
        return result


def main(arguments: Sequence[str]) -> None:
    """Raises KdError for bad input."""
    parser = argparse.ArgumentParser(prog="python -m kd.segment evaluate", description="Dice on held-out images.")
    parser.add_argument("--runs", type=Path, nargs="+", required=True, metavar="RUN")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder with manifest.csv [that of the first run]")
    parser.add_argument("--split", choices=("val", "test"), default="test")
    parser.add_argument("--domain", help="only images of this domain")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the report; replaced")
    parser.add_argument("--threads", type=int, default=1)
    parsed = parser.parse_args(arguments)
    torch.set_num_threads(max(1, parsed.threads))
    runs = [load_segmenter(path) for path in parsed.runs]
    data = read_masked_images(parsed.data or runs[0].config["data"])
    rows = data.rows(parsed.split)
    domains = data.extra.get("domain", ("",) * len(data.splits))
    if parsed.domain:
        rows = rows[np.array([domains[row] == parsed.domain for row in rows])]
        if not len(rows):
            raise KdError(f"{data.source} has no {parsed.split} images of domain '{parsed.domain}'.")
    table = rows_of(runs, data, rows)
    groups = np.array(data.groups)[rows]
    report = {
        "command": command_text("kd.segment evaluate", arguments),
        "data": data.card.get("name", ""),
        "data_digest": data.digest(),
        "split": parsed.split,
        "domain": parsed.domain or "all",
        "images": len(rows),
        "px": data.side_px,
        "rows": [summary(row, table[0], groups) for row in table],
    }
    with atomic_folder(parsed.out) as folder:
        (folder / "metrics.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        (folder / "report.md").write_text(markdown(report), encoding="utf-8")
        _write_csv(report, folder / "dice.csv")
    print(markdown(report))


def rows_of(runs: Sequence[SegmenterRun], data: MaskedImages, rows: np.ndarray[Any, Any]) -> list[Row]:
    """Teachers, then students, then the classical segmentation."""
    images, truth = data.images[rows], data.masks[rows]
    found: dict[str, Row] = {}
    for run in runs:
        if data.side_px % run.model.config.multiple:
            raise KdError(f"{run.folder.path} cannot take images of {data.side_px} px.")
        size = parameter_count(run.model), multiply_adds(run.model.config, data.side_px)
        name = row_name(run)
        row = found.setdefault(name, Row(name, *size, str(run.config["kind"]).removeprefix("segmentation ")))
        row.tables.append(dice_table(segment(run.model, images), truth))
    ordered = sorted(found.values(), key=lambda row: row.kind != "teacher")
    train = data.rows("train")
    fitted = classical_masks(images, fit(data.images[train], data.masks[train]))
    ordered.append(Row("thresholds, one setting", tables=[dice_table(fitted, truth)]))
    domains = np.array(data.extra.get("domain", ("",) * len(data.splits)))
    if len(set(domains)) > 1:
        found_masks = _per_domain(data, rows, domains)
        ordered.append(Row("thresholds, set for each domain", tables=[dice_table(found_masks, truth)]))
    return ordered


def _per_domain(data: MaskedImages, rows: np.ndarray[Any, Any], domains: np.ndarray[Any, Any]) -> Masks:
    train, result = data.rows("train"), np.zeros((len(rows), data.side_px, data.side_px), np.uint8)
    for domain in sorted(set(domains[rows])):
        known = train[domains[train] == domain]
        settings = fit(data.images[known], data.masks[known])
        here = domains[rows] == domain
        result[here] = classical_masks(data.images[rows[here]], settings)
    return result


def row_name(run: SegmenterRun) -> str:
    """What a run is, seed aside."""
    method, training, model = run.config["method"], run.config["training"], run.config["model"]
    name = "teacher" if run.config["kind"] == "segmentation teacher" else "student, masks alone"
    if method["path"] != "none":
        name = f"student, {method['path']} {method['loss']}, {method['teacher_view']} teacher view"
    if training["images"]:
        name += f", {training['images']} images"
    return f"{name}, {training['epochs']} epochs (U-Net {model['width']}/{model['depth']})"


def summary(row: Row, first: Row, groups: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Dice with intervals, by seed, and the paired difference from the first row."""
    measured = {column: interval(row.dice(column), groups) for column in COLUMNS}
    difference = {column: interval(row.dice(column) - first.dice(column), groups) for column in COLUMNS}
    seeds = [float(np.nanmean(table["mean"])) for table in row.tables]
    return {
        "name": row.name, "kind": row.kind, "parameters": row.parameters, "multiply_adds": row.multiply_adds,
        "seeds": len(row.tables), "dice": measured, "from_first": difference, "mean_by_seed": seeds,
    }  # fmt: skip


def markdown(report: dict[str, Any]) -> str:
    """The table for people, in points (hundredths) of Dice."""
    lines = [
        f"`{report['command']}`",
        "",
        f"{report['images']} {report['split']} images of {report['px']} px, domain: {report['domain']}. Dice x 100, "
        "mean over seeds, 95 % interval over images. For Research Use Only. Not for use in diagnostic procedures.",
        "",
        "| | parameters | multiply-adds, M | seeds | nucleus | cytoplasm | mean | mean - first row |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in report["rows"]:
        size = f"{row['parameters']:,}" if row["parameters"] else "-"
        work = f"{row['multiply_adds'] / 1e6:.1f}" if row["multiply_adds"] else "-"
        cells = [_points(row["dice"][c]) for c in ("nucleus", "cytoplasm", "mean")]
        cells.append(_points(row["from_first"]["mean"], sign=True))
        lines.append(f"| {row['name']} | {size} | {work} | {row['seeds']} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _points(found: dict[str, float], sign: bool = False) -> str:
    shown = [f"{100 * found[k]:{'+' if sign else ''}.1f}" for k in ("value", "low", "high")]
    return f"{shown[0]} ({shown[1]} to {shown[2]})"


def _write_csv(report: dict[str, Any], target: Path) -> None:
    with target.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(("row", "parameters", "seeds", "class", "dice", "low", "high", "from_first", "low", "high"))
        for row in report["rows"]:
            for column in COLUMNS:
                values = [row["dice"][column], row["from_first"][column]]
                figures = [f"{v[k]:.5f}" for v in values for k in ("value", "low", "high")]
                rows.writerow((row["name"], row["parameters"], row["seeds"], column, *figures))
