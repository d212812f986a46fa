"""Whole slides: what OpenSlide sees, pixels and truth on every level, and nothing half-written."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import openslide
import pytest

from kd.phantom import classes, slide
from kd.phantom.slide import SlideRecipe, parse_description, write_slide
from kd.phantom.slide_truth import grid_truth, load_truth, sidecars
from kd.phantom.tiff_writer import Pyramid, level_sizes


def region(handle: openslide.OpenSlide, level: int) -> np.ndarray:
    image = handle.read_region((0, 0), level, handle.level_dimensions[level]).convert("RGB")
    return np.asarray(image, np.float64)


def test_openslide_sees_size_levels_and_mpp(small_slide: Path, small_recipe: SlideRecipe) -> None:
    with openslide.OpenSlide(str(small_slide)) as handle:
        assert handle.dimensions == (small_recipe.width, small_recipe.height)
        assert handle.level_dimensions == ((2900, 2300), (1450, 1150), (725, 575))
        assert float(handle.properties["openslide.mpp-x"]) == pytest.approx(0.25, rel=1e-4)
        assert float(handle.properties["openslide.mpp-y"]) == pytest.approx(0.25, rel=1e-4)


def test_description_says_phantom(small_slide: Path) -> None:
    with openslide.OpenSlide(str(small_slide)) as handle:
        card = parse_description(handle.properties["tiff.ImageDescription"])
    assert card is not None
    assert card["training_domain"] == "phantom" and card["mpp"] == 0.25 and card["suspicious_groups"] == 3
    assert card["stain"] in ("pap", "mgg")


@pytest.mark.parametrize("text", [None, "", "Aperio Image Library", "FNAScope phantom {", "FNAScope phantom []"])
def test_other_descriptions_are_no_phantom(text: str | None) -> None:
    assert parse_description(text) is None


def test_levels_are_area_means_of_the_level_below(small_slide: Path) -> None:
    with openslide.OpenSlide(str(small_slide)) as handle:
        levels = [region(handle, k) for k in range(handle.level_count)]
    for fine, coarse in pairwise(levels):
        h, w = min(fine.shape[0] // 2, coarse.shape[0]), min(fine.shape[1] // 2, coarse.shape[1])
        mean = fine[: 2 * h, : 2 * w].reshape(h, 2, w, 2, 3).mean(axis=(1, 3))
        aligned = np.abs(mean - coarse[:h, :w]).mean()
        shifted = np.abs(mean[:, 2:] - coarse[:h, : w - 2]).mean()
        assert aligned < 3.0 and aligned < 0.7 * shifted


def test_truth_lies_on_the_cells_at_every_level(small_slide: Path) -> None:
    truth = load_truth(small_slide)
    with openslide.OpenSlide(str(small_slide)) as handle:
        for level in range(handle.level_count):
            grey = region(handle, level).mean(axis=2)
            scale = handle.level_downsamples[level]
            x, y = (truth.evidence[:, 0] / scale).astype(int), (truth.evidence[:, 1] / scale).astype(int)
            inside = (x >= 0) & (y >= 0) & (x < grey.shape[1]) & (y < grey.shape[0])
            on_cells = np.median(grey[y[inside], x[inside]])
            assert on_cells < np.median(grey) - 25.0


def test_objects_hold_the_suspicious_groups(small_slide: Path) -> None:
    truth = load_truth(small_slide)
    suspicious = [c.suspicious for c in classes.CLASSES]
    assert sum(suspicious[label] for label in truth.objects["label"]) == 3
    assert {classes.MICROFOLLICLE, classes.PAPILLARY} <= set(truth.objects["label"])
    for found in truth.objects[:5]:
        near = np.hypot(truth.evidence[:, 0] - found["x"], truth.evidence[:, 1] - found["y"]) <= found["radius"]
        assert near.sum() >= found["cells"] * 0.99
    card = json.loads(sidecars(small_slide)[1].read_text())
    assert card["suspicious_groups"] == 3 and "nothing about patients" in card["what"]


def test_a_slide_without_suspicious_cells_keeps_the_rest(tmp_path: Path, small_recipe: SlideRecipe) -> None:
    path = write_slide(replace(small_recipe, suspicious=0), tmp_path / "clean.tif", "x")
    truth = load_truth(path)
    labels = set(truth.objects["label"])
    assert classes.BENIGN in labels and classes.INFLAMMATION in labels
    assert not labels & {classes.MICROFOLLICLE, classes.PAPILLARY}
    grid = grid_truth(truth, 48.0, 48.0)
    assert not np.isin(grid.label, [classes.MICROFOLLICLE, classes.PAPILLARY]).any()


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    recipe = SlideRecipe(width=1100, height=900, seed=8, suspicious=0)
    one = write_slide(recipe, tmp_path / "one.tif", "x").read_bytes()
    assert write_slide(recipe, tmp_path / "two.tif", "x").read_bytes() == one
    assert write_slide(replace(recipe, seed=9), tmp_path / "three.tif", "x").read_bytes() != one


def test_a_stain_can_be_asked_for(tmp_path: Path) -> None:
    for stain in ("pap", "mgg"):
        recipe = SlideRecipe(width=600, height=600, seed=2, suspicious=0, stain=stain)
        path = write_slide(recipe, tmp_path / f"{stain}.tif", "x")
        with openslide.OpenSlide(str(path)) as handle:
            card = parse_description(handle.properties["tiff.ImageDescription"])
        assert card is not None and card["stain"] == stain


def test_an_interrupted_slide_leaves_nothing(tmp_path: Path) -> None:
    def stop(_blocks: int) -> None:
        raise KeyboardInterrupt

    recipe = SlideRecipe(width=1100, height=1600, seed=8, suspicious=0)
    with pytest.raises(KeyboardInterrupt):
        write_slide(recipe, tmp_path / "x.tif", "x", progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_reduced_levels_never_hold_more_than_a_few_tile_rows(tmp_path: Path) -> None:
    """Memory does not grow with the height: 200 strips go by, and no level keeps 3 tile rows."""
    width, height = 512, 2 * 256 * 200
    pyramid = Pyramid(width, height, 70, tmp_path)
    strip = np.full((256, 256, 3), 230, np.uint8)
    for k in range(200):
        pyramid.push(strip, last=k == 199)
    for level in pyramid.levels:
        across, down = -(-level.size[0] // 256), -(-level.size[1] // 256)
        assert len(list(level.spool)) == across * down
    assert pyramid.peak_rows <= 2 * 256
    pyramid.close()


def test_blocks_are_drawn_one_row_at_a_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No window larger than one block (and its halo) is ever drawn."""
    seen = []
    original = slide.render

    def watching(things: list, case: object, x: int, y: int, width: int, height: int, mpp: float) -> np.ndarray:
        seen.append((width, height))
        return original(things, case, x, y, width, height, mpp)

    monkeypatch.setattr(slide, "render", watching)
    write_slide(SlideRecipe(width=3000, height=1200, seed=1, suspicious=0), tmp_path / "s.tif", "x")
    assert seen and set(seen) == {(slide.BLOCK_PX, slide.BLOCK_PX)}


def test_level_sizes_halve_down_to_a_screen() -> None:
    assert level_sizes(80_000, 60_000)[-1] == (625, 469)
    assert level_sizes(800, 600) == [(800, 600)]
