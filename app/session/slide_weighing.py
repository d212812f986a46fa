"""A slide model weighs a session's scored tiles, in a process of its own: the slide's class, and what it looked at.

Nothing of it is stored: it is made again from the slide when it is wanted, which takes about as long as scoring.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from app.analysis import messages as m
from app.analysis.attended import rank_by_attention
from app.analysis.runtime.backend import RuntimeChoice
from app.analysis.scoring_process import ScoringProcess
from app.analysis.slide_model import check_belongs, weight_map
from app.analysis.suspicion import Criterion
from app.records.scores import CellState
from app.records.slide_scores import SlideScores
from app.records.weighed_slide import WeighedSlide
from app.session import setup
from app.session.score_map import ScoreMap
from app.session.slide_session import SlideSession
from kd.bundle import PHANTOM_DOMAIN, SLIDE_MODEL, Bundle, BundleError, belong_together, load_bundle

_TICK_S = 0.1
_PRECISION = "fp32"
"""Slide models learn from exact embeddings; no agreement of a reduced precision was measured for them."""


class WeighingError(Exception):
    """The slide cannot be weighed; one sentence for the user."""


def slide_models_for(student: Bundle, folders: Iterable[Path]) -> list[Bundle]:
    """Those of the bundles that are slide models of this student, in their order. Damaged ones, and other kinds, are
    left out. Reads the disk."""
    found = []
    for folder in folders:
        try:
            bundle = load_bundle(folder, SLIDE_MODEL)
        except BundleError:
            continue
        if belong_together(bundle.card, student.card):
            found.append(bundle)
    return found


def may_weigh(session: SlideSession, slide_model: Bundle) -> bool:
    """False for a slide model or a student of phantoms on a real slide, unless in demonstration mode."""
    return session.may_rank and setup.may_rank(session.slide.info, slide_model, session.demonstration)


def means_nothing(session: SlideSession, trained_on: str) -> bool:
    """Whether a slide model of this training domain was trained on phantoms, and the slide is none."""
    return trained_on == PHANTOM_DOMAIN and not session.slide.info.phantom


def with_weighed(session: SlideSession, scores: SlideScores, weighed: WeighedSlide | None) -> SlideScores:
    """The scores with what a slide model made of them: stamped where that means nothing on this slide, whatever the
    student was trained on."""
    if weighed is None or not means_nothing(session, weighed.trained_on):
        return replace(scores, weighed=weighed)
    notices = (*scores.notices, meaningless(weighed.model_name))
    return replace(scores, weighed=weighed, demonstration=True, notices=notices)


def meaningless(slide_model: str) -> str:
    """The sentence on a slide model of phantoms that weighed a real slide."""
    return (
        f"The slide model {slide_model} was trained on phantoms (synthetic cells) only. What it makes of a real slide "
        "means nothing."
    )


def still_holds(session: SlideSession, weighed: WeighedSlide) -> bool:
    """Whether a result belongs to the scores as they are now."""
    scores = session.score_map()
    return scores is not None and weighed.holds_for(scores.provenance.plan_key, scores.states)


def weigh(
    session: SlideSession,
    slide_model: Bundle,
    *,
    device: str = "auto",
    workers: int = 0,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    keep_going: Callable[[], bool] = lambda: True,
) -> WeighedSlide | None:
    """Weigh the tiles that are scored now; None when ``keep_going`` said no. Blocks: for a worker.

    ``workers`` threads, 0 for one a core. Raises WeighingError where the slide model may say nothing of this slide or
    there is nothing to weigh, BundleError where it belongs to another student.
    """
    student, live, mpp = session.bundle, session.score_map(), session.mpp
    if student is None or live is None or mpp is None:
        raise WeighingError("The slide is not scored: there is nothing that a slide model could weigh.")
    check_belongs(slide_model, student)
    if not may_weigh(session, slide_model):
        raise WeighingError(_why_not(session, slide_model))
    scores = live.copy()
    cells = np.flatnonzero(scores.states == CellState.SCORED).astype(np.int64)
    if not len(cells):
        raise WeighingError("No tile of the slide is scored yet: there is nothing that a slide model could weigh.")
    prepared = setup.prepare(session.slide.info, student, mpp, scores.provenance.focal_plane)
    assert prepared.plan is not None and prepared.plan.grid == scores.grid
    job = setup.make_job(session.slide.info, student, prepared, device, _PRECISION, workers)
    answer = _ask(job, m.AskWeights(slide_model.path, slide_model.hash, cells), on_progress, keep_going)
    return None if answer is None else _result(student, slide_model, scores, *answer)


def _why_not(session: SlideSession, slide_model: Bundle) -> str:
    if session.may_rank:
        return f"The slide model {slide_model.card.name} was trained on phantoms only; of a real slide it says nothing."
    student = session.bundle.card.name if session.bundle is not None else ""
    return f"The model {student} was trained on phantoms only; on a real slide no slide model can build on it."


def _ask(
    job: m.Job, question: m.AskWeights, on_progress: Callable[[int, int], None], keep_going: Callable[[], bool]
) -> tuple[RuntimeChoice, m.Weighed] | None:
    """Start a process, ask it, end it. Raises WeighingError."""
    said: queue.SimpleQueue[m.Message | None] = queue.SimpleQueue()
    process = ScoringProcess(job, lambda _p, message: said.put(message), lambda _p, _code: said.put(None))
    choice: RuntimeChoice | None = None
    try:
        while keep_going():
            try:
                message = said.get(timeout=_TICK_S)
            except queue.Empty:
                continue
            match message:
                case m.Ready(choice):
                    process.send(question)
                case m.Weighing(done):
                    on_progress(done, len(question.cells))
                case m.Weighed() if choice is not None:
                    return choice, message
                case m.Failed(text):
                    raise WeighingError(text)
                case None:
                    raise WeighingError("The process that weighs the slide ended unexpectedly; try again.")
        return None
    finally:
        process.close()


def _result(
    student: Bundle, slide_model: Bundle, scores: ScoreMap, choice: RuntimeChoice, answer: m.Weighed
) -> WeighedSlide:
    weights = weight_map(scores.grid, answer.cells, answer.weights)
    criterion = Criterion.of_card(student.card)
    ranking = rank_by_attention(
        scores.grid, scores.states, scores.probabilities, scores.out_of_domain, criterion, weights
    )
    card = slide_model.card
    weighed = WeighedSlide(
        model_name=card.name,
        model_hash=slide_model.hash,
        student_name=student.card.name,
        plan_key=scores.provenance.plan_key,
        classes=card.classes,
        prior=card.prior,
        trained_on=card.training_domain,
        probabilities=answer.probabilities,
        cells=answer.cells,
        weights=answer.weights,
        tiles=int((scores.states == CellState.SCORED).sum()),
        precision=choice.precision,
        device=choice.device_text,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return replace(weighed, fields=ranking.fields)
