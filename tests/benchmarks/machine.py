"""What a measurement was made on: processor, its vector instructions, cores. For the heads of result files."""

from __future__ import annotations

import datetime
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

INSTRUCTIONS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "avx_vnni", "amx_tile", "amx_int8", "amx_bf16")
TOP = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).resolve().parent / "results"


def describe_machine() -> dict[str, str | int]:
    """Processor, instruction sets that matter to inference, cores, system, commit and date."""
    model, flags = platform.processor(), set[str]()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                model = value.strip()
            elif name.strip() == "flags":
                flags = set(value.split())
    head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=TOP, capture_output=True, text=True, check=False)
    return {
        "processor": model,
        "instructions": ", ".join(name for name in INSTRUCTIONS if name in flags) or "unknown",
        "cores": os.cpu_count() or 1,
        "system": platform.platform(),
        "python": platform.python_version(),
        "commit": head.stdout.strip(),
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def command_line() -> str:
    """The command of this benchmark, without the folders of this machine."""
    return " ".join(["python", *(Path(part).name if part.startswith("/") else part for part in sys.argv)])


def markdown_head(title: str) -> str:
    """Title, command and machine, as the head of a result file."""
    facts = "; ".join(f"{name} {value}" for name, value in describe_machine().items())
    return f"# {title}\n\n`{command_line()}`\n\n{facts}\n\n"


def spread(values: Sequence[float], digits: int = 2) -> str:
    """``median (lowest to highest)``."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"
