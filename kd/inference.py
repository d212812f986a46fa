"""Running a trained ViT over rows of an image array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from tqdm import tqdm

from kd.data.batches import plain_batches
from kd.data.image_cache import ImageArray
from kd.errors import KdError
from kd.models.vit import VitConfig, normalise


@dataclass(frozen=True)
class Predictions:
    """float32 ``logits`` (n, C) and ``embeddings`` (n, D), the class token after the final norm."""

    logits: npt.NDArray[np.float32]
    embeddings: npt.NDArray[np.float32]


def choose_device(name: str) -> torch.device:
    """``auto`` takes CUDA, then MPS, then the CPU. Raises KdError when a named device is not there."""
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise KdError(f"The device '{name}' cannot be used ({reason}).") from error
    return device


def predict(
    vit: nn.Module,
    config: VitConfig,
    images: ImageArray,
    rows: npt.NDArray[np.int64],
    *,
    device: torch.device,
    bf16: bool = False,
    batch_size: int = 128,
    progress: str | None = None,
) -> Predictions:
    """Logits and embeddings of ``rows``; the model is left in the mode it came in."""
    was_training = vit.training
    vit.eval()
    model: Any = vit
    logits, embeddings = [], []
    batches = plain_batches(images, rows, batch_size)
    total = -(-len(rows) // batch_size)
    with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=bf16):
        for batch in tqdm(batches, desc=progress, total=total, disable=progress is None, mininterval=1.0):
            tokens = model.forward_features(normalise(batch.to(device), config))
            embedding = tokens[:, 0]
            embeddings.append(embedding.float().cpu().numpy())
            logits.append(model.head(embedding).float().cpu().numpy())
    vit.train(was_training)
    return Predictions(np.concatenate(logits), np.concatenate(embeddings))
