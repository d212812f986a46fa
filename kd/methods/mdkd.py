"""Multi-Dimensional Knowledge Distillation: response, spatial, channel and class-token terms.

``L = a CE + b T^2 KL + l_sp L_sp + l_ch L_ch + l_cls L_cls``; the feature terms are means over the layer pairs
(student block i, teacher block ``layers[i]``). Only the abstract of the MDKD paper is public: which losses stand
behind its words is our reconstruction, so there are four readings, and every part can be switched off.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from kd.errors import KdError
from kd.losses.attention_transfer import channel_attention, class_token_cosine, spatial_attention
from kd.losses.channel_wise import channel_kl, spatial_kl
from kd.losses.cross_entropy import cross_entropy
from kd.losses.feature_mse import feature_mse
from kd.losses.gram import batch_cosines, channel_cosines, token_cosines
from kd.losses.response import softened_kl
from kd.losses.tokens import normalised_tokens, standardised_channels
from kd.methods.method import Context, Method, Outputs
from kd.methods.requirements import evenly_spread, need_whole_batches

READINGS = ("cwd", "mse", "at", "gram")


@dataclass(frozen=True)
class Options:
    """Weights (0 switches a part off), temperatures, and how the feature terms are read.

    ``hard``, ``soft``, ``temperature``: response. ``spatial``, ``channel``, ``class_token``: feature weights.
    ``feature_loss``: cwd, mse, at or gram; ``feature_temperature``: tau of cwd. ``layers``: teacher block for
    each student block, 1-based as in the literature; empty: evenly spread, which is (4, 8, 12) for 12 to 3.
    """

    hard: float = 0.5
    soft: float = 0.5
    temperature: float = 2.0
    feature_loss: str = "cwd"
    feature_temperature: float = 1.0
    spatial: float = 1.0
    channel: float = 1.0
    class_token: float = 1.0
    layers: tuple[int, ...] = ()


@dataclass(frozen=True)
class MultiDimensional:
    options: Options
    log_prior: Tensor | None
    student_blocks: tuple[int, ...]
    teacher_blocks: tuple[int, ...]
    needs_teacher: bool = True

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert teacher is not None
        options = self.options
        parts: dict[str, Tensor] = {}
        if options.hard:
            parts["hard"] = options.hard * cross_entropy(student.logits, targets, self.log_prior)
        if options.soft:
            parts["soft"] = options.soft * softened_kl(student.logits, teacher.logits, options.temperature)
        pairs = len(self.student_blocks)
        for ours, theirs in zip(student.features, teacher.features, strict=True):
            for name, value in feature_parts(ours, theirs, options).items():
                parts[name] = parts[name] + value / pairs if name in parts else value / pairs
        return parts


def feature_parts(student: Tensor, teacher: Tensor, options: Options) -> dict[str, Tensor]:
    """The weighted feature terms of one layer pair; block outputs (B, 1 + N, D) of equal shape."""
    class_s, patch_s = normalised_tokens(student)
    class_t, patch_t = normalised_tokens(teacher)
    tau = options.feature_temperature
    parts: dict[str, Tensor] = {}
    if options.spatial:
        if options.feature_loss == "at":
            # Where tokens are strong: after the layer norm all have the same mean square, a map without content.
            where = standardised_channels(student), standardised_channels(teacher)
            parts["spatial"] = options.spatial * spatial_attention(*where)
        else:
            parts["spatial"] = options.spatial * _spatial(patch_s, patch_t, options.feature_loss, tau)
    if options.channel and options.feature_loss != "mse":
        parts["channel"] = options.channel * _channel(patch_s, patch_t, options.feature_loss, tau)
    if options.class_token:
        parts["class_token"] = options.class_token * _class_token(class_s, class_t, options.feature_loss)
    return parts


def _spatial(student: Tensor, teacher: Tensor, reading: str, tau: float) -> Tensor:
    if reading == "cwd":
        return spatial_kl(student, teacher, tau)
    if reading == "mse":
        # The squared error of all patch tokens is spatial and channel at once; it is counted here.
        return feature_mse(student, teacher)
    return token_cosines(student, teacher)


def _channel(student: Tensor, teacher: Tensor, reading: str, tau: float) -> Tensor:
    if reading == "cwd":
        return channel_kl(student, teacher, tau)
    return channel_attention(student, teacher) if reading == "at" else channel_cosines(student, teacher)


def _class_token(student: Tensor, teacher: Tensor, reading: str) -> Tensor:
    if reading == "at":
        return class_token_cosine(student, teacher)
    return batch_cosines(student, teacher) if reading == "gram" else feature_mse(student, teacher)


def build(options: Options, context: Context) -> Method:
    """Raises KdError when the reading is unknown, cannot take split batches, or the layer map does not fit."""
    if options.feature_loss not in READINGS:
        raise KdError(f"feature_loss '{options.feature_loss}' is unknown; there are {', '.join(READINGS)}.")
    if options.feature_loss == "gram" and options.class_token:
        need_whole_batches("mdkd with feature_loss=gram", context)
    features = options.spatial or options.channel or options.class_token
    if not features:
        return MultiDimensional(options, context.log_prior, (), ())
    layers = options.layers or evenly_spread(context.student_depth, context.teacher_depth)
    if len(layers) != context.student_depth:
        raise KdError(f"layers must name one teacher block for each of the student's {context.student_depth} blocks.")
    if list(layers) != sorted(set(layers)) or layers[0] < 1:
        raise KdError(f"layers {layers} must rise and start at 1 or later.")
    if layers[-1] > context.teacher_depth:
        raise KdError(f"layers {layers} go beyond the teacher's {context.teacher_depth} blocks.")
    teacher_blocks = tuple(layer - 1 for layer in layers)
    return MultiDimensional(options, context.log_prior, tuple(range(context.student_depth)), teacher_blocks)
