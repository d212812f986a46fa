"""What distilling costs per image, against the teacher's forward pass plus the student's own update.

``python tests/benchmarks/distilling_cost.py [--methods kd mdkd ours] [--out FILE.md]``

Teacher (12 blocks) and student (3) have random weights, which cost what trained ones do. The parts take turns, so that
whatever else the machine does meets all alike; a ratio is the median over the repeats. The loader's share is the time
of making an augmented batch over that of the whole update. With ``--views-only`` the teacher is looked up instead.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from kd import methods
from kd.data.augment import Augmentation
from kd.data.batches import Batch, TrainingSet
from kd.distill import distillation
from kd.inference import choose_device
from kd.losses.cross_entropy import cross_entropy
from kd.memory import keep_freed_memory
from kd.methods.method import Context, ModuleMethod, Step
from kd.models.frozen import FrozenTeacher
from kd.models.vit import VitConfig, build_vit, forward_with_features, normalise
from kd.optimisation import build_optimizer
from kd.options import TrainingOptions

CLASSES = 5


def update(vit: torch.nn.Module, objective: Callable, extra: ModuleMethod | None, batch: Batch) -> Callable[[], None]:
    optimizer = build_optimizer(vit, TrainingOptions())
    if extra is not None:
        for group in extra.parameter_groups(0.05):
            optimizer.add_param_group({"lr": 1e-3, **group})

    def run() -> None:
        if extra is not None:
            extra.begin(Step(1, 0.1, 10, batch.images, batch.rows, batch.views))
        optimizer.zero_grad(set_to_none=True)
        _, parts = objective(batch.images, batch.targets)
        torch.stack(list(parts.values())).sum().backward()
        torch.nn.utils.clip_grad_norm_(vit.parameters(), 1.0)
        optimizer.step()

    return run


def seconds(run: Callable[[], object], device: torch.device) -> float:
    start = time.perf_counter()
    run()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", nargs="+", default=["kd", "mdkd", "attention", "ours"])
    parser.add_argument("--px", type=int, default=64)
    parser.add_argument("--patch", type=int, default=8)
    parser.add_argument("--width", type=int, default=96)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path)
    parsed = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    device = choose_device(parsed.device)
    sizes = [VitConfig(parsed.px, parsed.patch, parsed.width, depth, 3, CLASSES, stem="conv") for depth in (12, 3)]
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (256, parsed.px, parsed.px, 3), dtype=np.uint8)
    labels = rng.integers(0, CLASSES, 256)
    data = TrainingSet(images, np.arange(256), labels, CLASSES, parsed.batch, 0, Augmentation())
    order = data.order(0)
    batch = data.batch(order, 0, 0)
    batch = Batch(*(tensor.to(device) for tensor in vars(batch).values()))
    teacher = FrozenTeacher(build_vit(sizes[0]), sizes[0]).to(device)
    plain = build_vit(sizes[1]).to(device)

    def alone(images: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        logits, _ = forward_with_features(plain, normalise(images, sizes[1]), ())
        return logits, {"hard": cross_entropy(logits, targets, None)}

    runs: dict[str, Callable[[], object]] = {
        "loader": lambda: data.batch(order, 0, 1),
        "teacher forward": lambda: teacher(batch.images, ()),
        "student update": update(plain.train(), alone, None, batch),
    }
    context = Context(3, 12, CLASSES, None, sizes[1], sizes[0], torch.from_numpy(labels))
    for name in parsed.methods:
        module = methods.load(name)
        method = module.build(module.Options(), context)
        vit = build_vit(sizes[1]).to(device).train()
        extra = method if isinstance(method, ModuleMethod) else None
        if extra is not None:
            extra.attach(vit, teacher.vit)
            extra.to(device)
        runs[name] = update(
            vit, distillation(vit, sizes[1], teacher if method.needs_teacher else None, method), extra, batch
        )
    times: dict[str, list[float]] = {name: [] for name in runs}
    for repeat in range(parsed.repeats + 1):
        for name, run in runs.items():
            taken = seconds(run, device)
            if repeat:
                times[name].append(taken)
    rows = ["| what | ms an image | against teacher + student | loader's share |", "|---|---|---|---|"]
    for name, taken in times.items():
        ms = f"| {name} | {statistics.median(taken) / parsed.batch * 1000:.2f} |"
        if name not in parsed.methods:
            rows.append(ms + " | |")
            continue
        pairs = zip(taken, times["teacher forward"], times["student update"], times["loader"], strict=True)
        ratios, shares = zip(*((t / (a + b), c / (t + c)) for t, a, b, c in pairs), strict=True)
        rows.append(f"{ms} {statistics.median(ratios):.3f} | {statistics.median(shares):.1%} |")
    size = f"{parsed.px} px, patch {parsed.patch}, width {parsed.width}, batch {parsed.batch}, {parsed.repeats} repeats"
    text = f"Distilling cost on {device}, one thread; {size}.\n\n" + "\n".join(rows) + "\n"
    print(text)
    if parsed.out:
        parsed.out.write_text(text)


if __name__ == "__main__":
    main()
