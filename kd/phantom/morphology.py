"""What a group of cells looks like, as numbers: one prototype per kind of cell, and the ways between them."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields

import numpy as np


@dataclass(frozen=True)
class Morphology:
    """Shape parameters of a group. Lengths in um; probabilities in [0, 1]; dye amounts in units of optical density."""

    diameter: float
    """Nuclear diameter (of the circle of equal area)."""
    diameter_cv: float
    aspect: float
    """Long by short axis of the nucleus."""
    irregular: float
    """Relative amplitude of the contour's waves."""
    spacing: float
    """Distance of neighbouring nuclei, in nuclear diameters."""
    jitter: float
    """Positional disorder, in spacings."""
    ring: float
    """0: an even sheet; 1: nuclei drawn onto rings around small lumina."""
    chromatin: float
    powder: float
    granular: float
    clump: float
    """Contrast of fine, granular and coarse chromatin."""
    dome: float
    """Positive: darker in the middle (thick nucleus); negative: cleared middle."""
    membrane: float
    groove: float
    inclusion: float
    nucleoli: float
    """Mean number of nucleoli per nucleus."""
    marginal: float
    """How far nucleoli sit at the nuclear margin."""
    cytoplasm: float
    reach: float
    """How far cytoplasm reaches from the nuclear centre, in nuclear diameters."""
    border: float
    """Strength of cell borders."""
    alignment: float
    """How far long axes agree."""
    elongation: float
    """Length by width of the group."""
    count: float
    """Typical number of nuclei."""


BENIGN = Morphology(
    diameter=7.7, diameter_cv=0.06, aspect=1.08, irregular=0.018, spacing=1.50, jitter=0.13, ring=0.0,
    chromatin=0.62, powder=0.06, granular=0.16, clump=0.05, dome=0.10, membrane=0.10, groove=0.02,
    inclusion=0.0, nucleoli=0.15, marginal=0.3, cytoplasm=0.52, reach=0.92, border=0.3, alignment=0.3,
    elongation=1.3, count=34.0,
)  # fmt: skip
MICROFOLLICLE = Morphology(
    diameter=8.1, diameter_cv=0.10, aspect=1.12, irregular=0.03, spacing=0.93, jitter=0.16, ring=0.9,
    chromatin=0.64, powder=0.05, granular=0.18, clump=0.10, dome=0.12, membrane=0.12, groove=0.04,
    inclusion=0.0, nucleoli=0.35, marginal=0.4, cytoplasm=0.52, reach=0.90, border=0.05, alignment=0.2,
    elongation=1.2, count=26.0,
)  # fmt: skip
PAPILLARY = Morphology(
    diameter=10.3, diameter_cv=0.13, aspect=1.40, irregular=0.055, spacing=0.90, jitter=0.22, ring=0.08,
    chromatin=0.55, powder=0.13, granular=0.06, clump=0.04, dome=-0.26, membrane=0.30, groove=0.40,
    inclusion=0.11, nucleoli=1.1, marginal=0.85, cytoplasm=0.52, reach=0.90, border=0.08, alignment=0.65,
    elongation=2.0, count=32.0,
)  # fmt: skip
LYMPHOCYTE = Morphology(
    diameter=6.5, diameter_cv=0.09, aspect=1.08, irregular=0.035, spacing=1.9, jitter=0.55, ring=0.0,
    chromatin=0.74, powder=0.02, granular=0.06, clump=0.30, dome=0.12, membrane=0.04, groove=0.02,
    inclusion=0.0, nucleoli=0.05, marginal=0.5, cytoplasm=0.42, reach=0.62, border=0.0, alignment=0.0,
    elongation=1.3, count=20.0,
)  # fmt: skip

_NAMES = tuple(f.name for f in fields(Morphology))
_GROUP_CV = {
    "diameter": 0.05, "diameter_cv": 0.2, "aspect": 0.03, "irregular": 0.25, "spacing": 0.07, "jitter": 0.2,
    "ring": 0.2, "chromatin": 0.2, "powder": 0.3, "granular": 0.3, "clump": 0.35, "dome": 0.3, "membrane": 0.3,
    "groove": 0.4, "inclusion": 0.5, "nucleoli": 0.4, "marginal": 0.2, "cytoplasm": 0.35, "reach": 0.1,
    "border": 0.5, "alignment": 0.4, "elongation": 0.2, "count": 0.45,
}  # fmt: skip


def blend(a: Morphology, b: Morphology, degree: float) -> Morphology:
    """The morphology at `degree` in [0, 1] on the way from `a` to `b`."""
    mixed = [(1.0 - degree) * x + degree * y for x, y in zip(astuple(a), astuple(b), strict=True)]
    return Morphology(*mixed)


def vary(base: Morphology, rng: np.random.Generator, amount: float) -> Morphology:
    """One group's own morphology: each parameter varied by its usual spread times `amount`."""
    values = {}
    for name, value in zip(_NAMES, astuple(base), strict=True):
        factor = float(np.exp(amount * _GROUP_CV[name] * np.clip(rng.standard_normal(), -2.2, 2.2)))
        values[name] = value * factor if name != "aspect" else 1.0 + (value - 1.0) * factor**5
    for name in ("ring", "groove", "inclusion", "marginal", "alignment"):
        values[name] = min(values[name], 1.0)
    return Morphology(**values)
