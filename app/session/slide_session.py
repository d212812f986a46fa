"""One open slide under one model: runs the scoring process, keeps and stores what it sends, tells listeners."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from app.analysis import messages as m
from app.analysis.findings import rank, summarise
from app.analysis.plan import CellIndices
from app.analysis.runtime.backend import RuntimeChoice
from app.analysis.runtime.precision import intended_precision
from app.analysis.scoring_process import ScoringProcess
from app.analysis.suspicion import Criterion
from app.geometry import RectPx
from app.records.findings import RankedField, Ranking, SlideSummary
from app.records.scores import CellState, ScoreBatch
from app.records.slide_scores import SlideScores
from app.session import setup
from app.session.attention_cache import AttentionCache, AttentionMap
from app.session.cell_source import CellSource
from app.session.event_queue import EventQueue, Listener
from app.session.events import Notice, RunProgress, SessionEvent
from app.session.run_tracker import RunTracker
from app.session.score_map import ScoreMap
from app.session.scoring_link import ScoringLink
from app.session.snapshot import freeze
from app.session.stored_map import StoredMap
from app.session.weak_call import weak_call
from app.slides.slide import Slide
from kd.bundle import Bundle

log = logging.getLogger(__name__)

PROGRESS_EVERY_S = 0.2


class SlideSession:
    """Create and close it off the GUI thread (it reads and writes the store); all else returns at once.

    Events come on a thread of the session. After an event ``score_map`` may be another object: ask again.
    """

    def __init__(
        self,
        slide: Slide,
        bundle: Bundle | None,
        data_dir: Path,
        *,
        device: str = "auto",
        precision: str = "auto",
        calibrated_mpp: float | None = None,
        demonstration: bool = False,
        focal_plane: int | None = None,
        workers: int = 0,
        low_power: bool = False,
    ) -> None:
        """``data_dir`` holds ``scores.sqlite``. ``calibrated_mpp`` (um per level-0 pixel) replaces what the file
        states. ``focal_plane`` None takes the middle one. ``workers`` scoring threads; 0 means one for each core.
        With ``low_power`` tiles that the low-power stage (``app.analysis.low_power``) finds empty are background.
        """
        self.slide = slide
        self.bundle = bundle
        self._data_dir = data_dir
        self._demonstration = demonstration
        self._setup = setup.prepare(slide.info, bundle, calibrated_mpp, focal_plane, low_power)
        self.cells = CellSource(slide, self._setup.mpp, focal_plane, data_dir)
        self._events = EventQueue()
        self._lock = threading.RLock()
        self._passing_notices: dict[str, Notice] = {}
        self._link: ScoringLink | None = None
        self._run = RunTracker()
        self._visible: RectPx | None = None
        self._told_progress_at = 0.0
        self._attention = AttentionCache()
        self._attention_wanted: list[int] = []
        self._closed = False
        self._device = ""
        self._stored: StoredMap | None = None
        if bundle is not None and self._setup.plan is not None and self._setup.mpp is not None:
            job = setup.make_job(slide.info, bundle, self._setup, device, precision, workers)
            self._link = ScoringLink(job, self._hear, self._mourn)
            self._stored = self._open_stored(bundle, intended_precision(bundle, precision)[0], "")
            self._run.count(self._stored.map.counts())

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What the user must know now; the event ``notice`` says that it changed."""
        with self._lock:
            standing = setup.domain_notices(self.slide.info, self.bundle, self._demonstration)
            counted = setup.count_notices(self._stored.map.counts() if self._stored is not None else {})
            return (*standing, *self._setup.notices, *counted, *self._passing_notices.values())

    @property
    def mpp(self) -> float | None:
        """Microns per level-0 pixel that this session uses: the file's, or the calibrated one."""
        return self._setup.mpp

    @property
    def can_score(self) -> bool:
        """False without a model or a usable scale; a notice says which."""
        return self._stored is not None

    @property
    def may_rank(self) -> bool:
        """False for a phantom model on a real slide, unless in demonstration mode."""
        return setup.may_rank(self.slide.info, self.bundle, self._demonstration)

    @property
    def demonstration(self) -> bool:
        return self._demonstration

    def set_demonstration(self, on: bool) -> None:
        """Turn the demonstration mode on or off; notices, ranking and exports follow."""
        self._demonstration = on
        self._events.put(SessionEvent("notice"))

    @property
    def progress(self) -> RunProgress:
        with self._lock:
            return self._run.progress(self._stored.map.counts() if self._stored is not None else {})

    def score_map(self) -> ScoreMap | None:
        """The live scores; None when this slide cannot be scored."""
        return self._stored.map if self._stored is not None else None

    def summary(self) -> SlideSummary | None:
        """Counts as they are now; None when this slide cannot be scored."""
        scores = self.score_map()
        if scores is None or self.bundle is None:
            return None
        return summarise(scores.states, scores.probabilities, self.bundle.card.classes, may_rank=self.may_rank)

    def ranking(self) -> Ranking | None:
        """The suspicious groups as the scores are now; None where the model may not rank (``may_rank``)."""
        scores = self.score_map()
        if scores is None or self.bundle is None or not self.may_rank:
            return None
        criterion = Criterion.of_card(self.bundle.card)
        return rank(scores.grid, scores.states, scores.probabilities, scores.out_of_domain, criterion)

    def ranked_fields(self, limit: int = 50) -> list[RankedField]:
        """The most suspicious fields, strongest evidence first; empty where none stands out, or the model may not
        rank."""
        ranking = self.ranking()
        return list(ranking.standing_out[:limit]) if ranking is not None else []

    def snapshot(self) -> SlideScores | None:
        """All scores as they are now, for export; None when this slide cannot be scored."""
        scores, mpp = self.score_map(), self.mpp
        if scores is None or self.bundle is None or mpp is None:
            return None
        return freeze(
            scores,
            self.slide.info.path.name,
            self.bundle.card,
            mpp,
            notices=self.notices,
            may_rank=self.may_rank,
            demonstration=self.may_rank and not setup.may_rank(self.slide.info, self.bundle, False),
        )

    def subscribe(self, callback: Listener) -> Callable[[], None]:
        """Call ``callback`` with every event, on a thread of the session. Returns the function that ends it."""
        return self._events.subscribe(callback)

    def start(self, visible: RectPx | None = None) -> None:
        """Start a run, or go on with one that was paused, cancelled, killed or failed: what is scored is kept,
        failed tiles are tried again. Nothing happens while a run is on, or when the slide cannot be scored."""
        with self._lock:
            self._visible = visible or self._visible
            if self._closed or self._stored is None or self._link is None:
                return
            if self._run.is_on:
                self.resume()
                return
            self._passing_notices.pop("process", None)
            counts = self._stored.map.counts()
            self._run.begin()
            if counts[CellState.PENDING] == counts[CellState.FAILED] == 0:
                self._run.count(counts)
                self._finish()
                return
            self._link.replace_if_stuck()
            self._link.ensure(self._stored.precision_of_scores, self._run.generation)
            self._send_start()
            self._tell_progress()

    def pause(self) -> None:
        """Hold the run; the batches in work still come."""
        with self._lock:
            if self._run.is_on and not self._run.paused:
                self._run.set_paused(True)
                self._send(m.Pause())
                self._tell_progress()

    def resume(self) -> None:
        """Let a paused run go on."""
        with self._lock:
            if self._run.paused:
                self._run.set_paused(False)
                self._send(m.Resume())
                self._tell_progress()

    def cancel(self) -> None:
        """End the run. From now on none of its results is accepted; what was accepted stays."""
        with self._lock:
            if not self._run.is_on or self._link is None:
                return
            self._link.cancel(self._run.generation)
            self._run.end("cancelled")
            self._tell_progress()

    def set_visible(self, rect: RectPx) -> None:
        """Score what the user looks at first."""
        with self._lock:
            self._visible = rect
            self._send(m.SetVisible(rect))

    def request_attention(self, cells: Sequence[int]) -> None:
        """Ask for the attention maps of these row-major cells, in place of what was asked before. The event
        ``attention`` tells which are there."""
        with self._lock:
            if self._closed or self._stored is None or self._link is None:
                return
            wanted = {int(cell) for cell in cells if 0 <= cell < self._stored.map.states.size}
            self._attention_wanted = self._attention.missing(sorted(wanted))
            held = wanted - set(self._attention_wanted)
            if held:
                self._tell_attention(np.array(sorted(held), np.int64))
            if self._attention_wanted:
                self._link.ensure(self._stored.precision_of_scores)
                self._send(m.AskAttention(np.array(self._attention_wanted, np.int64)))

    def attention(self, cell: int) -> AttentionMap | None:
        """Attention (h, w) of a cell's tile, 1 means uniform; None when it is not held."""
        return self._attention.get(cell)

    def close(self) -> None:
        """End everything; may wait some seconds for the process and the disk. May be called twice."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            process = self._link.forget() if self._link is not None else None
            # It leads back here: a closed session must not keep itself.
            self._link = None
        if process is not None:
            process.close()
        if self._stored is not None:
            self._stored.close()
        self._events.close()

    @property
    def process_id(self) -> int | None:
        """Of the scoring process, where one runs."""
        link = self._link
        return link.pid if link is not None else None

    def _send(self, command: m.Command) -> None:
        if self._link is not None:
            self._link.send(command)

    def _send_start(self) -> None:
        assert self._stored is not None and self._link is not None
        if self._link.ready:
            self._stored.set_device(self._device)
        states = self._stored.map.states.ravel().copy()
        self._send(m.Start(self._run.generation, states, self._visible, self._run.paused))

    def _hear(self, process: ScoringProcess, message: m.Message) -> None:
        if isinstance(message, m.Ready):
            self._take_over_choice(process, message)
        with self._lock:
            if not self._is_current(process):
                return
            assert self._link is not None
            match message:
                case m.Ready(choice):
                    self._become_ready(choice)
                case m.Note(key, text):
                    self._add_notice(Notice(key, "warning", text))
                case m.AttentionMaps(cells, maps):
                    for cell, attention in zip(cells, maps, strict=True):
                        self._attention.put(int(cell), attention.copy())
                    self._tell_attention(cells)
                case m.Failed(text):
                    self._fail("failed", text)
                case m.Finished(cancelled=True):
                    self._link.cancel_answered()
                case m.Finding() | m.Planned() | m.Scored() | m.Finished():
                    if self._run.is_on and message.generation == self._run.generation:
                        self._follow_run(message)

    def _is_current(self, process: ScoringProcess) -> bool:
        return not self._closed and self._link is not None and self._link.is_current(process)

    def _follow_run(self, message: m.Finding | m.Planned | m.Scored | m.Finished) -> None:
        assert self._stored is not None
        match message:
            case m.Finding(share=share):
                self._run.phase = "finding cells"
                self._run.finding_share = share
            case m.Planned(background=background, wanted=wanted, cell_map=cell_map):
                self.cells.take(cell_map)
                self._accept(self._stored.background(background), name_cells=False)
                counts = self._stored.map.counts()
                self._run.planned(counts[CellState.SCORED] + counts[CellState.OUT_OF_FOCUS], wanted)
            case m.Scored(batch=batch):
                self._accept(batch)
                self._run.scored(len(batch.cells))
            case m.Finished():
                self._finish()
                return
        self._tell_progress(now_and_then=isinstance(message, m.Scored | m.Finding))

    def _mourn(self, process: ScoringProcess, exit_code: int | None) -> None:
        with self._lock:
            if not self._is_current(process):
                return
            text = f"The scoring process ended unexpectedly (code {exit_code})."
            if self._run.is_on:
                self._fail("process-died", f"{text} What is scored is kept; start again to go on.")
            elif self._link is not None:
                log.warning("%s It had nothing to do; a new one is started when needed.", text)
                self._link.forget()

    def _take_over_choice(self, process: ScoringProcess, message: m.Ready) -> None:
        """Scores of another precision than foreseen are other scores: change to theirs. Waits for the disk, so
        without the lock."""
        stored, bundle = self._stored, self.bundle
        assert stored is not None and bundle is not None
        choice = message.choice
        if choice.precision == stored.map.provenance.precision:
            return
        fresh = self._open_stored(bundle, choice.precision, choice.device_text)
        with self._lock:
            if not self._is_current(process):
                stored = fresh
            else:
                self._stored = fresh
                if not self._run.is_on:
                    self._run.end("idle")
                    self._run.count(fresh.map.counts())
                self._events.put(SessionEvent("scores"))
        stored.close()

    def _open_stored(self, bundle: Bundle, precision: str, device: str) -> StoredMap:
        assert self._setup.plan is not None
        return StoredMap(
            self._data_dir,
            setup.make_provenance(self.slide.info, bundle, self._setup, precision, device),
            self._setup.plan.grid,
            len(bundle.card.classes),
            weak_call(self._warn_of_store),
        )

    def _become_ready(self, choice: RuntimeChoice) -> None:
        assert self._link is not None
        self._link.ready = True
        self._device, self._run.device_reason = choice.device_text, choice.reason
        for notice in setup.runtime_notices(choice):
            self._add_notice(notice)
        if self._run.is_on:
            self._send_start()
        if self._attention_wanted:
            self._send(m.AskAttention(np.array(self._attention_wanted, np.int64)))

    def _accept(self, batch: ScoreBatch, name_cells: bool = True) -> None:
        if self._stored is not None and len(batch.cells):
            self._stored.accept(batch)
            rect = self._stored.map.cells_rect(batch.cells)
            self._events.put(SessionEvent("scores", "", rect, tuple(batch.cells.tolist()) if name_cells else ()))

    def _fail(self, kind: Literal["failed", "process-died"], text: str) -> None:
        assert self._link is not None
        self._link.forget()
        if self._run.is_on:
            self._run.end("failed")
            self._tell_progress()
        self._add_notice(Notice("process", "error", text))
        self._events.put(SessionEvent(kind, text))

    def _finish(self) -> None:
        self._run.end("finished")
        self._tell_progress()
        self._events.put(SessionEvent("notice"))
        self._events.put(SessionEvent("finished"))

    def _tell_progress(self, now_and_then: bool = False) -> None:
        now = time.monotonic()
        if not now_and_then or now - self._told_progress_at >= PROGRESS_EVERY_S:
            self._told_progress_at = now
            self._events.put(SessionEvent("progress", self._run.state))

    def _tell_attention(self, cells: CellIndices) -> None:
        assert self._stored is not None
        rect = self._stored.map.cells_rect(cells)
        self._events.put(SessionEvent("attention", "", rect, tuple(cells.tolist())))

    def _add_notice(self, notice: Notice) -> None:
        with self._lock:
            self._passing_notices[notice.key] = notice
        self._events.put(SessionEvent("notice", notice.text))

    def _warn_of_store(self, text: str) -> None:
        self._add_notice(Notice("store", "warning", text))
