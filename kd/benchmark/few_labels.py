"""``python -m kd.benchmark.few_labels --manifest M --share 0.05 --out M2``: protocol B, a manifest with few labels.

The training split keeps the labels of a stated share of every case, at least one; all other training labels are
emptied, or replaced by the hard decisions of a trained model (``--pseudo RUN``: the control that asks whether soft
answers tell more than the teacher's class). Write it beside the original: the paths stay the same, and so do the
decoded images. Validation and test stay as they are.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kd.atomic import atomic_file
from kd.command_line import run_tool
from kd.data.image_cache import load_images
from kd.data.manifest import Manifest, read_manifest
from kd.errors import KdError
from kd.inference import choose_device, predict
from kd.run_folder import load_run


def kept_rows(manifest: Manifest, share: float, seed: int) -> npt.NDArray[np.int64]:
    """Training rows that keep their label: of every group ``round(share * n)`` at random, at least one."""
    random = np.random.default_rng(seed)
    rows = manifest.rows("train")
    groups = np.array(manifest.groups)[rows]
    kept = []
    for name in np.unique(groups):
        members = rows[groups == name]
        kept.append(random.choice(members, max(1, round(share * len(members))), replace=False))
    return np.sort(np.concatenate(kept))


def relabelled(manifest: Manifest, kept: npt.NDArray[np.int64], decisions: Sequence[str] | None) -> list[str]:
    """Labels of all rows: as they are outside the training split and for ``kept``, else the decision or empty."""
    keep = set(kept.tolist())
    return [
        label if split != "train" or row in keep else ("" if decisions is None else decisions[row])
        for row, (label, split) in enumerate(zip(manifest.labels, manifest.splits, strict=True))
    ]


def decide(run_folder: Path, manifest: Manifest, cache: Path) -> list[str]:
    """The class key that a trained model chooses for every row of the training split; empty elsewhere."""
    run = load_run(run_folder)
    rows = manifest.rows("train")
    images = load_images(manifest, run.vit_config.img_size, cache)
    found = predict(run.vit, run.vit_config, images, rows, device=choose_device("auto"), progress="deciding")
    decisions = [""] * len(manifest)
    for row, choice in zip(rows, found.logits.argmax(1), strict=True):
        decisions[row] = run.classes[int(choice)].key
    return decisions


def main(arguments: Sequence[str]) -> None:
    """Raises KdError."""
    parser = argparse.ArgumentParser(prog="python -m kd.benchmark.few_labels", description=__doc__)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--share", type=float, required=True, help="labelled share of every case, 0..1")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pseudo", type=Path, metavar="RUN", help="fill the other labels with this run's decisions")
    parser.add_argument("--cache", type=Path, default=Path("runs/.cache"))
    parser.add_argument("--out", type=Path, required=True, help="CSV in the folder of the manifest")
    parsed = parser.parse_args(arguments)
    if not 0 < parsed.share <= 1:
        raise KdError("--share must lie between 0 and 1.")
    if parsed.out.resolve().parent != parsed.manifest.resolve().parent:
        raise KdError("--out must lie in the folder of the manifest, so that its image paths hold.")
    manifest = read_manifest(parsed.manifest)
    decisions = decide(parsed.pseudo, manifest, parsed.cache) if parsed.pseudo else None
    labels = relabelled(manifest, kept_rows(manifest, parsed.share, parsed.seed), decisions)
    with atomic_file(parsed.out) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("path", "label", "group", "split"))
        writer.writerows(zip(manifest.paths, labels, manifest.groups, manifest.splits, strict=True))


if __name__ == "__main__":
    sys.exit(run_tool(main, sys.argv[1:]))
