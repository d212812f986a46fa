"""The low-power stage: what it sees of a tile, what it never rejects, and what asking for it changes."""

from __future__ import annotations

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.analysis.cell_map import CELL_FINDER, CellMap
from app.analysis.cell_scan import scan_slide
from app.analysis.low_power import (
    FEATURES,
    PARAMETERS,
    CellTraits,
    joined,
    stage,
    stage_from,
    tile_features,
    traits_of,
    unknown_traits,
)
from app.analysis.plan import TilePlan, make_plan
from app.records.scores import GridSpec
from app.resources import resource_path
from app.slides.open import open_slide
from app.slides.slide import TileReadError
from tests.drawn_slides import write_slide

GLASS = (238, 236, 240)
MIDDLES = [(x, y) for x in range(96, 1900, 192) for y in range(96, 1500, 192)]
"""Of tiles of 48 um: a nucleus across the border of two belongs to neither by the labels that were learned."""


def random_traits(seed: int, rows: int, columns: int, share: float) -> CellTraits:
    rng = np.random.default_rng(seed)
    y, x = np.nonzero(rng.random((rows, columns)) < share)
    values = rng.random((4, len(y)), np.float32)
    return CellTraits(y, x, 1 + 9 * values[0], rng.random(len(y)) < 0.5, *(values[1:] - 0.3))


def spans(count: int, stride: int, side: int) -> tuple[np.ndarray, np.ndarray]:
    starts = np.arange(count) * stride
    return starts, starts + side


