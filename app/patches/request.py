"""What is asked for: slides with their annotations, and how tiles are to be cut."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.records.marks import MarkClass

SPLITS = ("train", "val", "test")
GREY = "#999999"


class PatchError(Exception):
    """The patches cannot be made; the message is one sentence for the user: what, which file, what to do."""


@dataclass(frozen=True)
class Entry:
    """A slide to cut. ``group``: patient or case ('' takes the slide's name); ``split``: '' lets the program choose;
    ``label``: what is known of the slide as a whole, for bags."""

    slide: Path
    annotations: Path | None = None
    group: str = ""
    split: str = ""
    label: str = ""


@dataclass(frozen=True)
class PatchOptions:
    """``tile_px`` pixels of ``mpp`` um a tile; ``stride_um`` between the tiles of an area; ``unlabelled`` and ``bag``:
    cellular tiles a slide; ``block_um``: side of the blocks that a slide is split in, 0 for none; ``slide_mpp``: in
    place of what the files say; ``suspicious``: keys of the classes that are."""

    tile_px: int = 96
    mpp: float = 0.5
    stride_um: float = 48.0
    unlabelled: int = 0
    bag: int = 0
    block_um: float = 0.0
    stain: str = ""
    slide_mpp: float | None = None
    keep_odd: bool = False
    seed: int = 0


@dataclass(frozen=True)
class ClassTable:
    """Classes that labels must be of, as given by the user; ``raw`` is what the file says of each, by key."""

    classes: tuple[MarkClass, ...]
    raw: dict[str, dict[str, object]]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(known.key for known in self.classes)


def label_key(name: str) -> str:
    """A class name as a label: lower case, words joined by underscores."""
    return re.sub(r"[^0-9a-zA-Z]+", "_", name.strip()).strip("_").lower() or "class"


def read_list(path: Path) -> list[Entry]:
    """Entries of a CSV with the column ``slide`` and any of annotations, group, split, label; paths are relative to
    the file. Raises PatchError."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PatchError(f"The list {path} cannot be read ({error}).") from error
    if not rows or "slide" not in rows[0]:
        raise PatchError(f"The list {path} needs a column 'slide' and at least one row.")
    entries = []
    for number, row in enumerate(rows, start=1):
        values = {key: (row.get(key) or "").strip() for key in ("slide", "annotations", "group", "split", "label")}
        if not values["slide"]:
            raise PatchError(f"The list {path} names no slide in data row {number}.")
        if values["split"] and values["split"] not in SPLITS:
            raise PatchError(f"The list {path} has the unknown split '{values['split']}' in data row {number}.")
        annotations = path.parent / values["annotations"] if values["annotations"] else None
        slide = path.parent / values["slide"]
        entries.append(Entry(slide, annotations, values["group"], values["split"], values["label"]))
    split_of: dict[str, str] = {}
    for entry in entries:
        group = entry.group or entry.slide.stem
        if split_of.setdefault(group, entry.split) != entry.split:
            raise PatchError(f"The list {path} has the group '{group}' in two splits; a patient stays in one split.")
    return entries


def read_classes(path: Path) -> ClassTable:
    """A class table as ``kd`` takes it: a JSON list of classes, or an object with ``classes``. Raises PatchError."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        entries = raw["classes"] if isinstance(raw, dict) else raw
        by_key = {str(entry["key"]): dict(entry) for entry in entries}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PatchError(f"The class table {path} cannot be read ({error!r}).") from error
    classes = tuple(
        MarkClass(key, str(entry.get("name", key)), str(entry.get("color", GREY))) for key, entry in by_key.items()
    )
    return ClassTable(classes, by_key)


def table_of(found: Sequence[MarkClass]) -> ClassTable:
    """A table from the classes that annotations brought along, none suspicious."""
    raw: dict[str, dict[str, object]] = {}
    for known in found:
        key = label_key(known.name)
        raw.setdefault(key, {"key": key, "name": known.name, "color": known.color, "meaning": "", "suspicious": False})
    return ClassTable(tuple(MarkClass(k, str(v["name"]), str(v["color"])) for k, v in raw.items()), raw)
