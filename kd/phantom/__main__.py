"""`python -m kd.phantom`: phantom cytology, as labelled patches or as a whole slide."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from tqdm import tqdm

from kd.phantom.patches import Recipe, write_dataset
from kd.phantom.slide import SlideRecipe, block_count, write_slide
from kd.phantom.stains import STAINS


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kd.phantom", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    _add_patches(commands.add_parser("patches", help="labelled patches with a manifest CSV"))
    _add_slide(commands.add_parser("slide", help="a whole pyramidal slide with its ground truth"))
    return parser


def _add_patches(parser: argparse.ArgumentParser) -> None:
    default = Recipe()
    parser.add_argument("--out", type=Path, required=True, help="folder for the data set")
    parser.add_argument("--cases", type=int, default=default.cases, help="patients (default %(default)s)")
    parser.add_argument("--per-case", type=int, default=default.per_case, help="patches each (default %(default)s)")
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--size", type=int, default=default.size_px, help="patch side in px (default %(default)s)")
    parser.add_argument("--mpp", type=float, default=default.mpp, help="um per px (default %(default)s)")
    parser.add_argument("--scan-mpp", type=float, default=default.scan_mpp, help="um per px of the scanner")
    parser.add_argument("--scramble-nuclei", action="store_true", help="control: nuclei tell nothing of the class")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default %(default)s)")
    parser.add_argument("--overwrite", action="store_true")
    parser.set_defaults(run=_run_patches)


def _add_slide(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, help="the slide's file name, ending in .tif")
    parser.add_argument("--width", type=int, required=True, help="level-0 px")
    parser.add_argument("--height", type=int, required=True, help="level-0 px")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--case", type=int, default=1000, help="case number; patches use 0 to --cases")
    parser.add_argument("--domain", choices=("train", "test"), default="test", help="ranges of stain and scanner")
    parser.add_argument("--stain", choices=STAINS, default=None)
    parser.add_argument(
        "--suspicious-clusters", type=int, default=None, help="microfollicular and papillary groups (default: 1.2/mm2)"
    )
    parser.add_argument("--mpp", type=float, default=0.25)
    parser.add_argument("--quality", type=int, default=None, help="JPEG quality (default: the case's scanner's)")
    parser.add_argument("--overwrite", action="store_true")
    parser.set_defaults(run=_run_slide)


def _run_patches(args: argparse.Namespace, command: str) -> None:
    recipe = Recipe(args.cases, args.per_case, args.seed, args.size, args.mpp, args.scan_mpp, args.scramble_nuclei)
    recipe.check()
    with tqdm(total=recipe.cases * recipe.per_case, unit="patch", desc="phantom patches") as bar:
        write_dataset(recipe, args.out, command, args.overwrite, args.jobs, bar.update)


def _run_slide(args: argparse.Namespace, command: str) -> None:
    recipe = SlideRecipe(
        args.width, args.height, args.seed, args.case, args.domain, args.stain, args.suspicious_clusters,
        args.mpp, args.quality,
    )  # fmt: skip
    recipe.check()
    with tqdm(total=block_count(recipe.width, recipe.height), unit="block", desc="phantom slide") as bar:
        write_slide(recipe, args.out, command, args.overwrite, bar.update)


def main(argv: list[str] | None = None) -> int:
    """Runs the command line: 0 on success, 2 with one sentence on bad input, 130 when interrupted."""
    args = _parser().parse_args(argv)
    command = "python -m kd.phantom " + shlex.join(argv if argv is not None else sys.argv[1:])
    try:
        args.run(args, command)
    except (OSError, ValueError) as error:
        print(f"kd.phantom: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("kd.phantom: interrupted; nothing was left behind", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
