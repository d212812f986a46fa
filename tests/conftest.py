"""Fixtures shared by all tests: where the real data lies, and a quiet, offscreen Qt."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

# A change must pass or fail for what is in it, so properties are tried on the same examples every time, and other
# work on the machine must not fail one. `HYPOTHESIS_SEARCH=5000 pytest ...` looks for new counterexamples.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=int(os.environ.get("HYPOTHESIS_SEARCH", "1")))
settings.load_profile("search" if "HYPOTHESIS_SEARCH" in os.environ else "repeatable")

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# What is measured of this machine while it is busy with tests must not stay.
os.environ.setdefault("FNASCOPE_CACHE", tempfile.mkdtemp(prefix="fnascope-tests-"))

_ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real slides and hostile files; tests that need it are skipped where it is missing."""
    folder = Path(os.environ.get("FNA_DATA", _ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set FNA_DATA to the folder that holds slides/ and hostile/")
    return folder
