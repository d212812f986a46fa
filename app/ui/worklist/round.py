"""The round through the worklist: its order as it was when the round began."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path


class Round:
    """Next and previous slide. A slide that is opened changes its state, and where slides are ordered by that it moves
    to another row: the way through the list does not. It begins anew where the reader opens a slide that is not the
    next one, or chooses another order."""

    def __init__(self) -> None:
        self._paths: list[Path] = []
        self._order: StrEnum | None = None
        self._at: Path | None = None

    def opened(self, path: Path, listed: Sequence[Path], order: StrEnum) -> None:
        """A slide was opened; ``listed`` are the slides as they stand in the list."""
        if path != self._at:
            self._begin(listed, order)
            self._at = path

    def beside(self, here: Path | None, by: int, listed: Sequence[Path], order: StrEnum) -> Path | None:
        """The slide so many places after (before) ``here``; the first (last) where that is none of the list, None
        beyond the ends."""
        if order != self._order or here not in self._paths:
            self._begin(listed, order)
        end = 0 if by > 0 else len(self._paths) - 1
        place = self._paths.index(here) + by if here in self._paths else end
        if not 0 <= place < len(self._paths):
            return None
        self._at = self._paths[place]
        return self._at

    def _begin(self, listed: Sequence[Path], order: StrEnum) -> None:
        self._paths, self._order = list(listed), order
