"""A second opinion: a teacher's bundle, in a scoring process of its own, is asked for fields of the gallery."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from app.analysis import messages as m
from app.analysis.plan import CellIndices, TilePlan, cells_touching
from app.analysis.scoring_process import ScoringProcess
from app.analysis.suspicion import BACKGROUND_KEY
from app.geometry import RectPx
from app.records.scores import CellState
from app.session import setup
from app.session.opinion import Opinion
from app.slides.slide import SlideInfo
from kd.bundle import Bundle, BundleCard, ClassInfo

ENDED = "The process that gives second opinions ended unexpectedly; ask again."
_TICK_S = 0.1
_MIN_SHARE = 0.5
"""A tile belongs to a field when the field covers this much of it."""


class OpinionError(Exception):
    """No second opinion can be had; one sentence for the user."""


class EndedError(OpinionError):
    """The process is gone: it died, or a question before this one failed. A new one may answer."""


class SecondOpinions:
    """Asks one bundle about fields of one slide. Make, ask and close it on a worker; the process lives until
    ``close``, so that later questions are answered at once."""

    def __init__(
        self,
        info: SlideInfo,
        bundle: Bundle,
        *,
        mpp: float,
        plane: int,
        demonstration: bool = False,
        device: str = "auto",
        precision: str = "auto",
    ) -> None:
        """``mpp`` (um per level-0 pixel) and ``plane`` are those that the student scored with. Raises OpinionError
        for a phantom model on a real slide without demonstration mode, and where the scales do not fit."""
        if not setup.may_rank(info, bundle, demonstration):
            raise OpinionError(
                f"The model {bundle.card.name} was trained on phantoms only; on a real slide its opinion means nothing."
            )
        prepared = setup.prepare(info, bundle, mpp, plane)
        if prepared.plan is None:
            reasons = [notice.text for notice in prepared.notices if notice.severity == "error"]
            raise OpinionError(" ".join(reasons) or f"The model {bundle.card.name} does not fit this slide.")
        self.bundle = bundle
        self._plan: TilePlan = prepared.plan
        self._said: queue.SimpleQueue[m.Message | None] = queue.SimpleQueue()
        self._ready = self._ended = False
        self._turn = threading.Lock()
        job = setup.make_job(info, bundle, prepared, device, precision, 1)
        self._process = ScoringProcess(job, lambda _p, said: self._said.put(said), lambda _p, _c: self._said.put(None))

    def ask(
        self,
        fields: Mapping[int, tuple[RectPx, ClassInfo | None]],
        on_opinion: Callable[[int, Opinion], None],
        keep_going: Callable[[], bool] = lambda: True,
    ) -> None:
        """Tell the opinion on each field (number to rectangle, and the class that the student lists it under) in their
        order. Returns early when ``keep_going`` says no. Raises OpinionError, after which nothing more can be asked
        (EndedError)."""
        with self._turn:
            if self._ended:
                raise EndedError(ENDED)
            try:
                self._ask(fields, on_opinion, keep_going)
            except BaseException:
                # Whoever waits for the turn must not wait for an answer that never comes.
                self._ended = True
                raise

    def _ask(
        self,
        fields: Mapping[int, tuple[RectPx, ClassInfo | None]],
        on_opinion: Callable[[int, Opinion], None],
        keep_going: Callable[[], bool],
    ) -> None:
        for number, (rect, listed) in fields.items():
            cells = field_cells(self._plan, rect)
            answer = self._scores(cells, keep_going)
            if answer is None:
                return
            probabilities, out_of_domain = answer
            if len(probabilities):
                on_opinion(number, opinion_of(self.bundle.card, probabilities, out_of_domain, listed))

    def close(self) -> None:
        """End the process; may wait about two seconds."""
        self._ended = True
        self._process.close()

    def _scores(
        self, cells: CellIndices, keep_going: Callable[[], bool]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]] | None:
        """Probabilities and out-of-domain scores of the cells that can be read; None when cancelled."""
        wanted = {int(cell) for cell in cells}
        probabilities: list[npt.NDArray[np.float32]] = []
        out_of_domain: list[npt.NDArray[np.float32]] = []
        if self._ready:
            self._process.send(m.AskScores(cells))
        while wanted:
            if self._ended:
                raise EndedError(ENDED)
            if not keep_going():
                self._process.send(m.AskScores(np.zeros(0, np.int64)))
                return None
            match self._next():
                case m.Ready():
                    self._ready = True
                    self._process.send(m.AskScores(cells))
                case m.AskedScores(batch):
                    # Answers to a question that was cancelled may still come.
                    mine = np.isin(batch.cells, list(wanted))
                    wanted -= {int(cell) for cell in batch.cells}
                    good = mine & (batch.states == CellState.SCORED)
                    probabilities.append(batch.probabilities[good])
                    out_of_domain.append(batch.out_of_domain[good])
                case m.Failed(text):
                    raise OpinionError(text)
        return np.concatenate(probabilities), np.concatenate(out_of_domain)

    def _next(self) -> m.Message | None:
        """What the process says next; None when nothing came for a moment. Raises OpinionError when it died."""
        try:
            said = self._said.get(timeout=_TICK_S)
        except queue.Empty:
            return None
        if said is None:
            raise EndedError(ENDED)
        return said


def field_cells(plan: TilePlan, rect: RectPx) -> CellIndices:
    """The tiles of a plan that a field covers at least by half; the one in its middle where there is none."""
    grid = plan.grid
    cells = cells_touching(grid, rect)

    def share(cell: int) -> float:
        row, column = divmod(cell, grid.columns)
        tile = RectPx(column * grid.stride_px, row * grid.stride_px, grid.tile_px, grid.tile_px)
        common = tile.intersection(rect)
        return common.width * common.height / (grid.tile_px * grid.tile_px)

    covered = [int(cell) for cell in cells if share(int(cell)) >= _MIN_SHARE]
    return np.array(covered or [int(cell) for cell in sorted(cells, key=share)[-1:]], np.int64)


def opinion_of(
    card: BundleCard,
    probabilities: npt.NDArray[np.float32],
    out_of_domain: npt.NDArray[np.float32],
    listed: ClassInfo | None,
) -> Opinion:
    """What a model makes of a field's tiles (n, C): their mean, in which tiles count as far as they hold cells.

    It disagrees with the student, which lists the field under the class ``listed`` (None: not known, but suspicious),
    when it does not find a suspicious one suspicious (.5) or a harmless one harmless, or finds another class likelier
    than the student's, which it must know, in a field that both find suspicious.
    """
    keys = [info.key for info in card.classes]
    weights = np.ones(len(probabilities), np.float64)
    if BACKGROUND_KEY in keys:
        weights = 1.0 - probabilities[:, keys.index(BACKGROUND_KEY)].astype(np.float64)
    weights = np.maximum(weights, 1e-6)
    mean = (probabilities.astype(np.float64) * weights[:, None]).sum(axis=0) / weights.sum()
    top = int(mean.argmax())
    suspicion = float(mean[list(card.suspicious_indices)].sum()) if card.suspicious_indices else 0.0
    harmless = listed is not None and not listed.suspicious
    other_class = listed is not None and listed.key in keys and keys[top] != listed.key
    threshold = card.out_of_domain_threshold
    return Opinion(
        model=card.name,
        class_key=keys[top],
        class_name=card.classes[top].name,
        probability=float(mean[top]),
        suspicion=suspicion,
        disagrees=suspicion >= 0.5 if harmless else (suspicion < 0.5 or other_class),
        unlike_training=threshold is not None and float(np.median(out_of_domain)) > threshold,
    )
