"""From the sizes of a file's pyramid levels to ``Level``s with exact downsamples."""

from __future__ import annotations

from collections.abc import Sequence

from app.geometry import SizePx
from app.slides.slide import Level

LARGEST_OVERVIEW_PX = 8192


def levels_from_sizes(sizes: Sequence[SizePx]) -> tuple[Level, ...]:
    """Levels with their downsamples, in the given order (the first is level 0).

    Writers halve with rounding, so 27866 px become 217 px at a true factor of 128, not 27866/217 =
    128.41. Where one whole factor explains width and height to less than a pixel of the level, that
    factor is the downsample; elsewhere it is the mean ratio. Overlays would drift otherwise.
    """
    base = sizes[0]
    return tuple(Level(size, _downsample(base, size)) for size in sizes)


def slow_overview_note(levels: Sequence[Level]) -> str | None:
    """A sentence for the user when even the coarsest level is so large that an overview takes long."""
    smallest = min((level.size for level in levels), key=lambda size: max(size.width, size.height))
    if max(smallest.width, smallest.height) <= LARGEST_OVERVIEW_PX:
        return None
    return (
        f"The file holds no overview smaller than {smallest.width} x {smallest.height} px, so it is slow when zoomed "
        "out; saved as a pyramidal TIFF it would be fast."
    )


def _downsample(base: SizePx, size: SizePx) -> float:
    mean_ratio = (base.width / size.width + base.height / size.height) / 2
    # Powers of two first: on tiny levels several factors would explain the size.
    for factor in (float(_power_of_two_near(mean_ratio)), float(round(mean_ratio))):
        if abs(size.width * factor - base.width) < factor and abs(size.height * factor - base.height) < factor:
            return factor
    return max(1.0, mean_ratio)


def _power_of_two_near(ratio: float) -> int:
    exponent = max(0, round(ratio).bit_length() - 1)
    low, high = 1 << exponent, 1 << (exponent + 1)
    return low if ratio / low < high / ratio else high
