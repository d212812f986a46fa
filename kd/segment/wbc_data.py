"""White blood cells with masks (Zheng et al. 2018, github.com/zxaoyou/segmentation_WBC) as a segmentation data set.

Two scanners: D1, crops of at most 120 px, and D2, crops of 300 px. A cell is 2.4 times as wide in D2, so D1 is shrunk
to ``px / 120`` and D2 to ``px / 300`` of its size; smaller crops are padded with their border's colour, as background.
There are no patient ids: each image is its own group, which makes intervals over images too narrow where one patient
gave several. Split by scanner and cell class, 55 % train, 15 % val, 30 % test, seed 0.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from kd.atomic import atomic_folder
from kd.errors import KdError
from kd.segment.classes import BACKGROUND, CYTOPLASM, KEYS, NUCLEUS

FULL_CROP_PX = {"tecom": 120, "cellavision": 300}
ASSUMED_CROP_UM = 24.0
"""No scale is published; a red cell of 7.5 um spans about .3 of a crop on either scanner."""


def write_wbc(source: Path, out: Path, px: int, seed: int = 0) -> int:
    """Write images, masks, manifest and description of ``px`` px crops; returns their number. Raises KdError."""
    labels = source / "labels.csv"
    try:
        with labels.open(newline="", encoding="utf-8") as stream:
            listed = [row for row in csv.DictReader(stream) if (source / "masks" / Path(row["file"]).name).is_file()]
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise KdError(f"{labels} cannot be read ({error}); give the folder that holds it.") from error
    if not listed:
        raise KdError(f"No image of {labels} has a mask in {source / 'masks'}.")
    splits = stratified_splits([f"{row['domain']}/{row['label5']}" for row in listed], seed)
    with atomic_folder(out) as folder:
        (folder / "images").mkdir()
        (folder / "masks").mkdir()
        with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as stream:
            rows = csv.writer(stream, lineterminator="\n")
            rows.writerow(("path", "mask", "group", "split", "domain", "label"))
            for row, split in zip(listed, splits, strict=True):
                name = Path(row["file"]).name
                image, mask = _tile(source / row["file"], source / "masks" / name, FULL_CROP_PX[row["domain"]], px)
                Image.fromarray(image).save(folder / "images" / name)
                Image.fromarray(mask).save(folder / "masks" / name)
                rows.writerow((f"images/{name}", f"masks/{name}", name[:-4], split, row["domain"], row["label5"]))
        (folder / "dataset.json").write_text(json.dumps(_card(px, seed), indent=2) + "\n", encoding="utf-8")
    return len(listed)


def stratified_splits(strata: list[str], seed: int) -> list[str]:
    """train, val or test for each entry, 55 / 15 / 30 % of every stratum as near as it goes."""
    splits = ["train"] * len(strata)
    for number, stratum in enumerate(sorted(set(strata))):
        rows = np.flatnonzero(np.array(strata) == stratum)
        order = np.random.default_rng([seed, number]).permutation(rows)
        test, val = round(0.30 * len(rows)), round(0.15 * len(rows))
        for row in order[:test]:
            splits[row] = "test"
        for row in order[test : test + val]:
            splits[row] = "val"
    return splits


def _tile(image: Path, mask: Path, full: int, px: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    with Image.open(image) as opened, Image.open(mask) as marked:
        picture, values = opened.convert("RGB"), np.asarray(marked.convert("L"))
    size = tuple(max(1, round(side * px / full)) for side in picture.size)
    small = np.asarray(picture.resize((size[0], size[1]), Image.Resampling.BOX))
    # Each class is averaged down by itself and the largest share wins; stray values between the levels are nearest.
    index = np.digitize(values, (64, 192))
    shares = [
        np.asarray(Image.fromarray((index == c).astype(np.float32)).resize((size[0], size[1]), Image.Resampling.BOX))
        for c in (0, 1, 2)
    ]
    small_mask = np.array((BACKGROUND, CYTOPLASM, NUCLEUS), np.uint8)[np.argmax(np.stack(shares), axis=0)]
    border = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    tile = np.empty((px, px, 3), np.uint8)
    tile[:] = np.median(border, axis=0).astype(np.uint8)
    labels = np.full((px, px), BACKGROUND, np.uint8)
    top, left = (px - small.shape[0]) // 2, (px - small.shape[1]) // 2
    tile[top : top + small.shape[0], left : left + small.shape[1]] = small
    labels[top : top + small.shape[0], left : left + small.shape[1]] = small_mask
    return tile, labels


def _card(px: int, seed: int) -> dict[str, object]:
    return {
        "name": "white blood cells of two scanners, nucleus and cytoplasm",
        "training_domain": "real white blood cells (Zheng et al. 2018)",
        "source": "github.com/zxaoyou/segmentation_WBC (GPL-3.0); labels by the authors",
        "mpp": ASSUMED_CROP_UM / px,
        "mpp_assumed": True,
        "stains": ["Romanowsky type"],
        "preparations": ["blood smear"],
        "scanners": sorted(FULL_CROP_PX),
        "classes": list(KEYS),
        "split_seed": seed,
        "licence": "GPL-3.0 (images); a model trained on them is for local use",
    }
