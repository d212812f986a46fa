"""``python -m kd.export --run RUN --out NAME.fnabundle``: write a trained model as a bundle for the viewer.

With ``--wsinfer DIR`` also, or alone, as QuPath's WSInfer extension reads it (``kd.wsinfer``).

Temperature, out-of-domain threshold, agreement of int8 and fp16, and reference tiles come from the validation split;
the embedding statistics from the training split. Test metrics are taken from a report of ``kd.evaluate``.
"""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from kd import metrics
from kd.bundle import BundleCard
from kd.bundle_writer import write_bundle
from kd.command_line import command_text, run_tool
from kd.data.classes import DatasetInfo, dataset_info
from kd.data.image_cache import ImageArray, load_images
from kd.data.manifest import Manifest, read_manifest
from kd.errors import KdError
from kd.inference import Predictions, choose_device, predict
from kd.models.digest import weights_digest
from kd.models.hdkd import HdkdConfig
from kd.models.out_of_domain import fit_embedding_statistics, out_of_domain_scores
from kd.models.student_graph import StudentGraph
from kd.models.vit import ARCHITECTURE
from kd.run_folder import TrainedRun, load_run
from kd.setup_run import CACHE_NAME
from kd.wsinfer import write_wsinfer

THRESHOLD_QUANTILE = 0.99
MAX_TRAINING_TILES = 20_000
MAX_VALIDATION_TILES = 4_000


@dataclass(frozen=True)
class Measured:
    """What the graph and the card need beside the weights."""

    graph: StudentGraph
    threshold: float
    metrics: dict[str, float]
    calibration: dict[str, Any]
    tiles: ImageArray


def build_parser() -> argparse.ArgumentParser:
    """All flags."""
    parser = argparse.ArgumentParser(prog="python -m kd.export", description="Write a trained model as a bundle.")
    parser.add_argument("--run", type=Path, required=True, help="run folder")
    parser.add_argument("--out", type=Path, metavar="NAME.fnabundle", help="bundle folder; replaced")
    parser.add_argument("--wsinfer", type=Path, metavar="DIR", help="folder for QuPath's WSInfer extension; replaced")
    parser.add_argument("--manifest", type=Path, help="manifest of the training data [that of the run]")
    parser.add_argument("--classes", type=Path, help="class table (JSON) instead of dataset.json")
    parser.add_argument("--checkpoint", choices=("best", "last"), default="best")
    parser.add_argument("--metrics", type=Path, help="metrics.json of kd.evaluate, to be quoted on the card")
    parser.add_argument("--name", help="name of the model [that of the bundle folder]")
    parser.add_argument("--mpp", type=float, help="um per px of the tiles, where the data do not say it")
    parser.add_argument("--stride-um", type=float, help="distance of tiles on a slide [one tile side]")
    parser.add_argument("--training-domain", help="what the training data are, where the data do not say it")
    parser.add_argument("--no-int8", action="store_true", help="leave the int8 model out")
    parser.add_argument("--no-fp16", action="store_true", help="leave the fp16 model out")
    parser.add_argument("--cache", type=Path, help="folder for decoded images [.cache beside the run]")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    return parser


def main(arguments: Sequence[str]) -> None:
    """Raises KdError for bad input."""
    parsed = build_parser().parse_args(arguments)
    if parsed.out is None and parsed.wsinfer is None:
        raise KdError("Give --out NAME.fnabundle, --wsinfer DIR, or both.")
    torch.set_num_threads(max(1, parsed.threads))
    run = load_run(parsed.run, parsed.checkpoint)
    if isinstance(run.vit_config, HdkdConfig):
        raise KdError(f"{parsed.run} is a model of HDKD, and a bundle's graph is that of a plain vision transformer.")
    manifest = read_manifest(parsed.manifest or run.config["manifest"])
    info = dataset_info(manifest.source, manifest.labels, parsed.classes)
    if list(info.keys) != [c.key for c in run.classes]:
        raise KdError(f"The run {parsed.run} was trained on other classes than the manifest {manifest.source} has.")
    mpp, domain = _mpp(parsed.mpp, info, manifest), parsed.training_domain or info.training_domain
    if not domain:
        raise KdError("The data do not say what they are; give --training-domain (phantom for generated data).")
    cache = parsed.cache or parsed.run.parent / CACHE_NAME
    images = load_images(manifest, run.vit_config.img_size, cache, progress=not parsed.quiet)
    measured = measure(run, manifest, images, choose_device(parsed.device), progress=not parsed.quiet)
    card = BundleCard(
        name=parsed.name or (parsed.out or parsed.wsinfer).stem,
        kind="classifier",
        architecture=ARCHITECTURE,
        architecture_args=run.vit_config.as_dict(),
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        commit=_commit(),
        classes=info.classes,
        tile_px=run.vit_config.img_size,
        mpp=mpp,
        mpp_assumed=parsed.mpp is not None and info.mpp is None,
        mpp_tolerance=info.mpp_tolerance,
        stride_um=parsed.stride_um or run.vit_config.img_size * mpp,
        stains=info.stains or _column(manifest, "stain"),
        preparations=info.preparations or _column(manifest, "preparation"),
        scanners=info.scanners or _column(manifest, "scanner"),
        site=info.site,
        training_domain=domain,
        prior=tuple(run.config["prior"]),
        training=_training(run, command_text("kd.export", arguments))
        | {"calibration": measured.calibration, "weights": weights_digest(run.vit)},
        metrics={"validation": measured.metrics, **_quoted(parsed.metrics, parsed.run)},
        temperature=float(measured.graph.temperature),
        out_of_domain_threshold=measured.threshold,
        licence=info.licence or "Apache-2.0",
    )
    if parsed.wsinfer is not None:
        write_wsinfer(measured.graph, card, measured.tiles, parsed.wsinfer)
        print(f"{parsed.wsinfer}: choose this folder in QuPath's WSInfer extension as a local model")
    if parsed.out is None:
        return
    asked = [name for name, left_out in (("int8", parsed.no_int8), ("fp16", parsed.no_fp16)) if not left_out]
    written = write_bundle(measured.graph, card, measured.tiles, parsed.out, precisions=asked)
    size = sum(path.stat().st_size for path in written.folder.iterdir()) / 1e6
    print(f"{written.folder}: {size:.1f} MB, agreement {json.dumps(written.card.agreement)}")
    for precision, reason in written.refused.items():
        print(f"without {precision}: {reason}")


