"""Cases (patients): what differs from one to the next, and which split a case belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kd.phantom.optics import Scanner, draw_scanner
from kd.phantom.parameters import TEST, TRAIN
from kd.phantom.stains import STAINS, Stain, draw_stain

_CASE_STREAM = 11


@dataclass(frozen=True)
class Case:
    """One patient. Scales are factors around 1; `defocus_um` is the case's typical blur (Gaussian sigma)."""

    id: str
    number: int
    domain: str
    stain: Stain
    scanner: Scanner
    scanner_name: str
    cell_scale: float
    chromatin: float
    cytoplasm: float
    cellularity: float
    bloodiness: float
    oncocytic: float
    defocus_um: float


def make_case(seed: int, number: int, domain: str) -> Case:
    """Case `number` of a seed, in the ranges of domain "train" or "test". The same arguments, the same case."""
    if domain not in ("train", "test"):
        raise ValueError(f"domain must be 'train' or 'test', not {domain!r}")
    ranges = TRAIN if domain == "train" else TEST
    rng = np.random.default_rng([_CASE_STREAM, seed, number, int(domain == "test")])
    stain = draw_stain(rng, STAINS[number % len(STAINS)], ranges)
    # A site has few scanners: the case's scanner is one of five (two for test) with settings of its own.
    scanner_number = int(rng.integers(5 if domain == "train" else 2))
    scanner_rng = np.random.default_rng([_CASE_STREAM, 1, scanner_number, int(domain == "test")])
    scanner = draw_scanner(scanner_rng, ranges)
    own = draw_scanner(rng, ranges)
    scanner = Scanner(
        white=(
            0.7 * scanner.white[0] + 0.3 * own.white[0],
            0.7 * scanner.white[1] + 0.3 * own.white[1],
            0.7 * scanner.white[2] + 0.3 * own.white[2],
        ),
        gamma=0.6 * scanner.gamma + 0.4 * own.gamma,
        saturation=0.5 * scanner.saturation + 0.5 * own.saturation,
        psf_um=0.7 * scanner.psf_um + 0.3 * own.psf_um,
        sharpen=scanner.sharpen,
        noise=0.7 * scanner.noise + 0.3 * own.noise,
        jpeg_quality=scanner.jpeg_quality,
        jpeg_before_reduction=scanner.jpeg_before_reduction,
    )
    return Case(
        id=f"{domain}-{seed}-{number:03d}",
        number=number,
        domain=domain,
        stain=stain,
        scanner=scanner,
        scanner_name=f"{domain}-{scanner_number}",
        cell_scale=float(np.clip(np.exp(0.07 * rng.standard_normal()), 0.86, 1.16)),
        chromatin=float(np.exp(0.10 * rng.standard_normal())),
        cytoplasm=float(np.exp(0.22 * rng.standard_normal())),
        cellularity=float(np.exp(0.35 * rng.standard_normal())),
        bloodiness=float(np.clip(rng.gamma(1.6, 0.5), 0.1, 2.5)),
        oncocytic=float(rng.choice([0.3, 1.0, 2.5], p=[0.4, 0.45, 0.15])),
        defocus_um=float(rng.uniform(ranges.defocus_um.low, ranges.defocus_um.high)),
    )
