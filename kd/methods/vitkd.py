"""ViTKD, Yang et al. 2022 (arXiv 2209.02432): shallow blocks are mimicked, the deep one is generated when masked.

As in the official cls_KD code: summed squared error of blocks 1 and 2; of the last block, half of the student's patch
tokens are replaced by a learned token, two 3x3 convolutions on the token grid generate the teacher's, and the error
counts where tokens were hidden. Both are divided by the batch alone: the published weights (3e-5, 3e-6) belong to
sums over 196 tokens and 384 channels, and mean less where there are fewer. Raw block outputs; linear adapters where
the widths differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from kd.errors import KdError
from kd.losses.masked_generation import masked_squared_error, random_mask, summed_squared_error
from kd.methods.method import Context, Method, ModuleMethod, Outputs
from kd.methods.requirements import need_equal_tokens
from kd.methods.response import ResponseOptions, response_parts


@dataclass(frozen=True)
class Options(ResponseOptions):
    """``mimic``, ``generate``: weights; ``mask``: hidden share; ``shallow``: blocks to mimic, 1-based, in both."""

    mimic: float = 3e-5
    generate: float = 3e-6
    mask: float = 0.5
    shallow: tuple[int, ...] = (1, 2)


class MimickingAndGeneration(ModuleMethod):
    def __init__(self, options: Options, context: Context) -> None:
        super().__init__()
        assert context.student is not None and context.teacher is not None
        self.options, self.log_prior, self.grid = options, context.log_prior, context.teacher.grid
        shallow = tuple(layer - 1 for layer in options.shallow)
        self.student_blocks = (*shallow, context.student_depth - 1)
        self.teacher_blocks = (*shallow, context.teacher_depth - 1)
        width = context.teacher.width
        if context.student.width == width:
            adapters: list[nn.Module] = [nn.Identity() for _ in self.student_blocks]
        else:
            adapters = [nn.Linear(context.student.width, width) for _ in self.student_blocks]
        self.adapters = nn.ModuleList(adapters)
        self.mask_token = nn.Parameter(torch.zeros(width))
        self.generator = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1)
        )

    def loss(self, student: Outputs, teacher: Outputs | None, targets: Tensor) -> dict[str, Tensor]:
        assert teacher is not None
        parts = response_parts(self.options, student, teacher, targets, self.log_prior)
        ours = [adapter(h[:, 1:]) for adapter, h in zip(self.adapters, student.features, strict=True)]
        theirs = [h[:, 1:] for h in teacher.features]
        if self.options.mimic and len(ours) > 1:
            shallow = zip(ours[:-1], theirs[:-1], strict=True)
            terms = [summed_squared_error(s, t) for s, t in shallow]
            parts["mimic"] = self.options.mimic * torch.stack(terms).sum()
        if self.options.generate:
            images, tokens, _ = ours[-1].shape
            mask = random_mask(images, tokens, self.options.mask, ours[-1].device)
            error = masked_squared_error(self.generated(ours[-1], mask), theirs[-1], mask)
            parts["generate"] = self.options.generate / self.options.mask * error
        return parts

    def generated(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Tokens (B, N, D) generated from those that ``mask`` (B, N) leaves."""
        hidden = mask[..., None].to(tokens.dtype)
        kept = tokens * (1.0 - hidden) + self.mask_token.to(tokens.dtype) * hidden
        grid = kept.transpose(1, 2).reshape(len(kept), -1, self.grid, self.grid)
        result: Tensor = self.generator(grid).flatten(2).transpose(1, 2)
        return result


def build(options: Options, context: Context) -> Method:
    """Raises KdError when a shallow block is not there, the share is not inside 0..1, or the patches differ."""
    need_equal_tokens("vitkd", context)
    if any(not 1 <= layer < context.student_depth for layer in options.shallow):
        raise KdError(f"shallow {options.shallow} must name student blocks before the last of {context.student_depth}.")
    if not 0.0 < options.mask < 1.0:
        raise KdError(f"mask {options.mask} must lie between 0 and 1.")
    return MimickingAndGeneration(options, context)
