"""Names of devices and precisions. Light: the command lines know them before anything heavy is imported."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass

DEVICES = ("auto", "cpu", "cuda", "directml", "coreml", "mps")
PRECISIONS = ("auto", "fp32", "fp16", "int8")
NAMES = {"cpu": "CPU", "cuda": "CUDA", "directml": "DirectML", "coreml": "CoreML", "mps": "MPS"}
"""Of devices, as people write them."""
SEVERAL = ("cuda",)
"""Kinds of which a machine may hold several: ``cuda`` means all of them, ``cuda:1`` the second one alone."""
HELP = "auto, cpu, cuda (all NVIDIA GPUs), cuda:N (the one numbered N, from 0), directml, coreml or mps"


@dataclass(frozen=True, slots=True)
class Device:
    """A kind of device and, where one of several was asked for, its number from 0."""

    kind: str
    index: int | None = None

    def __str__(self) -> str:
        return self.kind if self.index is None else f"{self.kind}:{self.index}"


def parse_device(text: str) -> Device:
    """``cuda`` or ``cuda:1``. Raises ValueError, in a sentence."""
    kind, colon, number = text.partition(":")
    if kind not in DEVICES or (colon and kind not in SEVERAL):
        raise ValueError(f"There is no device {text!r}; choose {HELP}.")
    if not colon:
        return Device(kind)
    if not re.fullmatch("[0-9]{1,3}", number):
        raise ValueError(f"{number!r} is not the number of a device; write for example {kind}:0.")
    return Device(kind, int(number))


def device_argument(text: str) -> str:
    """The same for a command line. Raises ArgumentTypeError."""
    try:
        return str(parse_device(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
