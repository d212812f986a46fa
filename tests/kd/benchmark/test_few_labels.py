"""Protocol B: a manifest with few labels, and training on it."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from kd import distill
from kd.benchmark import few_labels
from kd.data.manifest import read_manifest
from kd.run_folder import RunFolder


@pytest.fixture
def few(dots: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "dots"
    shutil.copytree(dots.parent, folder)
    few_labels.main(["--manifest", str(folder / "manifest.csv"), "--share", "0.25", "--out", str(folder / "few.csv")])
    return folder / "few.csv"


def test_every_case_keeps_its_share_and_other_splits_keep_all(few: Path, dots: Path) -> None:
    whole, part = read_manifest(dots), read_manifest(few)
    groups, splits = np.array(part.groups), np.array(part.splits)
    labelled = np.array([label != "" for label in part.labels])
    for group in np.unique(groups[splits == "train"]):
        members = (groups == group) & (splits == "train")
        assert labelled[members].sum() == round(0.25 * members.sum())
    assert labelled[splits != "train"].all()
    assert all(a == b for a, b, known in zip(part.labels, whole.labels, labelled, strict=True) if known)


def test_without_a_teacher_only_labelled_patches_train_and_with_one_all(
    few: Path, teacher_run: Path, tmp_path: Path
) -> None:
    common = ["--teacher", str(teacher_run), "--manifest", str(few), "--epochs", "1", "--batch-size", "12", "--quiet"]
    trained = {}
    for method in ("none", "dkd", "kd"):
        distill.main([*common, "--method", method, "--out", str(tmp_path / method)])
        trained[method] = RunFolder(tmp_path / method).config()["patches"]["train"]
    assert trained == {"none": 36, "dkd": 36, "kd": 144}


def test_pseudo_labels_are_the_teachers_decisions(few: Path, teacher_run: Path, tmp_path: Path) -> None:
    original = few.parent / "manifest.csv"
    out = few.parent / "pseudo.csv"
    few_labels.main(
        ["--manifest", str(original), "--share", "0.25", "--out", str(out), "--pseudo", str(teacher_run),
         "--cache", str(tmp_path / "cache")]
    )  # fmt: skip
    with out.open(newline="") as stream:
        labels = [row["label"] for row in csv.DictReader(stream)]
    assert "" not in labels
    truth = read_manifest(original).labels
    kept = few_labels.kept_rows(read_manifest(original), 0.25, 0)
    assert all(labels[row] == truth[row] for row in kept)
