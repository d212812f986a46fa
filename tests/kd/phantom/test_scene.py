"""Drawing: windows join without a seam, groups look like their class in numbers, and stains absorb."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kd.phantom import classes, morphology
from kd.phantom.canvas import Canvas
from kd.phantom.cases import make_case
from kd.phantom.cells import build_group, draw_degree
from kd.phantom.morphology import blend
from kd.phantom.scene import build_scene, render


def test_windows_of_a_scene_join_without_a_seam() -> None:
    case = make_case(1, 3, "train")
    things = list(build_scene(np.random.default_rng(1), case).things)
    whole = render(things, case, 300, 200, 256, 192, 0.25)
    left = render(things, case, 300, 200, 100, 192, 0.25)
    right = render(things, case, 400, 200, 156, 192, 0.25)
    joined = np.concatenate([left, right], axis=1)
    assert np.abs(whole.astype(int) - joined).max() <= 1


@pytest.mark.parametrize("label", classes.CELL_CLASSES)
def test_groups_are_dark_where_their_truth_says(label: int) -> None:
    case = make_case(1, 2, "train")
    dark = []
    for seed in range(6):
        group = build_group(np.random.default_rng(seed), case, label, (200.0, 200.0))
        assert group.label == label and group.count >= 1
        canvas = Canvas.over(group.bounds, 0.5)
        group.draw(canvas)
        density = canvas.density(case.stain).sum(axis=2)
        x = (group.evidence[:, 0] / 0.5).astype(int) - canvas.x_px
        y = (group.evidence[:, 1] / 0.5).astype(int) - canvas.y_px
        dark.append(np.median(density[y, x]) > 2.0 * density.mean())
    assert sum(dark) >= 5


def test_papillary_nuclei_are_larger_and_longer_than_benign_ones() -> None:
    case = make_case(1, 2, "train")

    def mean(label: int, field: str) -> float:
        groups = [build_group(np.random.default_rng(k), case, label, (0.0, 0.0)) for k in range(12)]
        return float(np.mean([getattr(g.nuclei[0], field).mean() for g in groups]))

    assert mean(classes.PAPILLARY, "diameter") > 1.15 * mean(classes.BENIGN, "diameter")
    assert mean(classes.PAPILLARY, "aspect") > 1.1 * mean(classes.BENIGN, "aspect")


@given(degree=st.floats(0.0, 1.0))
@settings(max_examples=30, deadline=None)
def test_degree_runs_without_a_jump_between_neighbours(degree: float) -> None:
    mixed = blend(morphology.BENIGN, morphology.PAPILLARY, degree)
    low, high = morphology.BENIGN.diameter, morphology.PAPILLARY.diameter
    assert min(low, high) <= mixed.diameter <= max(low, high)
    assert mixed.aspect == pytest.approx(morphology.BENIGN.aspect * (1 - degree) + morphology.PAPILLARY.aspect * degree)


@pytest.mark.parametrize("label", range(6))
def test_objects_stay_on_their_own_side_of_the_border(label: int) -> None:
    rng = np.random.default_rng(0)
    drawn = [draw_degree(rng, label) for _ in range(200)]
    assert all(0.0 <= degree <= 0.5 for _, degree in drawn)
    assert {other for other, _ in drawn} == set(classes.NEIGHBOURS[label])


def test_a_background_class_has_no_cells() -> None:
    with pytest.raises(ValueError, match="has no cells"):
        build_group(np.random.default_rng(0), make_case(1, 0, "train"), classes.COLLOID, (0.0, 0.0))


def test_test_cases_are_stained_outside_the_training_range() -> None:
    train = [make_case(1, n, "train").stain.strength for n in range(40)]
    test = [make_case(1, n, "test").stain.strength for n in range(40)]
    assert np.std(test) > 1.3 * np.std(train)
    assert {make_case(1, n, "train").stain.name for n in range(4)} == {"pap", "mgg"}
