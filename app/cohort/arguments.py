"""The arguments of ``python -m app.score``. Light: they are understood before anything heavy is imported."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from app.analysis.runtime.devices import HELP, PRECISIONS, device_argument
from app.records.provenance import RESEARCH_USE_ONLY
from app.resources import resource_path

MAX_JOBS = 8
"""Slides at a time unless told otherwise: a process for each was measured faster than many threads for one
(tests/benchmarks/cohort_jobs.py), but takes some 100 MiB, and all read from one disk."""


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Ends the program, with a sentence, when they cannot be understood."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if not given.worker and (not given.slides or given.out is None):
        parser.error("name at least one slide or folder, and --out DIR")
    return given


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app.score", description=f"Score slides. {RESEARCH_USE_ONLY}")
    parser.add_argument("slides", nargs="*", type=Path, metavar="SLIDE", help="a slide file, or a folder of slides")
    parser.add_argument("--out", type=Path, metavar="DIR", help="a folder for each slide is made here")
    parser.add_argument("--model", type=Path, metavar="BUNDLE", help="model bundle (default: the demo student)")
    parser.add_argument(
        "--slide-model", type=Path, metavar="BUNDLE", help="slide model of that bundle: the class of each whole slide"
    )
    parser.add_argument("--device", type=device_argument, default="auto", help=f"what to run the model on: {HELP}")
    parser.add_argument("--precision", choices=PRECISIONS, default="auto", help="numbers that the model computes with")
    parser.add_argument("--mpp", type=_mpp, metavar="UM", help="um per level-0 pixel, in place of what the file states")
    parser.add_argument(
        "--workers",
        type=partial(_count, of="threads"),
        default=0,
        metavar="N",
        help="scoring threads of each slide (default: twice its share of the cores; with --scheduler one a core)",
    )
    parser.add_argument(
        "--jobs",
        type=partial(_count, of="slides"),
        default=0,
        metavar="N",
        help=f"slides at a time, each in a process of its own (default: one a core, at most {MAX_JOBS}; 1 on a GPU)",
    )
    parser.add_argument(
        "--demonstration",
        action="store_true",
        help="rank fields even where a phantom model meets a real slide; stamped on every file",
    )
    parser.add_argument(
        "--low-power",
        action="store_true",
        help=_low_power_help(),
    )
    parser.add_argument(
        "--data-dir", type=Path, metavar="DIR", help="where scores are kept, so that an interrupted run goes on"
    )
    several = parser.add_argument_group("several machines (needs Dask: pip install 'fnascope[cluster]')")
    several.add_argument("--scheduler", metavar="ADDRESS", help="give the slides to this Dask scheduler's workers")
    several.add_argument("--worker", metavar="ADDRESS", help="be a worker of this scheduler; no slide is named")
    several.add_argument("--gpu", action="store_true", help="each slide takes one GPU; this worker offers one")
    return parser


def _low_power_help() -> str:
    measured = json.loads(resource_path("low_power/stage.json").read_text(encoding="utf-8"))
    labelled, single = (f"{measured[key]:.2%}".replace("%", "%%") for key in ("recall_unseen", "one_nucleus_kept"))
    return (
        "leave out tiles that a stage trained on phantoms (drawn slides) finds without cells at low power; of other "
        f"phantoms' tiles labelled as with cells it keeps {labelled}, but only {single} of those with the centre of "
        "just one nucleus, which is often at their border"
    )


def _mpp(text: str) -> float:
    from app.slides.slide import MPP_MAX_UM, MPP_MIN_UM

    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not MPP_MIN_UM <= value <= MPP_MAX_UM:
        raise argparse.ArgumentTypeError(f"{text!r} is not a scale between {MPP_MIN_UM} and {MPP_MAX_UM} um per pixel")
    return value


def _count(text: str, of: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of {of}; give 1 or more")
    return int(text)
