"""The six classes of the phantom, in the order of every label, logit and colour table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PhantomClass:
    """One class: `colour` is a colour-blind-safe hex value (Okabe and Ito 2008, adapted for overlays)."""

    key: str
    name: str
    colour: str
    meaning: str
    suspicious: bool


CLASSES: tuple[PhantomClass, ...] = (
    PhantomClass(
        "background",
        "Background",
        "#999999",
        "Empty glass, blood, thin protein film, debris, dust or pen; no cells of interest.",
        False,
    ),
    PhantomClass("colloid", "Colloid", "#56B4E9", "Thick, thin, cracked or ropy colloid without cells.", False),
    PhantomClass(
        "benign_follicular",
        "Benign follicular",
        "#009E73",
        "Flat honeycomb sheets or macrofollicles of evenly spaced round nuclei.",
        False,
    ),
    PhantomClass(
        "microfollicle",
        "Microfollicle",
        "#E69F00",
        "Small crowded follicles with overlapping nuclei, as in a follicular neoplasm.",
        True,
    ),
    PhantomClass(
        "papillary",
        "Papillary carcinoma",
        "#D55E00",
        "Crowded, enlarged, oval pale nuclei with grooves, pseudoinclusions and micronucleoli.",
        True,
    ),
    PhantomClass(
        "inflammation",
        "Inflammation",
        "#CC79A7",
        "Lymphocytes, neutrophils, and foamy or pigmented cyst macrophages.",
        False,
    ),
)

KEYS: tuple[str, ...] = tuple(c.key for c in CLASSES)
INDEX: dict[str, int] = {key: i for i, key in enumerate(KEYS)}

BACKGROUND = INDEX["background"]
COLLOID = INDEX["colloid"]
BENIGN = INDEX["benign_follicular"]
MICROFOLLICLE = INDEX["microfollicle"]
PAPILLARY = INDEX["papillary"]
INFLAMMATION = INDEX["inflammation"]

CELL_CLASSES: tuple[int, ...] = (BENIGN, MICROFOLLICLE, PAPILLARY, INFLAMMATION)

NEIGHBOURS: dict[int, tuple[int, ...]] = {
    BACKGROUND: (COLLOID,),
    COLLOID: (BACKGROUND,),
    BENIGN: (MICROFOLLICLE, INFLAMMATION),
    MICROFOLLICLE: (BENIGN, PAPILLARY),
    PAPILLARY: (MICROFOLLICLE,),
    INFLAMMATION: (BENIGN,),
}
"""Classes that run into each other as in life; objects near such a border are hard by design."""
