"""Writes a complete bundle folder from a student graph: models, card, reference tiles, measured agreement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kd.atomic import atomic_folder
from kd.bundle import GRAPH_INPUT, MODEL_FILES, REDUCED_TOLERANCE, SUFFIX, BundleCard, write_card
from kd.errors import KdError
from kd.int8 import quantize_int8
from kd.models.student_graph import StudentGraph
from kd.onnx_graph import Outputs, agreement, export_fp16, export_onnx, run_onnx, run_torch

ONNX_TOLERANCE = 1e-5
MIN_TOP1_AGREEMENT = 0.99
REFERENCE_TILES = 24
# A reference tile decides whether a precision is trusted; one near a tie would fail it by rounding alone.
REFERENCE_MARGIN = 0.1
CALIBRATION_STEP = 4
"""Every fourth tile gives the ranges of int8; agreement is measured on all of them."""
REDUCERS: dict[str, Callable[[StudentGraph, Path, npt.NDArray[np.uint8]], None]] = {
    "int8": quantize_int8,
    "fp16": export_fp16,
}


@dataclass(frozen=True)
class Written:
    """What was written: the folder, the card with its measured agreement, and why a precision is missing."""

    folder: Path
    card: BundleCard
    refused: dict[str, str]


def write_bundle(
    graph: StudentGraph,
    card: BundleCard,
    tiles: npt.NDArray[np.uint8],
    target: Path,
    *,
    precisions: Sequence[str] = tuple(REDUCERS),
) -> Written:
    """Write ``target`` (a folder ``NAME.fnabundle``) in one step; an older bundle there is replaced.

    ``tiles`` uint8 (n, H, W, 3) serve to measure agreement (balanced by predicted class) and give the
    reference tiles. ``precisions``: int8, fp16; each is kept only where it agrees. The card's ``agreement`` is filled
    in. Raises KdError when the exported graph does not reproduce torch to 1e-5, or the name does not end in
    ``.fnabundle``.
    """
    from safetensors.torch import save_file

    if target.suffix != SUFFIX:
        raise KdError(f"A bundle's folder must end in {SUFFIX}; {target.name} does not.")
    exact = run_torch(graph, tiles)
    chosen = balanced_by_prediction(exact)
    tiles, exact = tiles[chosen], {name: values[chosen] for name, values in exact.items()}
    with atomic_folder(target) as folder:
        onnx_path = folder / "model.onnx"
        export_onnx(graph, onnx_path)
        _check_reproduces(exact, run_onnx(onnx_path, tiles))
        state = {key: value.detach().clone().contiguous() for key, value in graph.state_dict().items()}
        save_file(state, str(folder / "model.safetensors"))
        reference = reference_indices(exact)
        stored: dict[str, Any] = {GRAPH_INPUT: tiles[reference], **{n: v[reference] for n, v in exact.items()}}
        np.savez_compressed(folder / "reference.npz", **stored)
        measured: dict[str, dict[str, float]] = {}
        refused: dict[str, str] = {}
        for precision in precisions:
            path = folder / MODEL_FILES[precision]
            REDUCERS[precision](graph, path, tiles[::CALIBRATION_STEP])
            reduced = run_onnx(path, tiles)
            measured[precision] = agreement(exact, reduced, card.suspicious_indices)
            reason = _why_refused(precision, measured[precision], exact, reduced, reference)
            if reason:
                refused[precision] = reason
                path.unlink()
        card = replace(card, agreement={**card.agreement, **measured})
        write_card(card, folder)
        for path in folder.iterdir():
            path.chmod(0o644)
    return Written(target, card, refused)


def balanced_by_prediction(outputs: Outputs) -> npt.NDArray[np.int64]:
    """Indices of tiles, equally many of every predicted class that occurs (at least one tile of each)."""
    predicted = outputs["probabilities"].argmax(1)
    groups = [np.flatnonzero(predicted == c) for c in np.unique(predicted)]
    # One class may hardly ever be predicted; it must not reduce the sample to a handful of tiles.
    size = max(min(len(g) for g in groups), len(predicted) // (4 * len(groups)), 1)
    rng = np.random.default_rng(0)
    return np.sort(np.concatenate([rng.permutation(g)[:size] for g in groups]))


def reference_indices(outputs: Outputs) -> npt.NDArray[np.int64]:
    """Up to 24 tiles, spread over the predicted classes, none within .1 of a tie of its two top classes."""
    probabilities = outputs["probabilities"]
    top = np.sort(probabilities, axis=1)
    clear = np.flatnonzero(top[:, -1] - top[:, -2] >= REFERENCE_MARGIN)
    if not len(clear):
        clear = np.arange(len(probabilities))
    predicted = probabilities[clear].argmax(1)
    rank = np.zeros(len(clear), np.int64)
    for c in np.unique(predicted):
        members = np.flatnonzero(predicted == c)
        rank[members] = np.arange(len(members))
    return np.sort(clear[np.argsort(rank, kind="stable")[:REFERENCE_TILES]])


def _check_reproduces(exact: Outputs, exported: Outputs) -> None:
    for name in ("probabilities", "attention"):
        difference = float(np.abs(exact[name] - exported[name]).max())
        if difference > ONNX_TOLERANCE * max(1.0, float(np.abs(exact[name]).max())):
            raise KdError(f"The exported graph differs from torch by {difference:.2e} in {name}; nothing was written.")


def _why_refused(
    precision: str, measured: dict[str, float], exact: Outputs, reduced: Outputs, reference: npt.NDArray[np.int64]
) -> str:
    if measured["top1"] < MIN_TOP1_AGREEMENT:
        return (
            f"{precision} agrees with fp32 on {measured['top1']:.4f} of the tiles only (at least {MIN_TOP1_AGREEMENT})"
        )
    a, b = exact["probabilities"][reference], reduced["probabilities"][reference]
    worst = float(np.abs(a - b).max())
    if worst > REDUCED_TOLERANCE or (a.argmax(1) != b.argmax(1)).any():
        return f"{precision} differs on the reference tiles by {worst:.3f} (at most {REDUCED_TOLERANCE})"
    return ""
