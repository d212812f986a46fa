"""Recognising slides that say of themselves that they are synthetic."""

from __future__ import annotations

import json
import re

PHANTOM_MARK = "FNAScope phantom"


def phantom_and_stain(description: str | None) -> tuple[bool, str | None]:
    """Whether a slide with this image description is a phantom, and the stain that it imitates, if it says so."""
    facts = read_phantom_mark(description)
    return facts is not None, facts.get("stain") if facts is not None else None


def read_phantom_mark(description: str | None) -> dict[str, str] | None:
    """The facts in a phantom's image description, or None when the slide is not a phantom.

    The description begins with ``FNAScope phantom``; after it come ``key=value`` pairs separated by
    ``;`` or line ends, or one JSON object.
    """
    if description is None or not description.lstrip().startswith(PHANTOM_MARK):
        return None
    text = description.lstrip()[len(PHANTOM_MARK) :]
    start = text.find("{")
    if start >= 0:
        try:
            facts = json.loads(text[start : text.rindex("}") + 1])
        except ValueError:
            facts = None
        if isinstance(facts, dict):
            return {str(key): str(value) for key, value in facts.items()}
    pairs = re.findall(r"(\w+)\s*=\s*([^;\r\n|]*)", text)
    return {key: value.strip() for key, value in pairs}
