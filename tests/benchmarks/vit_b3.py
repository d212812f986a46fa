"""A ViT-B of three blocks without training, as a bundle and as WSInfer reads it. For measurements of speed.

    python tests/benchmarks/vit_b3.py SLIDE OUT [--seed 0]

The transformer of ``resources/configs/student-paper.toml`` (width 768, 12 heads, 3 blocks, 224 px, patch 16) with
random weights of a fixed seed. Its head looks along the principal components of its class token over tiles of the
slide, so that probabilities differ from tile to tile as those of a trained model do; they mean nothing.
Tiles have the slide's own um per pixel, so that nothing is resampled.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import torch

from app.geometry import PixelRegion
from app.slides.open import open_slide
from kd.bundle import BundleCard, ClassInfo
from kd.bundle_writer import write_bundle
from kd.models.student_graph import StudentGraph
from kd.models.vit import ARCHITECTURE, VitConfig, build_vit, set_fused_attention
from kd.wsinfer import write_wsinfer

CONFIG = Path(__file__).resolve().parents[2] / "resources" / "configs" / "student-paper.toml"
CLASSES = 3
SHARPNESS = 1.0
SAMPLE_TILES = 96


def sample_tiles(slide_path: Path, side: int) -> tuple[np.ndarray, float]:
    """Tiles (n, side, side, 3) spread over the slide, and its um per pixel."""
    slide = open_slide(slide_path, probe=False)
    assert slide.info.mpp is not None
    size = slide.info.levels[0].size
    places = [(x, y) for y in range(0, size.height - side, side) for x in range(0, size.width - side, side)]
    chosen = np.random.default_rng(0).permutation(len(places))[:SAMPLE_TILES]
    tiles = [slide.read(PixelRegion(*places[i], side, side), 0, 0) for i in chosen]
    mpp = slide.info.mpp
    slide.close()
    return np.stack(tiles), mpp


def build(tiles: np.ndarray, seed: int) -> tuple[StudentGraph, VitConfig]:
    model = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["model"]
    config = VitConfig(model["img_size"], model["patch_size"], model["width"], model["depth"], model["heads"], CLASSES)
    torch.manual_seed(seed)
    vit = build_vit(config).eval()
    set_fused_attention(vit, True)
    graph = StudentGraph(vit, config).eval()
    with torch.no_grad():
        tokens = torch.cat([graph(torch.from_numpy(part))[3] for part in np.array_split(tiles, len(tiles) // 8)])
        centre = tokens.mean(0)
        _, spreads, directions = torch.linalg.svd(tokens - centre, full_matrices=False)
        standard = directions[: CLASSES - 1] / (spreads[: CLASSES - 1, None] / len(tiles) ** 0.5)
        mixing = torch.linalg.qr(torch.randn(CLASSES, CLASSES - 1))[0] * SHARPNESS
        vit.head.weight.copy_(mixing @ standard)  # type: ignore[operator, union-attr]
        vit.head.bias.copy_(-(mixing @ standard) @ centre)  # type: ignore[operator, union-attr]
    return graph, config


def card_of(config: VitConfig, mpp: float, seed: int) -> BundleCard:
    classes = tuple(ClassInfo(f"class{i}", f"class{i}", "#999999", "none", False) for i in range(CLASSES))
    return BundleCard(
        name="vit-b3",
        kind="classifier",
        architecture=ARCHITECTURE,
        architecture_args=config.as_dict(),
        date="2026-01-01",
        commit="",
        classes=classes,
        tile_px=config.img_size,
        mpp=mpp,
        stride_um=config.img_size * mpp,
        stains=("pap", "mgg"),
        preparations=(),
        scanners=(),
        site="any",
        training_domain="none: random weights",
        prior=(1 / CLASSES,) * CLASSES,
        training={"seed": seed, "method": "none: random weights"},
        metrics={},
        temperature=1.0,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("slide", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    tiles, mpp = sample_tiles(options.slide, 224)
    graph, config = build(tiles, options.seed)
    card = card_of(config, mpp, options.seed)
    written = write_bundle(graph, card, tiles, options.out / "vit-b3.fnabundle", precisions=("int8",))
    write_wsinfer(graph, card, tiles[:8], options.out / "wsinfer")
    print(f"agreement {written.card.agreement}; refused {written.refused}")


if __name__ == "__main__":
    main()
