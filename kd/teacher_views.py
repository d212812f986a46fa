"""The teacher's outputs for every training patch in its 8 orientations, computed once.

Where augmentation is nothing but the 8 flips and rotations (``--views-only``), a training patch has eight images, and
the teacher's answers to them are the same in every epoch, every seed and every method. They are kept as plain arrays
beside the decoded images, under a key of teacher, images, split, layers and precision. A table that would grow beyond
the size limit, or be filled for fewer epochs than it costs, is not made; the teacher then runs as always.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from tqdm import tqdm

from kd.atomic import atomic_folder
from kd.data.augment import VIEWS, turned
from kd.data.batches import TrainingSet
from kd.methods.method import Step
from kd.models.frozen import FrozenTeacher

_CHUNK = 64
logger = logging.getLogger("kd")

FloatArray = npt.NDArray[np.float32]


class ViewsTeacher(FrozenTeacher):
    """A frozen teacher that looks its answers up. ``begin`` tells it rows and views of the batch that comes."""

    tables: list[FloatArray]

    def __init__(self, teacher: FrozenTeacher, folder: Path, rows: npt.NDArray[np.int64]) -> None:
        super().__init__(teacher.vit, teacher.config)
        # Copy on write: torch does not take read-only memory.
        self.tables = [np.load(file, mmap_mode="c") for file in _files(folder)]
        self.places = torch.full((int(rows.max()) + 1,), -1)
        self.places[torch.from_numpy(rows)] = torch.arange(len(rows))
        self._step: Step | None = None

    def begin(self, step: Step) -> None:
        self._step = step

    def observe(
        self, images: Tensor, blocks: Sequence[int], attention: Sequence[int]
    ) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        """As the teacher answers; the images are not looked at, ``blocks`` and ``attention`` are those of the table."""
        step = self._step
        assert step is not None and step.views is not None
        places, views = self.places[step.rows.cpu()].numpy(), step.views.cpu().numpy()
        found = [torch.from_numpy(table[places, views]).to(images.device) for table in self.tables]
        return found[0], found[1 : 1 + len(blocks)], found[1 + len(blocks) :]


def cached_views(
    teacher: FrozenTeacher,
    digest: str,
    data: TrainingSet,
    data_digest: str,
    layers: tuple[Sequence[int], Sequence[int]],
    folder: Path,
    *,
    device: torch.device,
    bf16: bool,
    epochs: int,
    limit_gb: float,
    progress: bool,
) -> FrozenTeacher:
    """A teacher with a table of its answers, made now where there is none; ``teacher`` itself where none is worth it.

    ``layers``: blocks and attention layers (0-based) whose outputs are needed. The table holds float32.
    """
    if not data.augmentation.only_views or data.mixup > 0 or limit_gb <= 0:
        return teacher
    blocks, attention = layers
    text = f"{digest} {data_digest} {list(blocks)} {list(attention)} {bf16} {data.images.shape[1]}"
    key = hashlib.sha256(text.encode() + data.rows.tobytes()).hexdigest()
    target = folder / f"views-{key[:16]}"
    if not target.is_dir():
        sample = _answers(teacher, data.images[data.rows[:1]], layers, device, bf16)
        size_gb = sum(part.nbytes for part in sample) * len(data.rows) / 1e9
        if size_gb > limit_gb:
            logger.info("the teacher's outputs would take %.1f GB (limit %.1f): it runs instead", size_gb, limit_gb)
            return teacher
        if epochs < VIEWS:
            return teacher
        _fill(teacher, data, layers, target, device, bf16, progress)
    logger.info("the teacher's outputs for all 8 views are read from %s", target)
    return ViewsTeacher(teacher, target, data.rows).to(device)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.npy"))


def _answers(
    teacher: FrozenTeacher,
    tiles: npt.NDArray[np.uint8],
    layers: tuple[Sequence[int], Sequence[int]],
    device: torch.device,
    bf16: bool,
) -> list[FloatArray]:
    """Logits, block outputs and attention of tiles (n, H, W, 3), each (n, 8, ...)."""
    images = torch.from_numpy(np.ascontiguousarray(tiles)).permute(0, 3, 1, 2).float().div(255.0)
    views = torch.cat([turned(images, view) for view in range(VIEWS)]).to(device)
    with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=bf16):
        logits, features, qkv = teacher.observe(views, *layers)
    parts = [part.float().cpu().numpy() for part in (logits, *features, *qkv)]
    return [np.moveaxis(part.reshape(VIEWS, len(tiles), *part.shape[1:]), 0, 1) for part in parts]


def _fill(
    teacher: FrozenTeacher,
    data: TrainingSet,
    layers: tuple[Sequence[int], Sequence[int]],
    target: Path,
    device: torch.device,
    bf16: bool,
    progress: bool,
) -> None:
    count = len(data.rows)
    with atomic_folder(target) as folder:
        tables: list[FloatArray] = []
        for start in tqdm(range(0, count, _CHUNK), desc="teacher, 8 views", unit="batch", disable=not progress):
            parts = _answers(teacher, data.images[data.rows[start : start + _CHUNK]], layers, device, bf16)
            for number, part in enumerate(parts):
                if not start:
                    file, shape = folder / f"{number:02}.npy", (count, *part.shape[1:])
                    tables.append(np.lib.format.open_memmap(file, mode="w+", dtype=np.float32, shape=shape))
                tables[number][start : start + len(part)] = part
        for table in tables:
            table.flush()  # type: ignore[attr-defined]
