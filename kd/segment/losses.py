"""What a segmentation student learns from: the masks, and its teacher's pixels or layers.

After the breast-ultrasound distillation of doi 10.36922/aih.3509 (its abstract alone was available: paths, losses
and the half-half weighting are from there, formulas and normalisations are reconstructed). Inputs (B, C, H, W).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional


def supervised(logits: Tensor, masks: Tensor) -> Tensor:
    """Mean pixel cross-entropy plus 1 - soft Dice; masks (B, H, W) int64."""
    return functional.cross_entropy(logits.float(), masks) + soft_dice_loss(logits, masks)


def soft_dice_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """1 - mean over classes of 2 sum p t / (sum p + sum t), sums over the whole batch (Milletari et al. 2016)."""
    probabilities = logits.float().softmax(1)
    truth = functional.one_hot(masks, logits.shape[1]).permute(0, 3, 1, 2).float()
    overlap = (probabilities * truth).sum((0, 2, 3))
    total = probabilities.sum((0, 2, 3)) + truth.sum((0, 2, 3))
    return 1.0 - ((2.0 * overlap + 1.0) / (total + 1.0)).mean()


def logits_mse(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean squared difference of logits."""
    return functional.mse_loss(student.float(), teacher.float())


def logits_kld(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """T^2 KL(softmax(t / T) || softmax(s / T)) over classes, mean over pixels and images."""
    ours = (student.float() / temperature).log_softmax(1)
    theirs = (teacher.float() / temperature).log_softmax(1)
    return temperature**2 * (theirs.exp() * (theirs - ours)).sum(1).mean()


def activation_map(features: Tensor, side: tuple[int, int]) -> Tensor:
    """Mean square over channels, averaged onto a grid of ``side`` rows and columns: (B, rows * columns).

    Encoder outputs of a small and a large network share neither channels nor always size; where they are strong can
    still be compared.
    """
    strength = features.float().square().mean(1, keepdim=True)
    return functional.adaptive_avg_pool2d(strength, side).flatten(1)


def hidden_mse(student: Tensor, teacher: Tensor) -> Tensor:
    """Squared difference of the activation maps, each of unit length; summed over positions, mean over images."""
    side = common_side(student, teacher)
    ours = functional.normalize(activation_map(student, side), dim=1)
    theirs = functional.normalize(activation_map(teacher, side), dim=1)
    return (ours - theirs).square().sum(1).mean()


def hidden_kld(student: Tensor, teacher: Tensor) -> Tensor:
    """KL(teacher || student) of the activation maps as distributions over positions, mean over images."""
    side = common_side(student, teacher)
    ours, theirs = (activation_map(x, side) + 1e-6 for x in (student, teacher))
    ours, theirs = ours / ours.sum(1, keepdim=True), theirs / theirs.sum(1, keepdim=True)
    return (theirs * (theirs.log() - ours.log())).sum(1).mean()


def regressed_mse(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean squared difference of regressed and teacher features on the smaller of both grids."""
    ours, theirs = on_common_grid(student, teacher)
    return functional.mse_loss(ours, theirs)


def regressed_kld(student: Tensor, teacher: Tensor) -> Tensor:
    """KL(teacher || student) of the softmax over channels at each position of the smaller grid, mean over positions."""
    ours, theirs = (x.log_softmax(1) for x in on_common_grid(student, teacher))
    return (theirs.exp() * (theirs - ours)).sum(1).mean()


def layers_l1(student: Sequence[Tensor], teacher: Sequence[Tensor]) -> Tensor:
    """Mean over layer pairs of the mean absolute difference, on the smaller of both grids."""
    terms = [(a - b).abs().mean() for a, b in map(on_common_grid, student, teacher)]
    return torch.stack(terms).mean()


def common_side(student: Tensor, teacher: Tensor) -> tuple[int, int]:
    """Rows and columns of the smaller grid."""
    return min(student.shape[2], teacher.shape[2]), min(student.shape[3], teacher.shape[3])


def on_common_grid(student: Tensor, teacher: Tensor) -> tuple[Tensor, Tensor]:
    """Both averaged onto the smaller grid, as float32."""
    side = common_side(student, teacher)
    return functional.adaptive_avg_pool2d(student.float(), side), functional.adaptive_avg_pool2d(teacher.float(), side)
