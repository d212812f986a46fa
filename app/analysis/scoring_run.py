"""One run over a slide inside the scoring process: find cells, order the tiles, score them on all cores."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.analysis import messages as m
from app.analysis.cell_map import CellMap
from app.analysis.cell_scan import scan_slide
from app.analysis.focus import MIN_CELLULARITY, focus_score, is_out_of_focus
from app.analysis.outbox import Outbox
from app.analysis.plan import CellIndices, TilePlan, block_order
from app.analysis.run_control import RunControl
from app.analysis.runtime.student import StudentRuntime
from app.analysis.tile_queue import TileQueue
from app.analysis.tile_reader import TileReader
from app.records.scores import CellState, ScoreBatch
from app.slides.slide import RgbImage, Slide, TileReadError

log = logging.getLogger(__name__)

Send = Callable[[m.Message], None]


@dataclass
class Specimen:
    """What the runs of one scoring process share: the open slide, the plan, the model, and what was found."""

    slide: Slide
    plan: TilePlan
    slide_mpp: float
    classes: int
    reader: TileReader
    runtime: StudentRuntime
    workers: int
    """Threads that score at a time."""
    threads: int = 1
    """Threads inside each of them; what is not inference is done on ``workers`` times so many."""
    cell_map: CellMap | None = None
    cellularity: npt.NDArray[np.float32] | None = None
    """Of each cell of the plan, row-major."""
    logged_failure: bool = False


def run(specimen: Specimen, start: m.Start, control: RunControl, send: Send) -> None:
    """Score what is pending in ``start.states`` and send it; ``Finished`` comes last.

    Raises StudentError, SlideError.
    """
    queue = _prepare(specimen, start, control, send)
    if queue is not None:
        _score_all(specimen, queue, control, send)
    send(m.Finished(control.generation, cancelled=control.cancelled))


def _prepare(specimen: Specimen, start: m.Start, control: RunControl, send: Send) -> TileQueue | None:
    """Everything up to the first tile; None when cancelled meanwhile."""
    plan = specimen.plan
    if specimen.cell_map is None:
        specimen.cell_map = scan_slide(
            specimen.slide,
            specimen.slide_mpp,
            plane=plan.plane,
            on_progress=lambda share: send(m.Finding(control.generation, share)),
            keep_going=control.keep_going,
            workers=specimen.workers * specimen.threads,
        )
    if specimen.cell_map is None:
        return None
    cellularity, holds_cells = specimen.cell_map.for_plan(plan)
    specimen.cellularity = cellularity.ravel()
    states = start.states.reshape(holds_cells.shape)
    pending = (states == CellState.PENDING) | (states == CellState.FAILED)
    background = np.flatnonzero(pending & ~holds_cells)
    order = block_order(plan, cellularity, pending & holds_cells)
    send(m.Planned(control.generation, background.astype(np.int64), len(order), specimen.cell_map))
    queue = TileQueue(plan, order, cellularity=specimen.cellularity)
    control.attach(queue)
    return queue


def _score_all(specimen: Specimen, queue: TileQueue, control: RunControl, send: Send) -> None:
    """Each thread reads, resamples and infers by itself: no stage waits for another, all cores stay busy."""
    errors: list[BaseException] = []

    def work() -> None:
        try:
            while control.keep_going():
                cells = queue.take(specimen.runtime.batch_size)
                if len(cells) == 0:
                    return
                outbox.add(_score_batch(specimen, cells))
        except BaseException as error:  # handed on to the thread that waits for this one
            errors.append(error)
            control.cancel()

    def send_batch(batch: ScoreBatch) -> None:
        if not control.cancelled:
            send(m.Scored(control.generation, batch))

    threads = [threading.Thread(target=work, name=f"score-{i}", daemon=True) for i in range(specimen.workers)]
    with Outbox(send_batch) as outbox:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]


def _score_batch(specimen: Specimen, cells: CellIndices) -> ScoreBatch:
    assert specimen.cellularity is not None
    states = np.full(len(cells), CellState.SCORED, np.uint8)
    focus = np.full(len(cells), np.nan, np.float32)
    tiles: list[RgbImage] = []
    for i, cell in enumerate(cells):
        try:
            tile = specimen.reader.read(int(cell))
        except TileReadError as error:
            states[i] = CellState.FAILED
            if not specimen.logged_failure:
                specimen.logged_failure = True
                log.warning("A tile failed; it is marked, and the run goes on: %s", error)
            continue
        cellularity = specimen.cellularity[cell]
        # Below it nothing would follow from the focus, and measuring it takes a tenth of the time of a small student.
        if cellularity >= MIN_CELLULARITY:
            focus[i] = focus_score(tile, specimen.plan.mpp_used)
        if is_out_of_focus(focus[i], cellularity):
            states[i] = CellState.OUT_OF_FOCUS
        else:
            tiles.append(tile)
    scored = states == CellState.SCORED
    probabilities = np.zeros((len(cells), specimen.classes), np.float32)
    out_of_domain = np.zeros(len(cells), np.float32)
    if tiles:
        scores = specimen.runtime.score(np.stack(tiles))
        probabilities[scored] = scores.probabilities
        out_of_domain[scored] = scores.out_of_domain
    return ScoreBatch(cells, states, probabilities, out_of_domain, focus)
