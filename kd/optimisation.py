"""Optimiser and learning rate schedule."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

import kd.torchvision_compat  # noqa: F401  (must run before timm is imported)
from kd.errors import KdError
from kd.options import TrainingOptions


def build_optimizer(model: nn.Module, options: TrainingOptions) -> torch.optim.Optimizer:
    """AdamW on timm's parameter groups (no decay on biases, norms, positions, tokens), or any timm optimiser."""
    import timm.optim

    factory: Any = timm.optim

    vit: Any = model
    if options.optimizer == "adamw":
        skip = vit.no_weight_decay()
        if options.layer_decay < 1.0:
            groups = factory.param_groups_layer_decay(
                model, options.weight_decay, skip, layer_decay=options.layer_decay
            )
        else:
            groups = factory.param_groups_weight_decay(model, options.weight_decay, skip)
        return torch.optim.AdamW(groups, lr=options.lr, betas=(0.9, options.beta2), fused=True)
    try:
        optimizer: torch.optim.Optimizer = factory.create_optimizer_v2(
            model,
            opt=options.optimizer,
            lr=options.lr,
            weight_decay=options.weight_decay,
            layer_decay=options.layer_decay if options.layer_decay < 1.0 else None,
        )
    except (ValueError, AssertionError) as error:
        raise KdError(f"The optimiser '{options.optimizer}' cannot be built ({error}).") from error
    return optimizer


def learning_rate(step: int, steps_per_epoch: int, options: TrainingOptions) -> float:
    """Linear warm-up, then a cosine from ``lr`` to ``min_lr``; a pure function of the update number (0-based)."""
    total = options.epochs * steps_per_epoch
    warmup = min(round(options.warmup_epochs * steps_per_epoch), total)
    if step < warmup:
        return options.lr * (step + 1) / warmup
    progress = (step - warmup) / max(1, total - warmup)
    return options.min_lr + (options.lr - options.min_lr) * 0.5 * (1.0 + math.cos(math.pi * progress))


def set_learning_rate(optimizer: torch.optim.Optimizer, value: float) -> None:
    """Set the rate of every group, times its own scale where layer decay gave one."""
    for group in optimizer.param_groups:
        group["lr"] = value * group.get("lr_scale", 1.0)
