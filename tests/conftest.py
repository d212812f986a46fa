"""Fixtures shared by all tests: where the real data lies, and a quiet, offscreen Qt."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Other work on the machine must not fail a property: no test depends on wall-clock time.
settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

_ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real slides and hostile files; tests that need it are skipped where it is missing."""
    folder = Path(os.environ.get("FNA_DATA", _ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set FNA_DATA to the folder that holds slides/ and hostile/")
    return folder
