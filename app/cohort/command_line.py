"""What ``python -m app.score`` does, and what it tells while it runs."""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import sys
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from app.analysis.slide_model import check_belongs
from app.cohort.arguments import MAX_JOBS
from app.cohort.cluster import score_on_cluster, serve
from app.cohort.folders import check_results, why_not_kept
from app.cohort.here import score_here
from app.cohort.one_slide import ScoreError, ScoreOptions, SlideResult
from app.cohort.slide_list import Task, list_tasks
from app.cohort.table import write_table
from app.exchange.atomic import ExportError
from app.records.provenance import RESEARCH_USE_ONLY
from app.resources import resource_path
from app.session.events import RunProgress
from app.slides.slide import SlideError
from kd.bundle import SLIDE_MODEL, Bundle, BundleError, load_bundle

DEFAULT_MODEL = "models/demo.fnabundle"
INTERRUPTED = 130


def run(given: argparse.Namespace) -> int:
    """Do what ``arguments.parse`` understood. Returns 0 when every slide was scored, 1 when one failed (the others go
    on), 130 when interrupted."""
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    try:
        if given.worker:
            _warn_of(given.data_dir)
            serve(given.worker, gpu=given.gpu, data_dir=given.data_dir)
            return 0
        return _score(given)
    except (BundleError, FileNotFoundError, SlideError, ScoreError, ExportError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        lost = not (given.worker or given.scheduler) and why_not_kept(given.data_dir)
        kept = "the same command begins anew" if lost else "what is scored is kept; the same command goes on from there"
        print(f"Interrupted; {kept}.", file=sys.stderr)
        return INTERRUPTED


def _score(given: argparse.Namespace) -> int:
    """Raises BundleError, FileNotFoundError, SlideError, ScoreError, ExportError."""
    bundle = load_bundle(given.model or resource_path(DEFAULT_MODEL))
    tasks = list_tasks(given.slides, given.out)
    check_results(given.out)
    print(RESEARCH_USE_ONLY, file=sys.stderr)
    jobs = given.jobs or _jobs(len(tasks), bundle, given)
    workers = given.workers or (0 if given.scheduler else default_workers(jobs))
    options = ScoreOptions(
        bundle.path.absolute(),
        given.data_dir,
        slide_model=_slide_model(given.slide_model, bundle),
        device=given.device,
        precision=given.precision,
        mpp=given.mpp,
        demonstration=given.demonstration,
        workers=workers,
        low_power=given.low_power,
    )
    if not given.scheduler:
        _warn_of(given.data_dir)
    results: dict[Path, SlideResult] = {}
    with tqdm(total=len(tasks), unit=" slides", dynamic_ncols=True, disable=len(tasks) == 1) as whole:
        if given.scheduler:
            shared = [Task(task.slide.absolute(), task.folder.absolute()) for task in tasks]
            coming: Iterator[SlideResult] = score_on_cluster(shared, options, given.scheduler, gpu=given.gpu)
            tasks = shared
        else:
            coming = score_here(tasks, bundle, options, jobs=jobs, on_progress=_Bars().show)
        for result in coming:
            results[result.slide] = result
            _tell(result)
            whole.update()
            if len(tasks) > 1:
                write_table(given.out, tasks, results)
    return 1 if any(result.state == "failed" for result in results.values()) else 0


def _warn_of(data_dir: Path | None) -> None:
    text = why_not_kept(data_dir)
    if text:
        print(f"warning: {text}", file=sys.stderr)


def _slide_model(path: Path | None, student: Bundle) -> Path | None:
    """Checked before anything is scored. Raises BundleError."""
    if path is None:
        return None
    slide_model = load_bundle(path, SLIDE_MODEL)
    check_belongs(slide_model, student)
    return path.absolute()


def _jobs(slides: int, bundle: Bundle, given: argparse.Namespace) -> int:
    if slides == 1:
        return 1
    # Looks for GPUs, which takes longer than anything else here.
    from app.analysis.runtime.candidates import runs_on_cpu

    return default_jobs(slides, on_cpu=runs_on_cpu(bundle, given.device, given.precision))


def default_jobs(slides: int, *, on_cpu: bool) -> int:
    """How many of so many slides to score at a time on this machine; one GPU has memory and time for one."""
    return 1 if not on_cpu else max(1, min(slides, multiprocessing.cpu_count(), MAX_JOBS))


def default_workers(jobs: int) -> int:
    """Scoring threads of each of ``jobs`` slides: twice its share of the cores, since a slide that is opened, searched
    for cells or written needs one core only, and the last slide of a cohort has the machine to itself."""
    cores = multiprocessing.cpu_count()
    return max(1, min(cores, 2 * cores // jobs))


class _Bars:
    """A progress bar for each slide in work; called on the threads that score."""

    def __init__(self) -> None:
        self._bars: dict[Path, tqdm[object]] = {}
        self._interval_s = 0.2 if sys.stderr.isatty() else 5.0

    def show(self, task: Task, progress: RunProgress) -> None:
        bar = self._bars.get(task.slide)
        if bar is None:
            bar = tqdm(desc=task.slide.name, unit=" tiles", dynamic_ncols=True, mininterval=self._interval_s)
            self._bars[task.slide] = bar
        bar.total = progress.total or None
        if progress.state == "finding cells":
            bar.set_postfix_str(f"finding cells {progress.finding_share:.0%}", refresh=False)
        else:
            notes = {"failed": progress.failed, "out of focus": progress.out_of_focus}
            text = [
                progress.device_reason or progress.state,
                *(f"{count} {name}" for name, count in notes.items() if count),
            ]
            bar.set_postfix_str(", ".join(text), refresh=False)
        bar.update(progress.done - bar.n)
        if progress.state == "finished":
            bar.close()


def _tell(result: SlideResult) -> None:
    if result.state == "failed":
        _fail(f"{result.slide}: {result.text}")
        return
    for notice in result.notices:
        tqdm.write(f"note: {notice}", file=sys.stderr)
    tqdm.write(f"{result.folder}: {result.text}", file=sys.stdout)


def _fail(text: str) -> int:
    tqdm.write(f"error: {text}", file=sys.stderr)
    return 1
