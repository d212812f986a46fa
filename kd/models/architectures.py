"""Which model a configuration stands for: a plain vision transformer, or HDKD's teacher and student."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from kd.errors import KdError
from kd.models.hdkd import HIDDEN, STAGES, HdkdConfig, build_hdkd
from kd.models.vit import VitConfig, build_vit
from kd.options import ModelOptions

ARCHITECTURES = ("vit", "hdkd")


def model_config(model: ModelOptions, size_px: int, classes: int, part: str = "student") -> VitConfig:
    """The model that options, image side and number of classes give. Raises KdError when they do not fit."""
    if model.arch not in ARCHITECTURES:
        raise KdError(f"There is no architecture '{model.arch}'; there are {', '.join(ARCHITECTURES)}.")
    shape = (model.mlp_ratio, model.mean, model.std, model.stem)
    if model.arch == "vit":
        return VitConfig(size_px, model.patch_size, model.width, model.depth, model.heads, classes, *shape)
    width, depth, heads = (HIDDEN, STAGES, 1) if part == "teacher" else (model.width, model.depth, model.heads)
    blocks, channels = model.blocks or (6, 6, 9), model.channels or (64, 96, 192)
    return HdkdConfig(
        size_px, model.patch_size, width, depth, heads, classes, *shape, part=part, blocks=blocks, channels=channels
    )


def config_from_dict(raw: Mapping[str, Any]) -> VitConfig:
    """What ``VitConfig.as_dict`` and ``HdkdConfig.as_dict`` wrote. Raises TypeError at other entries, KdError."""
    return HdkdConfig(**raw) if raw.get("arch") == "hdkd" else VitConfig(**raw)


def build_model(config: VitConfig, *, drop_path: float = 0.0, patch_drop: float = 0.0) -> nn.Module:
    """A model with random weights; ``patch_drop`` is for plain transformers."""
    if isinstance(config, HdkdConfig):
        if patch_drop:
            raise KdError("patch_drop is for plain vision transformers.")
        return build_hdkd(config, drop_path=drop_path)
    return build_vit(config, drop_path=drop_path, patch_drop=patch_drop)


def hybrid_student(teacher: VitConfig | None) -> dict[str, Any]:
    """Options of an HDKD student: the teacher's channels, a third of its blocks, a transformer 4/3 as wide."""
    blocks, channels = (6, 6, 9), (64, 96, 192)
    if isinstance(teacher, HdkdConfig):
        blocks, channels = teacher.blocks, teacher.channels  # type: ignore[assignment]
    heads = max(1, round(channels[-1] * 4 / 3 / 32))
    width = heads * max(1, round(channels[-1] * 4 / 3 / heads))
    thirds = tuple(max(1, round(count / 3)) for count in blocks)
    return {"arch": "hdkd", "blocks": thirds, "channels": channels, "width": width, "heads": heads, "depth": 3}
