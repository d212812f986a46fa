"""Opens every real test file and every malformed one, and prints what became of it.

    python tests/benchmarks/hostile_files.py [--data FOLDER] [--out TABLE.tsv]

Columns: file, outcome (opened, opened with bad tiles, refused), the sentence that the user sees, seconds and
peak MiB of the probing child, which opens the file and reads up to 256 tiles of it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from app.slides.open import open_slide  # noqa: E402
from app.slides.probe import ProbeServer  # noqa: E402
from app.slides.pyramid import TileKey, TilePyramid  # noqa: E402
from app.slides.samples import examine  # noqa: E402
from app.slides.slide import Slide, TileReadError  # noqa: E402

FOLDERS = ("fixtures", "hostile", "zstack", "slides")
NOT_SLIDES = {".md", ".tsv", ".npz"}


def main() -> None:
    parser = argparse.ArgumentParser(description="What becomes of every real and malformed test file.")
    default = Path(os.environ.get("FNA_DATA", ROOT.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=default, help="folder with fixtures/, hostile/, zstack/, slides/")
    parser.add_argument("--out", type=Path, help="write the table here as well, tab-separated")
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        sys.exit(f"{arguments.data} does not exist; name the folder of test data with --data")

    header = ("file", "outcome", "sentence", "seconds", "peak MiB")
    rows = [header]
    with closing(ProbeServer(examine=partial(examine, sample_time_s=3.0))) as server:
        for path in files(arguments.data):
            report = server.probe(path)
            outcome = "refused" if report.refusal is not None else outcome_of_reading(path)
            name = path.relative_to(arguments.data).as_posix()
            peak = f"{report.peak_bytes / 2**20:.0f}"
            rows.append((name, outcome, report.refusal or "", f"{report.seconds:.2f}", peak))
            print(f"{name:75} {outcome:22} {report.seconds:5.2f} s {peak:>5} MiB  {report.refusal or ''}", flush=True)
    opened = sum(row[1].startswith("opened") for row in rows)
    slowest = max(float(row[3]) for row in rows[1:])
    largest = max(int(row[4]) for row in rows[1:])
    print(f"\n{len(rows) - 1} files: {opened} opened, {len(rows) - 1 - opened} refused; ", end="")
    print(f"slowest {slowest:.2f} s, highest peak {largest} MiB")
    if arguments.out is not None:
        arguments.out.write_text("\n".join("\t".join(row) for row in rows) + "\n", encoding="utf-8")


def files(data: Path) -> Iterator[Path]:
    """The files to open, folder by folder."""
    for folder in FOLDERS:
        for path in sorted((data / folder).rglob("*")):
            if path.is_file() and path.suffix not in NOT_SLIDES:
                yield path


def outcome_of_reading(path: Path) -> str:
    """Reads all tiles (of large slides the first thousand) in this process, as the viewer does."""
    with closing(open_slide(path, probe=False)) as slide:
        bad = bad_tiles(slide)
    return f"opened, {bad} bad tile{'s' if bad > 1 else ''}" if bad else "opened"


def bad_tiles(slide: Slide, limit: int = 1000) -> int:
    """How many of the first tiles of level 0 cannot be decoded."""
    pyramid = TilePyramid(slide.info.levels, slide.info.tile_px)
    columns, rows = pyramid.grid(0)
    bad = 0
    for index in range(min(columns * rows, limit)):
        try:
            slide.read(pyramid.tile_region(TileKey(0, index % columns, index // columns)))
        except TileReadError:
            bad += 1
    return bad


if __name__ == "__main__":
    main()
