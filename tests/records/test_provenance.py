from dataclasses import replace

import pytest

from app.records.provenance import Provenance

MADE = Provenance(
    program_version="0.1.0",
    slide_fingerprint="abc",
    slide_size_px=(100, 200),
    mpp_used=0.25,
    mpp_source="file",
    model_name="demo",
    model_hash="123",
    precision="fp32",
    tile_px=96,
    stride_um=48.0,
    read_level=1,
    resampled=False,
    focal_plane=0,
    cell_finder="v1",
    device="cpu",
    date="2026-01-01",
)


@pytest.mark.parametrize(
    "change",
    [
        {"slide_fingerprint": "abd"},
        {"mpp_used": 0.26},
        {"model_hash": "124"},
        {"precision": "int8"},
        {"stride_um": 24.0},
        {"focal_plane": 1},
        {"resampled": True},
        {"cell_finder": "v2"},
    ],
)
def test_anything_that_decides_a_score_changes_the_key(change):
    assert replace(MADE, **change).plan_key != MADE.plan_key


@pytest.mark.parametrize("change", [{"date": "2026-02-02"}, {"program_version": "0.2.0"}, {"device": "cuda:0"}])
def test_when_and_where_it_ran_does_not_change_the_key(change):
    assert replace(MADE, **change).plan_key == MADE.plan_key
