"""Losses in float32: outside autocast, on float32 tensors."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import torch
from torch import Tensor

P = ParamSpec("P")


def in_float32(loss: Callable[P, Tensor]) -> Callable[P, Tensor]:
    """Run ``loss`` with autocast switched off and its bfloat16 or float16 tensors widened.

    Widening the inputs alone is not enough: under autocast, matrix products of float32 tensors still run in bfloat16.
    """

    @wraps(loss)
    def widened(*args: P.args, **kwargs: P.kwargs) -> Tensor:
        tensors = [a for a in (*args, *kwargs.values()) if isinstance(a, Tensor)]
        wide = tuple(_widen(a) for a in args)
        wide_named = {name: _widen(value) for name, value in kwargs.items()}
        with torch.autocast(tensors[0].device.type, enabled=False):
            return loss(*wide, **wide_named)  # type: ignore[arg-type]

    return widened


def _widen(value: object) -> object:
    narrow = isinstance(value, Tensor) and value.dtype in (torch.bfloat16, torch.float16)
    return value.float() if narrow else value  # type: ignore[attr-defined]
