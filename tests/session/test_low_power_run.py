"""A run that was asked to leave out what looks empty at low power: fewer tiles, and scores that say so."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from app.analysis.cell_map import CELL_FINDER
from app.analysis.low_power import stage
from app.records.scores import CellState
from app.resources import resource_path
from app.session.setup import make_provenance, prepare
from app.slides.open import open_slide
from kd.bundle import load_bundle
from tests.bundles import make_bundle
from tests.drawn_slides import write_slide

NUCLEI = [(x, y) for x in range(96, 900, 192) for y in range(96, 700, 192)]


@pytest.fixture(scope="module")
def specks(tmp_path_factory):
    """Nuclei on the left, faint specks on the right, each in the middle of a tile of 48 um."""
    image = np.full((768, 2304, 3), (238, 236, 240), np.uint8)
    for x, y in NUCLEI:
        cv2.circle(image, (x, y), 18, (110, 90, 160), -1, cv2.LINE_AA)
        cv2.circle(image, (x + 6 * 192, y), 11, (190, 180, 180), -1, cv2.LINE_AA)
    return write_slide(tmp_path_factory.mktemp("specks") / "specks.tif", image, levels=4)


def test_specks_become_background_only_when_that_was_asked_for(open_session, specks):
    model = load_bundle(resource_path("models/demo.fnabundle"))
    maps = []
    for low_power in (False, True):
        listener = open_session(specks, model, low_power=low_power, device="cpu", workers=1)
        listener.session.start()
        listener.wait("finished")
        maps.append(listener.session.score_map())
        assert listener.session.cells.current.cells.any(axis=0)[-200:].any(), "the map of cells shows them in any case"
        listener.session.close()
    without, with_it = ((scores.states == CellState.BACKGROUND)[:, 6:] for scores in maps)
    assert not without[:, :5].any() and with_it.all()
    assert not any((scores.states == CellState.BACKGROUND)[:4, :5].any() for scores in maps), "nuclei are scored"
    made = [scores.provenance for scores in maps]
    assert made[0].cell_finder == CELL_FINDER and stage().name in made[1].cell_finder
    assert made[0].plan_key != made[1].plan_key, "neither is taken for the other"


def test_it_is_told_that_tiles_are_left_out_and_when_they_cannot_be(specks, tmp_path):
    model, small = load_bundle(resource_path("models/demo.fnabundle")), make_bundle(tmp_path)
    slide = open_slide(specks, probe=False)
    for bundle, asked, used, words in (
        (model, True, True, "trained on phantoms"),
        (small, True, False, "All tiles with cells are scored"),
        (model, False, False, None),
    ):
        prepared = prepare(slide.info, bundle, None, None, low_power=asked)
        assert prepared.plan.low_power is used
        told = [notice.text for notice in prepared.notices if notice.key == "low-power"]
        assert [words in text for text in told] == ([True] if words else [])
        made = make_provenance(slide.info, bundle, prepared, "fp32", "cpu")
        assert (stage().name in made.cell_finder) is used
    slide.close()
