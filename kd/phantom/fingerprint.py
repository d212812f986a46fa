"""The generator's hash: its drawing code and its parameters, so that it cannot drift without a word."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

VERSION = 1

FROZEN_SOURCES: tuple[str, ...] = (
    "arrange.py", "blood.py", "canvas.py", "cases.py", "cells.py", "classes.py", "cytoplasm.py", "glass.py",
    "leukocytes.py", "morphology.py", "noise.py", "nuclei.py", "optics.py", "parameters.py", "patches.py",
    "scene.py", "stains.py", "truth.py",
)  # fmt: skip
"""The files that decide what a patch looks like and what it is called."""

_HERE = Path(__file__).parent


def generator_hash() -> str:
    """SHA-256 over the frozen sources, line ends normalised, first 16 hex digits."""
    digest = hashlib.sha256()
    for name in FROZEN_SOURCES:
        text = (_HERE / name).read_text(encoding="utf-8").replace("\r\n", "\n")
        digest.update(name.encode() + b"\0" + text.encode() + b"\0")
    return digest.hexdigest()[:16]


def frozen_record() -> dict[str, object]:
    """The committed record of the freeze (FROZEN.json)."""
    record: dict[str, object] = json.loads((_HERE / "FROZEN.json").read_text(encoding="utf-8"))
    return record


def parameter_set() -> dict[str, object]:
    """Every figure that sets the phantom's difficulty, as plain data for the record and its test."""
    from dataclasses import asdict

    from kd.phantom import morphology
    from kd.phantom.parameters import DIFFICULTY, TEST, TRAIN
    from kd.phantom.scene import CLASS_SHARES

    record = {
        "difficulty": asdict(DIFFICULTY),
        "train_domain": asdict(TRAIN),
        "test_domain": asdict(TEST),
        "class_shares": list(CLASS_SHARES),
        "morphology": {
            "benign_follicular": asdict(morphology.BENIGN),
            "microfollicle": asdict(morphology.MICROFOLLICLE),
            "papillary": asdict(morphology.PAPILLARY),
            "lymphocyte": asdict(morphology.LYMPHOCYTE),
        },
    }
    plain: dict[str, object] = json.loads(json.dumps(record))
    return plain
