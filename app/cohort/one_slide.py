"""One slide of a cohort, from file to result files."""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from app.analysis.slide_model import check_belongs
from app.cohort.folders import default_data_dir
from app.exchange.results import write_results
from app.exchange.stamp import DEMONSTRATION
from app.records.scores import CellState
from app.records.weighed_slide import WeighedSlide
from app.session.events import RunProgress, SessionEvent
from app.session.slide_session import SlideSession
from app.session.slide_weighing import WeighingError, may_weigh, meaningless, means_nothing, weigh, with_weighed
from app.slides.open import open_slide
from kd.bundle import SLIDE_MODEL, Bundle, BundleError, load_bundle

RESTARTS = 2
"""How often a scoring process that died is started again before the slide counts as failed."""
_TICK_S = 0.1
_PROGRESS_EVERY_S = 0.5


class ScoreError(Exception):
    """A slide cannot be scored; the message is one sentence for the user."""


class StoppedError(Exception):
    """The run was told to stop; what is scored is kept."""


@dataclass(frozen=True)
class ScoreOptions:
    """How slides are scored. ``mpp`` in um per level-0 pixel replaces what the files state; ``workers`` scoring
    threads for each slide, 0 for one a core; ``slide_model`` is a bundle that weighs each slide once it is scored;
    ``low_power`` leaves out tiles that look empty at low power;
    ``data_dir`` holds the stored scores, on a local disk (None: in the user's
    data folder of the machine that scores)."""

    model: Path
    data_dir: Path | None = None
    slide_model: Path | None = None
    device: str = "auto"
    precision: str = "auto"
    mpp: float | None = None
    demonstration: bool = False
    workers: int = 0
    low_power: bool = False


@dataclass(frozen=True)
class SlideResult:
    """What became of a slide. ``state``: ``scored`` now, ``already scored`` by an earlier run, or ``failed``;
    ``text`` is the sentence on it, ``notices`` what the user must know."""

    slide: Path
    folder: Path
    state: Literal["scored", "already scored", "failed"]
    text: str
    tiles: int = 0
    seconds: float = 0.0
    notices: tuple[str, ...] = ()


def score_slide(
    path: Path,
    folder: Path,
    bundle: Bundle,
    options: ScoreOptions,
    *,
    on_progress: Callable[[RunProgress], None] = lambda _progress: None,
    keep_going: Callable[[], bool] = lambda: True,
) -> SlideResult:
    """Score a slide and write its results into ``folder``; nothing is done twice: complete results of the same slide,
    model and settings are left as they are, and stored scores are gone on from.

    Raises SlideError, BundleError, ExportError, ScoreError, WeighingError; StoppedError when ``keep_going`` answered
    False.
    """
    begun = time.monotonic()
    slide = open_slide(path)
    try:
        session = SlideSession(
            slide,
            bundle,
            options.data_dir or default_data_dir(),
            device=options.device,
            precision=options.precision,
            calibrated_mpp=options.mpp,
            demonstration=options.demonstration,
            workers=options.workers,
            low_power=options.low_power,
        )
        try:
            if not session.can_score:
                reasons = [n.text for n in session.notices if n.severity == "error" and n.key != "phantom-model"]
                hint = " Give the scale with --mpp." if session.mpp is None else ""
                raise ScoreError(" ".join(reasons) + hint)
            slide_model = load_bundle(options.slide_model, SLIDE_MODEL) if options.slide_model is not None else None
            if slide_model is not None:
                check_belongs(slide_model, bundle)
            if _is_done(session, folder, slide_model):
                return SlideResult(path, folder, "already scored", "the results are there and still hold")
            _run(session, on_progress, keep_going)
            _check_complete(session)
            try:
                weighed = _weigh(session, slide_model, options, keep_going)
            except (WeighingError, BundleError):
                # The scores are good; what is missing is asked for again the next time.
                _write(session, folder, None)
                raise
            notices = [notice.text for notice in session.notices if notice.severity != "info"]
            if weighed is not None and means_nothing(session, weighed.trained_on):
                notices.append(meaningless(weighed.model_name))
            text, tiles = _write(session, folder, weighed)
            return SlideResult(path, folder, "scored", text, tiles, time.monotonic() - begun, tuple(notices))
        finally:
            session.close()
    finally:
        slide.close()


