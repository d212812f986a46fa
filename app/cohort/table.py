"""``cohort.csv``: a line for each slide of a cohort, written anew whenever a slide ends."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.cohort.one_slide import SlideResult
from app.cohort.slide_list import Task
from app.exchange.atomic import written_whole
from app.records.provenance import RESEARCH_USE_ONLY

COLUMNS = ("slide", "state", "tiles", "seconds", "results", "text")


def write_table(out: Path, tasks: Sequence[Task], results: Mapping[Path, SlideResult]) -> Path:
    """Write ``out/cohort.csv``; slides without a result yet are ``waiting``. ``results`` by slide.
    Raises ExportError."""
    with written_whole(out / "cohort.csv") as stream:
        stream.write(f"# {RESEARCH_USE_ONLY}\n")
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(COLUMNS)
        for task in tasks:
            result = results.get(task.slide)
            if result is None:
                rows.writerow((task.slide, "waiting", "", "", task.folder, ""))
            else:
                tiles, seconds = (result.tiles, f"{result.seconds:.1f}") if result.state == "scored" else ("", "")
                rows.writerow((task.slide, result.state, tiles, seconds, task.folder, result.text))
    return out / "cohort.csv"
