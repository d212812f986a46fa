"""Bags of tiles: read from a manifest with a column ``bag``, or put together from labelled phantom patches."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from kd.atomic import atomic_file
from kd.bundle import PHANTOM_DOMAIN
from kd.data.classes import FILE_NAME, dataset_info
from kd.data.image_cache import images_digest, load_images
from kd.data.manifest import Manifest, read_manifest
from kd.errors import KdError
from kd.inference import Predictions, predict
from kd.metrics import softmax
from kd.models.digest import weights_digest
from kd.run_folder import TrainedRun

NEGATIVE, POSITIVE = "benign", "suspicious"
COLUMNS = ("path", "label", "group", "split", "bag", "tile_label")
_FOLDERS_UP = 2
"""So far above a tile's folder its data set is looked for: tiles lie in a folder for each slide or case."""


@dataclass(frozen=True)
class Bag:
    """A slide's tiles as its student sees them: ``embeddings`` (n, D) float32, ``suspicion`` (n,) summed probability
    of the suspicious classes; ``label`` class index; ``tile_suspicious`` (n,) the truth of tiles, None if unknown."""

    name: str
    group: str
    split: str
    label: int
    embeddings: npt.NDArray[np.float32]
    suspicion: npt.NDArray[np.float64]
    tile_suspicious: npt.NDArray[np.bool_] | None


@dataclass(frozen=True)
class BagSet:
    """Bags in order of their names, and the classes of slides."""

    bags: tuple[Bag, ...]
    classes: tuple[str, ...]
    digest: str

    def of(self, split: str) -> list[Bag]:
        """The bags of a split. Raises KdError when there is none."""
        found = [bag for bag in self.bags if bag.split == split]
        if not found:
            raise KdError(f"There are no bags of split '{split}'.")
        return found


def read_bags(path: Path, student: TrainedRun, cache: Path, device: torch.device, *, progress: bool) -> BagSet:
    """Embed the tiles of every bag. Raises KdError for a bad table: no bags, or a bag with two labels."""
    manifest = read_manifest(path)
    if "bag" not in manifest.extra:
        raise KdError(f"The table {path} has no column 'bag'; app.patches --bag writes one.")
    rows_of: dict[str, list[int]] = {}
    for row, name in enumerate(manifest.extra["bag"]):
        rows_of.setdefault(name, []).append(row)
    for name, rows in rows_of.items():
        for what, column in (("label", manifest.labels), ("split", manifest.splits), ("group", manifest.groups)):
            if len({column[row] for row in rows}) > 1:
                raise KdError(f"The bag '{name}' in {path} has more than one {what}; a slide has one.")
    found = _embedded(manifest, student, cache, device, progress)
    suspicious = [i for i, c in enumerate(student.classes) if c.suspicious]
    suspicion = softmax(found.logits)[:, suspicious].sum(1)
    truth = _tile_truth(manifest, student)
    classes = tuple(sorted(set(manifest.labels)))
    bags = []
    for name in sorted(rows_of):
        chosen = np.array(rows_of[name])
        first = rows_of[name][0]
        bags.append(
            Bag(
                name, manifest.groups[first], manifest.splits[first], classes.index(manifest.labels[first]),
                found.embeddings[chosen], suspicion[chosen], None if truth is None else truth[chosen],
            )
        )  # fmt: skip
    return BagSet(tuple(bags), classes, manifest.digest())


def domain_of(bags: Manifest) -> str:
    """What the tiles of bags are, as the dataset.json above them says, or else the one beside the table; empty where
    none does. One phantom among them makes all of it phantom. Raises KdError for a damaged dataset.json."""
    folders = sorted({bags.file(row).parent for row in range(len(bags))})
    said = {_domain_above(folder) for folder in folders} - {""}
    if not said:
        said = {dataset_info(bags.source, ()).training_domain} - {""}
    return PHANTOM_DOMAIN if PHANTOM_DOMAIN in said else ", ".join(sorted(said))


def _domain_above(folder: Path) -> str:
    """Of the nearest dataset.json."""
    for place in (folder, *folder.parents[:_FOLDERS_UP]):
        if (place / FILE_NAME).is_file():
            return dataset_info(place / FILE_NAME, ()).training_domain
    return ""


def _embedded(
    manifest: Manifest, student: TrainedRun, cache: Path, device: torch.device, progress: bool
) -> Predictions:
    """What the student makes of every row; kept in ``cache``, so that only the first command on a table takes time."""
    text = f"{weights_digest(student.vit)} {images_digest(manifest)} {manifest.digest()}"
    kept = cache / f"embeddings-{hashlib.sha256(text.encode()).hexdigest()[:16]}.npz"
    if kept.is_file():
        with np.load(kept) as stored:
            return Predictions(stored["logits"], stored["embeddings"])
    images = load_images(manifest, student.vit_config.img_size, cache, progress=progress)
    found = predict(
        student.vit.to(device), student.vit_config, images, np.arange(len(manifest)), device=device,
        progress="tiles of bags" if progress else None,
    )  # fmt: skip
    with atomic_file(kept) as temporary, temporary.open("wb") as stream:
        np.savez(stream, logits=found.logits, embeddings=found.embeddings)
    return found


def _tile_truth(manifest: Manifest, student: TrainedRun) -> npt.NDArray[np.bool_] | None:
    labels = manifest.extra.get("tile_label")
    if labels is None or not all(labels):
        return None
    return np.isin(np.array(labels), [c.key for c in student.classes if c.suspicious])


def write_phantom_bags(
    manifest: Manifest, suspicious: Sequence[str], target: Path, *, tiles: int, share: float, seed: int
) -> int:
    """Bags out of labelled patches: of each case one without suspicious tiles and one with a few, no tile in both.

    ``tiles`` a bag, of which ``share`` (at least one) are suspicious in the positive one. A case with too few patches
    gives none. Returns the number of bags. Raises KdError when no case has enough.
    """
    if not 0 < share < 1 or tiles < 2:
        raise KdError("A bag needs at least two tiles, and a share of suspicious ones between 0 and 1.")
    rng = np.random.default_rng(seed)
    count = max(1, round(tiles * share))
    groups: dict[str, list[int]] = {}
    for row, group in enumerate(manifest.groups):
        groups.setdefault(group, []).append(row)
    lines: list[tuple[str, ...]] = []
    for group, rows in groups.items():
        bad = rng.permutation([r for r in rows if manifest.labels[r] in suspicious])
        good = rng.permutation([r for r in rows if manifest.labels[r] not in (*suspicious, "")])
        if len(bad) < count or len(good) < 2 * tiles - count:
            continue
        parts = ((NEGATIVE, good[:tiles]), (POSITIVE, np.concatenate([good[tiles : 2 * tiles - count], bad[:count]])))
        for label, chosen in parts:
            lines += [
                (
                    str(manifest.file(int(row)).resolve()), label, group, manifest.splits[row], f"{group}-{label}",
                    manifest.labels[row],
                )
                for row in chosen
            ]  # fmt: skip
    if not lines:
        raise KdError(f"No case of {manifest.source} has {2 * tiles - count} benign and {count} suspicious patches.")
    with atomic_file(target) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        writer.writerows(lines)
    return len(lines) // tiles
