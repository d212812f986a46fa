"""``python -m kd.benchmark.real_cells herlev|wbc --data DIR --out DIR``: manifests of the two real data sets.

Herlev: single cells, letterboxed by the publisher of the copy; the bars tell the aspect ratio of the cell's box, which
tells the class. They are found by their uniform colour and filled by mirroring the picture, and five manifests are
written, one a fold, with whole groups (slide or session) in one split. WBC: train on the scanner ``tecom``, test on
``cellavision``; there are no groups. Neither has a known mpp, and their images are not to be passed on.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from kd.command_line import run_tool
from kd.errors import KdError

FOLDS = 5
BAR_TOLERANCE = 12
# In order of severity, as the Herlev set describes them.
HERLEV = (
    "normal_superficiel", "normal_intermediate", "normal_columnar",
    "light_dysplastic", "moderate_dysplastic", "severe_dysplastic", "carcinoma_in_situ",
)  # fmt: skip
WBC = ("neutrophil", "lymphocyte", "monocyte", "eosinophil")

Rgb = npt.NDArray[np.uint8]


def content_box(image: Rgb) -> tuple[int, int, int, int]:
    """(top, bottom, left, right) of the picture between two bars of one colour; the whole image where there are none.

    A bar lies on two opposite sides; its rows or columns are of the border's colour within ``BAR_TOLERANCE`` grey
    values (JPEG rings a little at the edge, so one more row is counted to a bar that was found).
    """
    height, width = image.shape[:2]
    top, bottom = _bars(image)
    left, right = _bars(image.transpose(1, 0, 2))
    if top + bottom >= left + right:
        return top, height - bottom, 0, width
    return 0, height, left, width - right


def _bars(image: Rgb) -> tuple[int, int]:
    first, last = _bar(image), _bar(image[::-1])
    # The publisher centred the picture: a lone "bar" is background.
    return (first, last) if first and last and abs(first - last) <= 6 else (0, 0)


def _bar(image: Rgb) -> int:
    color = np.median(image[0], axis=0)
    off = np.abs(image.astype(np.int16) - color).max(2)
    uniform = np.quantile(off, 0.98, axis=1) <= BAR_TOLERANCE
    depth = int(np.argmin(uniform)) if not uniform.all() else 0
    return depth + 1 if depth else 0


def without_bars(image: Rgb) -> Rgb:
    """The image with its bars filled by mirroring the picture between them."""
    top, bottom, left, right = content_box(image)
    height, width = image.shape[:2]
    inner = image[top:bottom, left:right]
    return np.pad(inner, ((top, height - bottom), (left, width - right), (0, 0)), mode="symmetric")


def bars_only(image: Rgb) -> Rgb:
    """The image with grey in place of the picture: what a model could learn from the bars alone."""
    top, bottom, left, right = content_box(image)
    result = image.copy()
    result[top:bottom, left:right] = 128
    return result


def write_herlev(data: Path, out: Path, size_px: int) -> None:
    """Masked images in ``out/images``, bars alone in ``out/bars``, manifests ``fold0.csv`` to ``fold4.csv``."""
    from sklearn.model_selection import StratifiedGroupKFold

    rows = _table(data)
    labels = np.array([HERLEV.index(row["class7"]) for row in rows])
    groups = np.array([row["group"] for row in rows])
    for row in rows:
        image = np.asarray(Image.open(data / row["file"]).convert("RGB"))
        for folder, made in (("images", without_bars(image)), ("bars", bars_only(image))):
            _save(made, out / folder / f"{Path(row['file']).stem}.png", size_px)
    # The forest on the bars alone reads manifests beside its own images.
    for fold, (learn, test) in enumerate(
        StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0).split(labels, labels, groups)
    ):
        split = np.full(len(rows), "train", dtype=object)
        split[test] = "test"
        inner = StratifiedGroupKFold(6, shuffle=True, random_state=fold)
        _, held = next(iter(inner.split(labels[learn], labels[learn], groups[learn])))
        split[learn[held]] = "val"
        for folder, prefix in (("images", ""), ("bars", "bars-")):
            entries = [
                (f"{folder}/{Path(row['file']).stem}.png", row["class7"], row["group"], split[i])
                for i, row in enumerate(rows)
            ]
            _manifest(out / f"{prefix}fold{fold}.csv", entries)
    classes = [{"key": key, "suspicious": i > 2} for i, key in enumerate(HERLEV)]
    _dataset(out, "Herlev (bars masked)", classes)


def write_wbc(data: Path, out: Path, size_px: int) -> None:
    """Images in ``out/images`` and ``manifest.csv``; every image is a group of its own."""
    from sklearn.model_selection import train_test_split

    rows = [row for row in _table(data) if row["label5"] in WBC]
    learn = [i for i, row in enumerate(rows) if row["domain"] == "tecom"]
    _, held = train_test_split(learn, test_size=0.2, random_state=0, stratify=[rows[i]["label5"] for i in learn])
    entries = []
    for i, row in enumerate(rows):
        name = f"images/{Path(row['file']).stem}.png"
        _save(np.asarray(Image.open(data / row["file"]).convert("RGB")), out / name, size_px)
        split = ("val" if i in set(held) else "train") if row["domain"] == "tecom" else "test"
        entries.append((name, row["label5"], Path(row["file"]).stem, split))
    _manifest(out / "manifest.csv", entries)
    _dataset(out, "white blood cells", [{"key": key} for key in WBC])


def _table(data: Path) -> list[dict[str, str]]:
    try:
        with (data / "labels.csv").open(newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))
    except OSError as error:
        raise KdError(f"The folder {data} has no labels.csv ({error}).") from error


def _save(image: Rgb, target: Path, size_px: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).resize((size_px, size_px), Image.Resampling.BOX).save(target)


def _manifest(target: Path, entries: Sequence[tuple[str, ...]]) -> None:
    with target.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("path", "label", "group", "split"), *entries])


def _dataset(out: Path, name: str, classes: Sequence[dict[str, object]]) -> None:
    facts = {"name": name, "classes": classes, "training_domain": name}
    (out / "dataset.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def main(arguments: Sequence[str]) -> None:
    """Raises KdError."""
    parser = argparse.ArgumentParser(prog="python -m kd.benchmark.real_cells", description=__doc__)
    parser.add_argument("which", choices=("herlev", "wbc"))
    parser.add_argument("--data", type=Path, required=True, help="folder with labels.csv and images")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, default=96, help="side in px [96]")
    parsed = parser.parse_args(arguments)
    (write_herlev if parsed.which == "herlev" else write_wbc)(parsed.data, parsed.out, parsed.size)


if __name__ == "__main__":
    sys.exit(run_tool(main, sys.argv[1:]))
