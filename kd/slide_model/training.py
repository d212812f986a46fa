"""Trains a slide model on embedded bags: seconds on a CPU, since the student has seen the tiles already."""

from __future__ import annotations

import copy
import json
import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional
from tqdm import tqdm

from kd import metrics
from kd.atomic import atomic_file
from kd.errors import KdError
from kd.slide_model.attention import GatedAttention, bag_logits, fit_logistic, top_mean
from kd.slide_model.bags import Bag, BagSet

logger = logging.getLogger("kd")
CONFIG, WEIGHTS = "config.json", "model.pt"
TOP_COUNTS = (1, 3, 5, 10, 20)


@dataclass(frozen=True)
class SlideOptions:
    """How a slide model is built and trained."""

    hidden: int = field(default=64, metadata={"help": "width of the attention"})
    epochs: int = field(default=100, metadata={"help": "passes over the training bags"})
    lr: float = field(default=1e-3, metadata={"help": "learning rate"})
    weight_decay: float = field(default=1e-3, metadata={"help": "decoupled weight decay"})
    dropout: float = field(default=0.25, metadata={"help": "share of its tiles that a training bag misses"})
    seed: int = field(default=0, metadata={"help": "seed of everything random"})


@dataclass(frozen=True)
class Baseline:
    """Mean of the ``count`` most suspicious tiles and a logistic on it; ``positive`` is a class index."""

    count: int
    slope: float
    intercept: float
    positive: int

    def probabilities(self, bags: list[Bag]) -> metrics.FloatArray:
        """(bags, 2)."""
        positive = 1.0 / (1.0 + np.exp(-(self.slope * top_mean(bags, self.count) + self.intercept)))
        columns = [1.0 - positive, positive] if self.positive == 1 else [positive, 1.0 - positive]
        return np.stack(columns, axis=1)


@dataclass(frozen=True)
class SlideRun:
    """A trained slide model: its configuration, the model, and the baseline where slides have two classes."""

    config: dict[str, Any]
    model: GatedAttention
    baseline: Baseline | None

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(self.config["classes"])


def train_slide_model(bags: BagSet, options: SlideOptions, *, progress: bool) -> tuple[GatedAttention, float]:
    """The model with the least validation loss, calibrated there, and that loss. Raises KdError."""
    train, held = bags.of("train"), bags.of("val")
    present = {bag.label for bag in train}
    if len(present) < len(bags.classes):
        missing = ", ".join(name for i, name in enumerate(bags.classes) if i not in present)
        raise KdError(f"The training bags have none of the class {missing}.")
    torch.manual_seed(options.seed)
    model = GatedAttention(train[0].embeddings.shape[1], options.hidden, len(bags.classes))
    tiles = np.concatenate([bag.embeddings for bag in train])
    model.mean.copy_(torch.from_numpy(tiles.mean(0)))
    model.std.copy_(torch.from_numpy(tiles.std(0) + 1e-6))
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.lr, weight_decay=options.weight_decay)
    best, least = copy.deepcopy(model), float("inf")
    random = torch.Generator().manual_seed(options.seed)
    labels = np.array([bag.label for bag in held])
    for _ in tqdm(range(options.epochs), desc="slide model", unit="epoch", disable=not progress):
        model.train()
        for number in torch.randperm(len(train), generator=random).tolist():
            bag = train[number]
            embeddings = torch.from_numpy(bag.embeddings)
            kept = torch.rand(len(embeddings), generator=random) >= options.dropout
            logits, _ = model(embeddings[kept] if kept.any() else embeddings)
            loss = functional.cross_entropy(logits[None], torch.tensor([bag.label]))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        value = float(metrics.nll_terms(metrics.softmax(bag_logits(model, held)), labels).mean())
        if value < least:
            best, least = copy.deepcopy(model), value
    # A few slides that are told apart without error would ask for probabilities of 0 and 1; never sharper than fitted.
    best.temperature.fill_(max(1.0, metrics.fit_temperature(bag_logits(best, held), labels)))
    return best.eval(), least


def fit_baseline(bags: BagSet) -> Baseline | None:
    """The baseline whose number of tiles does best on validation; None unless slides have two classes and tiles
    differ in suspicion."""
    if len(bags.classes) != 2 or all(bag.suspicion.std() == 0 for bag in bags.bags):
        return None
    train, held = bags.of("train"), bags.of("val")
    labels = np.array([bag.label for bag in train])
    scores = top_mean(train, TOP_COUNTS[0])
    positive = int(scores[labels == 1].mean() >= scores[labels == 0].mean())
    truth = np.array([bag.label for bag in held])
    found = []
    for count in TOP_COUNTS:
        one = Baseline(count, *fit_logistic(top_mean(train, count), labels == positive), positive)
        found.append((float(metrics.nll_terms(one.probabilities(held), truth).mean()), one))
    return min(found, key=lambda pair: pair[0])[1]


def save_run(folder: Path, config: dict[str, Any], model: GatedAttention, baseline: Baseline | None) -> None:
    """config.json and model.pt, each whole."""
    with atomic_file(folder / WEIGHTS) as temporary:
        torch.save(model.state_dict(), temporary)
    with atomic_file(folder / CONFIG) as temporary:
        facts = config | {"baseline": None if baseline is None else asdict(baseline)}
        temporary.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def load_slide_run(folder: Path) -> SlideRun:
    """Raises KdError."""
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        model = GatedAttention(config["width"], config["options"]["hidden"], len(config["classes"]))
        model.load_state_dict(torch.load(folder / WEIGHTS, weights_only=True))
        baseline = Baseline(**config["baseline"]) if config["baseline"] else None
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise KdError(f"{folder} holds no slide model ({error}).") from error
    return SlideRun(config, model.eval(), baseline)
