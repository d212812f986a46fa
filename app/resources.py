"""Where bundled files lie: the same from a checkout, an installed wheel and a PyInstaller bundle."""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path


def resource_path(relative: str) -> Path:
    """Absolute path of a file or folder under ``resources/``, e.g. ``models/demo.fnabundle``.

    Raises FileNotFoundError with one sentence for the user when the installation lacks it.
    """
    path = _resources_folder() / relative
    if not path.exists():
        raise FileNotFoundError(f"This installation lacks its file resources/{relative}; install FNAScope again.")
    return path


def _resources_folder() -> Path:
    frozen_at = getattr(sys, "_MEIPASS", None)
    if frozen_at is not None:
        return Path(frozen_at) / "resources"
    return _installed_folder()


@cache
def _installed_folder() -> Path:
    spec = find_spec("resources")
    if spec is None or not spec.submodule_search_locations:
        return Path(__file__).resolve().parent.parent / "resources"
    return Path(next(iter(spec.submodule_search_locations)))
