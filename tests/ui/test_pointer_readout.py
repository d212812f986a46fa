"""What is told of the tile under the pointer: probabilities with their flags, or why not."""

from types import SimpleNamespace

import numpy as np

from app.records.scores import CellState
from app.ui.panels.status import ProbabilityReadout
from app.ui.pointer_readout import tile_reading
from tests.bundles import CLASSES


def reading(probabilities, strange=0.0, state=CellState.SCORED, **options):
    score_map = SimpleNamespace(
        states=np.array([[state]], np.uint8),
        probabilities=np.array([[probabilities]], np.float32),
        out_of_domain=np.array([[strange]], np.float32),
    )
    return tile_reading((0, 0), score_map, SimpleNamespace(out_of_domain_threshold=2.0), **options)


def test_flags_stand_beside_the_probabilities(qtbot):
    readout = ProbabilityReadout()
    qtbot.addWidget(readout)
    readout.set_classes(CLASSES)
    readout.show_reading(reading((0.1, 0.1, 0.8)))
    assert readout.text() == "Background 0.100  Blue cells 0.100  Red cells 0.800"
    readout.show_reading(reading((0.1, 0.4, 0.5), 2.5))
    assert readout.text().endswith("uncertain, unlike the training data")
    readout.show_reading(reading((0.1, 0.4, 0.5), 2.5, CellState.OUT_OF_FOCUS))
    assert readout.text() == "out of focus, not reliable"


def test_where_the_model_may_not_rank_no_probability_is_told(qtbot):
    readout = ProbabilityReadout()
    qtbot.addWidget(readout)
    readout.set_classes(CLASSES)
    readout.show_reading(reading((0.1, 0.1, 0.8), may_rank=False))
    assert "phantom model" in readout.text() and "0." not in readout.text()
