"""Phantom smears with masks: the generator's own nuclei and cytoplasm, before light and scanner.

The generator is used as it is. A scene's groups of cells are drawn once more, without glass, blood and colloid, at
the scale of the scan; where their chromatin or cytoplasm reaches a share of what is full for its kind, there is
nucleus or cytoplasm. Pixels of the mask take the class with the larger part of them.
"""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from kd.atomic import atomic_folder
from kd.errors import KdError
from kd.phantom.canvas import Canvas
from kd.phantom.cases import make_case
from kd.phantom.cells import CellGroup
from kd.phantom.fingerprint import generator_hash
from kd.phantom.patches import split_of
from kd.phantom.scene import SCENE_UM, Scene, build_scene, scan_scene
from kd.segment.classes import BACKGROUND, CYTOPLASM, KEYS, NUCLEUS

TRUTH_MPP = 0.5
NUCLEUS_DYE = 0.22
CYTOPLASM_DYE = 0.05
NUCLEUS_SHARE = 0.4
_STREAM = 29


@dataclass(frozen=True)
class PhantomRecipe:
    """``cases`` patients with ``scenes`` scenes of 480 um each, cut into images of ``px`` px at ``mpp`` um."""

    cases: int = 24
    scenes: int = 3
    px: int = 80
    mpp: float = 2.0
    seed: int = 1

    def check(self) -> None:
        """Raises KdError for a data set that cannot be made."""
        factor = self.mpp / TRUTH_MPP
        if self.cases < 6 or self.scenes < 1:
            raise KdError("A phantom data set needs at least 6 cases and one scene of each.")
        if factor < 1 or abs(factor - round(factor)) > 1e-9 or self.px * self.mpp > SCENE_UM:
            raise KdError(f"--mpp must be a multiple of {TRUTH_MPP}, and --px times --mpp at most {SCENE_UM:g} um.")


def write_phantom(recipe: PhantomRecipe, out: Path) -> int:
    """Write images, masks, manifest and description; returns the number of images. Raises KdError."""
    recipe.check()
    count = 0
    with atomic_folder(out) as folder:
        (folder / "images").mkdir()
        (folder / "masks").mkdir()
        with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as stream:
            rows = csv.writer(stream, lineterminator="\n")
            rows.writerow(("path", "mask", "group", "split", "domain"))
            for number in range(recipe.cases):
                split = split_of(number, recipe.cases)
                case = make_case(recipe.seed, number, "test" if split == "test" else "train")
                for scene_number in range(recipe.scenes):
                    rng = np.random.default_rng([_STREAM, recipe.seed, number, scene_number])
                    scene = build_scene(rng, case)
                    image = scan_scene(scene, case, recipe.mpp, 0.25)
                    mask = scene_mask(scene, recipe.mpp)
                    for k, (tile, labels) in enumerate(_cut(image, mask, recipe.px)):
                        name = f"{case.id}-{scene_number}-{k:02d}.png"
                        Image.fromarray(tile).save(folder / "images" / name)
                        Image.fromarray(labels).save(folder / "masks" / name)
                        rows.writerow((f"images/{name}", f"masks/{name}", case.id, split, case.stain.name))
                        count += 1
        (folder / "dataset.json").write_text(json.dumps(_card(recipe), indent=2) + "\n", encoding="utf-8")
    return count


def scene_mask(scene: Scene, mpp: float) -> npt.NDArray[np.uint8]:
    """Class indices uint8 (rows, columns) of a whole scene at ``mpp`` um, a multiple of ``TRUTH_MPP``."""
    side = round(SCENE_UM / TRUTH_MPP)
    whole = Canvas(0, 0, side, side, TRUTH_MPP)
    for group in scene.things:
        if isinstance(group, CellGroup):
            whole.paste(group.rendered(TRUTH_MPP))
    empty = np.zeros((side, side), np.float32)
    planes = whole.planes
    body = planes.get("cyto", empty) + planes.get("onco", empty)
    nucleus = planes.get("chromatin", empty) >= NUCLEUS_DYE
    cytoplasm = (body >= CYTOPLASM_DYE) & ~nucleus
    factor = round(mpp / TRUTH_MPP)
    shares = [
        part.reshape(side // factor, factor, side // factor, factor).mean(axis=(1, 3)) for part in (nucleus, cytoplasm)
    ]
    mask = np.full(shares[0].shape, BACKGROUND, np.uint8)
    mask[shares[0] + shares[1] >= 0.5] = CYTOPLASM
    mask[shares[0] >= NUCLEUS_SHARE] = NUCLEUS
    return mask


def _cut(
    image: npt.NDArray[np.uint8], mask: npt.NDArray[np.uint8], px: int
) -> list[tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]]:
    starts = [(y, x) for y in range(0, len(mask) - px + 1, px) for x in range(0, len(mask) - px + 1, px)]
    return [(np.ascontiguousarray(image[y : y + px, x : x + px]), mask[y : y + px, x : x + px]) for y, x in starts]


def _card(recipe: PhantomRecipe) -> dict[str, object]:
    return {
        "name": "phantom smears with masks",
        "training_domain": "phantom",
        "generator_hash": generator_hash(),
        "recipe": asdict(recipe),
        "mask_rule": f"chromatin >= {NUCLEUS_DYE}: nucleus; else cytoplasm dyes >= {CYTOPLASM_DYE}: cytoplasm; at "
        f"{TRUTH_MPP} um, then by share of the pixel (nucleus from {NUCLEUS_SHARE} on)",
        "mpp": recipe.mpp,
        "stains": ["papanicolaou", "mgg"],
        "preparations": ["phantom"],
        "scanners": ["phantom"],
        "classes": list(KEYS),
        "licence": "Apache-2.0",
    }
