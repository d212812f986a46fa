"""Which group goes to training, validation and test."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping

SHARES = {"train": 0.7, "val": 0.15, "test": 0.15}


def assign_splits(labels: Mapping[str, Counter[str]], fixed: Mapping[str, str], seed: int = 0) -> dict[str, str]:
    """A split for every group of ``labels`` (group to its labels' counts); those in ``fixed`` keep theirs.

    The largest groups first, each to the split that lacks most of its labels; training gets the first, validation
    the second. The same input gives the same splits.
    """
    total: Counter[str] = sum(labels.values(), Counter())
    filled: dict[str, Counter[str]] = {split: Counter() for split in SHARES}
    result: dict[str, str] = {}
    for group, split in fixed.items():
        if group in labels:
            result[group] = split
            filled[split] += labels[group]
    waiting = sorted((g for g in labels if g not in result), key=lambda g: (-labels[g].total(), _shuffled(g, seed)))
    for group in waiting:
        taken = set(result.values())
        missing = [split for split in ("train", "val") if split not in taken]
        split = missing[0] if missing else max(SHARES, key=lambda s: _lack(labels[group], s, filled[s], total))
        result[group] = split
        filled[split] += labels[group]
    return result


def _lack(group: Counter[str], split: str, has: Counter[str], total: Counter[str]) -> float:
    """How much of the group's labels the split still wants, relative to its share."""
    wants = [SHARES[split] - has[label] / total[label] for label in group if total[label]]
    return sum(wants) / max(1, len(wants)) / SHARES[split]


def _shuffled(group: str, seed: int) -> str:
    return hashlib.sha1(f"{seed}/{group}".encode(), usedforsecurity=False).hexdigest()
