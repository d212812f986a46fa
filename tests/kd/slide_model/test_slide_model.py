"""Slide models: gated attention by hand, bags, and the four commands on phantom bags."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from PIL import Image

from kd import export, teacher
from kd.bundle import SLIDE_MODEL, BundleError, load_bundle
from kd.command_line import run_tool
from kd.data.manifest import read_manifest
from kd.slide_model.__main__ import main
from kd.slide_model.attention import GatedAttention, SlideGraph, top_mean
from kd.slide_model.bags import Bag, domain_of
from kd.slide_model.training import load_slide_run
from tests.kd.conftest import CLASSES, dot_image

SPLITS = ["train"] * 12 + ["val"] * 5 + ["test"] * 5


def test_gated_attention_by_hand() -> None:
    torch.manual_seed(0)
    model = GatedAttention(4, 3, 2)
    model.mean.copy_(torch.tensor([0.1, 0.2, 0.3, 0.4]))
    model.std.fill_(2.0)
    tiles = torch.randn(5, 4)
    logits, weights = model(tiles)
    h = ((tiles - model.mean) / 2.0).detach().numpy()
    parameters = {key: value.detach().numpy() for key, value in model.named_parameters()}
    v = np.tanh(h @ parameters["tanh_part.weight"].T + parameters["tanh_part.bias"])
    u = 1 / (1 + np.exp(-(h @ parameters["gate_part.weight"].T + parameters["gate_part.bias"])))
    scores = (v * u) @ parameters["score.weight"][0] + parameters["score.bias"]
    a = np.exp(scores) / np.exp(scores).sum()
    np.testing.assert_allclose(weights.detach().numpy(), a, rtol=1e-5)
    expected = (a @ h) @ parameters["head.weight"].T + parameters["head.bias"]
    np.testing.assert_allclose(logits.detach().numpy(), expected, rtol=1e-4, atol=1e-6)


def test_order_of_tiles_does_not_matter_and_the_mean_weight_is_one() -> None:
    graph = SlideGraph(GatedAttention(8, 4, 2)).eval()
    tiles = torch.randn(30, 8)
    turned = torch.randperm(30)
    with torch.no_grad():
        (one, weights), (other, moved) = graph(tiles), graph(tiles[turned])
    torch.testing.assert_close(one, other)
    torch.testing.assert_close(weights[turned], moved)
    assert weights.mean().item() == pytest.approx(1.0, abs=1e-5)


def test_the_mean_of_the_most_suspicious_by_hand() -> None:
    bag = Bag("a", "a", "train", 0, np.zeros((4, 2), np.float32), np.array([0.1, 0.9, 0.5, 0.3]), None)
    assert top_mean([bag], 2)[0] == pytest.approx(0.7)
    assert top_mean([bag], 10)[0] == pytest.approx(0.45)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """22 cases of dot images, a student that tells them apart a little, and bags of them."""
    folder = tmp_path_factory.mktemp("slides")
    rng = np.random.default_rng(0)
    (folder / "images").mkdir()
    with (folder / "manifest.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("path", "label", "group", "split", "mpp"))
        for case, split in enumerate(SPLITS):
            for i in range(24):
                label = 2 if i >= 21 else i % 2
                name = f"images/{case}-{i}.png"
                Image.fromarray(dot_image(rng, label, 24)).save(folder / name)
                writer.writerow((name, CLASSES[label], f"case{case}", split, "0.5"))
    table = [{"key": key, "suspicious": key == "many"} for key in CLASSES]
    (folder / "dataset.json").write_text(json.dumps({"classes": table, "training_domain": "phantom"}))
    small = ["--width", "32", "--heads", "2", "--patch-size", "8", "--batch-size", "24", "--lr", "3e-3", "--quiet"]
    run = ["--manifest", str(folder / "manifest.csv"), "--out", str(folder / "student"), "--depth", "3"]
    teacher.main([*run, "--epochs", "8", *small])
    main(["bags", "--manifest", str(folder / "manifest.csv"), "--out", str(folder / "bags.csv"), "--tiles", "10",
          "--share", "0.3"])  # fmt: skip
    main(["train", "--bags", str(folder / "bags.csv"), "--student", str(folder / "student"), "--out",
          str(folder / "slide"), "--hidden", "16", "--epochs", "40", "--quiet"])  # fmt: skip
    return folder


def test_bags_of_a_case_differ_in_suspicious_tiles_alone_and_share_none(world: Path) -> None:
    with (world / "bags.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len({row["bag"] for row in rows}) == 44 and len({row["path"] for row in rows}) == len(rows) == 440
    for row in rows:
        assert row["tile_label"] != "many" or row["label"] == "suspicious"
    many = sum(row["tile_label"] == "many" for row in rows)
    assert many == 22 * 3


def test_the_model_learns_from_labels_of_slides_and_looks_at_what_makes_them(world: Path, tmp_path: Path) -> None:
    main(["evaluate", "--run", str(world / "slide"), "--out", str(tmp_path / "report"), "--resamples", "50", "--quiet"])
    facts = json.loads((tmp_path / "report" / "metrics.json").read_text())
    assert facts["bags"] == 10 and facts["groups"] == 5
    assert facts["models"]["gated attention"]["auroc"]["value"] >= 0.8
    assert len(facts["models"]) == 2 and any("most suspicious" in name for name in facts["models"])
    assert facts["attention_on_suspicious_tiles"] > 1.3
    assert "Research Use Only" in (tmp_path / "report" / "report.md").read_text()


@pytest.mark.parametrize(
    ("where", "domains", "expected"),
    [
        ("tiles", ["phantom", "phantom"], "phantom"),
        ("tiles", ["real slides", "phantom"], "phantom"),
        ("tiles", ["real slides", "other slides"], "other slides, real slides"),
        ("table", ["phantom"], "phantom"),
        ("nowhere", [], ""),
    ],
)
def test_what_the_bags_are_is_said_by_their_own_data(
    where: str, domains: list[str], expected: str, tmp_path: Path
) -> None:
    rows = ["path,label,group,split,bag"]
    for number, domain in enumerate(domains or ["none"]):
        for label in ("benign", "suspicious"):
            rows.append(f"set{number}/slide/{label}.png,{label},g{number},train,b{number}-{label}")
        place = tmp_path / f"set{number}" if where == "tiles" else tmp_path
        place.mkdir(exist_ok=True)
        if where != "nowhere":
            (place / "dataset.json").write_text(json.dumps({"classes": [], "training_domain": domain}))
    (tmp_path / "bags.csv").write_text("\n".join(rows) + "\n")
    assert domain_of(read_manifest(tmp_path / "bags.csv")) == expected


def test_bags_of_other_data_than_the_student_s_give_their_own_domain(world: Path, tmp_path: Path) -> None:
    shutil.copytree(world / "images", tmp_path / "cut" / "images")
    (tmp_path / "cut" / "dataset.json").write_text(json.dumps({"classes": [], "training_domain": "annotated slides"}))
    bags = (world / "bags.csv").read_text().replace(str((world / "images").resolve()), str(tmp_path / "cut" / "images"))
    (tmp_path / "bags.csv").write_text(bags)
    main(["train", "--bags", str(tmp_path / "bags.csv"), "--student", str(world / "student"), "--out",
          str(tmp_path / "slide"), "--hidden", "4", "--epochs", "1", "--quiet"])  # fmt: skip
    assert load_slide_run(tmp_path / "slide").config["data"]["training_domain"] == "annotated slides"
    assert load_slide_run(world / "slide").config["data"]["training_domain"] == "phantom"


def test_the_bundle_gives_weights_and_is_no_classifier(world: Path, tmp_path: Path) -> None:
    out = tmp_path / "slides.fnabundle"
    main(["export", "--run", str(world / "slide"), "--out", str(out), "--quiet"])
    with pytest.raises(BundleError, match="is a slide model, and a classifier is needed"):
        load_bundle(out)
    bundle = load_bundle(out, SLIDE_MODEL)
    assert [c.key for c in bundle.card.classes] == ["benign", "suspicious"]
    assert bundle.card.suspicious_indices == (1,) and bundle.card.is_phantom and bundle.card.mpp == 0.5
    export.main(["--run", str(world / "student"), "--out", str(tmp_path / "s.fnabundle"), "--no-int8", "--quiet"])
    student = load_bundle(tmp_path / "s.fnabundle").card
    assert len(student.training["weights"]) == 16
    assert bundle.card.architecture_args["student"] == student.training["weights"]
    reference = bundle.reference()
    session = onnxruntime.InferenceSession(str(bundle.model_path("fp32")), providers=["CPUExecutionProvider"])
    for count in (1, 10, 333):
        tiles = np.random.default_rng(count).normal(size=(count, 32)).astype(np.float32)
        probabilities, attention = session.run(["probabilities", "attention"], {"embeddings": tiles})
        assert probabilities.shape == (2,) and attention.shape == (count,)
        assert probabilities.sum() == pytest.approx(1.0, abs=1e-5) and attention.mean() == pytest.approx(1.0, abs=1e-4)
    found = session.run(["attention"], {"embeddings": reference["embeddings"]})[0]
    np.testing.assert_allclose(found, reference["attention"], atol=1e-5)


def damage_bag_label(text: str) -> str:
    return text.replace(",benign,case0,train,case0-benign,", ",suspicious,case0,train,case0-benign,", 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (damage_bag_label, "has more than one label"),
        (lambda text: text.replace(",bag,", ",sack,"), "no column 'bag'"),
        (lambda text: text.replace(",val,", ",test,"), "no bags of split 'val'"),
        (lambda text: text.replace(",case1,train,", ",case1,val,", 1), "group 'case1' in two splits"),
    ],
)
def test_bad_bags_are_one_line_and_nothing_is_written(
    change: Callable[[str], str], words: str, world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bags.csv").write_text(change((world / "bags.csv").read_text()))
    command = ["train", "--bags", str(tmp_path / "bags.csv"), "--student", str(world / "student")]
    assert run_tool(main, [*command, "--out", str(tmp_path / "run"), "--quiet"]) == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("error: ") and words in error
    assert not (tmp_path / "run").exists()


def test_another_student_is_refused(
    world: Path, tmp_path: Path, teacher_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["evaluate", "--run", str(world / "slide"), "--student", str(teacher_run), "--out", str(tmp_path / "r")]
    assert run_tool(main, command) == 1
    assert "is not the one that" in capsys.readouterr().err
