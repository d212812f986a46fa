"""What may be told of a slide without telling whose it is or when it was made.

Only what is known to be harmless is kept, and only where it looks harmless too (numbers, a vendor's name). Dates,
names, barcodes, file names, unique identifiers, serial numbers and all free text (``ImageDescription``) are left out
because they are not on the list, not because they were recognised.
"""

from __future__ import annotations

import re

from app.slides.slide import SlideInfo

_KEPT = re.compile(
    r"openslide\.(mpp-[xy]|objective-power|level-count|background-color|bounds-(x|y|width|height)"
    r"|level\[\d+\]\.(downsample|width|height|tile-width|tile-height))"
    r"|aperio\.(AppMag|MPP|OriginalWidth|OriginalHeight|Gamma)"
    r"|tiff\.([XY]Resolution)"
    r"|hamamatsu\.SourceLens"
)
_HARMLESS = re.compile(r"[-+]?[0-9]{1,7}([.,][0-9]{1,12})?([eE][-+]?[0-9]{1,3})?|[0-9A-Fa-f]{6}")
"""A number, or a colour. Eight digits and more could be a date or an accession number."""
_WORD = re.compile(r"[A-Za-z][A-Za-z &-]{0,23}")


def deidentified(info: SlideInfo) -> dict[str, str]:
    """Name and value of what remains, in a fixed order: shape, scale, optics, and the harmless properties."""
    size = info.size
    facts = {
        "Size": f"{size.width} x {size.height} px",
        "Levels": ", ".join(f"{level.downsample:.4g}" for level in info.levels),
        "Scale": f"{info.mpp:.5g} um/px ({info.mpp_state.value})" if info.mpp else info.mpp_state.value,
        "Objective": f"{info.objective_power:g}x" if info.objective_power else "not stated",
        "Focal planes": str(info.focal_planes.count),
        "Fingerprint": info.fingerprint,
    }
    if info.focal_planes.spacing_um:
        facts["Focal spacing"] = f"{info.focal_planes.spacing_um:g} um"
    for name, value in (("Vendor", info.vendor), ("Stain", info.stain or "")):
        if _WORD.fullmatch(value):
            facts[name] = value
    if info.phantom:
        facts["Phantom"] = "yes: synthetic"
    kept = sorted((key, value.strip()) for key, value in info.properties.items() if _KEPT.fullmatch(key))
    facts.update((key, value) for key, value in kept if _HARMLESS.fullmatch(value))
    return facts
