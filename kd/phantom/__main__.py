"""`python -m kd.phantom`: patches or a whole slide of phantom cytology."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from tqdm import tqdm

from kd.phantom.patches import Recipe, write_dataset


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kd.phantom", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    patches = commands.add_parser("patches", help="labelled patches with a manifest CSV")
    default = Recipe()
    patches.add_argument("--out", type=Path, required=True, help="folder for the data set")
    patches.add_argument("--cases", type=int, default=default.cases, help="patients (default %(default)s)")
    patches.add_argument("--per-case", type=int, default=default.per_case, help="patches each (default %(default)s)")
    patches.add_argument("--seed", type=int, default=default.seed)
    patches.add_argument("--size", type=int, default=default.size_px, help="patch side in px (default %(default)s)")
    patches.add_argument("--mpp", type=float, default=default.mpp, help="um per px (default %(default)s)")
    patches.add_argument("--scan-mpp", type=float, default=default.scan_mpp, help="um per px of the scanner")
    patches.add_argument("--scramble-nuclei", action="store_true", help="control: nuclei tell nothing of the class")
    patches.add_argument("--jobs", type=int, default=1, help="processes (default %(default)s)")
    patches.add_argument("--overwrite", action="store_true")
    return parser


def _patches(args: argparse.Namespace, command: str) -> None:
    recipe = Recipe(args.cases, args.per_case, args.seed, args.size, args.mpp, args.scan_mpp, args.scramble_nuclei)
    with tqdm(total=recipe.cases * recipe.per_case, unit="patch", desc="phantom patches") as bar:
        write_dataset(recipe, args.out, command, args.overwrite, args.jobs, bar.update)


def main(argv: list[str] | None = None) -> int:
    """Runs the command line; 0 on success, 2 with one sentence on bad input."""
    args = _parser().parse_args(argv)
    command = "python -m kd.phantom " + shlex.join(argv if argv is not None else sys.argv[1:])
    try:
        _patches(args, command)
    except (FileExistsError, ValueError) as error:
        print(f"kd.phantom: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
