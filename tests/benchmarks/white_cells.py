"""Makes a manifest of the real white blood cells of the shared data: one scale for both scanners, one tile a cell.

``python tests/benchmarks/white_cells.py --source ../shared/data/wbc --out DIR``

Neither scanner's scale is known. It is *assumed* from red cells (7.5 um) in the images: about .10 um/px for the 300 px
images and .15 um/px for the 120 px ones. Tiles are cut at the scale of the slide that is to be scored, so that the
slide is not resampled. The four classes with enough cells are kept. There are no patients: each image is its own
group, and train and validation are drawn at random within scanner and class, so the validation figure says nothing
about another laboratory.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import numpy as np
from PIL import Image

ASSUMED_MPP = {"cellavision": 0.10, "tecom": 0.15}
CLASSES = {
    "neutrophil": ("Neutrophil", "#56b4e9"),
    "lymphocyte": ("Lymphocyte", "#009e73"),
    "monocyte": ("Monocyte", "#e69f00"),
    "eosinophil": ("Eosinophil", "#cc79a7"),
}
SHIFT_UM = 3.0
"""Cells lie anywhere in a slide's tiles; training cells are shifted by up to this much."""
COPIES = 2
VALIDATION_SHARE = 0.2


def cut(image: Image.Image, mpp: float, target_mpp: float, size_px: int, shift_px: tuple[int, int]) -> Image.Image:
    """A tile (size_px) about the image's centre plus a shift; beyond the image the median of its border."""
    scale = mpp / target_mpp
    small = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
    pixels = np.asarray(small)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    tile = Image.new("RGB", (size_px, size_px), tuple(int(v) for v in np.median(border, axis=0)))
    left = (size_px - small.width) // 2 + shift_px[0]
    top = (size_px - small.height) // 2 + shift_px[1]
    tile.paste(small, (left, top))
    return tile


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, required=True, help="folder with labels.csv and images/")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--mpp", type=float, default=0.2528, help="um per px of the tiles [that of the slide, .2528]")
    parser.add_argument("--tile", type=int, default=72, help="tile side in px [72]")
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    with (options.source / "labels.csv").open(newline="") as stream:
        cells = [row for row in csv.DictReader(stream) if row["domain"] in ASSUMED_MPP and row["label5"] in CLASSES]
    kinds = sorted({(row["domain"], row["label5"]) for row in cells})
    held: set[str] = set()
    for kind in kinds:
        files = [row["file"] for row in cells if (row["domain"], row["label5"]) == kind]
        held |= set(rng.permutation(files)[: max(1, round(len(files) * VALIDATION_SHARE))])
    (options.out / "images").mkdir(parents=True)
    reach = round(SHIFT_UM / options.mpp)
    with (options.out / "manifest.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("path", "label", "group", "split", "scanner", "stain"))
        for row in cells:
            image = Image.open(options.source / row["file"]).convert("RGB")
            split = "val" if row["file"] in held else "train"
            for copy in range(COPIES):
                shift = (0, 0) if copy == 0 else tuple(int(v) for v in rng.integers(-reach, reach + 1, 2))
                tile = cut(image, ASSUMED_MPP[row["domain"]], options.mpp, options.tile, (shift[0], shift[1]))
                name = f"images/{Path(row['file']).stem}-{copy}.png"
                tile.save(options.out / name)
                writer.writerow((name, row["label5"], Path(row["file"]).stem, split, row["domain"], "MGG"))
    table = [
        {"key": key, "name": name, "color": color, "meaning": "a white blood cell", "suspicious": False}
        for key, (name, color) in CLASSES.items()
    ]
    about = {"classes": table, "name": "white blood cells, two scanners", "training_domain": "white blood cells",
             "preparations": ["smear"], "licence": "research use, not for distribution"}  # fmt: skip
    (options.out / "dataset.json").write_text(json.dumps(about, indent=2) + "\n")


if __name__ == "__main__":
    main()
