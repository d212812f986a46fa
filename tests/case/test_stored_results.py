"""Results of other models and scales: listed with what differs, discarded alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.case.scores_store import ScoresStore
from app.case.stored_results import (
    StoredResultsError,
    differences,
    discard_of_model,
    discard_results,
    list_results,
)
from app.records.provenance import Provenance
from app.records.scores import CellState, GridSpec, ScoreBatch

BASE = Provenance(
    program_version="1",
    slide_fingerprint="slide a",
    slide_size_px=(100, 100),
    mpp_used=0.5,
    mpp_source="stated",
    model_name="demo",
    model_hash="hash 1",
    precision="int8",
    tile_px=32,
    stride_um=16.0,
    read_level=0,
    resampled=False,
    focal_plane=0,
    cell_finder="blobs-1",
    device="cpu",
    date="2026-01-02T03:04:05",
)


def store(data: Path, provenance: Provenance) -> None:
    grid = GridSpec(4, 4, 32.0, 32.0)
    made = ScoresStore(data, provenance, grid, 2, pytest.fail)
    batch = ScoreBatch(np.arange(3), np.full(3, CellState.SCORED, np.uint8), np.ones((3, 2), np.float32), np.zeros(3))
    made.accept(replace(batch, out_of_domain=np.zeros(3, np.float32)))
    made.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    store(tmp_path, BASE)
    store(tmp_path, replace(BASE, model_hash="hash 2", model_name="other"))
    store(tmp_path, replace(BASE, mpp_used=0.25))
    store(tmp_path, replace(BASE, slide_fingerprint="slide b"))
    return tmp_path


def test_all_results_of_the_slide_are_listed_the_latest_first(data):
    found = list_results(data, "slide a")
    assert [(r.provenance.model_name, r.provenance.mpp_used) for r in found] == [
        ("demo", 0.25),
        ("other", 0.5),
        ("demo", 0.5),
    ]
    assert all(r.bytes > 0 for r in found)
    assert list_results(data / "nowhere", "slide a") == []


def test_what_differs_is_said_in_words(data):
    demo_fine, other, demo = (r.provenance for r in list_results(data, "slide a"))
    assert differences(demo, BASE) == []
    assert differences(demo_fine, BASE) == ["another scale"]
    assert differences(other, BASE) == ["another model"]
    assert differences(replace(BASE, model_hash="hash 3"), BASE) == ["another version of the model"]
    assert differences(replace(BASE, cell_finder="x", focal_plane=2, precision="fp32"), BASE) == [
        "another focal plane",
        "another precision",
    ]
    assert differences(replace(BASE, cell_finder="x"), BASE) == ["another version of the program's analysis"]
    assert differences(BASE, None) != []


def test_discarding_takes_what_was_named_and_no_more(data):
    found = list_results(data, "slide a")
    discard_results(data, [found[1].plan_key])
    assert [r.plan_key for r in list_results(data, "slide a")] == [found[0].plan_key, found[2].plan_key]
    discard_of_model(data, "slide a", "hash 1")
    assert list_results(data, "slide a") == [] and len(list_results(data, "slide b")) == 1
    discard_results(data, [])


def test_a_damaged_database_is_told_in_a_sentence(tmp_path):
    (tmp_path / "scores.sqlite").write_bytes(b"no database" * 500)
    with pytest.raises(StoredResultsError, match="cannot be read"):
        list_results(tmp_path, "slide a")
    with pytest.raises(StoredResultsError, match="cannot be discarded"):
        discard_results(tmp_path, ["key"])
