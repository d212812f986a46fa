"""``python -m kd.benchmark --plan FILE.toml --out DIR``: train and measure what the plan lists, and write the table.

The same command goes on after a stop: finished runs and measurements are taken as they are. The test split is read
when all trainings are done (``--train-only`` leaves it unread), or for the rows that are done with ``--unfinished``.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from kd.atomic import atomic_file
from kd.benchmark.compare import TEACHER, Comparison, compare
from kd.benchmark.cost import cost
from kd.benchmark.plan import read_plan
from kd.benchmark.report import draw, markdown, write_csv
from kd.benchmark.trainings import Trainings
from kd.command_line import command_text, log_to, run_tool
from kd.setup_run import CACHE_NAME


def build_parser() -> argparse.ArgumentParser:
    """All flags."""
    parser = argparse.ArgumentParser(prog="python -m kd.benchmark", description="Compare distillation methods.")
    parser.add_argument("--plan", type=Path, required=True, help="TOML file with [benchmark], [[row]], [[fold]]")
    parser.add_argument("--out", type=Path, required=True, help="folder for runs, measurements and the table")
    parser.add_argument("--jobs", type=int, default=1, help="trainings side by side, one thread each [1]")
    parser.add_argument("--cache", type=Path, help="folder for decoded images [.cache beside the runs]")
    parser.add_argument("--memo", type=Path, help="scratch folder in which students of a seed share teacher answers")
    parser.add_argument("--seeds", type=int, nargs="+", help="train these seeds of the plan now [all]")
    parser.add_argument("--train-only", action="store_true", help="stop before the test split is read")
    parser.add_argument("--evidence", type=Path, help="copy tables, plot, and configs and logs of all runs here")
    parser.add_argument("--unfinished", action="store_true", help="train nothing; measure and tabulate what is done")
    return parser


def main(arguments: Sequence[str]) -> None:
    """Raises KdError for bad input, Interrupted after Ctrl-C."""
    parsed = build_parser().parse_args(arguments)
    plan = read_plan(parsed.plan)
    parsed.out.mkdir(parents=True, exist_ok=True)
    logger = log_to(str(parsed.out / "benchmark.log"))
    logger.info("%s", command_text("kd.benchmark", arguments))
    trainings = Trainings(plan, parsed.out, parsed.cache, parsed.memo)
    if not parsed.unfinished:
        trainings.run(max(1, parsed.jobs), parsed.seeds)
    for line in trainings.failed:
        logger.error("not in the table: %s", line)
    if not parsed.train_only:
        cache = parsed.cache or parsed.out / "runs" / CACHE_NAME
        torch.set_num_threads(1)
        found = compare(plan, parsed.out, cache)
        write_report(found, trainings, parsed.out, command_text("kd.benchmark", arguments))
        logger.info("written: %s", parsed.out / "table.md")
    if parsed.evidence is not None:
        keep_evidence(parsed.out, parsed.evidence)


def keep_evidence(out: Path, target: Path) -> None:
    """Copy what tells how a table came about, without checkpoints and predictions."""
    names = ("table.md", "table.csv", "accuracy.png", "config.json", "log.csv")
    for source in sorted(path for name in names for path in out.rglob(name)):
        place = target / source.relative_to(out)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
        if source.suffix == ".json":
            # Where answers and images were kept meanwhile is no part of the run.
            text = place.read_text(encoding="utf-8")
            place.write_text(re.sub(r" --(teacher-memo|cache) \S+", "", text), encoding="utf-8")


def write_report(found: Comparison, trainings: Trainings, out: Path, command: str) -> None:
    """table.md, table.csv and accuracy.png."""
    plan = found.plan
    fold = next(f for f in plan.folds if f.name == found.folds[0])
    costs = {TEACHER: cost(Path(fold.teacher), Path(fold.teacher), out / "measured" / "cost-teacher.json")}
    for row, entry in zip(plan.rows, found.entries[1:], strict=False):
        if entry.seeds:
            folder = trainings.folder(fold, row, entry.seeds[0])
            costs[row.name] = cost(folder, Path(fold.teacher), out / "measured" / f"cost-{row.name}.json")
    with atomic_file(out / "table.md") as temporary:
        temporary.write_text(markdown(found, costs, command), encoding="utf-8")
    write_csv(found, costs, out / "table.csv")
    draw(found, out / "accuracy.png")


if __name__ == "__main__":
    sys.exit(run_tool(main, sys.argv[1:]))
