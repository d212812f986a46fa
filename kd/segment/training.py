"""The training loop of segmenters: teacher, student alone, student with teacher."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from tqdm import tqdm

from kd.command_line import Interrupted
from kd.data.randomness import derived_seed, generator
from kd.errors import KdError
from kd.optimisation import learning_rate, set_learning_rate
from kd.options import TrainingOptions
from kd.run_folder import RunFolder
from kd.segment.augment import SegmentAugmentation, Views, augmented_views
from kd.segment.dataset import MaskedImages
from kd.segment.losses import supervised
from kd.segment.overlap import dice_table
from kd.segment.paths import Distillation
from kd.segment.run import segment
from kd.segment.unet import Layers, UNet

logger = logging.getLogger("kd")


def _option(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class SegmentTraining:
    """How a segmenter is trained; the checkpoint with the best mean Dice on the validation images is kept."""

    epochs: int = _option(40, "passes over the training images")
    batch_size: int = _option(8, "images per update")
    lr: float = _option(3e-3, "peak learning rate")
    min_lr: float = _option(1e-5, "learning rate at the end of the cosine")
    warmup_epochs: float = _option(2.0, "epochs of linear warm-up")
    weight_decay: float = _option(1e-4, "decoupled weight decay")
    clip: float = _option(1.0, "largest gradient norm (0: no clipping)")
    images: int = _option(0, "training images, drawn by the seed (0: all)")
    seed: int = _option(0, "seed of everything random")

    def schedule(self) -> TrainingOptions:
        """The part that ``kd.optimisation.learning_rate`` reads."""
        return TrainingOptions(
            epochs=self.epochs, lr=self.lr, min_lr=self.min_lr, warmup_epochs=self.warmup_epochs, clip=self.clip
        )


class FrozenSegmenter(nn.Module):
    """A teacher without gradients that stays in eval mode whatever its parents do."""

    def __init__(self, model: UNet) -> None:
        super().__init__()
        self.model = model.requires_grad_(False)
        self.eval()

    def train(self, mode: bool = True) -> FrozenSegmenter:
        super().train(False)
        return self

    @torch.no_grad()
    def forward(self, images: Tensor) -> Layers:
        return self.model.layers(images)


@dataclass(frozen=True)
class Lesson:
    """What a student is taught by beside the masks."""

    teacher: FrozenSegmenter
    distillation: Distillation


class SegmenterTraining:
    """One run. A stopped run goes on from the end of its last whole epoch to the result of an unbroken one."""

    def __init__(
        self,
        folder: RunFolder,
        model: UNet,
        data: MaskedImages,
        options: SegmentTraining,
        augmentation: SegmentAugmentation,
        lesson: Lesson | None,
        *,
        progress: bool = True,
    ) -> None:
        self.folder, self.model, self.data, self.options = folder, model, data, options
        self.augmentation, self.lesson, self.progress = augmentation, lesson, progress
        self.rows = training_rows(data, options)
        self.held = data.rows("val")
        weights = [*model.parameters(), *(lesson.distillation.parameters() if lesson else ())]
        self.optimizer = torch.optim.AdamW(weights, lr=options.lr, weight_decay=options.weight_decay)
        self.weights = weights
        self.epoch, self.best = 0, -float("inf")
        self.history: list[dict[str, float]] = []
        self._stop = False

    def fit(self, *, resume: bool) -> None:
        """Train to the last epoch. Raises Interrupted after Ctrl-C or SIGTERM."""
        if resume:
            self._restore()
        if self.epoch >= self.options.epochs:
            logger.info("%s is finished: nothing to do", self.folder.path)
            return
        steps = max(1, len(self.rows) // self.options.batch_size)
        with (
            self._signals(),
            tqdm(total=self.options.epochs, initial=self.epoch, unit="epoch", disable=not self.progress) as bar,
        ):
            while self.epoch < self.options.epochs:
                self._run_epoch(steps)
                bar.update()
        logger.info("finished: best mean Dice %.4f", self.best)

    def _run_epoch(self, steps: int) -> None:
        started = time.process_time()
        shuffled = torch.randperm(len(self.rows), generator=generator(self.options.seed, self.epoch, 0, "order"))
        order = self.rows[shuffled.numpy()]
        sums: dict[str, float] = {}
        self.model.train()
        for step in range(steps):
            for name, value in self._update(order, step, steps).items():
                sums[name] = sums.get(name, 0.0) + float(value)
            if self._stop:
                raise Interrupted(f"stopped; the same command goes on from the last whole epoch of {self.folder.path}")
        row = {"epoch": float(self.epoch + 1), "cpu_s": time.process_time() - started}
        row["lr"] = float(self.optimizer.param_groups[0]["lr"])
        row |= {name: total / steps for name, total in sums.items()}
        self._end_epoch(row)

    def _update(self, order: npt.NDArray[np.int64], step: int, steps: int) -> dict[str, Tensor]:
        options = self.options
        set_learning_rate(self.optimizer, learning_rate(self.epoch * steps + step, steps, options.schedule()))
        rows = order[step * options.batch_size : (step + 1) * options.batch_size]
        views = augmented_views(
            torch.from_numpy(self.data.images[rows]), torch.from_numpy(self.data.masks[rows]),
            self.augmentation, generator(options.seed, self.epoch, step, "augment"),
        )  # fmt: skip
        parts = loss_parts(self.model, views, self.lesson)
        loss = torch.stack(list(parts.values())).sum()
        if not torch.isfinite(loss):
            raise KdError(f"The loss became {float(loss.detach())} in epoch {self.epoch + 1}; lower the learning rate.")
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        if options.clip > 0:
            nn.utils.clip_grad_norm_(self.weights, options.clip)
        self.optimizer.step()
        return {"loss": loss.detach(), **{f"loss_{name}": value.detach() for name, value in parts.items()}}

    def _end_epoch(self, row: dict[str, float]) -> None:
        table = dice_table(segment(self.model, self.data.images[self.held]), self.data.masks[self.held])
        measured = {name: float(np.nanmean(values)) for name, values in table.items()}
        row |= {f"val_{name}": value for name, value in measured.items()}
        self.history.append(row)
        self.epoch += 1
        if measured["mean"] > self.best:
            self.best = measured["mean"]
            state = {"model": self.model.state_dict(), "epoch": self.epoch, "validation": measured}
            self.folder.save(self.folder.best, state)
        adapters = self.lesson.distillation.state_dict() if self.lesson else {}
        state = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "adapters": adapters}
        self.folder.save(
            self.folder.last, {**state, "epoch": self.epoch, "best": self.best, "history": self.history}
        )  # fmt: skip
        self.folder.write_log(self.history)
        logger.info(
            "epoch %d/%d loss %.4f | val Dice nucleus %.4f cytoplasm %.4f | %.1f s of CPU",
            self.epoch, self.options.epochs, row["loss"], measured["nucleus"], measured["cytoplasm"], row["cpu_s"],
        )  # fmt: skip

    def _restore(self) -> None:
        state = self.folder.load(self.folder.last)
        try:
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            if self.lesson is not None:
                self.lesson.distillation.load_state_dict(state["adapters"])
            self.epoch, self.best, self.history = state["epoch"], state["best"], state["history"]
        except (KeyError, RuntimeError, ValueError) as error:
            raise KdError(f"{self.folder.last} does not belong to this run ({error}).") from error
        logger.info("going on after epoch %d", self.epoch)

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


def loss_parts(model: UNet, views: Views, lesson: Lesson | None) -> dict[str, Tensor]:
    """The weighted parts of ``L = (1 - share) supervised + share distillation``, or the supervised loss alone."""
    if lesson is None:
        return {"masks": supervised(model(views.strong), views.masks)}
    options = lesson.distillation.options
    ours = model.layers(views.strong)
    theirs = lesson.teacher(views.weak if options.teacher_view == "weak" else views.strong)
    parts = {"teacher": options.share * lesson.distillation(ours, theirs)}
    if options.share < 1.0:
        parts["masks"] = (1.0 - options.share) * supervised(ours.logits, views.masks)
    return parts


def training_rows(data: MaskedImages, options: SegmentTraining) -> npt.NDArray[np.int64]:
    """The training rows, or ``options.images`` of them by the seed. Raises KdError when there are too few."""
    rows = data.rows("train")
    wanted = options.images or len(rows)
    if wanted > len(rows) or wanted < options.batch_size:
        raise KdError(
            f"{wanted} training images were asked for; {data.source} has {len(rows)}, and a batch is "
            f"{options.batch_size}."
        )
    if wanted == len(rows):
        return rows
    chosen = torch.randperm(len(rows), generator=generator(options.seed, 0, 0, "images"))[:wanted]
    return np.sort(rows[chosen.numpy()])


def seeded_unet(model: UNet, seed: int) -> UNet:
    """The model with weights that depend on the seed and its size alone."""
    torch.manual_seed(derived_seed(seed, 0, 0, "weights"))
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.BatchNorm2d)):
            module.reset_parameters()
    return model
