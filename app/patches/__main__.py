"""``python -m app.patches SLIDE ANNOTATIONS.geojson --out DIR``: labelled tiles and a manifest for ``kd``.

Annotations are those of the viewer or of QuPath: the class is the label; points and small shapes give one tile,
areas a grid of tiles. Several slides are listed in a CSV (``--list``), whose groups are then the units that no split
cuts through. A single slide is split in blocks, which keeps tiles from being shared but not the patient.
"""

from __future__ import annotations

import argparse
import dataclasses
import logging
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from app.patches.cutting import Notes, cut_slide
from app.patches.request import ClassTable, Entry, PatchError, PatchOptions, read_classes, read_list
from app.patches.survey import Survey, survey
from app.patches.writing import FolderWriter, whole_folder
from app.records.provenance import RESEARCH_USE_ONLY
from app.slides.open import open_slide
from app.slides.slide import MPP_MAX_UM, MPP_MIN_UM, SlideError

INTERRUPTED = 130
BLOCK_UM = 500.0
STAIN_DISTANCE = 0.08
log = logging.getLogger("app.patches")


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 when the folder was written, 1 with one line on stderr, 130 when interrupted."""
    parsed = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    print(RESEARCH_USE_ONLY, file=sys.stderr)
    try:
        entries, options, table = _request(parsed)
        report = make_patches(entries, options, table, parsed.out, progress=not parsed.quiet)
    except KeyboardInterrupt:
        print("Interrupted. Nothing half-written was left.", file=sys.stderr)
        return INTERRUPTED
    except (PatchError, SlideError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except Exception as error:
        log.exception("an error in the program")
        print(f"error: an error in the program ({type(error).__name__}: {error}).", file=sys.stderr)
        return 1
    for note in report["notes"]:
        print(f"note: {note}", file=sys.stderr)
    patches = ", ".join(f"{name} {count}" for name, count in report["patches"].items())
    bags = ", ".join(f"{name} {count}" for name, count in report["bag_tiles"].items())
    print(f"{parsed.out}: {patches or 'no patches'}" + (f"; bags: {bags}" if bags else ""))
    return 0


def make_patches(
    entries: Sequence[Entry], options: PatchOptions, table: ClassTable | None, out: Path, *, progress: bool = True
) -> dict[str, Any]:
    """Write the folder ``out``; returns its report. Raises PatchError, SlideError; nothing is then written."""
    with whole_folder(out) as folder:
        found = survey(entries, options, table)
        writer = FolderWriter(folder, found, options)
        facts: dict[str, Any] = {}
        colours: dict[str, Any] = {}
        for surveyed in found.slides:
            notes = Notes(Counter(surveyed.skipped))
            slide = open_slide(surveyed.entry.slide)
            with tqdm(desc=surveyed.name, disable=not progress, dynamic_ncols=True) as bar:

                def show(what: str, done: int, total: int, bar: tqdm[Any] = bar) -> None:
                    bar.total, bar.n = total, done
                    bar.set_postfix_str(what, refresh=False)
                    bar.update(0)

                try:
                    for tile in cut_slide(slide, surveyed, options, notes, show):
                        writer.add(tile, surveyed)
                finally:
                    slide.close()
            colours[surveyed.name] = notes.stain_colour
            colour = None if notes.stain_colour is None else [round(float(v), 3) for v in notes.stain_colour]
            facts[surveyed.name] = {"left_out": dict(notes.left_out), "stain_colour": colour}
        return writer.finish({"slides": facts, "notes": _notes(found, options, colours, facts)})


def _notes(found: Survey, options: PatchOptions, colours: dict[str, Any], facts: dict[str, Any]) -> list[str]:
    """Sentences for the user: what was left out, unknown stains, slides whose colour differs, how splits came about."""
    notes = []
    for name, fact in facts.items():
        if fact["left_out"]:
            parts = ", ".join(f"{count} {reason}" for reason, count in fact["left_out"].items())
            notes.append(f"{name}: left out {parts}.")
    unknown = [slide.name for slide in found.slides if not (options.stain or slide.info.stain)]
    if unknown:
        notes.append(f"The stain of {', '.join(unknown)} is not stated; give it with --stain.")
    known = [colour for colour in colours.values() if colour is not None]
    if len(known) > 2:
        middle = np.median(np.stack(known), axis=0)
        for name, colour in colours.items():
            if colour is not None and np.abs(colour - middle).max() > STAIN_DISTANCE:
                notes.append(f"{name} is stained in another colour than the other slides; check its stain.")
    if found.by_block:
        notes.append(
            f"Splits are blocks of {options.block_um:g} um of the slide: no tile is shared, but the patient is, so "
            "validation and test say nothing about another patient."
        )
    return notes


def _request(parsed: argparse.Namespace) -> tuple[list[Entry], PatchOptions, ClassTable | None]:
    if (parsed.list is None) == (parsed.slide is None):
        raise PatchError("Give a slide (and its annotations), or --list CSV for several.")
    entries = read_list(parsed.list) if parsed.list else [Entry(parsed.slide, parsed.annotations, label=parsed.label)]
    if all(entry.annotations is None for entry in entries) and not (parsed.unlabelled or parsed.bag):
        raise PatchError("Without annotations there is nothing to cut; give them, or --unlabelled N, or --bag N.")
    if parsed.bag and any(not entry.label for entry in entries):
        raise PatchError("A bag needs a label of its slide; give --label, or the column 'label' in the list.")
    block = parsed.block_um
    if block is None:
        block = 0.0 if len({entry.group or entry.slide.stem for entry in entries}) > 1 else BLOCK_UM
    options = PatchOptions(
        tile_px=parsed.tile_px,
        mpp=parsed.mpp,
        stride_um=parsed.stride_um or parsed.tile_px * parsed.mpp,
        unlabelled=parsed.unlabelled,
        bag=parsed.bag,
        block_um=block,
        stain=parsed.stain.lower(),
        slide_mpp=parsed.slide_mpp,
        keep_odd=parsed.keep_odd,
        seed=parsed.seed,
    )
    for name, value in dataclasses.asdict(options).items():
        if name in ("tile_px", "stride_um") and value <= 0:
            raise PatchError(f"--{name.replace('_', '-')} must be above 0.")
    for scale in (options.mpp, options.slide_mpp):
        if scale is not None and not MPP_MIN_UM <= scale <= MPP_MAX_UM:
            raise PatchError(f"{scale} is not a scale between {MPP_MIN_UM} and {MPP_MAX_UM} um per pixel.")
    if block and block < 2 * options.tile_px * options.mpp:
        raise PatchError(f"Blocks of {block:g} um are too small for tiles of {options.tile_px * options.mpp:g} um.")
    return entries, options, read_classes(parsed.classes) if parsed.classes else None


def _parser() -> argparse.ArgumentParser:
    text = f"Cut tiles out of annotated slides. {RESEARCH_USE_ONLY}"
    parser = argparse.ArgumentParser(prog="python -m app.patches", description=text)
    parser.add_argument("slide", nargs="?", type=Path, metavar="SLIDE", help="a slide file")
    parser.add_argument("annotations", nargs="?", type=Path, metavar="ANNOTATIONS", help="GeoJSON of it")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="new folder")
    parser.add_argument("--list", type=Path, metavar="CSV", help="slide, annotations, group, split, label of several")
    parser.add_argument("--classes", type=Path, help="class table (JSON) [classes of the annotations]")
    parser.add_argument("--tile-px", type=int, default=96, help="side of a tile in px [96]")
    parser.add_argument("--mpp", type=float, default=0.5, help="um per px of the tiles [0.5]")
    parser.add_argument("--stride-um", type=float, help="distance of an area's tiles [one tile side]")
    parser.add_argument("--unlabelled", type=int, default=0, metavar="N", help="unlabelled cellular tiles a slide")
    parser.add_argument("--bag", type=int, default=0, metavar="N", help="cellular tiles a slide for the slide model")
    parser.add_argument("--label", default="", help="what is known of the slide as a whole, for its bag")
    parser.add_argument(
        "--block-um", type=float, help="split slides in blocks of this side [500 for one slide, else 0]"
    )
    parser.add_argument("--stain", default="", help="stain, where the file does not say it")
    parser.add_argument("--slide-mpp", type=float, metavar="UM", help="um per level-0 px, in place of the file's")
    parser.add_argument("--keep-odd", action="store_true", help="keep tiles out of focus or of an odd colour")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    return parser


if __name__ == "__main__":
    sys.exit(main())
