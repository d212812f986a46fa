"""Random numbers that depend on where training stands, not on what was drawn before.

Every draw comes from a generator seeded by (seed, epoch, step, purpose); a run that was killed and goes on
therefore draws exactly what the unbroken run would have drawn.
"""

from __future__ import annotations

import hashlib

import torch


def derived_seed(seed: int, epoch: int, step: int, purpose: str) -> int:
    """A 63-bit seed."""
    digest = hashlib.sha256(f"{seed}/{epoch}/{step}/{purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator(seed: int, epoch: int, step: int, purpose: str) -> torch.Generator:
    """A CPU generator for one purpose at one step."""
    return torch.Generator().manual_seed(derived_seed(seed, epoch, step, purpose))
