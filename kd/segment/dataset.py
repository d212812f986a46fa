"""Images with masks: a folder with ``manifest.csv`` (path,mask,group,split and any further columns), read whole.

Masks are single-channel PNGs of the images' size that hold class indices (``kd.segment.classes``). All images of a
data set are equally large squares. ``dataset.json`` beside the manifest says what the images are.
"""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from kd.data.manifest import SPLITS
from kd.errors import KdError
from kd.segment.classes import CLASSES

COLUMNS = ("path", "mask", "group", "split")


@dataclass(frozen=True)
class MaskedImages:
    """``images`` uint8 (n, S, S, 3), ``masks`` uint8 (n, S, S); the other columns have n entries each."""

    source: Path
    images: npt.NDArray[np.uint8]
    masks: npt.NDArray[np.uint8]
    groups: tuple[str, ...]
    splits: tuple[str, ...]
    extra: dict[str, tuple[str, ...]]
    card: dict[str, Any] = field(default_factory=dict)

    @property
    def side_px(self) -> int:
        return int(self.images.shape[1])

    def rows(self, split: str) -> npt.NDArray[np.int64]:
        """Row indices of a split. Raises KdError when it is empty."""
        found = np.flatnonzero(np.array(self.splits) == split)
        if not len(found):
            raise KdError(f"The manifest {self.source} has no rows of split '{split}'.")
        return found

    def digest(self) -> str:
        """Hash over pixels, masks and splits."""
        digest = hashlib.sha256(self.images.tobytes() + self.masks.tobytes())
        digest.update("\n".join((*self.groups, *self.splits)).encode())
        return digest.hexdigest()[:16]


def read_masked_images(folder: str | Path) -> MaskedImages:
    """Read and check a data set. Raises KdError with one sentence: what is wrong, where, what to do."""
    source = Path(folder) / "manifest.csv"
    try:
        with source.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            columns = tuple(reader.fieldnames or ())
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise KdError(f"The manifest {source} cannot be read ({error}).") from error
    missing = [name for name in COLUMNS if name not in columns]
    if missing or not rows:
        lack = f"lacks the column(s) {', '.join(missing)}" if missing else "has no rows"
        raise KdError(f"The manifest {source} {lack}.")
    _check_splits(source, rows)
    images, masks = zip(*(_read_pair(source, row) for row in rows), strict=True)
    shapes = {image.shape for image in images}
    if len(shapes) > 1 or images[0].shape[0] != images[0].shape[1]:
        raise KdError(f"The images of {source} are not equally large squares; found {sorted(shapes)[:3]}.")
    extra = {name: tuple(row[name] or "" for row in rows) for name in columns if name not in COLUMNS}
    return MaskedImages(
        source, np.stack(images), np.stack(masks),
        tuple(row["group"] for row in rows), tuple(row["split"] for row in rows), extra, _card(source.parent),
    )  # fmt: skip


def _check_splits(source: Path, rows: list[dict[str, str]]) -> None:
    split_of: dict[str, str] = {}
    for number, row in enumerate(rows, start=1):
        if any(not row[name] for name in COLUMNS):
            raise KdError(f"The manifest {source} has an empty field in data row {number}; fill it or drop the row.")
        if row["split"] not in SPLITS:
            raise KdError(
                f"The manifest {source} has the unknown split '{row['split']}'; allowed are {', '.join(SPLITS)}."
            )
        if split_of.setdefault(row["group"], row["split"]) != row["split"]:
            raise KdError(f"The manifest {source} has group '{row['group']}' in two splits; keep it in one.")


def _read_pair(source: Path, row: dict[str, str]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    arrays: list[npt.NDArray[np.uint8]] = []
    for name, mode in (("path", "RGB"), ("mask", "L")):
        path = source.parent / row[name]
        try:
            with Image.open(path) as opened:
                arrays.append(np.asarray(opened.convert(mode)))
        except (OSError, ValueError, SyntaxError) as error:
            raise KdError(f"The file {path}, named in {source}, cannot be read ({error}).") from error
    image, mask = arrays
    if image.shape[:2] != mask.shape:
        raise KdError(f"The mask {row['mask']} of {source} is not as large as its image.")
    if mask.max() >= len(CLASSES):
        raise KdError(
            f"The mask {row['mask']} of {source} holds the value {mask.max()}; allowed are 0 background, "
            "1 cytoplasm and 2 nucleus."
        )
    return image, mask


def _card(folder: Path) -> dict[str, Any]:
    path = folder / "dataset.json"
    if not path.is_file():
        return {}
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return dict(raw)
    except (OSError, ValueError, TypeError) as error:
        raise KdError(f"The description {path} is damaged ({error}).") from error
