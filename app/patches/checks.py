"""Checks of single tiles and between splits: odd colours, and near-duplicates by a perceptual hash."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from app.slides.slide import RgbImage

STAINED = 0.15
"""Optical density, mean of the channels, from which a pixel counts as stained."""
MIN_STAINED = 0.01
ODD_SPREADS = 6.0
ODD_LEAST = 0.08
NEAR_BITS = 4
"""Tiles whose 64-bit hashes differ in at most this many bits are near-duplicates."""
_PRIORITY = ("test", "val", "train")

Colour = npt.NDArray[np.float64]


def stain_colour(tile: RgbImage) -> Colour | None:
    """Share of red, green and blue in the optical density of a tile's stained pixels (3,); None where hardly any is.

    The share does not depend on how strong the stain is, so that pen, blood and folds differ from it, not pale cells.
    """
    density = -np.log((tile.astype(np.float64) + 1.0) / 256.0)
    stained = density.mean(2) > STAINED
    if stained.mean() < MIN_STAINED:
        return None
    total = density[stained].mean(0)
    colour: Colour = total / total.sum()
    return colour


class ColourJudge:
    """Whether a tile's stain is another than that of a sample of the slide's cellular tiles."""

    def __init__(self, sample: Sequence[RgbImage]) -> None:
        found = [colour for tile in sample if (colour := stain_colour(tile)) is not None]
        self.middle: Colour | None = None
        if len(found) >= 3:
            table = np.stack(found)
            self.middle = np.median(table, axis=0)
            spread = 1.4826 * np.median(np.abs(table - self.middle), axis=0)
            self.limit = np.maximum(ODD_SPREADS * spread, ODD_LEAST)

    def is_odd(self, tile: RgbImage) -> bool:
        colour = stain_colour(tile)
        if self.middle is None or colour is None:
            return False
        return bool((np.abs(colour - self.middle) > self.limit).any())


def perceptual_hash(tile: RgbImage) -> int:
    """64 bits of a tile's coarse structure: signs of low cosine frequencies against their median (pHash)."""
    grey = cv2.resize(cv2.cvtColor(tile, cv2.COLOR_RGB2GRAY), (32, 32), interpolation=cv2.INTER_AREA)
    low = np.asarray(cv2.dct(grey.astype(np.float32)))[:8, :8].ravel()
    bits = low > np.median(low[1:])
    return int("".join("1" if bit else "0" for bit in bits), 2)


def near_duplicates(hashes: Sequence[int], splits: Sequence[str]) -> list[int]:
    """Indices of tiles that resemble one of another split, to be left out: training gives way to validation, both to
    the test set. Tiles of one split may resemble each other."""
    codes = np.array(hashes, np.uint64)
    names = np.array(splits)
    left_out: set[int] = set()
    for rank, split in enumerate(_PRIORITY[1:], start=1):
        own = np.flatnonzero(names == split)
        kept = np.flatnonzero(np.isin(names, _PRIORITY[:rank]))
        kept = kept[~np.isin(kept, list(left_out))]
        if not len(kept):
            continue
        for index in own:
            if np.bitwise_count(codes[kept] ^ codes[index]).min() <= NEAR_BITS:
                left_out.add(int(index))
    return sorted(left_out)
