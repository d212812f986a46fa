"""Data sets of patches: manifest, splits, labels, determinism."""

import csv
import json
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import pytest

from kd.phantom import classes
from kd.phantom.patches import Recipe, split_of, write_dataset


def rows_of(manifest: Path) -> list[dict[str, str]]:
    with manifest.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_manifest_starts_with_the_columns_that_training_reads(small_dataset: Path) -> None:
    with small_dataset.open(encoding="utf-8") as handle:
        assert handle.readline().startswith("path,label,group,split,")
    rows = rows_of(small_dataset)
    assert len(rows) == 6 * 24
    for row in rows[::10]:
        image = cv2.imread(str(small_dataset.parent / row["path"]))
        assert image is not None and image.shape == (96, 96, 3)
        assert row["label"] in classes.KEYS


def test_splits_never_cut_a_group(small_dataset: Path) -> None:
    splits = defaultdict(set)
    for row in rows_of(small_dataset):
        splits[row["group"]].add(row["split"])
    assert all(len(found) == 1 for found in splits.values())
    assert {next(iter(s)) for s in splits.values()} == {"train", "val", "test"}


def test_planned_split_is_two_thirds_a_tenth_and_a_quarter() -> None:
    counts = defaultdict(int)
    for number in range(84):
        counts[split_of(number, 84)] += 1
    assert counts == {"train": 56, "val": 8, "test": 20}


def test_every_case_shows_several_classes(small_dataset: Path) -> None:
    seen = defaultdict(set)
    for row in rows_of(small_dataset):
        seen[row["group"]].add(row["true_label"])
    assert min(len(found) for found in seen.values()) >= 3


def test_test_and_val_labels_are_clean(small_dataset: Path) -> None:
    assert all(r["label"] == r["true_label"] for r in rows_of(small_dataset) if r["split"] != "train")


def test_train_label_noise_only_swaps_neighbours(tmp_path: Path) -> None:
    manifest = write_dataset(Recipe(cases=6, per_case=60, seed=2), tmp_path / "d", "test")
    swapped = [r for r in rows_of(manifest) if r["label"] != r["true_label"]]
    train = [r for r in rows_of(manifest) if r["split"] == "train"]
    assert 0 < len(swapped) < 0.08 * len(train)
    for row in swapped:
        assert classes.INDEX[row["label"]] in classes.NEIGHBOURS[classes.INDEX[row["true_label"]]]


def test_same_seed_same_bytes_whatever_the_number_of_processes(tmp_path: Path) -> None:
    recipe = Recipe(cases=6, per_case=3, seed=4)
    one = write_dataset(recipe, tmp_path / "one", "same")
    two = write_dataset(recipe, tmp_path / "two", "same", jobs=2)
    files = sorted(p.relative_to(one.parent) for p in one.parent.rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(two.parent) for p in two.parent.rglob("*") if p.is_file())
    assert all((one.parent / f).read_bytes() == (two.parent / f).read_bytes() for f in files)


def test_another_seed_gives_other_patients(tmp_path: Path) -> None:
    a = write_dataset(Recipe(cases=6, per_case=2, seed=4), tmp_path / "a", "x")
    b = write_dataset(Recipe(cases=6, per_case=2, seed=5), tmp_path / "b", "x")
    first_a = cv2.imread(str(a.parent / rows_of(a)[0]["path"]))
    first_b = cv2.imread(str(b.parent / rows_of(b)[0]["path"]))
    assert not np.array_equal(first_a, first_b)


def test_card_tells_what_the_set_is(small_dataset: Path) -> None:
    card = json.loads((small_dataset.parent / "dataset.json").read_text())
    assert card["training_domain"] == "phantom" and "nothing about patients" in card["what"]
    assert [c["key"] for c in card["classes"]] == list(classes.KEYS)
    assert sum(sum(c.values()) for c in card["counts"].values()) == 6 * 24


def test_any_resolution_covers_the_same_field(tmp_path: Path) -> None:
    """A patch at 0.25 um/px, reduced, resembles the same patch made at 0.5 um/px."""
    fine = write_dataset(Recipe(cases=6, per_case=4, size_px=192, mpp=0.25), tmp_path / "f", "x")
    coarse = write_dataset(Recipe(cases=6, per_case=4, size_px=96, mpp=0.5), tmp_path / "c", "x")
    row = rows_of(fine)[0]
    assert row["path"] == rows_of(coarse)[0]["path"]
    a = cv2.imread(str(fine.parent / row["path"]))
    b = cv2.imread(str(coarse.parent / row["path"])).astype(float)
    assert a.shape == (192, 192, 3)
    reduced = cv2.resize(a, (96, 96), interpolation=cv2.INTER_AREA).astype(float)
    assert np.abs(reduced - b).mean() < 6.0


def test_existing_data_is_kept(small_dataset: Path) -> None:
    before = small_dataset.read_bytes()
    with pytest.raises(FileExistsError):
        write_dataset(Recipe(cases=6, per_case=1), small_dataset.parent, "x")
    assert small_dataset.read_bytes() == before


def test_scrambled_nuclei_keep_labels_and_case(tmp_path: Path) -> None:
    plain = write_dataset(Recipe(cases=6, per_case=8), tmp_path / "p", "x")
    mixed = write_dataset(Recipe(cases=6, per_case=8, scramble=True), tmp_path / "s", "x")
    assert {r["group"] for r in rows_of(plain)} == {r["group"] for r in rows_of(mixed)}
    assert (plain.parent / "dataset.json").read_text() != (mixed.parent / "dataset.json").read_text()
    assert json.loads((mixed.parent / "dataset.json").read_text())["recipe"]["scramble"] is True
