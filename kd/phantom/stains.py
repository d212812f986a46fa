"""Papanicolaou and May-Gruenwald-Giemsa as absorption vectors in optical density (Beer-Lambert)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kd.phantom.parameters import Domain

DYES: tuple[str, ...] = ("chromatin", "cyto", "onco", "colloid", "rbc", "pigment", "dust", "pen")
"""Dye planes of a canvas: amount 1 of a dye absorbs its vector of optical density (natural logarithm)."""

_VECTORS: dict[str, dict[str, tuple[float, float, float]]] = {
    # Measured by eye on real Pap and MGG cytospins: nuclear purple, blue cytoplasm, violet colloid.
    "mgg": {
        "chromatin": (0.98, 1.32, 0.62),
        "cyto": (0.52, 0.56, 0.22),
        "onco": (0.40, 0.56, 0.28),
        "colloid": (0.33, 0.56, 0.23),
        "rbc": (0.17, 0.26, 0.24),
        "pigment": (1.05, 0.95, 0.80),
        "dust": (1.0, 1.0, 1.0),
        "pen": (1.6, 1.1, 0.25),
    },
    "pap": {
        "chromatin": (1.08, 1.16, 0.80),
        "cyto": (0.46, 0.33, 0.27),
        "onco": (0.24, 0.47, 0.42),
        "colloid": (0.36, 0.30, 0.24),
        "rbc": (0.09, 0.24, 0.28),
        "pigment": (0.40, 0.80, 1.35),
        "dust": (1.0, 1.0, 1.0),
        "pen": (1.7, 0.7, 0.9),
    },
}
STAINS: tuple[str, ...] = tuple(_VECTORS)

# In Pap, colloid runs from cyanophilic green-blue to eosinophilic pink-orange.
_PAP_PINK_COLLOID = np.array((0.14, 0.38, 0.34))


@dataclass(frozen=True)
class Stain:
    """A case's stain: `vectors` float (len(DYES), 3), optical density in R, G, B per unit of dye."""

    name: str
    vectors: NDArray[np.float64]
    strength: float

    def vector(self, dye: str) -> NDArray[np.float64]:
        """The absorption vector of one dye, shape (3,)."""
        row: NDArray[np.float64] = self.vectors[DYES.index(dye)]
        return row


def draw_stain(rng: np.random.Generator, name: str, domain: Domain) -> Stain:
    """One case's stain, varied in strength, in the balance of its dyes and in hue."""
    span = domain.stain_strength[int(rng.integers(len(domain.stain_strength)))]
    strength = float(rng.uniform(span.low, span.high))
    table = np.array([_VECTORS[name][dye] for dye in DYES])
    if name == "pap":
        pink = float(rng.random())
        colloid = DYES.index("colloid")
        table[colloid] = (1.0 - pink) * table[colloid] + pink * _PAP_PINK_COLLOID
    direction = rng.standard_normal(3)
    direction -= direction.mean()
    direction /= np.linalg.norm(direction)
    hue = np.exp(domain.hue_offset * direction + domain.hue_sd * rng.standard_normal(3))
    per_dye = np.exp(0.10 * rng.standard_normal((len(DYES), 1)) + 0.04 * rng.standard_normal((len(DYES), 3)))
    stained = [DYES.index(d) for d in ("chromatin", "cyto", "onco", "colloid")]
    table[stained] *= strength
    table[: DYES.index("dust")] *= (hue * per_dye)[: DYES.index("dust")]
    if rng.random() < 0.5:
        table[DYES.index("pen")] = (1.3, 1.3, 1.25)
    return Stain(name, table, strength)
