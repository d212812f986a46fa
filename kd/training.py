"""The training loop that teacher and student share: updates, validation, checkpoints, resume."""

from __future__ import annotations

import logging
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

import kd.torchvision_compat  # noqa: F401  (must run before timm is imported)
from kd import metrics
from kd.command_line import Interrupted
from kd.data.batches import Batch, TrainingSet
from kd.data.image_cache import ImageArray
from kd.data.randomness import derived_seed
from kd.errors import KdError
from kd.inference import predict
from kd.methods.method import ModuleMethod, Step
from kd.models.vit import VitConfig, set_fused_attention
from kd.optimisation import build_optimizer, learning_rate, set_learning_rate
from kd.options import Runtime, TrainingOptions
from kd.processes import Processes
from kd.run_folder import RunFolder

# From images (B, 3, H, W) in 0..1 and targets (B, C): logits, and the named loss parts whose sum is minimised.
Objective = Callable[[Tensor, Tensor], tuple[Tensor, dict[str, Tensor]]]

logger = logging.getLogger("kd")


@dataclass(frozen=True)
class ValidationSet:
    """Rows on which checkpoints are chosen; ``labels`` are those of the rows."""

    images: ImageArray
    rows: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]


class _Computed(nn.Module):
    """What DistributedDataParallel wraps: all that learns, and the loss of a part of a batch as its forward pass."""

    def __init__(self, vit: nn.Module, companion: nn.Module | None, objective: Objective) -> None:
        super().__init__()
        self.vit, self.companion, self.objective = vit, companion, objective

    def forward(self, images: Tensor, targets: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        return self.objective(images, targets)


class Training:
    """One run. ``fit`` begins it, or goes on from its last checkpoint to the result of an unbroken run."""

    def __init__(
        self,
        folder: RunFolder,
        vit: nn.Module,
        vit_config: VitConfig,
        objective: Objective,
        data: TrainingSet,
        validation: ValidationSet,
        options: TrainingOptions,
        runtime: Runtime,
        device: torch.device,
        companion: ModuleMethod | None = None,
        *,
        before: Callable[[Step], None] | None = None,
        processes: Processes | None = None,
    ) -> None:
        """``companion``: a method with weights or a memory of its own, trained and saved beside the model.

        ``before`` is called before every update (every part of a split batch). ``processes`` share each batch; the
        first of them validates and writes.
        """
        import timm.utils

        timm_utils: Any = timm.utils
        self.folder, self.vit, self.vit_config, self.objective = folder, vit, vit_config, objective
        self.data, self.validation, self.options, self.runtime, self.device = data, validation, options, runtime, device
        self.bf16 = options.amp == "bf16"
        set_fused_attention(vit, not (self.bf16 and device.type == "cpu"))
        self.optimizer = build_optimizer(vit, options)
        self.companion = companion
        self.companion_weights = [p for p in companion.parameters() if p.requires_grad] if companion else []
        if companion is not None:
            for group in companion.parameter_groups(options.weight_decay):
                self.optimizer.add_param_group({"lr": options.lr, **group})
        self.ema = timm_utils.ModelEmaV3(vit, decay=options.ema, use_warmup=True) if options.ema > 0 else None
        self.before = before
        self.processes = processes or Processes()
        self.computed = self._distributed(_Computed(vit, companion, objective))
        # On a GPU the next batch is made while this one is computed; on the CPU that would take from the model.
        self.ahead = ThreadPoolExecutor(1) if device.type != "cpu" else None
        self.epoch = self.step = 0
        self.best = -float("inf")
        self.history: list[dict[str, float]] = []
        self.sums: dict[str, float] = {}
        self._stop = False

    def _distributed(self, computed: nn.Module) -> nn.Module:
        if self.processes.count == 1:
            return computed
        ids = [self.device.index] if self.device.type == "cuda" else None
        if ids is not None:
            computed = nn.SyncBatchNorm.convert_sync_batchnorm(computed)  # type: ignore[no-untyped-call]
        # A method may leave a head without a gradient.
        return DistributedDataParallel(computed, device_ids=ids, find_unused_parameters=True)

    def fit(self, *, resume: bool) -> None:
        """Train to the last epoch. Raises Interrupted after Ctrl-C or SIGTERM, with everything saved."""
        if resume:
            self._restore(self.folder.load(self.folder.last))
        steps = self.data.steps_per_epoch
        if self.epoch >= self.options.epochs:
            logger.info("%s is finished: nothing to do", self.folder.path)
            return
        with self._signals(), self._bar(steps) as bar:
            while self.epoch < self.options.epochs:
                self._run_epoch(steps, bar)
        logger.info("finished: best %s %.4f", self.options.select, self.best)

    def _run_epoch(self, steps: int, bar: tqdm[Any]) -> None:
        order = self.data.order(self.epoch)
        saved = started = time.monotonic()
        loading = 0.0
        first = self.step
        self.vit.train()
        if self.companion is not None:
            self.companion.train()
        batches = self._batches(order, steps)
        while self.step < steps:
            began = time.monotonic()
            batch = next(batches)
            loading += time.monotonic() - began
            stop = self._update(batch, steps)
            self.step += 1
            bar.update()
            if stop:
                self._save()
                self.processes.wait()
                raise Interrupted(f"stopped and saved in {self.folder.path}; the same command goes on from there")
            if time.monotonic() - saved > self.runtime.checkpoint_minutes * 60:
                self._save()
                saved = time.monotonic()
        seconds = time.monotonic() - started
        speed = (self.step - first) * self.data.batch_size / max(seconds, 1e-9)
        self._end_epoch(steps, {"images_per_s": speed, "loader_share": loading / max(seconds, 1e-9)})
        if self.history:
            bar.set_postfix_str(f"val {self.history[-1]['val_balanced_accuracy']:.4f}")

    def _batches(self, order: npt.NDArray[np.int64], steps: int) -> Iterator[Batch]:
        """The rest of the epoch's batches, one ahead of need where that costs the model nothing."""
        epoch, first = self.epoch, self.step
        if self.ahead is None:
            for step in range(first, steps):
                yield self.data.batch(order, epoch, step)
            return
        coming = self.ahead.submit(self.data.batch, order, epoch, first)
        for step in range(first, steps):
            batch = coming.result()
            if step + 1 < steps:
                coming = self.ahead.submit(self.data.batch, order, epoch, step + 1)
            yield batch

    def _update(self, batch: Batch, steps: int) -> bool:
        """One update on this process's share of ``batch``; True when the run is to stop, on any process."""
        options, parts = self.options, self.runtime.accumulation
        set_learning_rate(self.optimizer, self._rate(self.epoch * steps + self.step, steps))
        self.optimizer.zero_grad(set_to_none=True)
        sums: dict[str, Tensor] = {}
        for number in range(parts):
            share = batch.part(self.processes.rank * parts + number, self.processes.count * parts)
            # Gradients travel between processes once an update, with its last part.
            last = number == parts - 1
            with nullcontext() if last or self.processes.count == 1 else self.computed.no_sync():  # type: ignore[operator]
                found = self._backward(share, steps, number)
            for name, value in found.items():
                sums[name] = sums[name] + value / parts if name in sums else value / parts
        if options.clip > 0:
            nn.utils.clip_grad_norm_(self.vit.parameters(), options.clip)
            if self.companion_weights:
                nn.utils.clip_grad_norm_(self.companion_weights, options.clip)
        self.optimizer.step()
        if self.ema is not None:
            self.ema.update(self.vit, step=self.epoch * steps + self.step)
        stop = torch.tensor(float(self._stop), device=self.device)
        *values, stopping = self.processes.mean(torch.stack([*sums.values(), stop])).tolist()
        for name, value in zip(sums, values, strict=True):
            self.sums[name] = self.sums.get(name, 0.0) + value
        return bool(stopping > 0)

    def _rate(self, done: int, steps: int) -> float:
        """Learning rate of update ``done`` (0-based); a method in stages has a schedule of its own."""
        own = self.companion.schedule(done / (self.options.epochs * steps)) if self.companion is not None else None
        return learning_rate(done, steps, self.options) if own is None else self.options.lr * own

    def _backward(self, batch: Batch, steps: int, number: int) -> dict[str, Tensor]:
        """Gradients of part ``number`` of a batch; its loss, accuracy and loss parts."""
        options, purpose = self.options, "model"
        if self.processes.rank or number:
            purpose = f"model {self.processes.rank} {number}"
        # Drop-path draws from torch's global generator; seeding it here makes an update repeatable.
        torch.manual_seed(derived_seed(options.seed, self.epoch, self.step, purpose))
        images, targets = batch.images.to(self.device), batch.targets.to(self.device)
        done = self.epoch * steps + self.step
        step = Step(done, done / steps, options.epochs, images, batch.rows.to(self.device), batch.views)
        if self.before is not None:
            self.before(step)
        if self.companion is not None:
            self.companion.begin(step)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            logits, parts = self.computed(images, targets)
        loss = torch.stack(list(parts.values())).sum()
        if not torch.isfinite(loss):
            raise KdError(
                f"The loss became {float(loss.detach())} in epoch {self.epoch + 1}, update {self.step + 1}; "
                "lower the learning rate or the loss weights."
            )
        (loss / self.runtime.accumulation).backward()  # type: ignore[no-untyped-call]
        known = targets.sum(1) > 0
        hits = (logits.detach().argmax(1) == targets.argmax(1))[known].float().sum() / known.sum().clamp(min=1)
        found = {"loss": loss, "train_accuracy": hits, **{f"loss_{k}": v for k, v in parts.items()}}
        return {name: value.detach().float() for name, value in found.items()}

    def _end_epoch(self, steps: int, speeds: dict[str, float]) -> None:
        if not self.processes.is_first:
            self.epoch, self.step, self.sums = self.epoch + 1, 0, {}
            self.processes.wait()
            return
        row = {"epoch": float(self.epoch + 1), "updates": float((self.epoch + 1) * steps)}
        row["lr"] = self._rate((self.epoch + 1) * steps - 1, steps)
        row |= {name: total / steps for name, total in self.sums.items()}
        measured = self._validate()
        row |= {f"val_{name}": value for name, value in measured.items()} | speeds
        self.history.append(row)
        self.epoch, self.step, self.sums = self.epoch + 1, 0, {}
        score = -measured["nll"] if self.options.select == "nll" else measured[self.options.select]
        if score > self.best:
            self.best = score
            facts = {"epoch": self.epoch, "validation": measured, "method": self._companion_state()}
            self.folder.save(self.folder.best, {"model": self._evaluated().state_dict(), **facts})
        self._save()
        self.folder.write_log(self.history)
        logger.info(
            "epoch %d/%d loss %.4f train %.4f | val acc %.4f balanced %.4f nll %.4f | %.0f images/s, loading %.0f %%",
            self.epoch, self.options.epochs, row["loss"], row["train_accuracy"], measured["accuracy"],
            measured["balanced_accuracy"], measured["nll"], row["images_per_s"], row["loader_share"] * 100,
        )  # fmt: skip
        self.processes.wait()

    def _evaluated(self) -> nn.Module:
        return self.vit if self.ema is None else self.ema.module

    def _validate(self) -> dict[str, float]:
        held = self.validation
        found = predict(self._evaluated(), self.vit_config, held.images, held.rows, device=self.device, bf16=self.bf16)
        probabilities = metrics.softmax(found.logits)
        matrix = metrics.confusion(held.labels, probabilities.argmax(1), self.vit_config.num_classes)
        return {
            "accuracy": float(metrics.accuracy(matrix)),
            "balanced_accuracy": float(metrics.balanced_accuracy(matrix)),
            "nll": float(metrics.nll_terms(probabilities, held.labels).mean()),
        }

    def _companion_state(self) -> dict[str, Any] | None:
        return None if self.companion is None else self.companion.state_dict()

    def _save(self) -> None:
        if not self.processes.is_first:
            return
        self.folder.save(
            self.folder.last,
            {
                "model": self.vit.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "ema": None if self.ema is None else self.ema.module.state_dict(),
                "method": self._companion_state(),
                "epoch": self.epoch,
                "step": self.step,
                "best": self.best,
                "sums": self.sums,
                "history": self.history,
            },
        )

    def _restore(self, state: dict[str, Any]) -> None:
        try:
            self.vit.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            if self.ema is not None:
                self.ema.module.load_state_dict(state["ema"])
            if self.companion is not None:
                self.companion.load_state_dict(state["method"])
            self.epoch, self.step, self.best = state["epoch"], state["step"], state["best"]
            self.sums, self.history = state["sums"], state["history"]
        except (KeyError, RuntimeError, ValueError) as error:
            raise KdError(f"{self.folder.last} does not belong to this run ({error}).") from error
        logger.info("going on from epoch %d, update %d", self.epoch + 1, self.step)

    def _bar(self, steps: int) -> tqdm[Any]:
        done = self.epoch * steps + self.step
        # A log file gets a line now and then, a terminal a living bar.
        interval = 0.5 if sys.stderr.isatty() else 30.0
        return tqdm(
            total=self.options.epochs * steps, initial=done, desc=self.folder.path.name, unit="update",
            mininterval=interval, maxinterval=interval,
            disable=not (self.runtime.progress and self.processes.is_first),
        )  # fmt: skip

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def stop(number: int, frame: FrameType | None) -> None:
            self._stop = True

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
