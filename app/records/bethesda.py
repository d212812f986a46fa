"""The Bethesda System for Reporting Thyroid Cytopathology, 2023 edition, in the form the sheet needs.

The risk of malignancy belongs to the category that the human chose. It is never shown beside a model's
probability. Source: doi 10.1089/thy.2023.0141 (adults: mean and range).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

SOURCE_DOI = "10.1089/thy.2023.0141"


class BethesdaCategory(StrEnum):
    """The six categories; the numerals are stored on disk."""

    NONDIAGNOSTIC = "I"
    BENIGN = "II"
    AUS = "III"
    FOLLICULAR_NEOPLASM = "IV"
    SUSPICIOUS = "V"
    MALIGNANT = "VI"


@dataclass(frozen=True, slots=True)
class CategoryFacts:
    """Name and published risk of malignancy in percent: mean, lowest, highest; ``subtypes`` are keys."""

    name: str
    rom_mean: int
    rom_low: int
    rom_high: int
    subtypes: tuple[str, ...] = ()


CATEGORIES: Mapping[BethesdaCategory, CategoryFacts] = {
    BethesdaCategory.NONDIAGNOSTIC: CategoryFacts("Nondiagnostic", 13, 5, 20),
    BethesdaCategory.BENIGN: CategoryFacts("Benign", 4, 2, 7),
    BethesdaCategory.AUS: CategoryFacts("Atypia of undetermined significance", 22, 13, 30, ("nuclear", "other")),
    BethesdaCategory.FOLLICULAR_NEOPLASM: CategoryFacts("Follicular neoplasm", 30, 23, 34),
    BethesdaCategory.SUSPICIOUS: CategoryFacts("Suspicious for malignancy", 74, 67, 83),
    BethesdaCategory.MALIGNANT: CategoryFacts("Malignant", 97, 97, 100),
}

CHECKLIST: Mapping[str, str] = {
    "enlargement": "Nuclear enlargement",
    "irregular_contour": "Oval nuclei, irregular contour",
    "crowding": "Crowding and overlap",
    "pale_chromatin": "Pale, powdery chromatin",
    "micronucleoli": "Marginal micronucleoli",
    "grooves": "Nuclear grooves",
    "pseudoinclusions": "Intranuclear pseudoinclusions",
    "papillae": "Papillae or syncytial sheets",
    "psammoma": "Psammoma bodies",
    "ropy_colloid": "Ropy colloid",
    "giant_cells": "Multinucleated giant cells",
}
"""Features of papillary carcinoma: key (stored on disk) and English name."""
