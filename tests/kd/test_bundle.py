"""Bundles: every way of running one gives the same numbers, and a damaged one is refused in one sentence."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from kd import export
from kd.bundle import (
    GRAPH_OUTPUTS,
    REDUCED_TOLERANCE,
    BundleError,
    card_from_dict,
    load_bundle,
)
from kd.bundle_writer import balanced_by_prediction, reference_indices
from kd.command_line import run_tool
from kd.int8 import quantize_int8
from kd.models.out_of_domain import fit_embedding_statistics, out_of_domain_scores
from kd.models.student_graph import StudentGraph
from kd.models.vit import VitConfig, build_vit
from kd.onnx_graph import agreement, run_onnx, run_torch

CONFIG = VitConfig(24, 8, 32, 3, 2, 3)


@pytest.fixture(scope="session")
def bundle_folder(teacher_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles") / "dots.fnabundle"
    export.main(["--run", str(teacher_run), "--out", str(folder), "--quiet"])
    return folder


@pytest.fixture
def copy(bundle_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle_folder, tmp_path / "copy.fnabundle"))


def graph_of(folder: Path) -> StudentGraph:
    """The torch graph from the bundle's own card and weights."""
    config = VitConfig(**load_bundle(folder).card.architecture_args)
    graph = StudentGraph(build_vit(config), config)
    graph.load_state_dict(load_file(str(folder / "model.safetensors")))
    return graph


def random_tiles(count: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (count, 24, 24, 3), dtype=np.uint8)


@pytest.mark.parametrize("count", [1, 3])
def test_onnx_and_torch_give_the_same_outputs_at_any_batch_size(bundle_folder: Path, count: int) -> None:
    exported = run_onnx(bundle_folder / "model.onnx", random_tiles(count))
    exact = run_torch(graph_of(bundle_folder), random_tiles(count))
    for name in GRAPH_OUTPUTS:
        assert exported[name].dtype == np.float32
        np.testing.assert_allclose(exported[name], exact[name], rtol=1e-4, atol=1e-5, err_msg=name)


def test_outputs_have_the_shapes_of_the_contract(bundle_folder: Path) -> None:
    shapes = {name: value.shape for name, value in run_onnx(bundle_folder / "model.onnx", random_tiles(2)).items()}
    assert shapes == {
        "logits": (2, 3),
        "probabilities": (2, 3),
        "attention": (2, 3, 3),
        "embedding": (2, 32),
        "out_of_domain": (2,),
    }


def test_reference_tiles_are_reproduced_by_every_precision(bundle_folder: Path) -> None:
    bundle = load_bundle(bundle_folder)
    reference = bundle.reference()
    tiles = reference["tiles"]
    assert tiles.dtype == np.uint8
    exact = run_onnx(bundle.model_path("fp32"), tiles)["probabilities"]
    np.testing.assert_allclose(exact, reference["probabilities"], atol=1e-5)
    assert set(exact.argmax(1)) == {0, 1, 2}
    assert "fp16" in bundle.precisions
    for precision in bundle.precisions:
        reduced = run_onnx(bundle.model_path(precision), tiles)["probabilities"]
        assert np.abs(reduced - exact).max() <= REDUCED_TOLERANCE
        assert (reduced.argmax(1) == exact.argmax(1)).all()


@pytest.mark.parametrize("precision", ["int8", "fp16"])
def test_agreement_is_measured_and_recorded(precision: str, bundle_folder: Path) -> None:
    measured = load_bundle(bundle_folder).card.agreement[precision]
    assert 0.0 <= measured["suspicious_flips"] < 0.5
    assert 0.5 < measured["top1"] <= 1.0
    assert 0 < measured["mean_max_diff"] <= measured["p99_max_diff"] <= measured["max_diff"]
    assert measured["tiles"] >= 10


def test_what_int8_says_of_a_tile_does_not_depend_on_its_batch(tmp_path: Path) -> None:
    torch.manual_seed(0)
    vit = build_vit(CONFIG)
    for name in ("blocks.0.attn.qkv.weight", "blocks.1.mlp.fc1.weight", "head.weight"):
        torch.nn.init.normal_(vit.get_parameter(name), std=0.5)
    graph, tiles = StudentGraph(vit, CONFIG), random_tiles(12)
    tiles[1] //= 8  # a dark tile and a bright one have ranges of their own
    tiles[2] = 255 - tiles[2] // 8
    quantize_int8(graph, tmp_path / "int8.onnx", tiles)
    alone, together = (run_onnx(tmp_path / "int8.onnx", tiles, batch)["probabilities"] for batch in (1, 12))
    np.testing.assert_array_equal(alone, together)
    exact = run_torch(graph, tiles)["probabilities"]
    assert exact.std() > 0.05
    assert 0 < np.abs(alone - exact).max() < 0.1


