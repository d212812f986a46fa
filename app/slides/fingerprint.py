"""Naming a slide by its content, so that marks and scores find it again wherever it lies."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

EDGE_BYTES = 64 * 1024
"""So much of each end of a file is hashed; smaller files are hashed whole."""

DICOM_MAGIC_OFFSET = 128
_SERIES_TAG = b"\x20\x00\x0e\x00UI"
_SERIES_SEARCH_BYTES = 64 * 1024


def fingerprint_file(path: Path, quickhash: str | None = None) -> str:
    """Hex digest of a slide's content: sizes and both ends of its files, and OpenSlide's quickhash.

    Path and time never enter. For MRXS and DICOM all files of the slide count, in an order that does
    not depend on their names. Raises ``OSError`` when a file cannot be read.
    """
    parts = sorted(_digest(file) for file in slide_files(path))
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part)
    whole.update((quickhash or "").encode())
    return whole.hexdigest()


def slide_files(path: Path) -> Sequence[Path]:
    """The files that make up the slide: one, or all of an MRXS folder or a DICOM series."""
    if path.suffix.lower() == ".mrxs":
        folder = path.with_suffix("")
        return [path, *sorted(file for file in folder.glob("*") if file.is_file())] if folder.is_dir() else [path]
    series = dicom_series(path)
    if series is None:
        return [path]
    return [file for file in sorted(path.parent.iterdir()) if file == path or _is_of_series(file, series)]


def _is_of_series(neighbour: Path, series: bytes) -> bool:
    try:
        return dicom_series(neighbour) == series
    except OSError:
        # Whatever else lies in the folder and may not be read is no part of a slide that can be.
        return False


def dicom_series(path: Path) -> bytes | None:
    """The series instance UID of a DICOM file, b"" when it states none near its start, None for other files."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        head = file.read(_SERIES_SEARCH_BYTES)
    if head[DICOM_MAGIC_OFFSET : DICOM_MAGIC_OFFSET + 4] != b"DICM":
        return None
    at = head.find(_SERIES_TAG)
    if at < 0:
        return b""
    start = at + len(_SERIES_TAG) + 2
    length = int.from_bytes(head[start - 2 : start], "little")
    return head[start : start + length].rstrip(b"\0 ")


def _digest(path: Path) -> bytes:
    size = path.stat().st_size
    digest = hashlib.sha256(size.to_bytes(8, "little"))
    with path.open("rb") as file:
        digest.update(file.read(EDGE_BYTES))
        if size > EDGE_BYTES:
            file.seek(max(EDGE_BYTES, size - EDGE_BYTES))
            digest.update(file.read(EDGE_BYTES))
    return digest.digest()
