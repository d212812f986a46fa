"""``python -m app [SLIDE ...]``: the window first, everything heavy later; without a screen, the same job offscreen."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from app.analysis.runtime.devices import HELP, device_argument


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="fnascope",
        description="Whole-slide viewer for fine needle aspiration cytology. For Research Use Only. "
        "Not for use in diagnostic procedures.",
    )
    parser.add_argument("slides", nargs="*", metavar="SLIDE", type=Path, help="slide to open")
    parser.add_argument("--demo", action="store_true", help="open the bundled demo slide (a phantom)")
    parser.add_argument("--model", type=Path, metavar="BUNDLE", help="model bundle to score with")
    parser.add_argument(
        "--device", type=device_argument, help=f"what to score on: {HELP} (default: as in the preferences)"
    )
    parser.add_argument(
        "--offscreen",
        nargs="?",
        type=Path,
        const=Path(""),
        metavar="OUT_DIR",
        help="use no screen: run the window offscreen, wait for the scores, write pictures and scores, end",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("out"), metavar="DIR", help="where the job without a screen writes (out)"
    )
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="keep scores, settings and logs here")
    parser.add_argument("--version", action="store_true", help="print the version and end")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit status. Errors of the start are one sentence on stderr."""
    multiprocessing.freeze_support()
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.version:
        from app.ui.paths import program_version

        print(f"FNAScope {program_version()}")
        return 0
    from app.ui.startup_checks import qt_problem, screen_problem

    problem = qt_problem()
    if problem:
        return _fail(problem)
    try:
        slides = _slides(options)
    except FileNotFoundError as error:
        return _fail(str(error))
    no_screen = "" if options.offscreen is not None else screen_problem(os.environ, sys.platform)
    if options.offscreen is None and not no_screen:
        from app.ui.application import run_window

        return run_window(slides, bundle_path=options.model, device=options.device, data_dir=options.data_dir)
    if not slides:
        parser.print_usage(sys.stderr)
        return _fail(f"{no_screen or 'Without a window'} there is nothing to do: name a slide, or use --demo.")
    if no_screen:
        print(f"{no_screen} so the window runs offscreen and its results go into a folder.", flush=True)
    from app.ui.offscreen_job import run_offscreen

    out_dir = options.offscreen if options.offscreen and options.offscreen.parts else options.out
    return run_offscreen(
        slides, out_dir=out_dir, bundle_path=options.model, device=options.device, data_dir=options.data_dir
    )


def _slides(options: argparse.Namespace) -> list[Path]:
    """The slides to open. Raises FileNotFoundError when the installation lacks the demo slide."""
    slides = [path.absolute() for path in options.slides]
    if options.demo:
        from app.resources import resource_path

        slides.insert(0, resource_path("demo/demo-slide.tif"))
    return slides


def _fail(sentence: str) -> int:
    print(f"fnascope: {sentence}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