def test_the_attention_map_is_that_of_the_last_block_with_mean_one() -> None:
    torch.manual_seed(0)
    vit = build_vit(CONFIG)
    torch.nn.init.normal_(vit.get_parameter("blocks.2.attn.qkv.weight"), std=0.5)
    tiles = random_tiles(4)
    attention = run_torch(StudentGraph(vit, CONFIG), tiles)["attention"]
    np.testing.assert_allclose(attention.mean((1, 2)), 1.0, atol=1e-5)
    assert attention.std() > 0.05
    # timm's own attention weights, from the block's unfused path.
    kept: list[torch.Tensor] = []
    last = vit.get_submodule("blocks.2.attn")
    last.fused_attn = False  # type: ignore[assignment]
    last.get_submodule("attn_drop").register_forward_hook(lambda module, inputs, output: kept.append(output))
    run_torch(StudentGraph(vit, CONFIG), tiles)
    rows = kept[0][:, :, 0, 1:]
    expected = (rows / rows.sum(-1, keepdim=True)).mean(1).reshape(4, 3, 3) * 9
    np.testing.assert_allclose(attention, expected.numpy(), atol=1e-5)


def test_uniform_attention_is_one_everywhere() -> None:
    vit = build_vit(CONFIG)
    torch.nn.init.zeros_(vit.get_parameter("blocks.2.attn.qkv.weight"))
    np.testing.assert_allclose(run_torch(StudentGraph(vit, CONFIG), random_tiles(2))["attention"], 1.0, atol=1e-6)


def test_the_temperature_softens_probabilities_only() -> None:
    vit = build_vit(CONFIG)
    sharp = run_torch(StudentGraph(vit, CONFIG, 1.0), random_tiles(3))
    soft = run_torch(StudentGraph(vit, CONFIG, 4.0), random_tiles(3))
    np.testing.assert_array_equal(sharp["logits"], soft["logits"])
    exponential = np.exp(sharp["logits"] / 4)
    np.testing.assert_allclose(soft["probabilities"], exponential / exponential.sum(1, keepdims=True), atol=1e-6)


def test_out_of_domain_is_about_one_at_home_and_grows_away() -> None:
    rng = np.random.default_rng(0)
    means = rng.normal(0, 5, (3, 8))
    labels = rng.integers(0, 3, 3000)
    mixing = np.eye(8) + 0.2 * rng.normal(size=(8, 8))
    embeddings = means[labels] + rng.normal(size=(3000, 8)) @ mixing
    statistics = fit_embedding_statistics(embeddings, labels, 3)
    home = out_of_domain_scores(embeddings, statistics)
    assert home.mean() == pytest.approx(1.0, abs=0.2)
    away = out_of_domain_scores(embeddings + 8 * mixing[0], statistics)
    assert np.median(away) > 3
    inverse = np.linalg.inv(np.cov((embeddings - means[labels]).T))
    offsets = embeddings[:, None] - means[None]
    exact = np.einsum("ncd,de,nce->nc", offsets, inverse, offsets).min(1) / 8
    np.testing.assert_allclose(home, exact, rtol=0.1, atol=0.02)


def test_the_graph_computes_the_same_out_of_domain_score(bundle_folder: Path) -> None:
    graph = graph_of(bundle_folder)
    outputs = run_torch(graph, random_tiles(5))
    whitened = outputs["embedding"].astype(np.float64) @ graph.whitening.numpy()
    expected = ((whitened[:, None] - graph.class_means.numpy()[None]) ** 2).sum(-1).min(1)
    np.testing.assert_allclose(outputs["out_of_domain"], expected, rtol=1e-3)
    threshold = load_bundle(bundle_folder).card.out_of_domain_threshold
    assert threshold is not None
    # Coloured noise is none of the classes.
    assert np.median(outputs["out_of_domain"]) > threshold


