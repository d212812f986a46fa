"""One run over a slide inside the scoring process: find cells, order the tiles, score them on all cores."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import numpy as np

from app.analysis import messages as m
from app.analysis.cell_scan import scan_slide
from app.analysis.group_scoring import GroupScorer
from app.analysis.outbox import Outbox
from app.analysis.plan import CellIndices, block_order
from app.analysis.run_control import RunControl
from app.analysis.specimen import Specimen
from app.analysis.tile_queue import TileQueue
from app.records.scores import CellState, ScoreBatch

Send = Callable[[m.Message], None]


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
    if specimen.cell_map is None and specimen.early_scan is not None:
        specimen.cell_map = specimen.early_scan.wait(control.keep_going)
    elif specimen.cell_map is None:
        specimen.cell_map = scan_slide(
            specimen.slide,
            specimen.slide_mpp,
            plane=plan.plane,
            on_progress=lambda share: send(m.Finding(control.generation, share)),
            keep_going=control.keep_going,
            workers=specimen.workers * specimen.threads,
            low_power=plan.low_power,
        )
    if specimen.cell_map is None or not control.keep_going():
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
    """Each thread reads, judges and infers by itself: no stage waits for another, all cores stay busy."""
    errors: list[BaseException] = []

    def work() -> None:
        try:
            scorer = GroupScorer(specimen)
            while control.keep_going():
                undisturbed = partial(_undisturbed, control, queue, queue.looks)
                cells = queue.take(queue.share(specimen.runtime.batch_size, scorer.most, specimen.workers))
                if len(cells) == 0:
                    return
                queue.give_back(_score_group(scorer, cells, outbox, undisturbed))
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


def _undisturbed(control: RunControl, queue: TileQueue, looks: int) -> bool:
    """Whether a group is to be scored to its end: what the user looks at by now comes before the rest of it."""
    return control.keep_going() and queue.looks == looks


def _score_group(
    scorer: GroupScorer, cells: CellIndices, outbox: Outbox, keep_going: Callable[[], bool]
) -> CellIndices:
    """Score the cells, asking after each step of reading and each batch whether to go on; returns those left."""
    done = 0
    batches: list[ScoreBatch] = []
    for batch in scorer.score(cells, keep_going):
        outbox.add(batch)
        batches.append(batch)
        done += len(batch.cells)
        if done < len(cells) and not keep_going():
            break
    if done == len(cells):
        return cells[:0]
    return np.setdiff1d(cells, np.concatenate([batch.cells for batch in batches]), assume_unique=True)
