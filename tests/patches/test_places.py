"""Where tiles lie and how groups are split: pure functions."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.geometry import RectPx
from app.patches.checks import ColourJudge, near_duplicates, perceptual_hash
from app.patches.places import Place, block_of, places_of
from app.patches.request import label_key
from app.patches.splits import assign_splits
from app.records.marks import new_mark
from app.records.shapes import Shape, ellipse, line, point, points, polygon, rectangle


def of(*shapes: tuple[Shape, str], tile: float = 100.0, stride: float = 100.0) -> tuple[list[tuple], dict[str, int]]:
    places, skipped = places_of([(new_mark("slide", shape), label) for shape, label in shapes], tile, stride)
    return [(place.x, place.y, place.label) for place in places], skipped


def test_points_and_small_shapes_give_one_tile_each() -> None:
    found, skipped = of(
        (point(10, 20), "a"), (points([[500, 20], [900, 20]]), "b"), (rectangle(RectPx(1000, 1000, 60, 120)), "c"),
        (ellipse(RectPx(2000, 0, 150, 40)), "d"),
    )  # fmt: skip
    assert found == [(10, 20, "a"), (500, 20, "b"), (900, 20, "b"), (1030, 1060, "c"), (2075, 20, "d")]
    assert skipped == {}


def test_areas_give_a_grid_inside_and_small_marks_win() -> None:
    found, _ = of((rectangle(RectPx(0, 0, 400, 300)), "area"), (point(150, 150), "cell"))
    assert found[0] == (150, 150, "cell")
    grid = {(x, y) for x, y, label in found if label == "area"}
    assert grid == {(x, y) for x in (50, 150, 250, 350) for y in (50, 150, 250)} - {(150, 150)}


def test_a_tile_of_an_area_lies_in_it_for_at_least_half() -> None:
    triangle = [[0, 0], [1000, 0], [0, 1000]]
    found, _ = of((polygon(triangle), "t"))
    assert 30 < len(found) < 60
    assert all(x + y < 1000 for x, y, _ in found)
    hole = [[200, 200], [800, 200], [800, 800], [200, 800]]
    ring, _ = of((polygon([[0, 0], [1000, 0], [1000, 1000], [0, 1000]], [hole]), "r"))
    assert ring and not any(200 < x < 800 and 200 < y < 800 for x, y, _ in ring)


def test_lines_give_nothing_and_contradictions_are_left_out() -> None:
    found, skipped = of((line([[0, 0], [50, 50]]), "l"), (point(5, 5), "a"), (point(8, 5), "b"), (point(400, 5), "b"))
    assert found == [(400, 5, "b")]
    assert skipped == {"lines and objects without an area": 1, "spots with two different labels": 2}


@given(st.floats(0, 5000), st.floats(0, 5000))
def test_a_tile_belongs_to_the_block_that_holds_all_of_it(x: float, y: float) -> None:
    block = block_of(Place(x, y), 100.0, 1000.0)
    if block is None:
        return
    for corner_x, corner_y in ((x - 50, y - 50), (x + 49.99, y + 49.99)):
        assert (int(corner_x // 1000), int(corner_y // 1000)) == block


def test_splits_keep_groups_whole_and_shares_near_what_is_wanted() -> None:
    rng = np.random.default_rng(0)
    labels = {f"case{i}": Counter(a=int(rng.integers(1, 40)), b=int(rng.integers(0, 20))) for i in range(40)}
    splits = assign_splits(labels, {"case3": "test"})
    assert splits == assign_splits(dict(reversed(labels.items())), {"case3": "test"})
    assert splits["case3"] == "test" and set(splits) == set(labels)
    for label in "ab":
        total = sum(counts[label] for counts in labels.values())
        share = sum(labels[group][label] for group, split in splits.items() if split == "train") / total
        assert 0.6 < share < 0.8


def test_two_groups_are_training_and_validation() -> None:
    assert sorted(assign_splits({"a": Counter(x=5), "b": Counter(x=2)}, {}).values()) == ["train", "val"]


def test_near_duplicates_give_way_across_splits_only() -> None:
    rng = np.random.default_rng(1)
    images = [np.kron(rng.integers(0, 255, (12, 12, 3)), np.ones((8, 8, 1))).astype(np.uint8) for _ in range(4)]
    again = np.clip(images[0].astype(int) + rng.integers(-6, 7, images[0].shape), 0, 255).astype(np.uint8)
    hashes = [perceptual_hash(image) for image in [*images, again, images[1]]]
    assert near_duplicates(hashes, ["train", "train", "val", "train", "test", "train"]) == [0]
    assert near_duplicates(hashes, ["test", "val", "val", "train", "val", "train"]) == [4, 5]


def test_a_pen_stroke_has_an_odd_colour_and_a_pale_cell_has_not() -> None:
    def tile(colour: tuple[int, int, int]) -> np.ndarray:
        image = np.full((32, 32, 3), 240, np.uint8)
        image[8:24, 8:24] = colour
        return image

    judge = ColourJudge([tile((90 + i, 60 + i, 140 + i)) for i in range(12)])
    assert not judge.is_odd(tile((150, 127, 187)))
    assert judge.is_odd(tile((20, 120, 40)))
    assert not judge.is_odd(np.full((32, 32, 3), 240, np.uint8))


def test_labels_are_plain_words() -> None:
    assert label_key("Benign follicular (sheet)") == "benign_follicular_sheet"
    assert label_key("  ") == "class"
