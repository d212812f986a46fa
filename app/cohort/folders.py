"""Whether files can be written where they are to go, found out before a slide is scored for nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

import platformdirs

from app.exchange.atomic import ExportError


def check_results(out: Path) -> None:
    """Nothing is left there. Raises ExportError."""
    problem = _problem(out)
    if problem:
        raise ExportError(f"Results cannot be written to {out} ({problem}); choose another folder with --out.")


def why_not_kept(data_dir: Path | None) -> str:
    """A sentence where scores cannot be kept in ``data_dir`` (None: the user's data folder); empty where they can."""
    folder = data_dir or default_data_dir()
    problem = _problem(folder)
    if not problem:
        return ""
    return (
        f"Scores cannot be kept in {folder} ({problem}): a run that is interrupted begins anew; choose another folder "
        "with --data-dir."
    )


def default_data_dir() -> Path:
    """The user's data folder."""
    return Path(platformdirs.user_data_dir("fnascope", appauthor=False))


def _problem(folder: Path) -> str:
    """Why no file can be made in ``folder``, or where it is to be made; empty where that can be done."""
    try:
        there = folder.absolute()
        while not there.exists():
            there = there.parent
        with tempfile.TemporaryFile(dir=there):
            return ""
    except OSError as error:
        return error.strerror or str(error)
