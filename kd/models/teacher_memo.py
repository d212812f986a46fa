"""A frozen teacher that remembers its answers, so that several students of one seed cost one teacher forward.

For a given seed all methods are shown the very same augmented images. An answer is found by a hash over the bytes
of the whole batch, so a remembered answer is exactly what the teacher would compute again; nothing is assumed about
the order of training, and other images simply miss.
"""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from kd.atomic import atomic_file
from kd.models.frozen import FrozenTeacher
from kd.models.vit import VitConfig

WANTED = "wanted.json"


class RememberingTeacher(FrozenTeacher):
    """Answers are kept under ``folder``, one file a batch; the folder may be deleted at any time.

    ``wanted.json`` beside the answers' folder (``{"blocks": [...], "attention": [...]}``) names what the students to
    come will ask for beyond the present one, so that a single forward serves them all.
    """

    def __init__(self, vit: nn.Module, config: VitConfig, folder: Path) -> None:
        super().__init__(vit, config)
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        file = folder.parent / WANTED
        self.wanted: dict[str, list[int]] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}

    def observe(
        self, images: Tensor, blocks: Sequence[int], attention: Sequence[int]
    ) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        file = self.folder / f"{self._key(images)}.pt"
        known = _read(file)
        if known is None or not (set(blocks) <= known["blocks"].keys() and set(attention) <= known["attention"].keys()):
            known = self._ask(images, blocks, attention, known)
            with atomic_file(file) as temporary:
                torch.save(known, temporary)
        device = images.device
        return (
            known["logits"].to(device),
            [known["blocks"][b].to(device) for b in blocks],
            [known["attention"][b].to(device) for b in attention],
        )

    def _key(self, images: Tensor) -> str:
        precision = (
            torch.get_autocast_dtype(images.device.type)
            if torch.is_autocast_enabled(images.device.type)
            else images.dtype
        )
        digest = hashlib.sha1(f"{precision} {tuple(images.shape)}".encode(), usedforsecurity=False)
        digest.update(images.contiguous().cpu().numpy().data)
        return digest.hexdigest()

    def _ask(
        self, images: Tensor, blocks: Sequence[int], attention: Sequence[int], known: dict[str, Any] | None
    ) -> dict[str, Any]:
        before = known or {"blocks": {}, "attention": {}}
        # timm hands block outputs out in rising order.
        seen = sorted({*blocks, *before["blocks"], *self.wanted.get("blocks", ())})
        looked = sorted({*attention, *before["attention"], *self.wanted.get("attention", ())})
        logits, features, qkv = super().observe(images, seen, looked)
        return {
            "logits": logits.contiguous(),
            "blocks": {b: f.contiguous() for b, f in zip(seen, features, strict=True)},
            "attention": {b: q.contiguous() for b, q in zip(looked, qkv, strict=True)},
        }


def _read(file: Path) -> dict[str, Any] | None:
    try:
        answer: dict[str, Any] = torch.load(file, weights_only=True)
    except (FileNotFoundError, EOFError, RuntimeError, pickle.UnpicklingError):
        return None
    return answer
