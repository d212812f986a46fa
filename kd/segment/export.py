"""``python -m kd.segment export --run RUN --out NAME.fnabundle``: write a trained segmenter as a bundle.

The card's kind is ``segmenter``: a program that scores tiles refuses it in one sentence. Dice on the card is that of
the validation images; a report of ``kd.segment evaluate`` adds its own.
"""

from __future__ import annotations

import argparse
import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kd.atomic import atomic_folder
from kd.bundle import GRAPH_INPUT, SEGMENTER, SEGMENTER_OUTPUTS, SUFFIX, BundleCard, write_card
from kd.bundle_writer import ONNX_TOLERANCE
from kd.command_line import command_text
from kd.errors import KdError
from kd.export import _commit
from kd.segment.classes import CLASSES
from kd.segment.dataset import MaskedImages, read_masked_images
from kd.segment.evaluate import row_name
from kd.segment.graph import SegmenterGraph, export_segmenter, run_segmenter_onnx, run_segmenter_torch
from kd.segment.run import SegmenterRun, load_segmenter
from kd.segment.unet import ARCHITECTURE

REFERENCE_TILES = 12


def main(arguments: Sequence[str]) -> None:
    """Raises KdError for bad input, and when the exported graph does not reproduce torch."""
    parser = argparse.ArgumentParser(prog="python -m kd.segment export", description="Write a segmenter as a bundle.")
    parser.add_argument("--run", type=Path, required=True, help="run folder")
    parser.add_argument("--out", type=Path, required=True, metavar="NAME.fnabundle", help="bundle folder; replaced")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder with manifest.csv [that of the run]")
    parser.add_argument("--metrics", type=Path, help="metrics.json of kd.segment evaluate, to be quoted on the card")
    parser.add_argument("--name", help="name of the model [that of the bundle folder]")
    parser.add_argument("--mpp", type=float, help="um per px of the images, where the data do not say it (assumed)")
    parsed = parser.parse_args(arguments)
    if parsed.out.suffix != SUFFIX:
        raise KdError(f"A bundle's folder must end in {SUFFIX}; {parsed.out.name} does not.")
    torch.set_num_threads(1)
    run = load_segmenter(parsed.run)
    data = read_masked_images(parsed.data or run.config["data"])
    card = _card(run, data, parsed, command_text("kd.segment export", arguments))
    difference = write_segmenter(run, card, data, parsed.out)
    size = sum(path.stat().st_size for path in parsed.out.iterdir()) / 1e6
    print(f"{parsed.out}: {size:.2f} MB; ONNX and torch differ by {difference:.1e} at most")


def write_segmenter(run: SegmenterRun, card: BundleCard, data: MaskedImages, target: Path) -> float:
    """Write ``target`` in one step; returns the largest difference of ONNX from torch on validation tiles."""
    from safetensors.torch import save_file

    tiles = data.images[data.rows("val")[:REFERENCE_TILES]]
    graph = SegmenterGraph(run.model)
    exact = run_segmenter_torch(graph, tiles)
    with atomic_folder(target) as folder:
        export_segmenter(graph, data.side_px, folder / "model.onnx")
        difference = float(np.abs(exact - run_segmenter_onnx(folder / "model.onnx", tiles)).max())
        if difference > 10 * ONNX_TOLERANCE:
            raise KdError(f"The exported graph differs from torch by {difference:.2e}; nothing was written.")
        state = {key: value.detach().clone().contiguous() for key, value in run.model.state_dict().items()}
        save_file(state, str(folder / "model.safetensors"))
        reference: dict[str, Any] = {GRAPH_INPUT: tiles, SEGMENTER_OUTPUTS[0]: exact}
        np.savez_compressed(folder / "reference.npz", **reference)
        write_card(card, folder)
        for path in folder.iterdir():
            path.chmod(0o644)
    return difference


def _card(run: SegmenterRun, data: MaskedImages, parsed: argparse.Namespace, command: str) -> BundleCard:
    said = data.card
    mpp, domain = parsed.mpp or said.get("mpp"), said.get("training_domain")
    if not mpp or not domain:
        raise KdError(f"{data.source.parent / 'dataset.json'} must say the images' mpp and training_domain.")
    shares = np.bincount(data.masks[data.rows("train")].ravel(), minlength=len(CLASSES)).astype(float)
    return BundleCard(
        name=parsed.name or parsed.out.stem,
        kind=SEGMENTER,
        architecture=ARCHITECTURE,
        architecture_args=run.model.config.as_dict(),
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        commit=_commit(),
        classes=CLASSES,
        tile_px=data.side_px,
        mpp=float(mpp),
        mpp_assumed=bool(parsed.mpp or said.get("mpp_assumed", False)),
        mpp_tolerance=float(run.config["augmentation"]["scale"]),
        stride_um=data.side_px * float(mpp),
        stains=tuple(str(s).lower() for s in said.get("stains", ())),
        preparations=tuple(str(s).lower() for s in said.get("preparations", ())),
        scanners=tuple(str(s).lower() for s in said.get("scanners", ())),
        site="",
        training_domain=str(domain),
        prior=tuple(shares / shares.sum()),
        training={key: run.config[key] for key in _KEPT} | {"export_command": command},
        metrics={"validation Dice": run.facts["validation"], **_quoted(parsed.metrics, run)},
        temperature=1.0,
        licence=str(said.get("licence", "Apache-2.0")),
    )


_KEPT = ("kind", "command", "data_digest", "training_images", "px", "training", "augmentation", "method", "teacher")


def _quoted(path: Path | None, run: SegmenterRun) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        row = next(row for row in report["rows"] if row["name"] == row_name(run))
        return {f"{report['split']} Dice, mean of {row['seeds']} seeds": row["dice"]}
    except (OSError, ValueError, KeyError, StopIteration) as error:
        raise KdError(f"{path} holds no figures of {run.folder.path} ({error!r}).") from error
