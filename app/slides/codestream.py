"""Image sizes from the headers of compressed tiles, before a decoder allocates what they claim."""

from __future__ import annotations


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height from a JPEG's frame header. Raises ``ValueError`` without one."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    raise ValueError("no JPEG frame")


def jpeg2000_size(data: bytes) -> tuple[int, int]:
    """Width and height from a JPEG 2000 codestream's header. Raises ``ValueError`` without one."""
    if data[:4] != b"\xff\x4f\xff\x51" or len(data) < 24:
        raise ValueError("no JPEG 2000 codestream")
    right, bottom, left, top = (int.from_bytes(data[at : at + 4], "big") for at in (8, 12, 16, 20))
    return right - left, bottom - top
