"""A phantom with many suspicious clusters and a tiny model of phantoms: what a session in the window is tried on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kd.bundle import Bundle
from tests.bundles import make_bundle
from tests.drawn_slides import BLUE, RED, draw, write_slide

SIDE_PX = 4096
CLUSTERS = 25


def write_phantom(folder: Path) -> Path:
    """A slide of 4096 x 4096 px of 0.25 um: 25 clusters of red cells on a grid, blue cells between them."""
    rng = np.random.default_rng(8)
    cells = []
    for row in range(5):
        for column in range(5):
            x, y = 400 + 780 * column, 400 + 780 * row
            cells += [(int(x + dx), int(y + dy), RED) for dx, dy in rng.normal(0, 40, (14, 2))]
            cells += [(int(x + 390 + dx), int(y + 200 + dy), BLUE) for dx, dy in rng.normal(0, 40, (6, 2))]
    image = draw(SIDE_PX, SIDE_PX, cells)
    return write_slide(folder / "phantom.tif", image, levels=4, description="FNAScope phantom; stain=pap")


def make_phantom_model(folder: Path) -> Bundle:
    """Calls red cells suspicious; trained on phantoms, as its card says."""
    return make_bundle(folder, "of phantoms", training_domain="phantom")
