"""Sentences of the rooms without Qt in the user's language.

Those rooms speak English. ``make translations`` collects their sentences as templates into
``resources/translations/sentences.txt``; here a sentence is recognised by its template, what was filled in is
taken out, and the translated template is filled again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from PySide6.QtCore import QCoreApplication

from app.resources import resource_path

CONTEXT = "Sentences"
_SLOT = re.compile(r"\{(\d+)\}")
_DEPTH = 3
"""Sentences may hold sentences; deeper than this none does."""


def in_words(text: str, depth: int = _DEPTH) -> str:
    """The text in the user's language; as it is where no template fits, or in English."""
    if not text or not depth or QCoreApplication.translate(CONTEXT, _PROBE) == _PROBE:
        return text
    for template, pattern in _templates():
        found = pattern.fullmatch(text)
        if found is not None:
            values = [in_words(value, depth - 1) for value in found.groups()]
            return _filled(QCoreApplication.translate(CONTEXT, template), values)
    parts = re.split(r"(?<=[.;:]) ", text)
    return "".join(in_words(part, depth - 1) for part in parts) if len(parts) > 1 else text


def _filled(template: str, values: Sequence[str]) -> str:
    return _SLOT.sub(lambda slot: values[int(slot.group(1))], template)


_PROBE = "No model is loaded: the slide is not scored."
"""Translated in every language but English."""


@cache
def _templates() -> list[tuple[str, re.Pattern[str]]]:
    """Those with the most words of their own first."""
    lines = resource_path("translations/sentences.txt").read_text(encoding="utf-8").splitlines()
    lines.sort(key=lambda line: -len(_SLOT.sub("", line)))
    return [(line, _pattern(line)) for line in lines]


def _pattern(template: str) -> re.Pattern[str]:
    parts = _SLOT.split(template)
    # Every other part is the number of a slot.
    return re.compile("".join("(.*?)" if at % 2 else re.escape(part) for at, part in enumerate(parts)), re.DOTALL)
