"""Controls that keep the phantom honest: a random forest that sees no nuclei worth the name, and scrambled nuclei.

The forest gets 24 x 24 px thumbnails and colour histograms only. A teacher has to stay well above it; on a data
set made with `--scramble-nuclei` it has to fall to the forest's level, for then the nuclei tell nothing.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from kd.phantom.classes import INDEX, KEYS
from kd.phantom.optics import RgbImage

THUMBNAIL_PX = 24
_BINS = 32


@dataclass(frozen=True)
class ForestResult:
    """What the forest reaches on a split; `confusion` rows are true classes, columns predictions."""

    split: str
    patches: int
    accuracy: float
    balanced_accuracy: float
    confusion: list[list[int]]


def features(image: RgbImage) -> NDArray[np.float32]:
    """Thumbnail pixels (24 x 24 x 3) and histograms of R, G, B, hue and saturation as shares; float32 (1888,)."""
    small = cv2.resize(image, (THUMBNAIL_PX, THUMBNAIL_PX), interpolation=cv2.INTER_AREA)
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
    planes = [image[:, :, 0], image[:, :, 1], image[:, :, 2], hsv[:, :, 0], hsv[:, :, 1]]
    counts = [np.histogram(plane, _BINS, (0, 256))[0] for plane in planes]
    shares = np.concatenate(counts) / (image.shape[0] * image.shape[1]) * 255.0
    return np.concatenate([small.ravel(), shares]).astype(np.float32)


def read_rgb(path: Path) -> RgbImage:
    """An image file as RGB uint8 (H, W, 3). Raises ValueError if it cannot be read."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{path} is not a readable image")
    return np.ascontiguousarray(image[:, :, ::-1], np.uint8)


def forest(manifest: Path, trees: int = 300, limit: int | None = None, seed: int = 0) -> list[ForestResult]:
    """Trains the random forest on the manifest's train split and reports val and test.

    Scored against `true_label` where the manifest has it. `limit` bounds the number of training patches.
    """
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import balanced_accuracy_score, confusion_matrix

    with manifest.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    train = [r for r in rows if r["split"] == "train"]
    if not train:
        raise ValueError(f"{manifest} has no rows of split 'train'")
    if limit is not None and limit < len(train):
        picked = np.random.default_rng(seed).choice(len(train), limit, replace=False)
        train = [train[i] for i in np.sort(picked)]
    model = RandomForestClassifier(trees, min_samples_leaf=2, max_features=0.1, n_jobs=1, random_state=seed)
    model.fit(_matrix(manifest.parent, train), [INDEX[r["label"]] for r in train])
    results = []
    for split in ("val", "test"):
        held = [r for r in rows if r["split"] == split]
        if not held:
            continue
        truth = np.array([INDEX[r.get("true_label") or r["label"]] for r in held])
        guess = model.predict(_matrix(manifest.parent, held))
        results.append(
            ForestResult(
                split=split,
                patches=len(held),
                accuracy=float((guess == truth).mean()),
                balanced_accuracy=float(balanced_accuracy_score(truth, guess)),
                confusion=confusion_matrix(truth, guess, labels=range(len(KEYS))).tolist(),
            )
        )
    return results


def _matrix(folder: Path, rows: list[dict[str, str]]) -> NDArray[np.float32]:
    return np.stack([features(read_rgb(folder / row["path"])) for row in rows])


def main(argv: list[str] | None = None) -> int:
    """`python -m kd.phantom.controls MANIFEST`: prints the forest's results as JSON."""
    parser = argparse.ArgumentParser(prog="python -m kd.phantom.controls", description=main.__doc__)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--trees", type=int, default=300)
    parser.add_argument("--limit", type=int, default=None, help="at most so many training patches")
    args = parser.parse_args(argv)
    try:
        results = forest(args.manifest, args.trees, args.limit)
    except (OSError, ValueError, KeyError) as error:
        print(f"kd.phantom.controls: {error}", file=sys.stderr)
        return 2
    print(json.dumps([asdict(r) for r in results], indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
