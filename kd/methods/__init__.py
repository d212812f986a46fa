"""Distillation methods, one a file: which losses on which layers, with which weights.

A method module has an ``Options`` dataclass and ``build(options, context) -> Method``. ``load(name)`` finds it.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from kd.errors import KdError

METHODS = (
    "none", "kd", "mdkd",
    "dkd", "nkd", "lskd", "dist", "fdwa",
    "fitnet", "at", "sp", "rkd", "crckd",
    "vitkd", "attention", "minilm", "pkd",
    "tskd", "dynamic", "ours",
    "leap", "hdkd", "multi_teacher", "graft",
)  # fmt: skip
# Whose own terms ask for the class of every patch: they leave training patches without a label out.
LABELLED_ONLY = ("none", "dkd", "nkd", "fdwa", "crckd")


def load(name: str) -> ModuleType:
    """The module of a method. Raises KdError for an unknown name."""
    if name not in METHODS:
        raise KdError(f"There is no method '{name}'; there are {', '.join(METHODS)}.")
    return importlib.import_module(f"kd.methods.{name}")
