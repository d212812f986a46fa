"""Plain dataclasses that the rooms above hand to each other: scores, provenance. No I/O, no Qt, no models."""
