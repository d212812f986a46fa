"""The manifest of a data set: a CSV with ``path,label,group,split`` and any further columns."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kd.errors import KdError

COLUMNS = ("path", "label", "group", "split")
SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Manifest:
    """Rows of a checked manifest, as columns of equal length.

    ``paths`` are absolute or relative to the manifest's folder, as written; ``groups`` are the units (patients,
    cases) that no split cuts through; ``extra`` holds the further columns by name. A label may be empty in the
    training split: such patches teach a student what its teacher says of them.
    """

    source: Path
    paths: tuple[str, ...]
    labels: tuple[str, ...]
    groups: tuple[str, ...]
    splits: tuple[str, ...]
    extra: dict[str, tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.paths)

    def file(self, row: int) -> Path:
        """The image file of a row (0-based)."""
        return self.source.parent / self.paths[row]

    def rows(self, split: str) -> npt.NDArray[np.int64]:
        """Row indices of a split, in file order. Raises KdError when the split is empty."""
        found = np.flatnonzero(np.array(self.splits) == split)
        if not len(found):
            raise KdError(f"The manifest {self.source} has no rows of split '{split}'.")
        return found

    def label_indices(self, keys: Sequence[str]) -> npt.NDArray[np.int64]:
        """Class index of every row, -1 without a label. Raises KdError at a label that the class table lacks."""
        index = {key: i for i, key in enumerate(keys)} | {"": -1}
        for row, label in enumerate(self.labels):
            if label not in index:
                raise KdError(
                    f"The manifest {self.source} has the unknown label '{label}' in data row {row + 1}; "
                    f"the class table has {', '.join(keys)}."
                )
        return np.array([index[label] for label in self.labels], np.int64)

    def digest(self) -> str:
        """Hash over every row, for caches and provenance."""
        text = "\n".join("\t".join(row) for row in zip(self.paths, self.labels, self.groups, self.splits, strict=True))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_manifest(path: str | Path) -> Manifest:
    """Read and check a manifest. Raises KdError with one sentence: what is wrong, where, what to do."""
    source = Path(path)
    try:
        with source.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            columns = reader.fieldnames or ()
            missing = [name for name in COLUMNS if name not in columns]
            if missing:
                raise KdError(f"The manifest {source} lacks the column(s) {', '.join(missing)}.")
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise KdError(f"The manifest {source} cannot be read ({error}).") from error
    for number, row in enumerate(rows, start=1):
        # A training patch may have no label: a teacher then says what it is.
        needed = [name for name in COLUMNS if name != "label" or row["split"] != "train"]
        if any(not row[name] for name in needed):
            raise KdError(f"The manifest {source} has an empty field in data row {number}; fill it or drop the row.")
    values = {name: tuple(row[name] or "" for row in rows) for name in columns}
    extra = {name: column for name, column in values.items() if name not in COLUMNS}
    manifest = Manifest(source, values["path"], values["label"], values["group"], values["split"], extra)
    _check(manifest)
    return manifest


def _check(manifest: Manifest) -> None:
    source = manifest.source
    if not len(manifest):
        raise KdError(f"The manifest {source} has no rows.")
    unknown = sorted(set(manifest.splits) - set(SPLITS))
    if unknown:
        raise KdError(f"The manifest {source} has the unknown split '{unknown[0]}'; allowed are {', '.join(SPLITS)}.")
    classes = sorted(set(manifest.labels) - {""})
    if len(classes) < 2:
        raise KdError(f"The manifest {source} has a single class, '{''.join(classes)}'; at least two are needed.")
    split_of: dict[str, str] = {}
    for group, split in zip(manifest.groups, manifest.splits, strict=True):
        if split_of.setdefault(group, split) != split:
            raise KdError(
                f"The manifest {source} has group '{group}' in two splits, {split_of[group]} and {split}; "
                "a patient's patches must stay in one split."
            )
    path, times = Counter(manifest.paths).most_common(1)[0]
    if times > 1:
        raise KdError(f"The manifest {source} names the image {path} {times} times; drop the duplicates.")