def _is_done(session: SlideSession, folder: Path, slide_model: Bundle | None) -> bool:
    scores = session.score_map()
    assert scores is not None
    try:
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        return bool(
            summary["complete"]
            and summary["summary"]["failed"] == 0
            and summary["provenance"]["plan_key"] == scores.provenance.plan_key
            and summary["demonstration"] == (session.demonstration and summary["demonstration"])
            and summary["classes_named"] == session.may_rank
            and (slide_model is None or _was_weighed(session, summary, slide_model))
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _was_weighed(session: SlideSession, summary: dict[str, Any], slide_model: Bundle) -> bool:
    if not may_weigh(session, slide_model) or summary["summary"]["tiles_scored"] == 0:
        return summary["slide_model"] is None
    found = summary["slide_model"]
    stamped = summary["demonstration"] or not means_nothing(session, slide_model.card.training_domain)
    return found is not None and bool(stamped and found["provenance"]["slide_model_hash"] == slide_model.hash)


def _weigh(
    session: SlideSession,
    slide_model: Bundle | None,
    options: ScoreOptions,
    keep_going: Callable[[], bool],
) -> WeighedSlide | None:
    """None without a slide model, where it may say nothing of this slide, and where nothing was scored."""
    scores = session.score_map()
    assert scores is not None
    if slide_model is None or not may_weigh(session, slide_model) or not scores.counts()[CellState.SCORED]:
        return None
    weighed = weigh(session, slide_model, device=options.device, workers=options.workers, keep_going=keep_going)
    if weighed is None:
        raise StoppedError
    return weighed


def _run(session: SlideSession, on_progress: Callable[[RunProgress], None], keep_going: Callable[[], bool]) -> None:
    """Until the slide is scored. A scoring process that dies is started again."""
    events: queue.SimpleQueue[SessionEvent] = queue.SimpleQueue()
    session.subscribe(events.put)
    restarts = 0
    session.start()
    told_at = 0.0
    while True:
        if not keep_going():
            session.cancel()
            raise StoppedError
        if time.monotonic() - told_at > _PROGRESS_EVERY_S:
            on_progress(session.progress)
            told_at = time.monotonic()
        try:
            event = events.get(timeout=_TICK_S)
        except queue.Empty:
            continue
        if event.kind == "finished":
            on_progress(session.progress)
            return
        if event.kind == "failed":
            raise ScoreError(event.message)
        if event.kind == "process-died":
            restarts += 1
            if restarts > RESTARTS:
                raise ScoreError(event.message)
            session.start()


def _check_complete(session: SlideSession) -> None:
    """Raises ScoreError: an unfinished slide must not pass for one without findings."""
    scores = session.score_map()
    assert scores is not None
    left = scores.counts()[CellState.PENDING]
    if left:
        raise ScoreError(f"The run ended with {left} tiles not looked at; run the same command again.")


def _write(session: SlideSession, folder: Path, weighed: WeighedSlide | None) -> tuple[str, int]:
    """The result files; returns what to say of them, and the number of scored tiles."""
    found = session.snapshot()
    assert found is not None
    scores = with_weighed(session, found, weighed)
    write_results(scores, folder)
    summary = scores.summary
    shares = ", ".join(f"{share.name} {share.share:.1%}" for share in summary.per_class)
    findings = shares if scores.may_rank else "no class is named: a phantom model means nothing on a real slide"
    text = (
        f"{summary.tiles_scored} tiles scored, {summary.background} background, "
        f"{summary.out_of_focus} out of focus, {summary.failed} failed; {findings}"
    )
    if weighed is not None:
        of_slide = zip(weighed.classes, weighed.probabilities, strict=True)
        text += f"; slide model {weighed.model_name}: " + ", ".join(f"{info.name} {p:.1%}" for info, p in of_slide)
    if scores.demonstration:
        text += f"; {DEMONSTRATION}"
    return text, summary.tiles_scored
