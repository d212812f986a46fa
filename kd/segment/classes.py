"""The three classes of a segmentation mask; a mask holds their indices as uint8."""

from __future__ import annotations

from kd.bundle import ClassInfo

BACKGROUND, CYTOPLASM, NUCLEUS = range(3)
CLASSES = (
    ClassInfo("background", "Background", "#999999", "glass, plasma, red cells, debris", False),
    ClassInfo("cytoplasm", "Cytoplasm", "#56b4e9", "body of a nucleated cell, without its nucleus", False),
    ClassInfo("nucleus", "Nucleus", "#d55e00", "nucleus of a cell", False),
)
KEYS = tuple(c.key for c in CLASSES)
