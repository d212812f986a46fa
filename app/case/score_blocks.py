"""Scores in memory in square blocks, and a block's form on disk."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.records.scores import CellState, GridSpec, ScoreBatch

BLOCK_CELLS = 64
_CELLS = BLOCK_CELLS * BLOCK_CELLS


@dataclass(frozen=True)
class Block:
    """``states`` (4096,) uint8, ``probabilities`` (4096, C) and ``out_of_domain`` (4096,) little-endian float32,
    ``focus`` (4096,) little-endian float16, NaN where it is not known."""

    states: npt.NDArray[np.uint8]
    probabilities: npt.NDArray[np.float32]
    out_of_domain: npt.NDArray[np.float32]
    focus: npt.NDArray[np.float16]

    @staticmethod
    def empty(classes: int) -> Block:
        return Block(
            np.zeros(_CELLS, np.uint8), np.zeros((_CELLS, classes), "<f4"), np.zeros(_CELLS, "<f4"), unknown_focus()
        )

    def copy(self) -> Block:
        return Block(self.states.copy(), self.probabilities.copy(), self.out_of_domain.copy(), self.focus.copy())


class ScoreBlocks:
    """The blocks of one grid that hold anything, and which of them have changed. Not thread-safe."""

    def __init__(self, grid: GridSpec, classes: int) -> None:
        self.classes = classes
        self._grid = grid
        self._across = -(-grid.columns // BLOCK_CELLS)
        self._count = self._across * -(-grid.rows // BLOCK_CELLS)
        self._blocks: dict[int, Block] = {}
        self._dirty: set[int] = set()

    def apply(self, batch: ScoreBatch) -> None:
        """Enter a batch and mark its blocks as changed."""
        if len(batch.cells) == 0:
            return
        rows, columns = np.divmod(batch.cells, self._grid.columns)
        numbers = rows // BLOCK_CELLS * self._across + columns // BLOCK_CELLS
        inner = rows % BLOCK_CELLS * BLOCK_CELLS + columns % BLOCK_CELLS
        focus = batch.focus_known
        # Sorted once: to look for the cells of each block among all takes longest where a slide is mostly background.
        order = np.argsort(numbers, kind="stable")
        for chosen in np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1):
            number, places = int(numbers[chosen[0]]), inner[chosen]
            block = self._blocks.setdefault(number, Block.empty(self.classes))
            block.states[places] = batch.states[chosen]
            block.probabilities[places] = batch.probabilities[chosen]
            block.out_of_domain[places] = batch.out_of_domain[chosen]
            block.focus[places] = focus[chosen]
            self._dirty.add(number)

    def put(self, number: int, block: Block) -> bool:
        """Enter a stored block; False when the grid has no such block."""
        if not 0 <= number < self._count:
            return False
        self._blocks[number] = block
        return True

    def take_dirty(self) -> list[tuple[int, Block]]:
        """Copies of the changed blocks, which then count as unchanged."""
        taken = [(number, self._blocks[number].copy()) for number in sorted(self._dirty)]
        self._dirty.clear()
        return taken

    def mark_dirty(self, numbers: Iterable[int]) -> None:
        self._dirty.update(numbers)

    def known(self) -> ScoreBatch | None:
        """All cells that are not pending, as one batch; None when there are none."""
        parts: list[tuple[npt.NDArray[np.int64], Block, npt.NDArray[np.int64]]] = []
        for number, block in sorted(self._blocks.items()):
            inner = np.flatnonzero(block.states != CellState.PENDING)
            rows = number // self._across * BLOCK_CELLS + inner // BLOCK_CELLS
            columns = number % self._across * BLOCK_CELLS + inner % BLOCK_CELLS
            inside = (rows < self._grid.rows) & (columns < self._grid.columns)
            parts.append(((rows * self._grid.columns + columns)[inside], block, inner[inside]))
        if not any(len(cells) for cells, _, _ in parts):
            return None
        return ScoreBatch(
            np.concatenate([cells for cells, _, _ in parts]).astype(np.int64),
            np.concatenate([block.states[inner] for _, block, inner in parts]),
            np.concatenate([block.probabilities[inner] for _, block, inner in parts]),
            np.concatenate([block.out_of_domain[inner] for _, block, inner in parts]),
            np.concatenate([block.focus[inner].astype(np.float32) for _, block, inner in parts]),
        )


def unknown_focus() -> npt.NDArray[np.float16]:
    """The focus of a block of which nothing is known."""
    return np.full(_CELLS, np.nan, "<f2")


def pack(block: Block) -> bytes:
    """A block as stored: zlib (which carries a checksum) over states, probabilities, out-of-domain and focus scores."""
    parts = (block.states, block.probabilities, block.out_of_domain, block.focus)
    return zlib.compress(b"".join(part.tobytes() for part in parts), 1)


def unpack(payload: bytes, classes: int) -> Block | None:
    """The block in ``payload``, or None when it is damaged."""
    try:
        raw = zlib.decompress(payload, bufsize=_CELLS * (7 + 4 * classes))
    except zlib.error:
        return None
    without_focus = _CELLS * (1 + 4 * classes + 4)
    if len(raw) not in (without_focus, without_focus + 2 * _CELLS):
        return None
    states = np.frombuffer(raw, np.uint8, _CELLS)
    probabilities = np.frombuffer(raw, "<f4", _CELLS * classes, _CELLS).reshape(_CELLS, classes)
    out_of_domain = np.frombuffer(raw, "<f4", _CELLS, _CELLS * (1 + 4 * classes))
    if states.max() > max(CellState) or not np.isfinite(probabilities).all():
        return None
    # Blocks of earlier versions have no focus.
    focus = np.frombuffer(raw, "<f2", _CELLS, without_focus) if len(raw) > without_focus else unknown_focus()
    return Block(states.copy(), probabilities.copy(), out_of_domain.copy(), focus.copy())
