"""``python -m kd.segment data wbc SOURCE --out DIR`` and ``data phantom --out DIR``: images with masks."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from kd.errors import KdError
from kd.segment.phantom_data import PhantomRecipe, write_phantom
from kd.segment.wbc_data import write_wbc


def main(arguments: Sequence[str]) -> None:
    """Raises KdError for bad input."""
    parser = argparse.ArgumentParser(prog="python -m kd.segment data", description="Make a data set with masks.")
    kinds = parser.add_subparsers(dest="kind", required=True)
    real = kinds.add_parser("wbc", help="white blood cells of two scanners, with their masks")
    real.add_argument("source", type=Path, help="folder with labels.csv, images and masks")
    real.add_argument("--px", type=int, default=96, help="side of the images [96]")
    phantom = kinds.add_parser("phantom", help="generated smears with the generator's own truth")
    phantom.add_argument("--cases", type=int, default=24, help="patients [24]")
    phantom.add_argument("--scenes", type=int, default=3, help="scenes of 480 um of each [3]")
    phantom.add_argument("--px", type=int, default=80, help="side of the images [80]")
    phantom.add_argument("--mpp", type=float, default=2.0, help="um per px [2]")
    phantom.add_argument("--seed", type=int, default=1)
    for kind in (real, phantom):
        kind.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
        kind.add_argument("--overwrite", action="store_true", help="replace what is there")
    parsed = parser.parse_args(arguments)
    if parsed.out.exists() and not parsed.overwrite:
        raise KdError(f"{parsed.out} exists; give --overwrite to replace it.")
    if parsed.px < 16 or parsed.px % 8:
        raise KdError(f"--px must be a multiple of 8 and at least 16, not {parsed.px}.")
    if parsed.kind == "wbc":
        count = write_wbc(parsed.source, parsed.out, parsed.px)
    else:
        recipe = PhantomRecipe(parsed.cases, parsed.scenes, parsed.px, parsed.mpp, parsed.seed)
        count = write_phantom(recipe, parsed.out)
    print(f"{parsed.out}: {count} images with masks")
