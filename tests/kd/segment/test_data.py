"""Where images and masks come from: real white cells and the phantom; Dice and the classical comparison."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kd.errors import KdError
from kd.phantom.cases import make_case
from kd.phantom.scene import build_scene, scan_scene
from kd.segment.classical import classical_masks, fit
from kd.segment.dataset import read_masked_images
from kd.segment.overlap import dice, dice_table, interval
from kd.segment.phantom_data import PhantomRecipe, scene_mask
from kd.segment.wbc_data import stratified_splits, write_wbc


def test_dice_by_hand() -> None:
    truth = np.array([[[2, 2, 1, 0]], [[0, 0, 0, 0]]], np.uint8)
    found = np.array([[[2, 1, 1, 0]], [[0, 0, 1, 0]]], np.uint8)
    assert dice(found, truth, 2)[0] == pytest.approx(2 / 3)
    assert np.isnan(dice(found, truth, 2)[1])
    table = dice_table(found, truth)
    assert table["cytoplasm"].tolist() == pytest.approx([2 / 3, 0.0])
    assert table["cell"].tolist() == pytest.approx([1.0, 0.0])
    assert table["mean"][0] == pytest.approx(2 / 3)


def test_intervals_are_wider_when_images_of_a_group_are_alike() -> None:
    rng = np.random.default_rng(0)
    values = np.repeat(rng.normal(0.8, 0.1, 10), 8)
    alone = interval(values, np.arange(80).astype(str))
    grouped = interval(values, np.repeat(np.arange(10), 8).astype(str))
    assert alone["value"] == grouped["value"] == pytest.approx(values.mean())
    assert grouped["high"] - grouped["low"] > 2 * (alone["high"] - alone["low"])


def test_images_without_the_class_are_left_out() -> None:
    found = interval(np.array([0.5, np.nan, 0.7]), np.array(["a", "b", "c"]))
    assert found["value"] == pytest.approx(0.6)


def test_strata_are_split_alike() -> None:
    splits = np.array(stratified_splits(["a"] * 40 + ["b"] * 20, 0))
    for rows, sizes in ((slice(0, 40), (22, 6, 12)), (slice(40, 60), (11, 3, 6))):
        assert tuple((splits[rows] == name).sum() for name in ("train", "val", "test")) == sizes
    assert stratified_splits(["a"] * 9, 0) != stratified_splits(["a"] * 9, 1)


def test_real_white_cells_come_out_at_one_scale_with_their_masks(shared_data: Path, tmp_path: Path) -> None:
    if not (shared_data / "wbc").is_dir():
        pytest.skip("no white blood cells in the real data")
    assert write_wbc(shared_data / "wbc", tmp_path / "wbc", 32) == 400
    data = read_masked_images(tmp_path / "wbc")
    domains = np.array(data.extra["domain"])
    area = [np.median((data.masks[domains == d] == 2).sum((1, 2))) for d in ("tecom", "cellavision")]
    assert 0.7 < area[0] / area[1] < 1.4
    nucleus, glass = (data.images[data.masks == value].mean() for value in (2, 0))
    assert nucleus < glass - 30  # masks lie on their cells
    assert data.card["mpp_assumed"] and data.card["mpp"] == 0.75
    rows = data.rows("train")[:60]
    test = data.rows("test")[:30]
    settings = fit(data.images[rows], data.masks[rows])
    found = dice_table(classical_masks(data.images[test], settings), data.masks[test])
    assert found["nucleus"].mean() > 0.75


def test_a_folder_without_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KdError, match=r"labels\.csv cannot be read"):
        write_wbc(tmp_path, tmp_path / "out", 32)
    assert not (tmp_path / "out").exists()


def test_phantom_masks_lie_on_the_cells_of_the_scan() -> None:
    case = make_case(1, 3, "train")
    scene = build_scene(np.random.default_rng([29, 1, 3, 0]), case)
    image, mask = scan_scene(scene, case, 1.0, 0.5), scene_mask(scene, 1.0)
    assert mask.shape == image.shape[:2] == (480, 480)
    shares = np.bincount(mask.ravel(), minlength=3) / mask.size
    assert shares[2] > 0.02 and shares[1] > 0.02 and shares[0] > 0.5
    red = [image[..., 0][mask == value].mean() for value in (0, 1, 2)]
    assert red[2] < red[1] < red[0]  # nuclei absorb most red light, then cytoplasm
    x, y, _, kind = scene.truth.evidence.T
    inside = (x > 0) & (y > 0) & (x < 480) & (y < 480)
    assert (mask[y[inside].astype(int), x[inside].astype(int)] > 0).mean() > 0.95
    assert len(set(kind)) > 1


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        (PhantomRecipe(cases=2), "at least 6 cases"),
        (PhantomRecipe(mpp=0.7), "multiple of 0.5"),
        (PhantomRecipe(px=400), "at most 480 um"),
    ],
)
def test_impossible_phantoms(recipe: PhantomRecipe, says: str) -> None:
    with pytest.raises(KdError, match=says):
        recipe.check()
