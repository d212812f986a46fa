"""Category-guided contrast and relations, CRCKD, Xing et al. 2021 (arXiv 2107.03225), as in the official code.

Student and teacher embed each image in 128 dimensions; two memories keep one embedding per training image (momentum
.5). ``L = a CE + w_c CCD + w_r CRP``. CCD: in the other model's memory, an embedding is to tell images of its own class
(itself and 19 more) from images of other classes; noise-contrastive, tau .07. CRP: KL between the similarities of
teacher and student to the class centroids of their own memories.

As in the original, the teacher is by default a running mean of the student (``guide=ema``, .99) and sees the batch in
another orientation; with ``guide=teacher`` it is the trained teacher, on the same images. Not copied: the 20 epochs
without the relation term at the start. Negatives are at most as many as there are images outside the largest class.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from kd.errors import KdError
from kd.losses.class_contrast import categorical_relation_kl, class_centroids, likelihoods, noise_contrast
from kd.losses.cross_entropy import cross_entropy
from kd.losses.tokens import normalised_tokens
from kd.methods.method import Context, Method, ModuleMethod, Outputs, Step
from kd.methods.requirements import last_block, need_whole_batches
from kd.models.memory_bank import ClassSampler, MemoryBank
from kd.models.vit import forward_with_features, normalise

GUIDES = ("ema", "teacher")


@dataclass(frozen=True)
class Options:
    """``contrast``, ``relation``: weights; ``guide``: ema or teacher; the rest as published."""

    hard: float = 1.0
    contrast: float = 0.1
    relation: float = 1.0
    guide: str = "ema"
    ema: float = 0.99
    embedding: int = 128
    momentum: float = 0.5
    tau: float = 0.07
    positives: int = 20
    negatives: int = 4096


class CategoryGuided(ModuleMethod):
    def __init__(self, options: Options, context: Context, labels: Tensor) -> None:
        super().__init__()
        assert context.student is not None and context.teacher is not None
        self.options, self.context = options, context
        self.needs_teacher = options.guide == "teacher"
        self.student_blocks = last_block(context.student_depth)
        guide = context.teacher if self.needs_teacher else context.student
        self.teacher_blocks = last_block(guide.depth) if self.needs_teacher else ()
        self.labels = labels
        self.sampler = ClassSampler(labels)
        self.negatives = min(options.negatives, self.sampler.fewest_others)
        self.embed_student = nn.Linear(context.student.width, options.embedding)
        self.embed_guide = nn.Linear(guide.width, options.embedding)
        self.student_memory = MemoryBank(len(labels), options.embedding)
        self.guide_memory = MemoryBank(len(labels), options.embedding)
        self.guide: Any = nn.Identity()
        self._student: tuple[nn.Module, ...] = ()
        self._step: Step | None = None

    def attach(self, student: nn.Module, teacher: nn.Module | None) -> None:
        self._student = (student,)
        if not self.needs_teacher:
            self.guide = copy.deepcopy(student).requires_grad_(False)

    def train(self, mode: bool = True) -> CategoryGuided:
        super().train(mode)
        self.guide.eval()
        return self

    def begin(self, step: Step) -> None:
        self._step = step
        if not self.needs_teacher and step.update > 0:
            share = min(1.0 - 1.0 / step.update, self.options.ema)
            with torch.no_grad():
                for mean, now in zip(self.guide.parameters(), self._student[0].parameters(), strict=True):
                    mean.lerp_(now, 1.0 - share)

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert self._step is not None
        options, rows = self.options, self._step.rows
        hidden = self._guide_hidden() if teacher is None else teacher.features[0]
        ours = unit_embedding(self.embed_student, student.features[0])
        theirs = unit_embedding(self.embed_guide, hidden)
        contrast = self._contrast(ours, self.guide_memory, rows) + self._contrast(theirs, self.student_memory, rows)
        self.student_memory.remember(rows, ours, options.momentum)
        self.guide_memory.remember(rows, theirs, options.momentum)
        labels, classes = self.labels.to(rows.device), self.context.classes
        centroids = [
            class_centroids(bank.vectors, labels, classes) for bank in (self.student_memory, self.guide_memory)
        ]
        relation = categorical_relation_kl(ours, theirs, centroids[0], centroids[1], options.tau)
        return {
            "hard": options.hard * cross_entropy(student.logits, targets, self.context.log_prior),
            "contrast": options.contrast * contrast,
            "relation": options.relation * relation,
        }

    def _guide_hidden(self) -> Tensor:
        """The running mean's last block on the batch, turned and perhaps mirrored, (B, 1 + N, D)."""
        assert self._step is not None and self.context.student is not None
        turns, mirrored = int(torch.randint(4, ())), bool(torch.randint(2, ()))
        images = torch.rot90(self._step.images, turns, (2, 3))
        images = images.flip(3) if mirrored else images
        with torch.no_grad():
            normal = normalise(images, self.context.student)
            return forward_with_features(self.guide, normal, self.student_blocks)[1][0]

    def _contrast(self, embeddings: Tensor, memory: MemoryBank, rows: Tensor) -> Tensor:
        labels = self.labels[rows.cpu()]
        positives = self.sampler.same_class(labels, self.options.positives)
        positives[:, 0] = rows.cpu()
        drawn = torch.cat([positives, self.sampler.other_classes(labels, self.negatives)], dim=1).to(rows.device)
        raw = likelihoods(embeddings, memory.vectors, drawn, self.options.tau)
        scaled = memory.scaled(raw, self.sampler.samples)
        count = self.options.positives
        return noise_contrast(scaled[:, :count], scaled[:, count:], self.sampler.samples)


def unit_embedding(embed: nn.Module, hidden: Tensor) -> Tensor:
    """Block output (B, 1 + N, D) to embeddings of length 1, (B, E), float32."""
    class_token, _ = normalised_tokens(hidden)
    return functional.normalize(embed(class_token).float(), dim=1)


def build(options: Options, context: Context) -> Method:
    """Raises KdError for an unknown guide, mixed images, split batches, or where the rows' classes are not known."""
    need_whole_batches("crckd", context)
    if options.guide not in GUIDES:
        raise KdError(f"guide '{options.guide}' is unknown; there are {', '.join(GUIDES)}.")
    if context.mixup > 0:
        raise KdError("The method crckd remembers single images; train it without mixup.")
    if context.labels is None:
        raise KdError("The method crckd needs the classes of all training rows.")
    return CategoryGuided(options, context, context.labels)
