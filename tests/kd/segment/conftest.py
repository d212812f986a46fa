"""Small drawn cells with masks: a dark disc in a paler one on a bright ground."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

PX = 32


def drawn_cell(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """uint8 image (PX, PX, 3) and mask (PX, PX)."""
    rows, columns = np.mgrid[:PX, :PX]
    y, x = rng.uniform(13, 19, 2)
    away = np.hypot(rows - y, columns - x)
    mask = np.where(away < rng.uniform(4, 6), 2, np.where(away < rng.uniform(9, 12), 1, 0)).astype(np.uint8)
    image = np.array([(230, 225, 235), (170, 160, 210), (90, 60, 140)])[mask] + rng.normal(0, 8, (PX, PX, 3))
    return np.clip(image, 0, 255).astype(np.uint8), mask


def write_cells(folder: Path, count: int = 36) -> Path:
    """A data set in six groups of two domains; returns its folder."""
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True)
    with (folder / "manifest.csv").open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(("path", "mask", "group", "split", "domain"))
        for i in range(count):
            image, mask = drawn_cell(rng)
            Image.fromarray(image).save(folder / f"{i}.png")
            Image.fromarray(mask).save(folder / f"{i}-mask.png")
            split = ("train", "train", "train", "train", "val", "test")[i % 6]
            rows.writerow((f"{i}.png", f"{i}-mask.png", f"case{i % 6}", split, "ab"[i // 6 % 2]))
    card = {"name": "drawn cells", "training_domain": "phantom", "mpp": 0.5, "stains": ["Pap"]}
    (folder / "dataset.json").write_text(json.dumps(card))
    return folder


@pytest.fixture(scope="session")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a data set that no test changes."""
    return write_cells(tmp_path_factory.mktemp("cells") / "data")


SHORT = ("--epochs", "3", "--batch-size", "8", "--lr", "1e-2", "--quiet")


@pytest.fixture(scope="session")
def teacher_run(cells: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of a small trained teacher."""
    from kd.segment import train

    run = tmp_path_factory.mktemp("runs") / "teacher"
    train.teacher(["--data", str(cells), "--out", str(run), "--width", "6", "--depth", "3", *SHORT, "--epochs", "12"])
    return run
