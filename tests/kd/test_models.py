"""Vision transformers: outputs of blocks, attention paths, pretrained weights, and the torchvision workaround."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from kd.errors import KdError
from kd.models.vit import (
    VitConfig,
    build_vit,
    forward_with_features,
    load_pretrained,
    normalise,
    set_fused_attention,
)

CONFIG = VitConfig(24, 8, 32, 4, 2, 3)


def images() -> torch.Tensor:
    torch.manual_seed(3)
    return torch.rand(2, 3, 24, 24)


def test_block_outputs_are_what_the_blocks_put_out_and_logits_those_of_the_plain_model() -> None:
    vit = build_vit(CONFIG).eval()
    kept: dict[int, torch.Tensor] = {}
    for index in (0, 2, 3):
        block = vit.get_submodule(f"blocks.{index}")
        block.register_forward_hook(lambda module, inputs, output, index=index: kept.update({index: output}))
    logits, features = forward_with_features(vit, images(), (0, 2, 3))
    assert [f.shape for f in features] == [(2, 10, 32)] * 3
    for index, feature in zip((0, 2, 3), features, strict=True):
        assert torch.equal(feature, kept[index])
    torch.testing.assert_close(logits, vit(images()))


def test_fused_and_plain_attention_agree() -> None:
    vit = build_vit(CONFIG).eval()
    set_fused_attention(vit, True)
    fused = vit(images())
    set_fused_attention(vit, False)
    torch.testing.assert_close(vit(images()), fused, rtol=1e-4, atol=1e-5)


def test_normalisation_is_per_channel() -> None:
    config = VitConfig(24, 8, 32, 1, 2, 3, mean=(0.1, 0.2, 0.3), std=(0.5, 1.0, 2.0))
    found = normalise(torch.full((1, 3, 24, 24), 0.6), config)[0, :, 0, 0]
    torch.testing.assert_close(found, torch.tensor([1.0, 0.4, 0.15]))


def test_a_local_weights_file_fits_another_grid_and_other_classes(tmp_path: Path) -> None:
    source = build_vit(VitConfig(32, 8, 32, 4, 2, 7))
    save_file({k: v.contiguous() for k, v in source.state_dict().items()}, str(tmp_path / "weights.safetensors"))
    vit = build_vit(CONFIG)
    head = vit.get_parameter("head.weight").clone()
    left = load_pretrained(vit, CONFIG, timm_name=None, weights=tmp_path / "weights.safetensors")
    assert left == ["head.bias", "head.weight"]
    assert torch.equal(vit.get_parameter("head.weight"), head)
    assert torch.equal(vit.get_parameter("blocks.3.mlp.fc1.weight"), source.get_parameter("blocks.3.mlp.fc1.weight"))
    assert vit.get_parameter("pos_embed").shape == (1, 10, 32)
    assert torch.equal(vit.get_parameter("pos_embed")[:, 0], source.get_parameter("pos_embed")[:, 0])


def test_weights_of_another_width_are_refused_and_nothing_is_loaded(tmp_path: Path) -> None:
    source = build_vit(VitConfig(24, 8, 16, 4, 2, 3))
    save_file({k: v.contiguous() for k, v in source.state_dict().items()}, str(tmp_path / "weights.safetensors"))
    vit = build_vit(CONFIG)
    before = {k: v.clone() for k, v in vit.state_dict().items()}
    with pytest.raises(KdError, match="do not fit a ViT of width 32"):
        load_pretrained(vit, CONFIG, timm_name=None, weights=tmp_path / "weights.safetensors")
    assert all(torch.equal(before[k], v) for k, v in vit.state_dict().items())


def test_timm_imports_beside_this_torchvision_and_defining_again_does_nothing() -> None:
    code = (
        "import kd.torchvision_compat as compat, timm, torchvision, torch;"
        "assert compat.define_missing_operators() == ();"
        "assert timm.create_model('vit_tiny_patch16_224', num_classes=2)(torch.zeros(1, 3, 224, 224)).shape == (1, 2)"
    )
    subprocess.run([sys.executable, "-W", "error::UserWarning:torchvision", "-c", code], check=True)


def test_a_convolutional_stem_gives_the_same_grid_and_costs_no_more_weights() -> None:
    plain, conv = VitConfig(96, 16, 192, 3, 3, 6), VitConfig(96, 16, 192, 3, 3, 6, stem="conv")
    models = [build_vit(config).eval() for config in (plain, conv)]
    batch = torch.rand(2, 3, 96, 96)
    for model in models:
        assert model.get_submodule("patch_embed")(batch).shape == (2, 36, 192)
        assert forward_with_features(model, batch, (2,))[1][0].shape == (2, 37, 192)
    sizes = [sum(p.numel() for p in m.get_submodule("patch_embed").parameters()) for m in models]
    assert sizes[1] < sizes[0]


def test_the_convolutional_stem_is_exported_as_it_computes(tmp_path: Path) -> None:
    from kd.models.student_graph import StudentGraph
    from kd.onnx_graph import export_onnx, run_onnx, run_torch

    config = VitConfig(32, 16, 32, 2, 2, 3, stem="conv")
    vit = build_vit(config)
    vit(torch.rand(8, 3, 32, 32))  # running statistics other than 0 and 1
    graph = StudentGraph(vit, config)
    tiles = torch.randint(0, 256, (5, 32, 32, 3), dtype=torch.uint8).numpy()
    export_onnx(graph, tmp_path / "model.onnx")
    exact, exported = run_torch(graph, tiles), run_onnx(tmp_path / "model.onnx", tiles)
    for name, values in exact.items():
        torch.testing.assert_close(torch.from_numpy(exported[name]), torch.from_numpy(values), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("changes", "text"), [({"patch_size": 12}, "needs a patch size"), ({"stem": "x"}, "stem")])
def test_a_stem_that_cannot_be_is_refused(changes: dict[str, object], text: str) -> None:
    with pytest.raises(KdError, match=text):
        VitConfig(**{**VitConfig(96, 16, 192, 3, 3, 6, stem="conv").as_dict(), **changes})  # type: ignore[arg-type]


def test_patches_are_left_out_in_training_only() -> None:
    vit = build_vit(CONFIG, patch_drop=0.5)
    seen: list[int] = []
    vit.get_submodule("blocks.0").register_forward_hook(lambda module, inputs, output: seen.append(output.shape[1]))
    vit.train()(images())
    vit.eval()(images())
    assert seen == [1 + 4, 1 + 9]
