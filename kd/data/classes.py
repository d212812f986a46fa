"""The class table of a data set and what its images are, from ``dataset.json`` beside the manifest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kd.bundle import ClassInfo
from kd.errors import KdError

FILE_NAME = "dataset.json"
# Okabe and Ito's colours, told apart by colour-blind readers.
PALETTE = ("#999999", "#56b4e9", "#009e73", "#e69f00", "#d55e00", "#cc79a7", "#0072b2", "#f0e442")


@dataclass(frozen=True)
class DatasetInfo:
    """Classes in order, and what a bundle's card must say of the data. ``mpp`` is None where unknown."""

    classes: tuple[ClassInfo, ...]
    name: str = ""
    mpp: float | None = None
    mpp_tolerance: float = 0.03
    stains: tuple[str, ...] = ()
    preparations: tuple[str, ...] = ()
    scanners: tuple[str, ...] = ()
    site: str = ""
    training_domain: str = ""
    licence: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(c.key for c in self.classes)


def dataset_info(manifest: Path, labels: Sequence[str], classes_file: Path | None = None) -> DatasetInfo:
    """The table from ``classes_file``, else from ``dataset.json`` beside the manifest, else neutral defaults.

    The JSON is a list of classes (key, name, color or colour, meaning, suspicious), or an object that holds this list
    as ``classes`` beside the other fields of DatasetInfo; unknown fields are kept as details. Neutral
    defaults: the labels in alphabetical order, none suspicious. Raises KdError when the file is damaged.
    """
    source = classes_file or manifest.parent / FILE_NAME
    if not source.is_file():
        if classes_file is not None:
            raise KdError(f"There is no class table at {classes_file}.")
        return DatasetInfo(_neutral(labels))
    try:
        raw = json.loads(source.read_text(encoding="utf-8"))
        if isinstance(raw, list):
            raw = {"classes": raw}
        classes = tuple(_class_info(entry, i) for i, entry in enumerate(raw["classes"]))
        known: dict[str, Any] = {"classes": classes}
        for key in ("name", "site", "training_domain", "licence"):
            known[key] = str(raw.get(key, ""))
        for key in ("stains", "preparations", "scanners"):
            known[key] = tuple(str(v).lower() for v in raw.get(key, ()))
        known["mpp"] = None if raw.get("mpp") is None else float(raw["mpp"])
        known["mpp_tolerance"] = float(raw.get("mpp_tolerance", 0.03))
        known["details"] = {key: value for key, value in raw.items() if key not in known}
        return DatasetInfo(**known)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise KdError(f"The class table {source} is damaged or incomplete ({error!r}).") from error


def _class_info(entry: dict[str, Any], index: int) -> ClassInfo:
    key = str(entry["key"])
    return ClassInfo(
        key=key,
        name=str(entry.get("name", key)),
        color=str(entry.get("color") or entry.get("colour") or PALETTE[index % len(PALETTE)]).lower(),
        meaning=str(entry.get("meaning", "")),
        suspicious=bool(entry.get("suspicious", False)),
    )


def _neutral(labels: Sequence[str]) -> tuple[ClassInfo, ...]:
    return tuple(
        ClassInfo(key, key.replace("_", " "), PALETTE[i % len(PALETTE)], "", False)
        for i, key in enumerate(sorted(set(labels) - {""}))
    )
