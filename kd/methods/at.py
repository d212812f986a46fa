"""Attention transfer, Zagoruyko and Komodakis 2017 (arXiv 1612.03928): where a block's activations are strong.

The map of an image is the mean square over channels at each token, scaled to unit length; the squared difference of
two maps is *summed* over tokens (a mean over tokens would leave nothing beside the other terms). Two choices are
ours. Channels are first standardised over the image's tokens: raw block outputs are ruled by a few outlier channels,
and tokens that went through a layer norm all have the same mean square, so that their map would be constant. And the
term is the mean over layer pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from kd.losses.attention_transfer import spatial_attention
from kd.losses.tokens import standardised_channels
from kd.methods.method import Context, Method, Outputs
from kd.methods.requirements import layer_map, need_equal_tokens
from kd.methods.response import ResponseOptions, response_parts


@dataclass(frozen=True)
class Options(ResponseOptions):
    """``attention``: weight; ``layers``: teacher block for each student block, 1-based, none for evenly spread."""

    attention: float = 10.0
    layers: tuple[int, ...] = ()


@dataclass(frozen=True)
class AttentionTransfer:
    options: Options
    log_prior: Tensor | None
    student_blocks: tuple[int, ...]
    teacher_blocks: tuple[int, ...]
    needs_teacher: bool = True

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert teacher is not None
        parts = response_parts(self.options, student, teacher, targets, self.log_prior)
        pairs = list(zip(student.features, teacher.features, strict=True))
        terms = [spatial_attention(standardised_channels(s), standardised_channels(t)) for s, t in pairs]
        total = sum(terms[1:], start=terms[0])
        return parts | {"attention": self.options.attention / len(pairs) * total}


def build(options: Options, context: Context) -> Method:
    """Raises KdError when the layer map or the patches do not fit."""
    need_equal_tokens("at", context)
    blocks = layer_map(options.layers, context)
    return AttentionTransfer(options, context.log_prior, tuple(range(context.student_depth)), blocks)