def measure(run: TrainedRun, manifest: Manifest, images: ImageArray, device: torch.device, progress: bool) -> Measured:
    """Fit embedding statistics on training, temperature and threshold on validation tiles."""
    labels = manifest.label_indices([c.key for c in run.classes])
    train, val = (
        _spread(manifest.rows("train"), MAX_TRAINING_TILES),
        _spread(manifest.rows("val"), MAX_VALIDATION_TILES),
    )
    vit = run.vit.to(device)

    def of(rows: npt.NDArray[np.int64], text: str) -> Predictions:
        return predict(vit, run.vit_config, images, rows, device=device, progress=text if progress else None)

    seen, held = of(train, "training tiles"), of(val, "validation tiles")
    statistics = fit_embedding_statistics(seen.embeddings.astype(np.float64), labels[train], len(run.classes))
    temperature = metrics.fit_temperature(held.logits, labels[val])
    scores = out_of_domain_scores(held.embeddings.astype(np.float64), statistics)
    probabilities = metrics.softmax(held.logits, temperature)
    matrix = metrics.confusion(labels[val], probabilities.argmax(1).astype(np.int64), len(run.classes))
    found = {
        "tiles": float(len(val)),
        "accuracy": float(metrics.accuracy(matrix)),
        "balanced_accuracy": float(metrics.balanced_accuracy(matrix)),
        "nll": float(metrics.nll_terms(probabilities, labels[val]).mean()),
    }
    calibration = {
        "fitted_on": f"validation split: {len(val)} tiles of {len({manifest.groups[row] for row in val})} groups that "
        "training has not seen",
        "valid_at": "the class prior of the training data",
        "out_of_domain_quantile": THRESHOLD_QUANTILE,
    }
    graph = StudentGraph(vit.cpu(), run.vit_config, temperature, statistics)
    threshold = float(np.quantile(scores, THRESHOLD_QUANTILE))
    return Measured(graph, threshold, found, calibration, np.asarray(images[val]))


def _spread(rows: npt.NDArray[np.int64], limit: int) -> npt.NDArray[np.int64]:
    """At most ``limit`` rows, evenly spread over the split."""
    chosen: npt.NDArray[np.int64] = rows[np.linspace(0, len(rows) - 1, min(limit, len(rows))).astype(np.int64)]
    return chosen


def _mpp(given: float | None, info: DatasetInfo, manifest: Manifest) -> float:
    if given is not None or info.mpp is not None:
        return float(given if given is not None else info.mpp or 0.0)
    found = set(manifest.extra.get("mpp", ()))
    if len(found) == 1:
        return float(found.pop())
    raise KdError("The data do not give one mpp for all tiles; give --mpp (it is then marked as assumed).")


def _column(manifest: Manifest, name: str) -> tuple[str, ...]:
    """What the training rows have in a column, in lower case."""
    values = manifest.extra.get(name, ())
    return tuple(sorted({values[row].lower() for row in manifest.rows("train")})) if values else ()


def _training(run: TrainedRun, command: str) -> dict[str, Any]:
    config = run.config
    kept = ("kind", "command", "manifest_digest", "patches", "training", "augmentation", "method", "init", "teacher")
    facts = {key: config[key] for key in kept if key in config}
    facts["versions"] = config["versions"]
    return facts | {"checkpoint": run.checkpoint, "export_command": command}


def _quoted(path: Path | None, run: Path) -> dict[str, Any]:
    """The run's metrics with intervals, without those of single classes, from a report of kd.evaluate."""
    if path is None:
        return {}
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        found = report["runs"][run.resolve().name]["metrics"]
        split = str(report["split"])
    except (OSError, ValueError, KeyError) as error:
        raise KdError(f"{path} holds no metrics of {run.resolve().name} ({error!r}); run kd.evaluate on it.") from error
    return {split: {name: value for name, value in found.items() if ":" not in name}}


def _commit() -> str:
    """The commit that the code is at, '' outside a checkout."""
    folder = Path(__file__).resolve().parent
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"], cwd=folder, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(run_tool(main, sys.argv[1:]))
