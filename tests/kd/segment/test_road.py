"""The road from images with masks to a bundle, as a user walks it; and what is refused before training starts."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from kd.bundle import BundleError, load_bundle
from kd.command_line import run_tool
from kd.run_folder import load_run
from kd.segment import __main__ as tool
from kd.segment import training
from kd.segment.dataset import read_masked_images
from kd.segment.graph import run_segmenter_onnx
from kd.segment.run import load_segmenter, segment

SHORT = ("--epochs", "3", "--batch-size", "8", "--lr", "1e-2", "--quiet")
SMALL = ("--width", "2", "--depth", "3")


@pytest.fixture(scope="module")
def students(teacher_run: Path, cells: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("students")
    for seed in ("0", "1"):
        common = ["distill", "--teacher", str(teacher_run), "--seed", seed, *SMALL, *SHORT]
        tool.main([*common, "--out", str(folder / f"kld-{seed}")])
    tool.main(["distill", "--data", str(cells), "--path", "none", "--out", str(folder / "alone"), *SMALL, *SHORT])
    return folder


@pytest.fixture(scope="module")
def bundle(students: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundle") / "cells.fnabundle"
    tool.main(["export", "--run", str(students / "kld-0"), "--out", str(out)])
    return out


def test_the_report_has_a_row_for_every_kind_of_run(students: Path, teacher_run: Path, tmp_path: Path) -> None:
    runs = [str(students / name) for name in ("kld-0", "alone", "kld-1")]
    tool.main(["evaluate", "--runs", *runs, str(teacher_run), "--out", str(tmp_path / "report")])
    report = json.loads((tmp_path / "report" / "metrics.json").read_text())
    rows = {row["name"]: row for row in report["rows"]}
    assert list(rows) == [
        "teacher, 12 epochs (U-Net 6/3)", "student, logits kld, weak teacher view, 3 epochs (U-Net 2/3)",
        "student, masks alone, 3 epochs (U-Net 2/3)", "thresholds, one setting", "thresholds, set for each domain",
    ]  # fmt: skip
    student = rows["student, logits kld, weak teacher view, 3 epochs (U-Net 2/3)"]
    assert student["seeds"] == 2 and len(student["mean_by_seed"]) == 2 and report["images"] == 6
    assert student["dice"]["mean"]["value"] == pytest.approx(np.mean(student["mean_by_seed"]))
    first = rows["teacher, 12 epochs (U-Net 6/3)"]
    assert first["from_first"]["mean"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    gap = student["dice"]["mean"]["value"] - first["dice"]["mean"]["value"]
    assert student["from_first"]["mean"]["value"] == pytest.approx(gap)
    assert rows["thresholds, one setting"]["dice"]["nucleus"]["value"] > 0.8  # dark discs are no riddle
    assert "Research Use Only" in (tmp_path / "report" / "report.md").read_text()


def test_training_beats_an_untrained_model(teacher_run: Path) -> None:
    log = (teacher_run / "log.csv").read_text().splitlines()
    names = log[0].split(",")
    first, last = (dict(zip(names, map(float, line.split(",")), strict=True)) for line in (log[1], log[-1]))
    assert last["loss"] < 0.8 * first["loss"]
    assert load_segmenter(teacher_run).facts["validation"]["cell"] > 0.5


def test_a_stopped_run_goes_on_to_the_result_of_an_unbroken_one(
    students: Path, teacher_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["distill", "--teacher", str(teacher_run), "--seed", "0", *SMALL, *SHORT, "--out", str(tmp_path / "b")]
    original, count = training.SegmenterTraining._update, 0

    def interrupting(self: training.SegmenterTraining, *given: object) -> object:
        nonlocal count
        count += 1
        if count == 5:
            os.kill(os.getpid(), signal.SIGINT)
        return original(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(training.SegmenterTraining, "_update", interrupting)
    assert run_tool(tool.main, command) == 130
    monkeypatch.undo()
    assert run_tool(tool.main, command) == 0
    ours, theirs = (torch.load(run / "last.pt", weights_only=True) for run in (tmp_path / "b", students / "kld-0"))
    assert ours["epoch"] == theirs["epoch"] == 3
    assert all(torch.equal(ours["model"][key], value) for key, value in theirs["model"].items())


def test_onnx_and_torch_agree_at_other_sizes_than_the_training_one(bundle: Path, students: Path) -> None:
    tiles = np.random.default_rng(0).integers(0, 256, (3, 40, 56, 3), dtype=np.uint8)
    found = run_segmenter_onnx(bundle / "model.onnx", tiles)
    model = load_segmenter(students / "kld-0").model
    with torch.no_grad():
        exact = model(torch.from_numpy(tiles).permute(0, 3, 1, 2).float() / 255.0).softmax(1).numpy()
    assert found.shape == (3, 3, 40, 56) and found.dtype == np.float32
    assert np.abs(found - exact).max() < 1e-4
    assert np.array_equal(segment(model, tiles), exact.argmax(1))


def test_the_bundle_says_what_it_is(bundle: Path) -> None:
    card = load_bundle(bundle, "segmenter").card
    assert (card.kind, card.architecture, card.tile_px, card.mpp) == ("segmenter", "unet", 32, 0.5)
    assert card.is_phantom and [c.key for c in card.classes] == ["background", "cytoplasm", "nucleus"]
    reference = load_bundle(bundle, "segmenter").reference()
    found = run_segmenter_onnx(bundle / "model.onnx", reference["tiles"])
    assert np.abs(found - reference["probabilities"]).max() < 1e-4


def test_a_program_that_scores_tiles_refuses_a_segmenter(bundle: Path) -> None:
    with pytest.raises(BundleError, match="is a segmenter, and a classifier is needed"):
        load_bundle(bundle)


def test_a_segmenter_is_no_teacher_of_patches_and_the_other_way_round(
    students: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from kd.errors import KdError

    with pytest.raises(KdError):
        load_run(students / "kld-0")
    other = tmp_path / "run"
    other.mkdir()
    (other / "config.json").write_text('{"kind": "teacher"}')
    assert run_tool(tool.main, ["distill", "--teacher", str(other), "--out", str(tmp_path / "s")]) == 1
    assert "not a run of kd.segment" in capsys.readouterr().err


def damaged(cells: Path, folder: Path, how: str) -> Path:
    """A copy of the data set with one thing wrong."""
    shutil.copytree(cells, folder)
    manifest = folder / "manifest.csv"
    text = manifest.read_text()
    if how == "missing image":
        (folder / "3.png").unlink()
    elif how == "corrupt mask":
        (folder / "3-mask.png").write_bytes(b"no image")
    elif how == "mask of another size":
        Image.new("L", (16, 16)).save(folder / "3-mask.png")
    elif how == "unknown value":
        Image.new("L", (32, 32), 7).save(folder / "3-mask.png")
    elif how == "group in two splits":
        manifest.write_text(text.replace("case5,test", "case4,test", 1))
    elif how == "no validation":
        manifest.write_text("\n".join(line for line in text.splitlines() if ",val," not in line))
    elif how == "unknown split":
        manifest.write_text(text.replace(",val,", ",tune,"))
    elif how == "no mask column":
        manifest.write_text(text.replace("path,mask", "path,labels", 1))
    elif how == "image of another size":
        for name in ("3.png", "3-mask.png"):
            Image.open(folder / name).resize((16, 16)).save(folder / name)
    return folder


SAYS = {
    "missing image": "3.png", "corrupt mask": "3-mask.png", "mask of another size": "not as large as its image",
    "unknown value": "value 7", "group in two splits": "'case4' in two splits", "no validation": "no rows of split",
    "unknown split": "'tune'", "no mask column": "lacks the column(s) mask", "image of another size": "equally large",
}  # fmt: skip


@pytest.mark.parametrize("how", sorted(SAYS))
def test_bad_data_end_in_one_sentence_before_anything_is_written(
    how: str, cells: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = damaged(cells, tmp_path / "data", how)
    assert run_tool(tool.main, ["teacher", "--data", str(data), "--out", str(tmp_path / "run"), *SMALL, *SHORT]) == 1
    said = capsys.readouterr().err.strip()
    assert SAYS[how] in said and len(said.splitlines()) == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["teacher"], "Give --data"),
        (["distill"], "needs --teacher"),
        (["distill", "--path", "none"], "Give --data"),
        (["teacher", "--data", "DATA", "--depth", "7"], "cannot be halved"),
        (["teacher", "--data", "DATA", "--images", "99"], "99 training images"),
        (["colour"], "no command 'colour'"),
    ],
)
def test_commands_that_cannot_be_done(
    command: list[str], says: str, cells: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(cells) if part == "DATA" else part for part in command]
    assert run_tool(tool.main, [*given, "--out", str(tmp_path / "run")]) == 1
    assert says in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_fewer_images_are_drawn_by_the_seed(cells: Path) -> None:
    data = read_masked_images(cells)
    picks = [training.training_rows(data, training.SegmentTraining(images=8, seed=s)).tolist() for s in (0, 0, 1)]
    assert picks[0] == picks[1] != picks[2] and len(set(picks[0])) == 8
    assert set(picks[0]) <= set(data.rows("train").tolist())
