"""What the rest of the program knows of a slide: ``Slide``, ``SlideInfo`` and the errors of reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from app.geometry import PixelRegion, SizePx

RgbImage = npt.NDArray[np.uint8]
"""uint8 array (H, W, 3), RGB."""

WHITE = (255, 255, 255)

ALL_IN_FOCUS = -1
"""In place of a focal plane: the picture fused from all planes of a stack (``app.slides.focus_stack``)."""

MPP_MIN_UM = 0.05
MPP_MAX_UM = 10.0

EXPORT_BRIGHTFIELD = "only brightfield images with 8-bit RGB colours can be shown, so export it as one"
"""The advice of every refusal of fluorescence, 16-bit and print colours."""


class SlideError(Exception):
    """A slide cannot be opened or read; the message is one sentence for the user: what, which file, what to do."""


class UnsupportedSlideError(SlideError):
    """No reader claims the file."""


class TileReadError(SlideError):
    """One region cannot be decoded; the slide stays usable and other regions still read."""


class MppState(Enum):
    """Whether the file tells its scale. The program shows anything but ``KNOWN`` and never guesses."""

    KNOWN = "known"
    MISSING = "missing"
    IMPOSSIBLE = "impossible"
    CALIBRATED = "calibrated"


@dataclass(frozen=True, slots=True)
class Level:
    """One pyramid level: its size and how many level-0 pixels one of its pixels spans (>= 1)."""

    size: SizePx
    downsample: float


@dataclass(frozen=True, slots=True)
class FocalPlanes:
    """Number of focal planes and their spacing; ``spacing_um`` None when the file does not say."""

    count: int = 1
    spacing_um: float | None = None

    @property
    def middle(self) -> int:
        """The plane that is scored and shown when nobody chose one."""
        return self.count // 2

    def offset_um(self, plane: int) -> float | None:
        """How far a plane lies above the middle one, in um; None when the spacing is not known."""
        return None if self.spacing_um is None else (plane - self.middle) * self.spacing_um


@dataclass(frozen=True)
class SlideInfo:
    """Everything known of a slide without reading its pixels.

    ``mpp`` is the mean of x and y in um/px, only when ``mpp_state`` is ``KNOWN`` or ``CALIBRATED``;
    ``mpp_raw`` is what the file says, if anything. ``fingerprint`` names the content, never path or time.
    ``phantom`` is True for slides that say of themselves that they are synthetic. ``tile_px`` is the
    tile size at which reading is cheapest, and at which one undecodable tile spoils no neighbour.
    ``icc_profile`` is the colour profile that the file carries; reading never applies it.
    """

    path: Path
    vendor: str
    reader: str
    levels: tuple[Level, ...]
    mpp: float | None
    mpp_state: MppState
    mpp_raw: tuple[float, float] | None
    objective_power: float | None
    fingerprint: str
    background_rgb: tuple[int, int, int] = WHITE
    focal_planes: FocalPlanes = FocalPlanes()
    associated_images: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    phantom: bool = False
    stain: str | None = None
    notes: tuple[str, ...] = ()
    tile_px: int = 256
    icc_profile: bytes | None = field(default=None, repr=False)

    @property
    def size(self) -> SizePx:
        """Size of level 0."""
        return self.levels[0].size

    def shows_plane(self, plane: int) -> bool:
        """Whether an open slide can be read at this plane: one of its own, or of a stack the fused one."""
        return 0 <= plane < self.focal_planes.count or (plane == ALL_IN_FOCUS and self.focal_planes.count > 1)

    def check_plane(self, plane: int) -> None:
        """Raise ``ValueError`` for a focal plane that the slide does not have."""
        if not 0 <= plane < self.focal_planes.count:
            raise ValueError(f"plane {plane} of a slide with {self.focal_planes.count}")


class Slide(Protocol):
    """An open slide. Thread-safe; ``close`` may be called twice, reading after it raises ``SlideError``."""

    @property
    def info(self) -> SlideInfo: ...

    def read(self, region: PixelRegion, level: int = 0, plane: int = 0) -> RgbImage:
        """Pixels of a region of one level: uint8 (region.height, region.width, 3) RGB.

        What lies beyond the edge is the slide's background colour. Raises ``TileReadError`` when the
        region cannot be decoded, ``SlideError`` when the slide is closed or lost.
        """
        ...

    def associated_image(self, name: str) -> RgbImage:
        """An associated image (label, macro, thumbnail), read only when asked for."""
        ...

    def close(self) -> None: ...
