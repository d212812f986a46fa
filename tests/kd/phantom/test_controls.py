"""The random forest control."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from kd.phantom.classes import KEYS
from kd.phantom.controls import features, forest, main


def test_features_hold_thumbnail_and_histograms() -> None:
    image = np.zeros((96, 96, 3), np.uint8)
    image[:, :, 0] = 255
    found = features(image)
    assert found.shape == (24 * 24 * 3 + 5 * 32,)
    assert found[:3].tolist() == [255.0, 0.0, 0.0]
    red = found[24 * 24 * 3 : 24 * 24 * 3 + 32]
    assert red[-1] == pytest.approx(255.0) and red[:-1].sum() == 0.0


def test_forest_reports_val_and_test_against_clean_labels(small_dataset: Path) -> None:
    results = forest(small_dataset, trees=20)
    assert [r.split for r in results] == ["val", "test"]
    for result in results:
        confusion = np.array(result.confusion)
        assert confusion.shape == (6, 6) and confusion.sum() == result.patches
        assert result.accuracy == pytest.approx(np.trace(confusion) / result.patches)


def test_forest_learns_classes_that_are_colours(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lines = ["path,label,group,split"]
    for k in range(90):
        kind = k % 3
        image = np.clip(np.array([60, 120, 180])[kind] + rng.normal(0, 8, (32, 32, 3)), 0, 255).astype(np.uint8)
        cv2.imwrite(str(tmp_path / f"{k}.png"), image)
        lines.append(f"{k}.png,{KEYS[kind]},case{k},{'train' if k < 60 else 'test'}")
    (tmp_path / "m.csv").write_text("\n".join(lines) + "\n")
    (result,) = forest(tmp_path / "m.csv", trees=20)
    assert result.accuracy == 1.0


def test_command_line(small_dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(small_dataset), "--trees", "5", "--limit", "40"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["split"] == "val"
    assert main([str(tmp_path / "none.csv")]) == 2
    assert "none.csv" in capsys.readouterr().err
