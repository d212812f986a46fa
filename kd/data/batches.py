"""Batches of a split: shuffled and augmented for training, plain for evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from kd.data.augment import Augmentation, augment, draw_views
from kd.data.image_cache import ImageArray
from kd.data.randomness import generator


@dataclass(frozen=True)
class Batch:
    """``images`` float32 (B, 3, H, W) in 0..1; ``targets`` float32 (B, C), one-hot unless mixed, zeros where
    there is no label; ``labels`` (B,), -1 for none.

    ``rows`` (B,) int64: rows of the image array, before mixing; ``views`` (B,) int64: orientation, 0 to 7.
    """

    images: Tensor
    targets: Tensor
    labels: Tensor
    rows: Tensor
    views: Tensor

    def part(self, number: int, count: int) -> Batch:
        """Part ``number`` of ``count`` equal ones."""
        size = len(self.rows) // count
        part = slice(number * size, (number + 1) * size)
        return Batch(self.images[part], self.targets[part], self.labels[part], self.rows[part], self.views[part])


@dataclass(frozen=True)
class TrainingSet:
    """Training rows of an image array. Batch ``step`` of ``epoch`` is a pure function of the seed."""

    images: ImageArray
    rows: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    classes: int
    batch_size: int
    seed: int
    augmentation: Augmentation
    mixup: float = 0.0

    @property
    def steps_per_epoch(self) -> int:
        return max(1, len(self.rows) // self.batch_size)

    def order(self, epoch: int) -> npt.NDArray[np.int64]:
        """The epoch's order of rows."""
        shuffled = torch.randperm(len(self.rows), generator=generator(self.seed, epoch, 0, "order")).numpy()
        order: npt.NDArray[np.int64] = self.rows[shuffled]
        return order

    def batch(self, order: npt.NDArray[np.int64], epoch: int, step: int) -> Batch:
        """Batch ``step`` of an epoch whose order is ``order(epoch)``; the incomplete last batch is left out."""
        rows = order[step * self.batch_size : (step + 1) * self.batch_size]
        random = generator(self.seed, epoch, step, "augment")
        views = draw_views(len(rows), self.augmentation, random)
        images = augment(torch.from_numpy(self.images[rows]), self.augmentation, random, views)
        labels = torch.from_numpy(self.labels[rows])
        targets = torch.nn.functional.one_hot(labels.clamp(min=0), self.classes).float()
        targets[labels < 0] = 0.0
        if self.mixup > 0:
            images, targets = mix(images, targets, self.mixup, random)
        return Batch(images, targets, labels, torch.from_numpy(rows), views)


def mix(images: Tensor, targets: Tensor, alpha: float, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Mixup (Zhang et al. 2018): one Beta(alpha, alpha) share for the batch, partners by a random permutation."""
    # Two Gamma variates give a Beta variate; torch's Beta distribution takes no generator.
    draws = torch._standard_gamma(torch.tensor([alpha, alpha]), generator=random)
    share = float(draws[0] / draws.sum().clamp(min=1e-12))
    partner = torch.randperm(len(images), generator=random)
    return (
        images * share + images[partner] * (1.0 - share),
        targets * share + targets[partner] * (1.0 - share),
    )


def plain_batches(images: ImageArray, rows: npt.NDArray[np.int64], batch_size: int) -> Iterator[Tensor]:
    """Rows in order as float32 (B, 3, H, W) in 0..1, without augmentation."""
    for start in range(0, len(rows), batch_size):
        tiles = torch.from_numpy(images[rows[start : start + batch_size]])
        yield tiles.permute(0, 3, 1, 2).float().div_(255.0)
