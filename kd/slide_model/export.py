"""A slide model as a bundle of its own kind."""

from __future__ import annotations

import datetime
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kd.atomic import atomic_folder
from kd.bundle import SLIDE_INPUT, SLIDE_MODEL, SLIDE_OUTPUTS, SUFFIX, BundleCard, ClassInfo, write_card
from kd.data.classes import PALETTE
from kd.errors import KdError
from kd.onnx_graph import OPSET, open_onnx
from kd.slide_model.attention import SlideGraph
from kd.slide_model.bags import BagSet
from kd.slide_model.training import SlideRun

TOLERANCE = 1e-5
REFERENCE_BAGS = 4


def slide_card(run: SlideRun, name: str, command: str, metrics: dict[str, Any]) -> BundleCard:
    """The card; scale and stains are those of the student that embeds the tiles, the domain that of the bags."""
    config, data = run.config, run.config["data"]
    positive = run.baseline.positive if run.baseline else None
    classes = tuple(
        ClassInfo(key, key.replace("_", " "), PALETTE[i % len(PALETTE)], "class of the slide", i == positive)
        for i, key in enumerate(run.classes)
    )
    return BundleCard(
        name=name,
        kind=SLIDE_MODEL,
        architecture="gated attention",
        architecture_args={
            "width": config["width"], "hidden": config["options"]["hidden"], "classes": len(classes),
            "student": config["student"],
        },
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        commit="",
        classes=classes,
        tile_px=config["tile_px"],
        mpp=data["mpp"],
        mpp_assumed=data["mpp_assumed"],
        stride_um=data["mpp"] * config["tile_px"],
        stains=tuple(data["stains"]),
        preparations=(),
        scanners=tuple(data["scanners"]),
        site="",
        training_domain=data["training_domain"],
        prior=tuple(config["prior"]),
        training={"command": config["command"], "export_command": command, "options": config["options"]},
        metrics=metrics,
        temperature=float(run.model.temperature),
    )  # fmt: skip


def write_slide_bundle(run: SlideRun, card: BundleCard, bags: BagSet, target: Path) -> None:
    """Write the bundle in one step. Raises KdError when the exported graph differs from torch."""
    from safetensors.torch import save_file

    if target.suffix != SUFFIX:
        raise KdError(f"A bundle's folder must end in {SUFFIX}; {target.name} does not.")
    graph = SlideGraph(run.model).eval()
    chosen = bags.of("val")[:REFERENCE_BAGS]
    with atomic_folder(target) as folder:
        example = torch.from_numpy(chosen[0].embeddings)
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # tracer and deprecation notices; the result is compared with torch
            torch.onnx.export(
                graph, (example,), str(folder / "model.onnx"), input_names=[SLIDE_INPUT],
                output_names=list(SLIDE_OUTPUTS), opset_version=OPSET, dynamo=False,
                dynamic_axes={SLIDE_INPUT: {0: "tiles"}, "attention": {0: "tiles"}},
            )  # fmt: skip
        session = open_onnx(folder / "model.onnx")
        for bag in chosen:
            with torch.no_grad():
                exact = [part.numpy() for part in graph(torch.from_numpy(bag.embeddings))]
            found = session.run(list(SLIDE_OUTPUTS), {SLIDE_INPUT: bag.embeddings})
            for a, b in zip(exact, found, strict=True):
                if np.abs(a - b).max() > TOLERANCE * max(1.0, float(np.abs(a).max())):
                    raise KdError("The exported slide model differs from torch; nothing was written.")
        state = {key: value.detach().clone().contiguous() for key, value in run.model.state_dict().items()}
        save_file(state, str(folder / "model.safetensors"))
        with torch.no_grad():
            probabilities, attention = (part.numpy() for part in graph(example))
        stored: dict[str, Any] = {SLIDE_INPUT: chosen[0].embeddings, "probabilities": probabilities}
        np.savez_compressed(folder / "reference.npz", attention=attention, **stored)
        write_card(card, folder)
        for path in folder.iterdir():
            path.chmod(0o644)
