"""``python -m kd.benchmark.slide_attention --teacher RUN --student RUN --image TIFF --mpp M``: attention on a slide.

Cuts an image (one plane of a TIFF or SVS file) into tiles of the models' size at their mpp, leaves out empty ones, and
prints for each student the correlation of its class-token attention with the teacher's, per tile. No labels are
needed, and nothing is said about the classes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from kd.benchmark.measure import correlation_per_tile, observe
from kd.command_line import run_tool
from kd.errors import KdError
from kd.run_folder import load_run

Rgb = npt.NDArray[np.uint8]
# A tile whose grey values hardly vary shows bare glass.
LEAST_DEVIATION = 8.0


def read_plane(path: Path) -> Rgb:
    """The first page of a TIFF as RGB uint8 (H, W, 3). Raises KdError."""
    import tifffile

    try:
        image = tifffile.imread(path, key=0)
    except (OSError, ValueError, tifffile.TiffFileError) as error:
        raise KdError(f"The image {path} cannot be read ({error}).") from error
    if image.ndim != 3 or image.shape[2] < 3 or image.dtype != np.uint8:
        raise KdError(f"The image {path} is not RGB with 8 bits.")
    return np.ascontiguousarray(image[:, :, :3])


def tiles(image: Rgb, mpp: float, wanted_mpp: float, side: int) -> Rgb:
    """Tiles (n, side, side, 3) on a grid of ``image`` resampled to ``wanted_mpp``, without the empty ones."""
    factor = mpp / wanted_mpp
    size = max(side, round(image.shape[1] * factor)), max(side, round(image.shape[0] * factor))
    scaled = np.asarray(
        Image.fromarray(image).resize(size, Image.Resampling.BOX if factor < 1 else Image.Resampling.BICUBIC)
    )
    found = [
        scaled[y : y + side, x : x + side]
        for y in range(0, scaled.shape[0] - side + 1, side)
        for x in range(0, scaled.shape[1] - side + 1, side)
    ]
    kept = [tile for tile in found if tile.mean(2).std() > LEAST_DEVIATION]
    if not kept:
        raise KdError("The image holds no tile that shows anything.")
    return np.stack(kept)


def main(arguments: Sequence[str]) -> None:
    """Raises KdError."""
    parser = argparse.ArgumentParser(prog="python -m kd.benchmark.slide_attention", description=__doc__)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--student", type=Path, nargs="+", required=True)
    parser.add_argument("--image", type=Path, nargs="+", required=True)
    parser.add_argument("--mpp", type=float, required=True, help="um per px of the images")
    parser.add_argument("--model-mpp", type=float, default=0.5, help="um per px that the models were trained at [0.5]")
    parsed = parser.parse_args(arguments)
    torch.set_num_threads(1)
    teacher = load_run(parsed.teacher)
    side = teacher.vit_config.img_size
    shown = np.concatenate([tiles(read_plane(path), parsed.mpp, parsed.model_mpp, side) for path in parsed.image])
    rows = np.arange(len(shown))
    _, theirs = observe(teacher.vit, teacher.vit_config, shown, rows, False)
    print(f"{len(shown)} tiles of {side} px at {parsed.model_mpp} um/px")
    print("| student | mean | median | 10th percentile |\n|---|---|---|---|")
    for folder in parsed.student:
        run = load_run(folder)
        _, ours = observe(run.vit, run.vit_config, shown, rows, False)
        found = correlation_per_tile(ours, theirs)
        low, middle = np.quantile(found, [0.1, 0.5])
        print(f"| {folder.name} | {found.mean():.3f} | {middle:.3f} | {low:.3f} |")


if __name__ == "__main__":
    sys.exit(run_tool(main, sys.argv[1:]))
