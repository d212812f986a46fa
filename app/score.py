"""``python -m app.score SLIDE ... --out DIR``: scores slides without a window, by the same session."""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import queue
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import platformdirs
from tqdm import tqdm

from app.analysis.runtime.backend import DEVICES, PRECISIONS
from app.exchange.atomic import ExportError
from app.exchange.results import write_results
from app.records.provenance import RESEARCH_USE_ONLY
from app.resources import resource_path
from app.session.events import RunProgress, SessionEvent
from app.session.slide_session import SlideSession
from app.slides.open import open_slide
from app.slides.slide import MPP_MAX_UM, MPP_MIN_UM, Slide, SlideError
from kd.bundle import Bundle, BundleError, load_bundle

log = logging.getLogger("app.score")

DEFAULT_MODEL = "models/demo.fnabundle"
RESTARTS = 2
"""How often a scoring process that died is started again before the slide counts as failed."""
INTERRUPTED = 130
_TICK_S = 0.5


class ScoreError(Exception):
    """A slide cannot be scored; the message is one sentence for the user."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 when every slide was scored, 1 when one failed (the others go on), 130 when interrupted."""
    multiprocessing.freeze_support()
    options = _parse(arguments)
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    try:
        bundle = load_bundle(options.model or resource_path(DEFAULT_MODEL))
    except (BundleError, FileNotFoundError) as error:
        return _fail(str(error))
    print(RESEARCH_USE_ONLY, file=sys.stderr)
    failed = 0
    folders = _folders(options.slides, options.out)
    for path, folder in zip(options.slides, folders, strict=True):
        try:
            _score_slide(path, bundle, folder, options)
        except KeyboardInterrupt:
            print("Interrupted. What is scored is kept; the same command goes on from there.", file=sys.stderr)
            return INTERRUPTED
        except (SlideError, BundleError, ExportError, ScoreError) as error:
            failed += _fail(f"{path}: {error}")
        except Exception as error:
            log.exception("an error in the program")
            failed += _fail(f"{path}: an error in the program ({type(error).__name__}: {error}).")
    return 1 if failed else 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m app.score", description=f"Score slides. {RESEARCH_USE_ONLY}")
    parser.add_argument("slides", nargs="+", type=Path, metavar="SLIDE", help="a slide file")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a folder for each slide is made here")
    parser.add_argument("--model", type=Path, metavar="BUNDLE", help="model bundle (default: the demo student)")
    parser.add_argument("--device", choices=DEVICES, default="auto", help="what to run the model on")
    parser.add_argument("--precision", choices=PRECISIONS, default="auto", help="numbers that the model computes with")
    parser.add_argument("--mpp", type=_mpp, metavar="UM", help="um per level-0 pixel, in place of what the file states")
    parser.add_argument("--workers", type=int, default=0, metavar="N", help="scoring threads (default: one a core)")
    parser.add_argument(
        "--demonstration",
        action="store_true",
        help="rank fields even where a phantom model meets a real slide; stamped on every file",
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=Path(platformdirs.user_data_dir("fnascope", appauthor=False)),
        metavar="DIR",
        help="where scores are kept, so that an interrupted run goes on",
    )
    return parser.parse_args(arguments)


def _mpp(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not MPP_MIN_UM <= value <= MPP_MAX_UM:
        raise argparse.ArgumentTypeError(f"{text!r} is not a scale between {MPP_MIN_UM} and {MPP_MAX_UM} um per pixel")
    return value


def _folders(slides: Sequence[Path], out: Path) -> list[Path]:
    """A folder for each slide, named by its stem; a number tells equal stems apart."""
    seen: dict[str, int] = {}
    folders: list[Path] = []
    for path in slides:
        seen[path.stem] = seen.get(path.stem, 0) + 1
        number = seen[path.stem]
        folders.append(out / (path.stem if number == 1 else f"{path.stem}-{number}"))
    return folders


def _score_slide(path: Path, bundle: Bundle, folder: Path, options: argparse.Namespace) -> None:
    """Raises SlideError, ExportError, ScoreError."""
    slide = open_slide(path)
    try:
        session = SlideSession(
            slide,
            bundle,
            options.data_dir,
            device=options.device,
            precision=options.precision,
            calibrated_mpp=options.mpp,
            demonstration=options.demonstration,
            workers=options.workers,
        )
        try:
            if not session.can_score:
                reasons = [n.text for n in session.notices if n.severity == "error" and n.key != "phantom-model"]
                hint = " Give the scale with --mpp." if session.mpp is None else ""
                raise ScoreError(" ".join(reasons) + hint)
            _run(session, slide)
            _write(session, folder)
        finally:
            session.close()
    finally:
        slide.close()


def _run(session: SlideSession, slide: Slide) -> None:
    """Until the slide is scored. A scoring process that dies is started again."""
    events: queue.SimpleQueue[SessionEvent] = queue.SimpleQueue()
    session.subscribe(events.put)
    restarts = 0
    refresh_s = 0.2 if sys.stderr.isatty() else 5.0
    with tqdm(desc=slide.info.path.name, unit=" tiles", dynamic_ncols=True) as bar:
        session.start()
        shown_at = 0.0
        while True:
            if time.monotonic() - shown_at > refresh_s:
                _show(bar, session.progress)
                shown_at = time.monotonic()
            try:
                event = events.get(timeout=_TICK_S)
            except queue.Empty:
                continue
            if event.kind == "finished":
                _show(bar, session.progress)
                return
            if event.kind == "failed":
                raise ScoreError(event.message)
            if event.kind == "process-died":
                restarts += 1
                if restarts > RESTARTS:
                    raise ScoreError(event.message)
                session.start()


def _show(bar: tqdm[object], progress: RunProgress) -> None:
    notes = {"failed": progress.failed, "out of focus": progress.out_of_focus}
    bar.total = progress.total or None
    bar.n = progress.done
    if progress.state == "finding cells":
        bar.set_postfix_str(f"finding cells {progress.finding_share:.0%}", refresh=False)
    else:
        text = [
            progress.device_reason or progress.state,
            *(f"{count} {name}" for name, count in notes.items() if count),
        ]
        bar.set_postfix_str(", ".join(text), refresh=False)
    bar.refresh()


def _write(session: SlideSession, folder: Path) -> None:
    for notice in session.notices:
        if notice.severity != "info":
            print(f"note: {notice.text}", file=sys.stderr)
    scores = session.snapshot()
    assert scores is not None
    write_results(scores, folder)
    summary = scores.summary
    shares = ", ".join(f"{share.name} {share.share:.1%}" for share in summary.per_class)
    findings = shares if scores.may_rank else "no class is named: a phantom model means nothing on a real slide"
    print(
        f"{folder}: {summary.tiles_scored} tiles scored, {summary.background} background, "
        f"{summary.out_of_focus} out of focus, {summary.failed} failed; {findings}"
    )


def _fail(text: str) -> int:
    print(f"error: {text}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
