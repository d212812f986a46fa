"""Which tile size suits a file."""

from __future__ import annotations

DEFAULT_TILE_PX = 256
MIN_TILE_PX = 128
MAX_TILE_PX = 1024


def preferred_tile_px(stored_width: int, stored_height: int) -> int:
    """The stored tile size where it is square and handy, else 256.

    Tiles that match the stored ones are decoded once each, and a bad one spoils no neighbour.
    """
    handy = stored_width == stored_height and MIN_TILE_PX <= stored_width <= MAX_TILE_PX
    return stored_width if handy else DEFAULT_TILE_PX
