"""A de-identified copy of a slide's metadata, as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from app.exchange.atomic import written_whole
from app.records.provenance import RESEARCH_USE_ONLY
from app.slides.deidentified import deidentified
from app.slides.slide import SlideInfo


def write_metadata_json(info: SlideInfo, target: Path) -> Path:
    """Write what remains of the metadata without dates, names, barcodes, file names, identifiers and free text.
    Raises ExportError."""
    content = {"research_use": RESEARCH_USE_ONLY, "deidentified": True, "slide": deidentified(info)}
    with written_whole(target) as stream:
        json.dump(content, stream, indent=2, ensure_ascii=False)
        stream.write("\n")
    return target
