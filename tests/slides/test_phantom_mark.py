"""Phantom slides say so in their description."""

import pytest

from app.slides.phantom_mark import read_phantom_mark


@pytest.mark.parametrize("description", [None, "", "Aperio Image Library", "a FNAScope phantom", '{"FNAScope": 1}'])
def test_other_slides_are_no_phantoms(description: str | None) -> None:
    assert read_phantom_mark(description) is None


@pytest.mark.parametrize(
    "description",
    [
        "FNAScope phantom; stain=pap; case=7",
        "FNAScope phantom\nstain=pap\ncase=7",
        'FNAScope phantom\n{"stain": "pap", "case": 7}',
        'FNAScope phantom {"stain": "pap", "case": "7"}\n',
    ],
)
def test_its_facts_are_read_in_either_notation(description: str) -> None:
    assert read_phantom_mark(description) == {"stain": "pap", "case": "7"}


def test_a_phantom_without_facts_is_still_a_phantom() -> None:
    assert read_phantom_mark("FNAScope phantom") == {}
    assert read_phantom_mark("FNAScope phantom {damaged") == {}
