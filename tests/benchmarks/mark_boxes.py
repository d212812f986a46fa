"""Draw an unbiased, reproducible set of boxes on a slide and print contact sheets to label them by eye.

    python tests/benchmarks/mark_boxes.py sample SLIDE boxes.csv
    python tests/benchmarks/mark_boxes.py sheets SLIDE boxes.csv OUT_DIR [--index 3 17] [--scale 3]

A box is 48 um square, the field of one student tile. Positions are drawn uniformly over the whole glass
and sorted into strata by the spread of optical density at low power, so that bare glass, single cells and
clusters are all well represented. The strata only balance the sample: they never decide a label, and
they are no cell finder. The boxes are shuffled, so that neither order nor sheet shows the stratum.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openslide
from numpy.typing import NDArray
from PIL import Image, ImageDraw

BOX_UM = 48.0
CONTEXT_UM = 12.0
LOW_POWER_UM_PER_PX = 2.1
SEED = 20240607
POOL = 20_000
COLUMNS = ("index", "x_px", "y_px", "size_px", "stratum", "label", "cells", "note")


@dataclass(frozen=True)
class Stratum:
    """A share of the glass, between two quantiles of the spread of optical density, and its sample size."""

    name: str
    from_quantile: float
    to_quantile: float
    boxes: int


# "low" and "medium" hold most of the hard cases, a lone cell or debris in one corner of the box, and are
# sampled more densely than their share of the glass. A figure for the whole glass weights strata by share.
STRATA = (
    Stratum("flat", 0.0, 0.45, 75),
    Stratum("low", 0.45, 0.60, 60),
    Stratum("medium", 0.60, 0.75, 95),
    Stratum("high", 0.75, 1.0, 70),
)


@dataclass(frozen=True)
class Box:
    """A square box in level-0 pixels, by its top-left corner."""

    x_px: int
    y_px: int
    size_px: int
    stratum: str


def open_slide(path: Path) -> tuple[openslide.OpenSlide, float]:
    """Open a slide; return it with its level-0 pixel size in um/px. Exits with a sentence if it cannot."""
    try:
        slide = openslide.OpenSlide(path)
    except (openslide.OpenSlideError, OSError) as error:
        sys.exit(f"{path}: not a slide that OpenSlide can open ({error}).")
    mpp = slide.properties.get(openslide.PROPERTY_NAME_MPP_X)
    if mpp is None:
        sys.exit(f"{path}: the slide states no pixel size, so a box in um cannot be placed on it.")
    return slide, float(mpp)


def low_power_optical_density(slide: openslide.OpenSlide, mpp: float) -> tuple[NDArray[np.float32], float]:
    """Optical density (mean of R, G, B) of the coarsest level finer than 2.1 um/px, and its downsample."""
    level = slide.get_best_level_for_downsample(LOW_POWER_UM_PER_PX / mpp)
    rgba = slide.read_region((0, 0), level, slide.level_dimensions[level])
    white = Image.new("RGBA", rgba.size, "white")
    rgb = np.asarray(Image.alpha_composite(white, rgba).convert("RGB"), dtype=np.float32)
    return -np.log10((rgb + 1) / 256).mean(axis=2), slide.level_downsamples[level]


def sample_boxes(slide: openslide.OpenSlide, mpp: float, seed: int = SEED) -> list[Box]:
    """Draw the boxes of all strata, none overlapping another, in shuffled order."""
    rng = np.random.default_rng(seed)
    size_px = round(BOX_UM / mpp)
    width_px, height_px = slide.dimensions
    xs = rng.integers(0, width_px - size_px, POOL, endpoint=True)
    ys = rng.integers(0, height_px - size_px, POOL, endpoint=True)
    density, downsample = low_power_optical_density(slide, mpp)
    side = round(size_px / downsample)
    corners = [(int(x / downsample), int(y / downsample)) for x, y in zip(xs, ys, strict=True)]
    spread = np.array([density[v : v + side, u : u + side].std() for u, v in corners])
    # The rank, not the value, so that equal spreads (bare glass) still split exactly at the quantile.
    quantile = spread.argsort(kind="stable").argsort() / POOL
    boxes: list[Box] = []
    for stratum in STRATA:
        inside = np.flatnonzero((quantile >= stratum.from_quantile) & (quantile < stratum.to_quantile))
        wanted = len(boxes) + stratum.boxes
        for i in inside:
            box = Box(int(xs[i]), int(ys[i]), size_px, stratum.name)
            if len(boxes) < wanted and not any(_overlap(box, other) for other in boxes):
                boxes.append(box)
    return [boxes[i] for i in rng.permutation(len(boxes))]


def _overlap(a: Box, b: Box) -> bool:
    return abs(a.x_px - b.x_px) < a.size_px and abs(a.y_px - b.y_px) < a.size_px


def write_boxes(path: Path, boxes: Sequence[Box]) -> None:
    """Write the unlabelled boxes. Exits if the file exists: it may hold labels, which no run can restore."""
    if path.exists():
        sys.exit(f"{path} already exists and may hold labels; choose another name or move it away.")
    partial = path.with_suffix(".partial")
    with partial.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for index, box in enumerate(boxes):
            writer.writerow((index, box.x_px, box.y_px, box.size_px, box.stratum, "", "", ""))
    os.replace(partial, path)


def draw_box(slide: openslide.OpenSlide, mpp: float, row: dict[str, str], scale: float) -> Image.Image:
    """The box in its context, a thin frame just outside it, and its index. scale: drawn px per level-0 px."""
    size_px, margin_px = int(row["size_px"]), round(CONTEXT_UM / mpp)
    corner = (int(row["x_px"]) - margin_px, int(row["y_px"]) - margin_px)
    side_px = size_px + 2 * margin_px
    region = slide.read_region(corner, 0, (side_px, side_px))
    # Beyond the edge of the slide pixels are transparent: grey, so that they are not taken for glass.
    picture = Image.alpha_composite(Image.new("RGBA", region.size, "grey"), region).convert("RGB")
    drawn = round(side_px * scale)
    picture = picture.resize((drawn, drawn), Image.Resampling.LANCZOS)
    pen = ImageDraw.Draw(picture)
    near, far = round(margin_px * scale) - 1, round((margin_px + size_px) * scale)
    pen.rectangle((near, near, far, far), outline=(0, 160, 0))
    pen.text((4, 2), row["index"], fill=(200, 0, 0), font_size=18)
    return picture


def write_sheets(
    slide: openslide.OpenSlide,
    mpp: float,
    rows: Sequence[dict[str, str]],
    out: Path,
    columns: int,
    scale: float,
) -> None:
    """Write contact sheets of columns x columns boxes as PNG, named after their first and last index."""
    out.mkdir(parents=True, exist_ok=True)
    per_sheet, gap = columns**2, 3
    for start in range(0, len(rows), per_sheet):
        chunk = rows[start : start + per_sheet]
        pictures = [draw_box(slide, mpp, row, scale) for row in chunk]
        step = pictures[0].width + gap
        sheet = Image.new("RGB", (columns * step, -(-len(chunk) // columns) * step), "black")
        for i, picture in enumerate(pictures):
            sheet.paste(picture, (i % columns * step, i // columns * step))
        sheet.save(out / f"sheet-{int(chunk[0]['index']):03d}-{int(chunk[-1]['index']):03d}.png")


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line: `sample` draws the boxes, `sheets` prints them."""
    parser = argparse.ArgumentParser(description="Draw boxes on a slide and print them for labelling by eye.")
    commands = parser.add_subparsers(dest="command", required=True)
    sample = commands.add_parser("sample", help="draw the boxes and write them, unlabelled")
    sheets = commands.add_parser("sheets", help="print boxes as contact sheets (PNG)")
    for command in (sample, sheets):
        command.add_argument("slide", type=Path)
        command.add_argument("boxes", type=Path, help="CSV file of the boxes")
    sample.add_argument("--seed", type=int, default=SEED)
    sheets.add_argument(
        "out",
        type=Path,
        help="folder for the sheets (pixels: keep it out of the repository)",
    )
    sheets.add_argument("--index", type=int, nargs="*", help="only these boxes")
    sheets.add_argument("--columns", type=int, default=4)
    sheets.add_argument("--scale", type=float, default=1.0, help="drawn px per level-0 px")
    options = parser.parse_args(arguments)
    slide, mpp = open_slide(options.slide)
    if options.command == "sample":
        write_boxes(options.boxes, sample_boxes(slide, mpp, options.seed))
        with options.slide.open("rb") as file:
            print(
                options.slide.stat().st_size,
                hashlib.file_digest(file, "sha256").hexdigest(),
            )
        return
    with options.boxes.open(newline="") as file:
        rows = list(csv.DictReader(file))
    if options.index:
        rows = [row for row in rows if int(row["index"]) in options.index]
    write_sheets(slide, mpp, rows, options.out, options.columns, options.scale)


if __name__ == "__main__":
    main()
