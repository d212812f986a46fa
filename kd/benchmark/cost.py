"""What a model costs: parameters, FLOPs, and processor time of one thread, for inference and for an update.

Processor time (``time.process_time``) instead of wall-clock time: it hardly changes when other work shares the machine.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from kd import methods
from kd.atomic import atomic_file
from kd.distill import distillation
from kd.methods.method import Context, ModuleMethod, Step
from kd.models.architectures import build_model
from kd.models.frozen import FrozenTeacher
from kd.models.vit import normalise, set_fused_attention
from kd.optimisation import build_optimizer
from kd.options import TrainingOptions, from_table
from kd.run_folder import TrainedRun, load_run

REPEATS = 6
BATCH = 64


@dataclass(frozen=True)
class Cost:
    """``flops`` of one image, forward (two per multiply-add); images per second of processor time on one thread.

    ``training``: student, loss and teacher as far as the method needs it, without loading and augmentation; 0 where
    it was not measured.
    """

    parameters: int
    flops: int
    inference: float
    training: float


def flops(vit: nn.Module, img_size: int) -> int:
    """Of one image through the model: matrix products and convolutions, as torch counts them."""
    from torch.utils.flop_counter import FlopCounterMode

    set_fused_attention(vit, False)
    counter: Any = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        vit(torch.zeros(1, 3, img_size, img_size))
    set_fused_attention(vit, True)
    return int(counter.get_total_flops())


def cost(run_folder: Path, teacher_folder: Path, kept: Path) -> Cost:
    """Of a student, from ``kept`` (JSON) where it was measured before. Raises KdError when the run is not there."""
    if kept.is_file():
        return Cost(**json.loads(kept.read_text(encoding="utf-8")))
    run, teacher = load_run(run_folder), load_run(teacher_folder)
    size = run.vit_config.img_size
    images = torch.rand(BATCH, 3, size, size)
    vit: Any = run.vit
    with torch.no_grad():
        inference = _images_per_second(lambda: vit(normalise(images, run.vit_config)))
    # Several teachers are known to a run by their hash alone.
    single = run.config["kind"] == "student" and "further_teachers" not in run.config
    update = _update(run, teacher, images) if single else None
    training = _images_per_second(update) if update else 0.0
    found = Cost(sum(p.numel() for p in run.vit.parameters()), flops(run.vit, size), inference, training)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(kept) as temporary:
        temporary.write_text(json.dumps(asdict(found)) + "\n", encoding="utf-8")
    return found


def _images_per_second(action: Callable[[], object]) -> float:
    action()
    began = time.process_time()
    for _ in range(REPEATS):
        action()
    return REPEATS * BATCH / (time.process_time() - began)


def _update(run: TrainedRun, teacher: TrainedRun, images: torch.Tensor) -> Callable[[], None]:
    """One update of the run's method on random images and labels, as ``kd.training`` does it."""
    classes, given = len(run.classes), run.config["method"]
    labels = torch.arange(BATCH) % classes
    targets = torch.nn.functional.one_hot(labels, classes).float()
    module = methods.load(given["name"])
    config, theirs = run.vit_config, teacher.vit_config
    context = Context(config.depth, theirs.depth, classes, None, config, theirs, labels)
    method = module.build(from_table(module.Options, given["options"], "config.json"), context)
    vit = build_model(config)
    options = from_table(TrainingOptions, run.config["training"], "config.json")
    bf16 = options.amp == "bf16"
    for model in (vit, teacher.vit):
        set_fused_attention(model, not bf16)
    companion = method if isinstance(method, ModuleMethod) else None
    if companion is not None:
        companion.attach(vit, teacher.vit)
        companion.train()
    objective = distillation(vit, config, FrozenTeacher(teacher.vit, theirs) if method.needs_teacher else None, method)
    optimizer = build_optimizer(vit, options)
    rows = torch.arange(BATCH)

    def update() -> None:
        if companion is not None:
            companion.begin(Step(1, 0.5, 1, images, rows))
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            _, parts = objective(images, targets)
        optimizer.zero_grad(set_to_none=True)
        torch.stack(list(parts.values())).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    return update
