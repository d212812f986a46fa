"""Tiny labelled images for training tests: dots on a bright ground, three classes by their number."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest
from PIL import Image

CLASSES = ("empty", "few", "many")
SPLIT_OF_GROUP = ["train"] * 6 + ["val"] * 2 + ["test"] * 4


def dot_image(rng: np.random.Generator, label: int, px: int) -> np.ndarray:
    """uint8 (px, px, 3): 0, 2 or 6 dark dots."""
    image = rng.normal(200, 15, (px, px, 3))
    rows, columns = np.mgrid[:px, :px]
    for _ in range((0, 2, 6)[label]):
        y, x = rng.uniform(4, px - 4, 2)
        image[(rows - y) ** 2 + (columns - x) ** 2 < 8] = (90, 60, 140)
    return np.clip(image, 0, 255).astype(np.uint8)


def write_dots(folder: Path, count: int = 288, px: int = 24) -> Path:
    """A data set of ``count`` patches in 12 groups, with dataset.json; returns the manifest."""
    rng = np.random.default_rng(0)
    (folder / "images").mkdir(parents=True)
    with (folder / "manifest.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("path", "label", "group", "split", "mpp", "stain"))
        for i in range(count):
            group = i // 3 % 12
            Image.fromarray(dot_image(rng, i % 3, px)).save(folder / "images" / f"{i}.png")
            row = (f"images/{i}.png", CLASSES[i % 3], f"case{group}", SPLIT_OF_GROUP[group], "0.5", "Pap")
            writer.writerow(row)
    table = [{"key": k, "name": k.title(), "color": c, "meaning": "dots", "suspicious": k == "many"}
             for k, c in zip(CLASSES, ("#999999", "#009e73", "#d55e00"), strict=True)]  # fmt: skip
    (folder / "dataset.json").write_text(json.dumps({"classes": table, "training_domain": "phantom"}))
    return folder / "manifest.csv"


@pytest.fixture(scope="session")
def dots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manifest of a data set that no test changes."""
    return write_dots(tmp_path_factory.mktemp("dots"))


@pytest.fixture
def own_dots(tmp_path: Path) -> Callable[[], Path]:
    """Makes a small data set that the test may damage."""
    return lambda: write_dots(tmp_path / "own", count=36)


SMALL = ("--width", "32", "--heads", "2", "--patch-size", "8", "--batch-size", "24", "--lr", "3e-3", "--quiet")


@pytest.fixture(scope="session")
def teacher_run(dots: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of a small trained teacher (6 blocks)."""
    from kd import teacher

    run = tmp_path_factory.mktemp("runs") / "teacher"
    teacher.main(
        ["--manifest", str(dots), "--out", str(run), "--depth", "6", "--epochs", "6", "--drop-path", "0.1", *SMALL]
    )
    return run
