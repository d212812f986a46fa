"""A trained segmenter on disk, and running one over images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from kd.errors import KdError
from kd.run_folder import RunFolder
from kd.segment.unet import UNet, UNetConfig, build_unet

KINDS = ("segmentation teacher", "segmentation student")


@dataclass(frozen=True)
class SegmenterRun:
    """The model (eval mode, CPU) of a run's best checkpoint, the run's configuration, and what was measured then."""

    folder: RunFolder
    config: dict[str, Any]
    model: UNet
    facts: dict[str, Any]


def load_segmenter(path: str | Path) -> SegmenterRun:
    """Raises KdError when the folder is no finished segmentation run."""
    folder = RunFolder(Path(path))
    config = folder.config()
    if config.get("kind") not in KINDS:
        raise KdError(f"{path} is not a run of kd.segment; its kind is {config.get('kind')!r}.")
    state = folder.load(folder.best)
    try:
        model = build_unet(UNetConfig(**config["model"]))
        model.load_state_dict(state["model"])
    except (KeyError, TypeError, RuntimeError) as error:
        raise KdError(f"The run {path} is incomplete or of another version ({error}).") from error
    return SegmenterRun(folder, config, model.eval(), {"epoch": state["epoch"], "validation": state["validation"]})


def segment(model: UNet, images: npt.NDArray[np.uint8], batch: int = 32) -> npt.NDArray[np.uint8]:
    """Class indices uint8 (n, H, W) of images uint8 (n, H, W, 3); the model is left in the mode it came in."""
    was_training = model.training
    model.eval()
    device = next(model.parameters()).device
    found = []
    with torch.no_grad():
        for start in range(0, len(images), batch):
            tiles = torch.from_numpy(np.ascontiguousarray(images[start : start + batch])).to(device)
            found.append(model(tiles.permute(0, 3, 1, 2).float() / 255.0).argmax(1).to(torch.uint8).cpu().numpy())
    model.train(was_training)
    return np.concatenate(found)
