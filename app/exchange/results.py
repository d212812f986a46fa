"""All result files of one slide in one folder."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from app.exchange.atomic import discard
from app.exchange.heatmap_png import write_heatmap_png
from app.exchange.scores_csv import write_scores_csv
from app.exchange.scores_geojson import write_scores_geojson
from app.exchange.summary_json import write_summary_json
from app.records.slide_scores import SlideScores


def write_results(scores: SlideScores, folder: Path) -> list[Path]:
    """Write ``scores.csv``, ``scores.geojson``, ``heatmap-CLASS.png`` for each class and, last, ``summary.json``.

    Each file appears whole or not at all; where ``summary.json`` is, the others are. Raises ExportError.
    """
    discard(folder / "summary.json")
    # Images are packed outside the interpreter, beside the tables, which are not.
    with ThreadPoolExecutor(os.cpu_count(), "export") as pool:
        heatmaps = pool.map(partial(write_heatmap_png, scores, folder=folder), range(len(scores.classes)))
        written = [
            write_scores_csv(scores, folder / "scores.csv"),
            write_scores_geojson(scores, folder / "scores.geojson"),
            *heatmaps,
        ]
    return [*written, write_summary_json(scores, folder / "summary.json")]
