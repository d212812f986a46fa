"""Our recipe: what the teacher answers, where it looks, and a scaffold of features that is taken down while training.

``L = h CE + s T^2 KL + o NCKD + a L_att + r L_rel + (1 - t) [l_sp L_sp + l_ch L_ch + l_cls L_cls]``. Built for a
student that starts from teacher blocks (``--init teacher:0,5,11``). No label is needed with h = 0, so unlabelled tiles
teach as labelled ones do. L_att: KL of the class token's attention in the last block, mean over heads, the map that a
viewer draws. L_rel: relations of queries, keys and values there (MiniLMv2). NCKD (Zhao et al. 2022): the classes beside
the teacher's own choice, so that unlabelled tiles count too. The feature terms are those of ``mdkd`` (reading cwd);
their weight falls linearly and is 0 after the share ``anneal`` of the training (t = progress / anneal): they lead the
way and do not stand in it later. Which terms are on by default was decided on validation cases alone, see
docs/methods.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from kd.errors import KdError
from kd.losses.class_attention import mean_attention_kl
from kd.losses.cross_entropy import cross_entropy
from kd.losses.decoupled import other_classes_kl
from kd.losses.response import softened_kl
from kd.losses.self_attention_relations import relation_kl
from kd.methods import mdkd
from kd.methods.method import Context, Method, ModuleMethod, Outputs, Step
from kd.methods.requirements import layer_map, need_equal_tokens, need_equal_width, need_three_classes
from kd.models.attention import class_token_scores


@dataclass(frozen=True)
class Options:
    """Weights (0 switches a term off); ``temperature``: of KL and NCKD; ``layers`` as for ``mdkd``.

    ``spatial``, ``channel``, ``class_token``: features, at their start; ``anneal``: share of the epochs after which
    they are gone.
    """

    hard: float = 0.0
    soft: float = 1.0
    temperature: float = 2.0
    others: float = 0.0
    attention: float = 1.0
    relations: float = 1.0
    spatial: float = 0.0
    channel: float = 0.0
    class_token: float = 0.0
    anneal: float = 0.7
    layers: tuple[int, ...] = ()


class Ours(ModuleMethod):
    def __init__(self, options: Options, context: Context) -> None:
        super().__init__()
        assert context.teacher is not None
        self.options, self.log_prior, self.heads = options, context.log_prior, context.teacher.heads
        self.features = bool(options.spatial or options.channel or options.class_token)
        if self.features:
            self.student_blocks = tuple(range(context.student_depth))
            self.teacher_blocks = layer_map(options.layers, context)
        if options.attention or options.relations:
            self.student_attention = (context.student_depth - 1,)
            self.teacher_attention = (context.teacher_depth - 1,)
        self.scaffold = 1.0

    def begin(self, step: Step) -> None:
        self.scaffold = scaffold_share(step.epoch / step.epochs, self.options.anneal)

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert teacher is not None
        options = self.options
        parts: dict[str, Tensor] = {}
        if options.hard:
            parts["hard"] = options.hard * cross_entropy(student.logits, targets, self.log_prior)
        if options.soft:
            parts["soft"] = options.soft * softened_kl(student.logits, teacher.logits, options.temperature)
        if options.others:
            choice = teacher.logits.argmax(1)
            others = other_classes_kl(student.logits, teacher.logits, choice, options.temperature).mean()
            parts["others"] = options.others * others
        if options.attention:
            scores = class_token_scores(student.qkv[0]), class_token_scores(teacher.qkv[0])
            parts["attention"] = options.attention * mean_attention_kl(*scores)
        if options.relations:
            pairs = [(student.qkv[0][:, i], teacher.qkv[0][:, i]) for i in range(3)]
            terms = [relation_kl(ours, theirs, self.heads) for ours, theirs in pairs]
            parts["relations"] = options.relations * sum(terms[1:], start=terms[0])
        return parts | self._scaffold(student, teacher)

    def _scaffold(self, student: Outputs, teacher: Outputs) -> dict[str, Tensor]:
        if not self.features or not self.scaffold:
            return {}
        weights = mdkd.Options(
            spatial=self.options.spatial, channel=self.options.channel, class_token=self.options.class_token
        )
        parts: dict[str, Tensor] = {}
        pairs = list(zip(student.features, teacher.features, strict=True))
        for ours, theirs in pairs:
            for name, value in mdkd.feature_parts(ours, theirs, weights).items():
                share = value * (self.scaffold / len(pairs))
                parts[name] = parts[name] + share if name in parts else share
        return parts


def scaffold_share(progress: float, anneal: float) -> float:
    """What is left of the feature weights at ``progress`` (0..1) through the training: linear to 0 at ``anneal``."""
    return max(0.0, 1.0 - progress / anneal) if anneal > 0 else 0.0


def build(options: Options, context: Context) -> Method:
    """Raises KdError when patches, widths or the layer map do not fit, or for two classes with ``others``."""
    need_equal_tokens("ours", context)
    if options.others:
        need_three_classes("ours with others", context)
    if options.spatial or options.channel or options.class_token:
        need_equal_width("ours with features", context)
    if not 0.0 <= options.anneal <= 1.0:
        raise KdError(f"anneal {options.anneal} must lie between 0 and 1.")
    return Ours(options, context)
