"""The label rule on constructed scenes, and the same rule on a grid of tiles."""

import numpy as np
import pytest

from kd.phantom import classes
from kd.phantom.slide_truth import OBJECT_FIELDS, SlideTruth, grid_truth
from kd.phantom.truth import Truth, tile_truth


def truth_of(rows: list[tuple[float, float, float, int]], colloid: np.ndarray | None = None) -> Truth:
    cover = np.zeros((24, 24), np.float32) if colloid is None else colloid.astype(np.float32)
    return Truth(np.array(rows, float).reshape(-1, 4), cover, (0.0, 0.0))


def label(rows: list[tuple[float, float, float, int]], colloid: np.ndarray | None = None) -> int:
    return tile_truth(truth_of(rows, colloid), 48.0, 48.0, 48.0).label


def test_empty_tile_is_background() -> None:
    assert label([]) == classes.BACKGROUND


def test_most_nuclear_area_wins() -> None:
    rows = [(70.0, 70.0, 80.0, classes.PAPILLARY), (74.0, 74.0, 50.0, classes.BENIGN)]
    assert label(rows) == classes.PAPILLARY
    rows.append((66.0, 74.0, 50.0, classes.BENIGN))
    assert label(rows) == classes.BENIGN


def test_nuclei_at_the_edge_count_less_than_those_in_the_middle() -> None:
    edge = [(50.0, 72.0, 90.0, classes.PAPILLARY)]
    assert label(edge) == classes.BACKGROUND
    assert label([*edge, (72.0, 72.0, 60.0, classes.INFLAMMATION)]) == classes.INFLAMMATION


def test_cells_go_before_colloid_and_colloid_before_background() -> None:
    everywhere = np.ones((24, 24))
    assert label([], everywhere) == classes.COLLOID
    assert label([(72.0, 72.0, 90.0, classes.BENIGN)], everywhere) == classes.BENIGN
    third = np.zeros((24, 24))
    third[:, :8] = 1.0
    assert label([], third) == classes.BACKGROUND


def test_less_than_a_nucleus_is_no_cell() -> None:
    assert label([(72.0, 72.0, 30.0, classes.PAPILLARY)]) == classes.BACKGROUND


def test_share_tells_how_clear_a_tile_is() -> None:
    rows = [(72.0, 72.0, 75.0, classes.PAPILLARY), (70.0, 70.0, 25.0, classes.BENIGN)]
    found = tile_truth(truth_of(rows), 48.0, 48.0, 48.0)
    assert found.share == pytest.approx(0.75)
    assert found.cell_area_um2 == pytest.approx(100.0)


@pytest.mark.parametrize("stride_um", [48.0, 24.0, 16.0, 37.0])
def test_grid_of_tiles_follows_the_rule_tile_by_tile(stride_um: float) -> None:
    rng = np.random.default_rng(0)
    mpp, size = 0.25, 1600
    rows = np.column_stack([rng.uniform(0, 400, (300, 2)), rng.uniform(10, 90, 300), rng.integers(2, 6, 300)])
    colloid = (rng.random((50, 50)) < 0.5).astype(np.float32)
    pixels = rows.copy()
    pixels[:, :2] /= mpp
    slide = SlideTruth(size, size, mpp, pixels, np.zeros(0, OBJECT_FIELDS), colloid)
    grid = grid_truth(slide, 48.0, stride_um)
    assert grid.label.shape == (int((400 - 48) / stride_um) + 1,) * 2
    truth = Truth(rows, colloid, (0.0, 0.0))
    for r in range(grid.label.shape[0]):
        for c in range(grid.label.shape[1]):
            one = tile_truth(truth, c * stride_um, r * stride_um, 48.0)
            assert grid.label[r, c] == one.label
            assert grid.share[r, c] == pytest.approx(one.share, abs=1e-5)
            assert grid.cell_area_um2[r, c] == pytest.approx(one.cell_area_um2, abs=1e-3)
