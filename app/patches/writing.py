"""The folder of patches: images, manifest.csv, bags.csv, dataset.json and report.json, whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from app.patches.checks import near_duplicates, perceptual_hash
from app.patches.cutting import BAG, UNLABELLED, Tile
from app.patches.request import PatchError, PatchOptions
from app.patches.survey import Survey, Surveyed
from app.records.provenance import RESEARCH_USE_ONLY

COLUMNS = ("path", "label", "group", "split", "slide", "x_px", "y_px", "mpp", "stain", "scanner", "mark")
DOMAIN = "annotated slides"


@dataclass(frozen=True)
class Row:
    """A line of the manifest, or of the bags, and the hash of its image."""

    values: dict[str, str]
    code: int
    bag: str = ""


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A temporary folder that becomes ``target`` when all went well. Raises PatchError."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise PatchError(f"{target} is not empty; choose another folder.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part"))
    except OSError as error:
        raise PatchError(f"{target} cannot be written ({error.strerror}); choose another folder.") from error
    try:
        yield part
        part.chmod(0o755)
        if target.exists():
            target.rmdir()
        os.replace(part, target)
    except OSError as error:
        raise PatchError(f"{target} cannot be written ({error.strerror or error}); free some space.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


class FolderWriter:
    """Writes tiles as they come, and the tables at the end."""

    def __init__(self, folder: Path, survey: Survey, options: PatchOptions) -> None:
        self.folder, self.survey, self.options = folder, survey, options
        self.rows: list[Row] = []

    def add(self, tile: Tile, surveyed: Surveyed) -> None:
        """Write a tile's image. Unlabelled tiles of validation and test groups are of no use, and left out."""
        split = self.survey.splits.get(tile.group, "train")
        if tile.purpose == BAG:
            split = surveyed.entry.split or self.survey.splits.get(surveyed.own_group, "train")
        if tile.purpose == UNLABELLED and split != "train":
            return
        name = tile.place.label or tile.purpose
        number = len(self.rows)
        path = f"{surveyed.name}/{number:06}-{name}.png"
        (self.folder / surveyed.name).mkdir(exist_ok=True)
        Image.fromarray(tile.pixels).save(self.folder / path)
        values = {
            "path": path,
            "label": surveyed.entry.label if tile.purpose == BAG else tile.place.label,
            "group": tile.group,
            "split": split,
            "slide": surveyed.name,
            "x_px": f"{tile.place.x:.1f}",
            "y_px": f"{tile.place.y:.1f}",
            "mpp": f"{self.options.mpp:g}",
            "stain": self.options.stain or surveyed.info.stain or "",
            "scanner": surveyed.info.vendor,
            "mark": tile.place.mark,
        }
        self.rows.append(Row(values, perceptual_hash(tile.pixels), surveyed.name if tile.purpose == BAG else ""))

    def finish(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Drop near-duplicates across splits, write the tables; returns the report. Raises PatchError."""
        drop = set(near_duplicates([row.code for row in self.rows], [row.values["split"] for row in self.rows]))
        for index in drop:
            (self.folder / self.rows[index].values["path"]).unlink()
        kept = [row for index, row in enumerate(self.rows) if index not in drop]
        patches, bags = [row for row in kept if not row.bag], [row for row in kept if row.bag]
        if not kept:
            raise PatchError("No tile is left: nothing labelled lies on the slides, or all of it failed the checks.")
        if patches:
            _write_table(self.folder / "manifest.csv", COLUMNS, [row.values for row in patches])
        if bags:
            _write_table(self.folder / "bags.csv", (*COLUMNS, "bag"), [row.values | {"bag": row.bag} for row in bags])
        self._write_dataset({row.values["label"] for row in patches} - {""})
        counts = Counter((row.values["split"], row.values["label"] or UNLABELLED) for row in patches)
        report = {
            "notice": RESEARCH_USE_ONLY,
            "near_duplicates_across_splits": len(drop),
            "patches": {f"{split} {label}": count for (split, label), count in sorted(counts.items())},
            "bag_tiles": dict(Counter(row.bag for row in bags)),
            **facts,
        }
        _write_json(self.folder / "report.json", report)
        return report

    def _write_dataset(self, used: set[str]) -> None:
        slides = self.survey.slides
        phantom = all(slide.info.phantom for slide in slides)
        stains = {(self.options.stain or slide.info.stain or "").lower() for slide in slides} - {""}
        classes: Sequence[dict[str, object]] = list(self.survey.classes.raw.values())
        if used and not used <= set(self.survey.classes.keys):
            raise PatchError("A label is missing in the class table; report this as an error in the program.")
        _write_json(
            self.folder / "dataset.json",
            {
                "name": ", ".join(slide.name for slide in slides[:3]) + (" ..." if len(slides) > 3 else ""),
                "classes": classes,
                "mpp": self.options.mpp,
                "stains": sorted(stains),
                "scanners": sorted({slide.info.vendor.lower() for slide in slides}),
                "training_domain": "phantom" if phantom else DOMAIN,
                "notice": RESEARCH_USE_ONLY,
            },
        )


def _write_table(path: Path, columns: Sequence[str], rows: Sequence[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
