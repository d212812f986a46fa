"""Which tiles of a level are the same bytes of the file: what was decoded once need not be decoded again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class StoredTiles:
    """The tiles of a level as they lie in the file, the first one in the level's left top corner.

    ``width`` and ``height`` are pixels of the level. Tiles with the same number in ``same`` (rows, columns) int64 hold
    the same pixels; writers of sparse files store empty glass once, or not at all: ``absent`` (rows, columns) bool is
    True where no bytes are stored, None where none is missing.
    """

    width: int
    height: int
    same: npt.NDArray[np.int64]
    absent: npt.NDArray[np.bool_] | None = None


@runtime_checkable
class KnowsStoredTiles(Protocol):
    """A slide that can tell how its tiles are stored."""

    def stored_tiles(self, level: int, plane: int = 0) -> StoredTiles | None:
        """Without reading a pixel; None where the format does not tell."""
        ...


def stored_tiles(
    size: tuple[int, int], offsets: npt.NDArray[np.int64], byte_counts: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """``StoredTiles.same`` (rows, columns) of tiles by where their bytes lie, row by row; tiles without bytes are all
    the same. ``size`` is (rows, columns)."""
    count = size[0] * size[1]
    lengths = byte_counts[:count]
    places = np.stack([np.where(lengths == 0, 0, offsets[:count]), lengths], axis=1)
    return np.unique(places, axis=0, return_inverse=True)[1].reshape(size).astype(np.int64)
