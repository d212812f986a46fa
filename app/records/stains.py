"""The stains of thyroid cytology: how cards and slides write them, and how people do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

STAINS: Mapping[str, str] = {
    "pap": "Papanicolaou",
    "papanicolaou": "Papanicolaou",
    "mgg": "MGG",
    "may-gruenwald-giemsa": "MGG",
    "diff-quik": "Diff-Quik",
    "giemsa": "Giemsa",
    "he": "H&E",
    "h&e": "H&E",
}
"""Lower-case key as stored, and the name to show."""


def stain_name(key: str) -> str:
    """The name to show; a stain that is not known here stays as it is written."""
    return STAINS.get(key.lower(), key)


def stain_names(keys: Iterable[str]) -> str:
    """The names of several stains, e.g. ``MGG, Papanicolaou``; empty for none."""
    return ", ".join(sorted(dict.fromkeys(map(stain_name, keys))))
