"""A run folder: config.json, log.csv, log.txt, curves.png, and the checkpoints last.pt and best.pt."""

from __future__ import annotations

import csv
import json
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from kd.atomic import atomic_file
from kd.bundle import ClassInfo
from kd.errors import KdError
from kd.models.architectures import build_model, config_from_dict
from kd.models.vit import VitConfig

# What may differ between the command that began a run and the one that goes on with it.
_NOT_IDENTITY = ("command", "versions")


@dataclass(frozen=True)
class RunFolder:
    """Paths and files of one run."""

    path: Path

    @property
    def last(self) -> Path:
        return self.path / "last.pt"

    @property
    def best(self) -> Path:
        return self.path / "best.pt"

    def begin(self, config: dict[str, Any], *, restart: bool) -> bool:
        """Write config.json; True when the folder already holds this very run, which then goes on.

        Raises KdError when it holds another run and ``restart`` was not asked for.
        """
        target = self.path / "config.json"
        for left in self.path.glob(".*.part"):  # of a run that was killed while it wrote
            left.unlink()
        if restart:
            for name in ("last.pt", "best.pt", "log.csv", "log.txt", "curves.png", "config.json"):
                (self.path / name).unlink(missing_ok=True)
        if target.is_file():
            before = self.config()
            ours = json.loads(json.dumps(config))
            keys = (before.keys() | ours.keys()) - set(_NOT_IDENTITY)
            different = sorted(key for key in keys if before.get(key) != ours.get(key))
            if different:
                raise KdError(
                    f"{self.path} holds another run (different {', '.join(different)}); "
                    "choose another folder, or --restart to overwrite it."
                )
            return self.last.is_file()
        self.path.mkdir(parents=True, exist_ok=True)
        with atomic_file(target) as temporary:
            temporary.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        return False

    def config(self) -> dict[str, Any]:
        """config.json. Raises KdError."""
        target = self.path / "config.json"
        try:
            raw: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise KdError(f"{self.path} is not a run folder: {target.name} cannot be read ({error}).") from error
        return raw

    def save(self, path: Path, state: dict[str, Any]) -> None:
        """Write a checkpoint atomically."""
        with atomic_file(path) as temporary:
            torch.save(state, temporary)

    def load(self, path: Path) -> dict[str, Any]:
        """Read a checkpoint (tensors and plain values only). Raises KdError."""
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except FileNotFoundError as error:
            raise KdError(f"The run {self.path} has no {path.name}; train it first.") from error
        except (OSError, RuntimeError, pickle.UnpicklingError, EOFError) as error:
            raise KdError(f"The checkpoint {path} cannot be read ({error}); start the run again.") from error
        return state

    def write_log(self, history: list[dict[str, float]]) -> None:
        """Write log.csv and curves.png from all epochs so far."""
        if not history:
            return
        names = list(dict.fromkeys(name for row in history for name in row))
        with atomic_file(self.path / "log.csv") as temporary, temporary.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, names)
            writer.writeheader()
            writer.writerows({k: f"{v:.8g}" for k, v in row.items()} for row in history)
        draw_curves(history, self.path / "curves.png")


def draw_curves(history: list[dict[str, float]], target: Path) -> None:
    """Loss parts, validation and learning rate by epoch."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    loss_axis, metric_axis, rate_axis = figure.subplots(1, 3)
    epochs = [row["epoch"] for row in history]
    for name in history[-1]:
        values = [row.get(name, float("nan")) for row in history]
        if name.startswith("loss") or name == "val_nll":
            loss_axis.plot(epochs, values, label=name)
        elif name.startswith("val_") or name == "train_accuracy":
            metric_axis.plot(epochs, values, label=name)
        elif name == "lr":
            rate_axis.plot(epochs, values, label=name)
    for axis in (loss_axis, metric_axis, rate_axis):
        axis.set_xlabel("epoch")
        axis.legend(fontsize=7)
        axis.grid(alpha=0.3)
    with atomic_file(target) as temporary:
        figure.savefig(temporary, format="png", dpi=80)


@dataclass(frozen=True)
class TrainedRun:
    """A finished run's model and what it was trained on."""

    folder: RunFolder
    config: dict[str, Any]
    vit: nn.Module
    vit_config: VitConfig
    classes: tuple[ClassInfo, ...]
    checkpoint: dict[str, Any]


def load_run(path: str | Path, checkpoint: str = "best") -> TrainedRun:
    """Model (eval mode, CPU, float32) of a run's ``best`` or ``last`` checkpoint. Raises KdError."""
    folder = RunFolder(Path(path))
    config = folder.config()
    state = folder.load(folder.best if checkpoint == "best" else folder.last)
    try:
        vit_config = config_from_dict(config["model"])
        classes = tuple(ClassInfo(**entry) for entry in config["classes"])
        vit = build_model(vit_config)
        vit.load_state_dict(state["model"])
    except (KeyError, TypeError, RuntimeError) as error:
        raise KdError(f"The run {path} is incomplete or of another version ({error}).") from error
    facts = {key: value for key, value in state.items() if key not in ("model", "optimizer", "ema", "method")}
    return TrainedRun(folder, config, vit.eval(), vit_config, classes, facts)
