"""What a result was made from. A result whose provenance differs from what is open is never drawn as current."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

RESEARCH_USE_ONLY = "For Research Use Only. Not for use in diagnostic procedures."


@dataclass(frozen=True, slots=True)
class Provenance:
    """Everything that decides a score, and when it was made.

    ``plan_key`` is a hash over all but ``date``, ``program_version``, ``device``: two runs with equal
    keys may share stored scores. ``focal_plane`` counts from 0; -1 stands for all planes, fused by ``fusion``.
    """

    program_version: str
    slide_fingerprint: str
    slide_size_px: tuple[int, int]
    mpp_used: float
    mpp_source: str
    model_name: str
    model_hash: str
    precision: str
    tile_px: int
    stride_um: float
    read_level: int
    resampled: bool
    focal_plane: int
    cell_finder: str
    device: str
    date: str
    fusion: str = ""
    """The rule by which planes were fused; empty when one plane (``focal_plane``) was scored."""

    @property
    def plan_key(self) -> str:
        kept = {k: v for k, v in asdict(self).items() if k not in ("date", "program_version", "device")}
        if not self.fusion:
            # Scores of a single plane keep the key that they always had.
            del kept["fusion"]
        return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:32]