def test_the_card_says_what_the_model_is(bundle_folder: Path) -> None:
    card = load_bundle(bundle_folder).card
    assert card.is_phantom
    assert [c.key for c in card.classes] == ["empty", "few", "many"]
    assert card.suspicious_indices == (2,)
    assert (card.tile_px, card.mpp, card.stride_um, card.stains) == (24, 0.5, 12.0, ("pap",))
    assert card.metrics["validation"]["balanced_accuracy"] > 0.6
    assert card.training["training"]["epochs"] == 6
    assert not card.mpp_assumed


def test_an_export_needs_to_know_what_the_data_are(
    teacher_run: Path, own_dots: Callable[[], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = own_dots()
    table = json.loads((manifest.parent / "dataset.json").read_text())
    (manifest.parent / "dataset.json").write_text(json.dumps(table["classes"]))
    out = tmp_path / "x.fnabundle"
    command = ["--run", str(teacher_run), "--manifest", str(manifest), "--out", str(out), "--quiet"]
    assert run_tool(export.main, command) == 1
    assert "--training-domain" in capsys.readouterr().err
    assert not out.exists()
    assert run_tool(export.main, [*command, "--training-domain", "x", "--mpp", "0.4", "--no-int8", "--no-fp16"]) == 0
    card = load_bundle(out).card
    assert card.mpp_assumed
    assert card.mpp == 0.4
    assert load_bundle(out).precisions == ("fp32",)


def test_fp16_is_smaller_and_keeps_what_leaves_its_range(bundle_folder: Path) -> None:
    bundle = load_bundle(bundle_folder)
    sizes = {precision: bundle.model_path(precision).stat().st_size for precision in ("fp32", "fp16")}
    assert sizes["fp16"] < 0.75 * sizes["fp32"]
    far = np.full((2, 24, 24, 3), 255, np.uint8)
    far[:, ::2] = 0
    exact, half = (run_onnx(bundle.model_path(p), far)["out_of_domain"] for p in ("fp32", "fp16"))
    np.testing.assert_allclose(half, exact, rtol=0.05)


def test_the_card_says_where_the_calibration_holds(bundle_folder: Path) -> None:
    card = load_bundle(bundle_folder).card
    assert card.training["calibration"]["fitted_on"].startswith("validation split: 48 tiles of 2 groups")
    assert "prior" in card.training["calibration"]["valid_at"]
    assert sum(card.prior) == pytest.approx(1.0)


def test_wsinfer_gets_a_torchscript_model_that_gives_the_same(
    teacher_run: Path, bundle_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "dots"
    export.main(["--run", str(teacher_run), "--wsinfer", str(out), "--quiet"])
    assert {p.name for p in out.iterdir()} == {"config.json", "torchscript_model.pt", "README.md"}
    config = json.loads((out / "config.json").read_text())
    assert config["spec_version"] == "1.0"
    assert config["class_names"] == ["Empty", "Few", "Many"] and config["num_classes"] == 3
    assert (config["patch_size_pixels"], config["spacing_um_px"]) == (24, 0.5)
    assert [step["name"] for step in config["transform"]] == ["Resize", "ToTensor", "Normalize"]
    assert "phantom" in (out / "README.md").read_text() and "Research Use Only" in (out / "README.md").read_text()
    # What the extension does: scale to 0..1, normalise, run, softmax.
    arguments = config["transform"][2]["arguments"]
    mean, std = (torch.tensor(arguments[key]).view(1, 3, 1, 1) for key in ("mean", "std"))
    model = torch.jit.load(str(out / "torchscript_model.pt"))
    for count in (1, 5):
        tiles = random_tiles(count)
        images = (torch.from_numpy(tiles).permute(0, 3, 1, 2).float() / 255 - mean) / std
        with torch.no_grad():
            found = model(images).softmax(1).numpy()
        exact = run_onnx(bundle_folder / "model.onnx", tiles)["probabilities"]
        np.testing.assert_allclose(found, exact, atol=1e-4)


def test_an_export_to_nowhere_is_told(teacher_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_tool(export.main, ["--run", str(teacher_run)]) == 1
    assert "Give --out NAME.fnabundle, --wsinfer DIR, or both." in capsys.readouterr().err


def test_an_interrupted_export_leaves_the_old_bundle(
    teacher_run: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kd import bundle_writer

    before = load_bundle(copy).hash

    def fail(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(bundle_writer.REDUCERS, "int8", fail)
    assert run_tool(export.main, ["--run", str(teacher_run), "--out", str(copy), "--quiet"]) == 130
    assert load_bundle(copy).hash == before
    assert [p.name for p in copy.parent.iterdir()] == [copy.name]


def damage_card(change: Callable[[dict[str, object]], object]) -> Callable[[Path], object]:
    def apply(folder: Path) -> None:
        raw = json.loads((folder / "card.json").read_text())
        change(raw)
        (folder / "card.json").write_text(json.dumps(raw))

    return apply


BROKEN: list[tuple[Callable[[Path], object], str]] = [
    (lambda f: shutil.rmtree(f), "no model bundle at"),
    (lambda f: (f / "card.json").unlink(), "has no card.json"),
    (lambda f: (f / "card.json").write_text("{"), "cannot be read"),
    (lambda f: (f / "card.json").write_text("[]"), "not a JSON object"),
    (lambda f: (f / "model.onnx").unlink(), "no model.onnx"),
    (damage_card(lambda raw: raw.update(schema_version=99)), "schema version 99"),
    (damage_card(lambda raw: raw.update(flavour="sweet")), "unknown entries: flavour"),
    (damage_card(lambda raw: raw.pop("classes")), "incomplete or damaged"),
    (damage_card(lambda raw: raw.update(prior=[1.0])), "prior"),
    (damage_card(lambda raw: raw.update(temperature=0)), "temperature"),
    (damage_card(lambda raw: raw.update(mpp=0)), "out of range"),
    (damage_card(lambda raw: raw["classes"][0].update(color="red")), "not #rrggbb"),  # type: ignore[index]
]


@pytest.mark.parametrize(("damage", "text"), BROKEN, ids=[text for _, text in BROKEN])
def test_a_broken_bundle_is_refused_in_one_sentence(copy: Path, damage: Callable[[Path], object], text: str) -> None:
    damage(copy)
    with pytest.raises(BundleError) as caught:
        load_bundle(copy)
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


def test_damaged_reference_tiles_are_told(copy: Path) -> None:
    (copy / "reference.npz").write_bytes(b"PK\x03\x04 not a zip")
    with pytest.raises(BundleError, match="cannot be read"):
        load_bundle(copy).reference()


def test_the_hash_covers_weights_and_card(copy: Path) -> None:
    before = load_bundle(copy).hash
    with (copy / "model.safetensors").open("ab") as stream:
        stream.write(b"x")
    changed = load_bundle(copy).hash
    assert changed != before
    damage_card(lambda raw: raw.update(name="other"))(copy)
    assert load_bundle(copy).hash not in (before, changed)


def test_card_round_trip(bundle_folder: Path) -> None:
    source = bundle_folder / "card.json"
    card = card_from_dict(json.loads(source.read_text()), source)
    assert card == load_bundle(bundle_folder).card


def test_agreement_by_hand() -> None:
    exact = {"probabilities": np.array([[0.6, 0.4], [0.9, 0.1]], np.float32)}
    reduced = {"probabilities": np.array([[0.4, 0.6], [0.85, 0.15]], np.float32)}
    found = agreement(exact, reduced)
    assert found["top1"] == 0.5
    assert "suspicious_flips" not in found
    assert agreement(exact, reduced, (1,))["suspicious_flips"] == 0.5
    assert found["max_diff"] == pytest.approx(0.2)
    assert found["mean_max_diff"] == pytest.approx(0.125)


def test_tiles_are_balanced_by_predicted_class_and_reference_tiles_are_clear() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet((6, 3, 3), 1000)
    outputs = {"probabilities": probabilities}
    predicted = probabilities[balanced_by_prediction(outputs)].argmax(1)
    counts = np.bincount(predicted, minlength=3)
    assert counts.max() == counts.min() > 50
    top = np.sort(probabilities[reference_indices(outputs)], axis=1)
    assert len(top) == 24
    assert (top[:, -1] - top[:, -2] >= 0.1).all()
    assert len(set(probabilities[reference_indices(outputs)].argmax(1))) == len(set(probabilities.argmax(1)))


def test_reading_a_bundle_needs_neither_torch_nor_timm() -> None:
    heavy = "{'torch', 'timm', 'onnx', 'PIL'}"
    code = f"import sys, kd.bundle; bad = {heavy} & set(sys.modules); sys.exit(', '.join(bad) or 0)"
    subprocess.run([sys.executable, "-c", code], check=True)
