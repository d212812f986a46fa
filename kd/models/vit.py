"""Vision transformers of any width, depth and patch size, built from timm, and their block outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import kd.torchvision_compat  # noqa: F401  (must run before timm is imported)
from kd.errors import KdError
from kd.models.conv_stem import conv_stem, stem_channels

ARCHITECTURE = "vit"


@dataclass(frozen=True)
class VitConfig:
    """Size of a ViT with class token, learned positions and pre-norm blocks.

    ``img_size`` and ``patch_size`` in pixels; ``mean`` and ``std`` normalise RGB in 0..1. ``stem``: patch, the
    plain linear embedding, or conv (``kd.models.conv_stem``).
    """

    img_size: int
    patch_size: int
    width: int
    depth: int
    heads: int
    num_classes: int
    mlp_ratio: float = 4.0
    mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    std: tuple[float, ...] = (0.25, 0.25, 0.25)
    stem: str = "patch"

    def __post_init__(self) -> None:
        if self.img_size % self.patch_size:
            raise KdError(f"The patch size {self.patch_size} px does not divide the image size {self.img_size} px.")
        if self.width % self.heads:
            raise KdError(f"The width {self.width} cannot be shared among {self.heads} attention heads.")
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:
            raise KdError("The model's mean and std need three values each, for R, G and B, std above 0.")
        if self.stem not in ("patch", "conv"):
            raise KdError(f"The stem must be patch or conv, not '{self.stem}'.")
        if self.stem == "conv":
            stem_channels(self.patch_size, self.width)
        object.__setattr__(self, "mean", tuple(self.mean))
        object.__setattr__(self, "std", tuple(self.std))

    @property
    def grid(self) -> int:
        """Patch tokens along one side."""
        return self.img_size // self.patch_size

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def build_vit(config: VitConfig, *, drop_path: float = 0.0, patch_drop: float = 0.0) -> nn.Module:
    """A timm ``VisionTransformer`` with random weights.

    ``drop_path`` is the rate of the last block; ``patch_drop`` the share of tokens left out while training.
    """
    from timm.models.vision_transformer import VisionTransformer

    stem: dict[str, Any] = {"embed_layer": conv_stem} if config.stem == "conv" else {}
    return VisionTransformer(
        img_size=config.img_size,
        patch_size=config.patch_size,
        num_classes=config.num_classes,
        embed_dim=config.width,
        depth=config.depth,
        num_heads=config.heads,
        mlp_ratio=config.mlp_ratio,
        drop_path_rate=drop_path,
        patch_drop_rate=patch_drop,
        **stem,
    )


def normalise(images: Tensor, config: VitConfig) -> Tensor:
    """Images (B, 3, H, W) in 0..1 to what the ViT of ``config`` takes."""
    mean = torch.tensor(config.mean, device=images.device).view(1, 3, 1, 1)
    std = torch.tensor(config.std, device=images.device).view(1, 3, 1, 1)
    return (images - mean) / std


def set_fused_attention(model: nn.Module, fused: bool) -> None:
    """Choose torch's fused attention, or plain matrix products: the same result.

    The fused kernel's bf16 backward on the CPU took 64 % of a training step (torch 2.13); plain products
    under autocast trained 2.2 times as fast.
    """
    vit: Any = model
    for block in vit.blocks:
        block.attn.fused_attn = fused


def forward_with_features(model: nn.Module, images: Tensor, blocks: Sequence[int]) -> tuple[Tensor, list[Tensor]]:
    """Logits (B, C) and the outputs of the named blocks (0-based), each (B, 1 + N, D), class token first.

    One pass; ``images`` are normalised (B, 3, H, W). With no blocks named this is the plain forward.
    """
    if not blocks:
        logits: Tensor = model(images)
        return logits, []
    vit: Any = model
    if hasattr(vit, "forward_with_features"):  # no transformer through and through: kd.models.hdkd
        own: tuple[Tensor, list[Tensor]] = vit.forward_with_features(images, blocks)
        return own
    final, taken = vit.forward_intermediates(images, indices=list(blocks), return_prefix_tokens=True, output_fmt="NLC")
    features = [torch.cat([prefix, patches], dim=1) for patches, prefix in taken]
    return vit.forward_head(final), features


def load_pretrained(model: nn.Module, config: VitConfig, *, timm_name: str | None, weights: Path | None) -> list[str]:
    """Fill ``model`` from timm's hub (``timm_name``) or from a local weights file; returns what stayed random.

    Positions are resampled to the grid and a head with another number of classes is left random, as timm does.
    Raises KdError when the weights cannot be read or do not fit the width and depth.
    """
    import timm
    from timm.models import load_state_dict
    from timm.models.vision_transformer import checkpoint_filter_fn

    try:
        if timm_name is not None:
            source = timm.create_model(timm_name, pretrained=True, num_classes=config.num_classes)
            state = source.state_dict()
        else:
            state = load_state_dict(str(weights))
        vit: Any = model
        state = checkpoint_filter_fn(state, vit)
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise KdError(f"The pretrained weights {timm_name or weights} cannot be loaded ({error}).") from error
    own = model.state_dict()
    fitting = {key: value for key, value in state.items() if key in own and own[key].shape == value.shape}
    missing = sorted(own.keys() - fitting.keys())
    if any(not key.startswith("head.") for key in missing):
        raise KdError(
            f"The weights {timm_name or weights} do not fit a ViT of width {config.width} and depth {config.depth}: "
            f"{', '.join(missing[:3])} is missing or has another shape."
        )
    model.load_state_dict(fitting, strict=False)
    return missing


def copy_teacher_blocks(student: nn.Module, teacher: nn.Module, blocks: Sequence[int]) -> None:
    """Initialise ``student`` from ``teacher``: student block i takes teacher block ``blocks[i]`` (0-based).

    Patch embedding, positions, class token, final norm and head are copied too. Raises KdError when the
    number of blocks does not match the student's depth or the widths differ.
    """
    teacher_state = teacher.state_dict()
    own = student.state_dict()
    depth = len({key.split(".")[1] for key in own if key.startswith("blocks.")})
    teacher_depth = len({key.split(".")[1] for key in teacher_state if key.startswith("blocks.")})
    if len(blocks) != depth:
        raise KdError(f"The student has {depth} blocks, but {len(blocks)} teacher blocks are named to start from.")
    if any(not 0 <= b < teacher_depth for b in blocks):
        raise KdError(f"The teacher has blocks 0 to {teacher_depth - 1}; {list(blocks)} cannot be copied.")
    copied = {}
    for key, value in own.items():
        if key.startswith("blocks."):
            _, index, rest = key.split(".", 2)
            source = teacher_state[f"blocks.{blocks[int(index)]}.{rest}"]
        else:
            source = teacher_state[key]
        if source.shape != value.shape:
            raise KdError(
                f"Teacher and student differ in {key} ({tuple(source.shape)} against {tuple(value.shape)}); "
                "starting from teacher blocks needs equal width, patch size and classes."
            )
        copied[key] = source.clone()
    student.load_state_dict(copied)
