"""What OME-XML says of an image: times, channels, files and scale."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree

_UM_PER_UNIT = {"µm": 1.0, "μm": 1.0, "um": 1.0, "micron": 1.0, "nm": 1e-3, "mm": 1e3, "cm": 1e4, "m": 1e6, "Å": 1e-4}


@dataclass(frozen=True)
class OmeImage:
    """The first image of an OME-XML document; lengths in um, None where the file does not say."""

    times: int
    channels: int
    mpp_x: float | None
    mpp_y: float | None
    plane_spacing_um: float | None
    objective_power: float | None
    files: frozenset[str]


def is_ome_xml(description: str) -> bool:
    """True when a TIFF's description is OME-XML."""
    return "<OME" in description[:4096] and "</OME>" in description[-64:]


def parse_ome_xml(description: str) -> OmeImage | None:
    """The document's first image, None when it describes none. Raises ``ValueError`` on damaged XML."""
    try:
        # Namespaces differ between schema years; the names of the elements do not.
        root = ElementTree.fromstring(re.sub(r'\sxmlns(:\w+)?="[^"]*"|\s\w+:schemaLocation="[^"]*"', "", description))
    except ElementTree.ParseError as error:
        raise ValueError(f"damaged OME-XML: {error}") from error
    pixels = root.find("Image/Pixels")
    if pixels is None:
        return None
    objective = root.find("Instrument/Objective")
    return OmeImage(
        times=_whole(pixels, "SizeT"),
        channels=max(1, len(pixels.findall("Channel"))),
        mpp_x=_micrometres(pixels, "PhysicalSizeX"),
        mpp_y=_micrometres(pixels, "PhysicalSizeY"),
        plane_spacing_um=_micrometres(pixels, "PhysicalSizeZ"),
        objective_power=_number(objective.get("NominalMagnification")) if objective is not None else None,
        files=frozenset(name for uuid in pixels.iter("UUID") if (name := uuid.get("FileName"))),
    )


def _whole(element: ElementTree.Element, name: str) -> int:
    return int(element.get(name, "1"))


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _micrometres(element: ElementTree.Element, name: str) -> float | None:
    value = _number(element.get(name))
    factor = _UM_PER_UNIT.get(element.get(name + "Unit", "µm"))
    return None if value is None or factor is None else value * factor