@given(
    st.integers(0, 2**31), st.integers(1, 4), st.integers(1, 4), st.integers(2, 6), st.integers(1, 7), st.floats(0, 0.5)
)
@settings(max_examples=40, deadline=None)
def test_features_of_a_tile_are_those_of_the_cells_in_it(seed, down, across, stride, side, share):
    rows, columns = spans(down, stride, side), spans(across, stride, side)
    traits = random_traits(seed, int(rows[1][-1]), int(columns[1][-1]), share)
    tiles, features = tile_features(traits, rows, columns)
    found = dict(zip(tiles.tolist(), features, strict=True))
    for tile in range(down * across):
        top, left = (tile // across) * stride, (tile % across) * stride
        inside = (
            (traits.rows >= top)
            & (traits.rows < top + side)
            & (traits.columns >= left)
            & (traits.columns < left + side)
        )
        assert (tile in found) == bool(inside.any())
        if tile not in found:
            continue
        evidence = traits.evidence[inside].astype(float)
        y, x = traits.rows[inside] - top, traits.columns[inside] - left
        ring = np.minimum(np.minimum(y, side - 1 - y), np.minimum(x, side - 1 - x))
        peak = traits.peak[inside]
        at = [max([0.5, *evidence[peak & (ring == k)]]) for k in range(3)]
        most = evidence.argmax()
        wanted = [
            np.log(evidence.max()), np.log(evidence.sum()), np.log(np.minimum(evidence, 4).sum()),
            inside.sum(), peak.sum(), *np.log(at),
            traits.red[inside][most], traits.green[inside][most], traits.blue[inside][most],
            np.log(np.maximum(traits.red[inside], 0).sum() + 0.02),
        ]  # fmt: skip
        np.testing.assert_allclose(found[tile], wanted, rtol=1e-5, atol=1e-6)
        assert len(wanted) == len(FEATURES)


def test_the_order_in_which_blocks_are_done_decides_nothing():
    traits = random_traits(5, 24, 24, 0.6)
    traits = replace(traits, evidence=np.ones_like(traits.evidence))  # ties everywhere
    parts = []
    for row in range(0, 24, 6):
        inside = (traits.rows >= row) & (traits.rows < row + 6)
        parts.append(CellTraits(*(getattr(traits, name)[inside] for name in CellTraits.__dataclass_fields__)))
    rows = columns = spans(3, 8, 8)
    first = tile_features(joined(parts), rows, columns)
    for shuffled in (parts[::-1], parts[2:] + parts[:2]):
        for wanted, found in zip(first, tile_features(joined(shuffled), rows, columns), strict=True):
            np.testing.assert_array_equal(found, wanted)


def drawn(colour: tuple[int, int, int], radius: int) -> np.ndarray:
    """A blob in the middle of 24 x 24 coarse cells of 4 px, eight of them margin on each side."""
    image = np.full((96, 96, 3), GLASS, np.uint8)
    cv2.circle(image, (48, 48), radius, colour, -1, cv2.LINE_AA)
    return image


def test_traits_tell_what_a_blob_absorbs_over_its_surroundings():
    evidence = np.zeros((24, 24), np.float32)
    evidence[11:13, 11:13] = ((3, 2), (2, 1.5))
    evidence[2, 2] = 9  # in the margin: another block's
    blue, red = (traits_of(drawn(colour, 4), evidence, 8, (100, 200)) for colour in ((120, 110, 200), (215, 120, 110)))
    assert list(zip(blue.rows, blue.columns, strict=True)) == [(103, 203), (103, 204), (104, 203), (104, 204)]
    assert blue.peak.tolist() == [True, False, False, False] and blue.evidence.tolist() == [3, 2, 2, 1.5]
    assert (blue.red > blue.blue).all() and (red.red < red.blue).all()
    assert (blue.red > 0.05).all()


def test_what_cannot_be_decoded_is_never_rejected():
    rows = columns = spans(2, 6, 6)
    part = replace(random_traits(1, 6, 6, 0.3), red=np.full_like(random_traits(1, 6, 6, 0.3).red, -1.0))
    tiles, features = tile_features(joined([part, unknown_traits(slice(3, 5), slice(0, 12))]), rows, columns)
    assert tiles.tolist() == [0, 1]
    assert not stage().rejects(features).any()


def test_the_bundled_parameters_are_what_was_measured():
    stored = json.loads(resource_path(PARAMETERS).read_text(encoding="utf-8"))
    assert stored["training_domain"] == "phantom" and stored["recall_unseen"] >= 0.998
    assert not (set(stored["trained_on"]) | set(stored["threshold_from"])) & set(stored["unseen"])
    with pytest.raises(ValueError, match="damaged"):
        stage_from(stored | {"threshold": stored["threshold"] + 1})
    with pytest.raises(ValueError, match="another version"):
        stage_from(stored | {"features": stored["features"][::-1]})


@pytest.fixture(scope="module")
def slide(tmp_path_factory):
    """Dark nuclei on the left, specks so faint on the right that they only just pass the finder."""
    image = np.full((1600, 4000, 3), GLASS, np.uint8)
    for x, y in MIDDLES:
        cv2.circle(image, (x, y), 18, (110, 90, 160), -1, cv2.LINE_AA)
        cv2.circle(image, (x + 10 * 192, y), 11, (190, 180, 180), -1, cv2.LINE_AA)
    slide = open_slide(write_slide(tmp_path_factory.mktemp("lp") / "s.tif", image, levels=4), probe=False)
    yield slide
    slide.close()


def test_asked_for_it_leaves_out_specks_and_keeps_nuclei(slide):
    plan = make_plan(slide.info.levels, 0.25, tile_px=96, mpp=0.5, stride_um=48.0)
    without, with_it = (scan_slide(slide, 0.25, low_power=on, workers=2) for on in (False, True))
    np.testing.assert_array_equal(without.cells, with_it.cells)
    share, holds = without.for_plan(plan)
    same_share, fewer = with_it.for_plan(plan)
    np.testing.assert_array_equal(share, same_share)
    middle = 9
    assert holds[:, middle + 1 :].sum() > 20, "the finder lets specks through"
    assert not (fewer & ~holds).any()
    assert fewer[:, middle + 1 :].sum() < 0.5 * holds[:, middle + 1 :].sum()
    for x, y in MIDDLES:
        assert fewer[y // 192, x // 192]


def test_tiles_of_another_size_were_not_measured_and_are_all_kept(slide):
    plan = make_plan(slide.info.levels, 0.25, tile_px=224, mpp=0.5, stride_um=112.0)
    without, with_it = (scan_slide(slide, 0.25, low_power=on).for_plan(plan)[1] for on in (False, True))
    np.testing.assert_array_equal(without, with_it)


def test_an_undecodable_part_shows_as_failed_tiles_not_as_background(slide):
    class PartlyBad:
        info = slide.info

        def read(self, region, level=0, plane=0):
            if level == 3 and region.x + region.width > 300:
                raise TileReadError("bad")
            return slide.read(region, level, plane)

    found = scan_slide(PartlyBad(), 0.25, low_power=True)
    plan = make_plan(slide.info.levels, 0.25, tile_px=96, mpp=0.5, stride_um=48.0)
    assert found.cells.all() and found.for_plan(plan)[1].all()


def test_a_map_without_traits_judges_nothing():
    plan = TilePlan(GridSpec(2, 2, 192, 192), 0, 1.0, 96, 96, 0.5, 0)
    assert CellMap(32.0, np.ones((12, 12), bool), []).for_plan(plan)[1].all()
    assert CELL_FINDER not in stage().name
