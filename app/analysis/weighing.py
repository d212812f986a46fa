"""A slide model at work inside the scoring process: the scored tiles are read and embedded again on all cores.

Embeddings are not stored with the scores: they are much larger, and only a slide model needs them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from app.analysis import messages as m
from app.analysis.plan import CellIndices, TilePlan, block_order
from app.analysis.slide_model import SlideModel, embed_cells
from app.analysis.specimen import Specimen
from app.slides.slide import TileReadError
from kd.bundle import SLIDE_MODEL, BundleError, load_bundle

PART_CELLS = 256
"""Cells that a thread takes at a time."""


def answer(specimen: Specimen, ask: m.AskWeights, send: Callable[[m.Message], None]) -> None:
    """Weigh the cells and send it. Raises BundleError, StudentError, SlideError."""
    bundle = load_bundle(ask.bundle_path, SLIDE_MODEL)
    if bundle.hash != ask.bundle_hash:
        raise BundleError(f"The slide model {ask.bundle_path.name} has changed on disk; choose it again.")
    model = SlideModel(bundle)
    cells, embeddings = _embed(specimen, in_blocks(specimen.plan, ask.cells), lambda done: send(m.Weighing(done)))
    if not len(cells):
        raise TileReadError("None of the slide's scored tiles can be read any more; open the slide again.")
    order = np.argsort(cells)
    found = model.weigh(embeddings[order])
    send(m.Weighed(found.probabilities, cells[order], found.weights))


def in_blocks(plan: TilePlan, cells: CellIndices) -> CellIndices:
    """The cells in an order in which neighbours share decoded pixels."""
    wanted = np.zeros(plan.cells, np.bool_)
    wanted[cells] = True
    shape = (plan.grid.rows, plan.grid.columns)
    return block_order(plan, np.zeros(shape, np.float32), wanted.reshape(shape))


def _embed(
    specimen: Specimen, cells: CellIndices, on_progress: Callable[[int], None]
) -> tuple[CellIndices, npt.NDArray[np.float32]]:
    """The cells that can be read, and their embeddings (n, D), on ``specimen.workers`` threads; on two where one batch
    has all cores, so that one reads while the other's batch is embedded."""
    lock = threading.Lock()
    done = 0

    def work(part: CellIndices) -> tuple[CellIndices, npt.NDArray[np.float32]]:
        nonlocal done
        found = embed_cells(specimen.runtime, specimen.reader, part)
        assert found is not None
        with lock:
            done += len(part)
            on_progress(done)
        return found

    parts = [cells[start : start + PART_CELLS] for start in range(0, len(cells), PART_CELLS)]
    with ThreadPoolExecutor(max(2, specimen.workers) if specimen.threads > 1 else specimen.workers, "embed") as pool:
        # A part of unreadable tiles alone has no embeddings of any width.
        found = [(kept, embedded) for kept, embedded in pool.map(work, parts) if len(kept)]
    if not found:
        return np.zeros(0, np.int64), np.zeros((0, 0), np.float32)
    return np.concatenate([kept for kept, _ in found]), np.concatenate([embedded for _, embedded in found])
