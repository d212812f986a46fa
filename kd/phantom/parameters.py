"""Every figure that sets how hard the phantom is. Set by a teacher proxy and a random forest, then frozen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """Uniform range [low, high]."""

    low: float
    high: float


@dataclass(frozen=True)
class Domain:
    """Ranges from which the stain and scanner of a case are drawn; test cases have ranges of their own."""

    stain_strength: tuple[Range, ...]
    hue_sd: float
    hue_offset: float
    white: Range
    gamma: tuple[Range, ...]
    sharpen: Range
    noise: Range
    jpeg_quality: Range
    psf_um: Range
    saturation: Range
    defocus_um: Range


@dataclass(frozen=True)
class Difficulty:
    """How classes overlap.

    An object of a class stands at `degree` in [0, 0.5) on the way to a neighbouring class; degree is half a
    Beta(overlap_a, overlap_b) variate. `group_noise` scales the spread of every shape parameter from group to
    group, `cell_noise` from cell to cell.
    """

    overlap_a: float = 1.0
    overlap_b: float = 5.0
    group_noise: float = 0.65
    cell_noise: float = 0.85
    train_label_noise: float = 0.03
    dominance: float = 0.65
    obscured_rate: float = 0.05
    crushed_rate: float = 0.04
    oncocytic_rate: float = 0.12
    naked_rate: float = 0.15


DIFFICULTY = Difficulty()

TRAIN = Domain(
    stain_strength=(Range(0.78, 1.25),),
    hue_sd=0.06,
    hue_offset=0.0,
    white=Range(228.0, 246.0),
    gamma=(Range(0.9, 1.12),),
    sharpen=Range(0.0, 0.7),
    noise=Range(0.6, 2.2),
    jpeg_quality=Range(72.0, 92.0),
    psf_um=Range(0.22, 0.38),
    saturation=Range(0.9, 1.1),
    defocus_um=Range(0.0, 0.35),
)

TEST = Domain(
    stain_strength=(Range(0.68, 0.82), Range(1.18, 1.36)),
    hue_sd=0.06,
    hue_offset=0.07,
    white=Range(220.0, 242.0),
    gamma=(Range(0.82, 0.95), Range(1.08, 1.2)),
    sharpen=Range(0.2, 1.0),
    noise=Range(1.4, 2.8),
    jpeg_quality=Range(62.0, 82.0),
    psf_um=Range(0.26, 0.44),
    saturation=Range(0.82, 1.18),
    defocus_um=Range(0.05, 0.4),
)
