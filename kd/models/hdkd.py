"""Teacher and student of HDKD (El-Assiouti et al. 2024, arXiv 2407.07516): they share their convolutional stages.

Teacher: stem, three stages of MBCSA blocks, each halving the image, global average, 128 units, classes. Student: the
same stages with fewer blocks, then a transformer on their 2 x 2 patches with a class and a distillation token. The
stages have the same channels, so their outputs can be compared as they are. Sizes are configuration; the published
ones are ``HdkdConfig``'s (224 px; teacher blocks 6, 6, 9; student 2, 2, 3; width 256, depth 3, heads 8).

From the authors' code, without what we take for slips: blocks have their norm before the feed-forward too, drop-path
reaches them, and each stage runs once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

import kd.torchvision_compat  # noqa: F401  (must run before timm is imported)
from kd.errors import KdError
from kd.models.vit import VitConfig

STAGES = 3
HIDDEN = 128
EXPANSION = 4
REDUCTION = 16
TOKENS = 2
"""Class token and distillation token."""
HEADS_BLOCK = STAGES
"""Asked for as a block, it gives the logits of both tokens, (B, 2, C), in the place of features."""


@dataclass(frozen=True)
class HdkdConfig(VitConfig):
    """``part``: teacher (convolutions alone) or student. ``blocks``: MBCSA blocks of each stage; ``channels``: of each.

    The fields of ``VitConfig`` are the student's transformer; ``patch_size`` is in px of the image, 16: 8 from the
    stages, 2 from the patches. Of the teacher ``width`` is that of the hidden layer, and ``depth`` the stages.
    """

    part: str = "student"
    blocks: tuple[int, ...] = (2, 2, 3)
    channels: tuple[int, ...] = (64, 96, 192)
    arch: str = "hdkd"

    def __post_init__(self) -> None:
        object.__setattr__(self, "blocks", tuple(self.blocks))
        object.__setattr__(self, "channels", tuple(self.channels))
        if len(self.blocks) != STAGES or len(self.channels) != STAGES or min(*self.blocks, *self.channels) < 1:
            raise KdError(
                f"HDKD has {STAGES} stages: give {STAGES} numbers of blocks and of channels, each at least 1."
            )
        if self.patch_size != 16 or self.stem != "patch":
            raise KdError("HDKD cuts its last stage into patches of 16 px of the image; patch size and stem are fixed.")
        super().__post_init__()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Cbam(nn.Module):
    """Attention over channels, then over positions (Woo et al. 2018, arXiv 1807.06521), with a shortcut around it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = max(1, channels // REDUCTION)
        self.shared = nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, channels))
        self.where = nn.Conv2d(2, 1, 7, padding=3)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same."""
        which = torch.sigmoid(self.shared(x.mean((2, 3))) + self.shared(x.amax((2, 3))))
        attended = x * which[:, :, None, None]
        both = torch.cat([attended.mean(1, keepdim=True), attended.amax(1, keepdim=True)], dim=1)
        return x + attended * torch.sigmoid(self.where(both))


class Mbcsa(nn.Module):
    """Mobile block with channel and spatial attention; ``stride`` 2 halves the image."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        wide = EXPANSION * after
        self.body = nn.Sequential(
            nn.BatchNorm2d(before),
            nn.Conv2d(before, wide, 1, stride, bias=False), nn.BatchNorm2d(wide), nn.GELU(),
            nn.Conv2d(wide, wide, 3, padding=1, groups=wide, bias=False), nn.BatchNorm2d(wide), nn.GELU(),
            Cbam(wide),
            nn.Conv2d(wide, after, 1, bias=False), nn.BatchNorm2d(after),
        )  # fmt: skip
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or before != after:
            self.shortcut = nn.Sequential(nn.MaxPool2d(stride), nn.Conv2d(before, after, 1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) to (B, after, H / stride, W / stride)."""
        result: Tensor = self.shortcut(x) + self.body(x)
        return result


class ConvStages(nn.Module):
    """Stem and stages; ``forward`` gives every stage's output, (B, channels[i], H >> (i + 1), W >> (i + 1))."""

    def __init__(self, config: HdkdConfig) -> None:
        super().__init__()
        first = config.channels[0]
        self.stem = nn.Sequential(nn.Conv2d(3, first, 3, padding=1, bias=False), nn.BatchNorm2d(first), nn.GELU())
        self.stages = nn.ModuleList()
        before = first
        for count, channels in zip(config.blocks, config.channels, strict=True):
            blocks = [Mbcsa(before if i == 0 else channels, channels, 2 if i == 0 else 1) for i in range(count)]
            self.stages.append(nn.Sequential(*blocks))
            before = channels

    def forward(self, images: Tensor) -> list[Tensor]:
        x, taken = self.stem(images), []
        for stage in self.stages:
            x = stage(x)
            taken.append(x)
        return taken


class _AsVit(nn.Module):
    """What the training tools ask of a model, in the words of timm's ViT: the embedding is the first token."""

    blocks: nn.ModuleList
    head: nn.Module

    def embed(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Embedding (B, E) and the stages' outputs."""
        raise NotImplementedError

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.embed(images)[0])
        return logits

    def forward_features(self, images: Tensor) -> Tensor:
        """(B, 1, E)."""
        return self.embed(images)[0][:, None]

    def forward_with_features(self, images: Tensor, blocks: Sequence[int]) -> tuple[Tensor, list[Tensor]]:
        """Logits (B, C) and, for each of ``blocks``, a stage's output or (``HEADS_BLOCK``) each token's logits."""
        embedding, stages = self.embed(images)
        return self.head(embedding), [self.own_logits(embedding) if b == HEADS_BLOCK else stages[b] for b in blocks]

    def own_logits(self, embedding: Tensor) -> Tensor:
        raise KdError("The HDKD teacher has a single head.")

    def no_weight_decay(self) -> set[str]:
        return {"position", "tokens"}


class HdkdTeacher(_AsVit):
    def __init__(self, config: HdkdConfig) -> None:
        super().__init__()
        self.conv = ConvStages(config)
        self.blocks = nn.ModuleList()
        self.hidden = nn.Sequential(nn.Linear(config.channels[-1], config.width), nn.GELU())
        self.head = nn.Linear(config.width, config.num_classes)

    def embed(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        stages = self.conv(images)
        return self.hidden(stages[-1].mean((2, 3))), stages


class TwoHeads(nn.Module):
    """Classifies class and distillation token apart; ``forward`` takes both, joined (B, 2 D), and gives the mean."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.label, self.teacher = nn.Linear(width, classes), nn.Linear(width, classes)

    def apart(self, embedding: Tensor) -> Tensor:
        """Logits (B, 2, C): of the class token, then of the distillation token."""
        first, second = embedding.chunk(2, dim=1)
        return torch.stack([self.label(first), self.teacher(second)], dim=1)

    def forward(self, embedding: Tensor) -> Tensor:
        return self.apart(embedding).mean(1)


class HdkdStudent(_AsVit):
    def __init__(self, config: HdkdConfig, drop_path: float = 0.0) -> None:
        super().__init__()
        from timm.models.vision_transformer import Block

        self.conv = ConvStages(config)
        self.patches = nn.Conv2d(config.channels[-1], config.width, 2, 2)
        self.tokens = nn.Parameter(torch.zeros(1, TOKENS, config.width))
        self.position = nn.Parameter(torch.zeros(1, TOKENS + config.grid**2, config.width))
        rates = torch.linspace(0.0, drop_path, config.depth).tolist()
        self.blocks = nn.ModuleList(
            Block(config.width, config.heads, config.mlp_ratio, qkv_bias=True, drop_path=rate) for rate in rates
        )
        self.norm = nn.LayerNorm(config.width)
        self.head: TwoHeads = TwoHeads(config.width, config.num_classes)
        for weight in (self.tokens, self.position):
            nn.init.trunc_normal_(weight, std=0.02)

    def embed(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        stages = self.conv(images)
        patches = self.patches(stages[-1]).flatten(2).transpose(1, 2)
        x = torch.cat([self.tokens.expand(len(images), -1, -1), patches], dim=1) + self.position
        for block in self.blocks:
            x = block(x)
        return self.norm(x[:, :TOKENS]).flatten(1), stages

    def own_logits(self, embedding: Tensor) -> Tensor:
        return self.head.apart(embedding)


def build_hdkd(config: HdkdConfig, *, drop_path: float = 0.0) -> nn.Module:
    """The model of a configuration with random weights; ``drop_path`` is the rate of the student's last block."""
    return HdkdTeacher(config) if config.part == "teacher" else HdkdStudent(config, drop_path)
