"""A focal stack in a real window: through its planes by keys, the sharpest one, all in focus, and which was scored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PySide6.QtCore import Qt

from app.records.marks import new_mark
from app.records.shapes import point
from app.slides.focus_stack import FUSION_RULE
from app.slides.slide import ALL_IN_FOCUS
from app.ui.snapshot import snapshot_lines
from tests.drawn_slides import BLUE, RED, draw

PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def stack_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three planes, 1.5 um apart: blue cells, glass, red cells at the same places; the middle one is empty."""
    rng = np.random.default_rng(9)
    places = [(int(x), int(y)) for x, y in rng.integers(40, 980, (90, 2))]
    planes = [draw(1024, 1024, [(x, y, colour) for x, y in places] if colour else []) for colour in (BLUE, None, RED)]
    path = tmp_path_factory.mktemp("stack") / "three planes.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as writer:
        writer.write(
            np.stack(planes),
            tile=(256, 256),
            photometric="rgb",
            compression="deflate",
            metadata={"axes": "ZYXS", "PhysicalSizeX": 0.25, "PhysicalSizeY": 0.25, "PhysicalSizeZ": 1.5},
        )
    return path


def finished(window, plane: int) -> bool:
    session = window.specimen.session
    return session is not None and session.cells.plane == plane and session.progress.state == "finished"


def likely(window) -> str:
    summary = window.specimen.session.summary()
    return max(summary.per_class, key=lambda share: share.count).key


def test_planes_are_shown_scored_and_remembered(open_window, stack_path: Path, qtbot) -> None:
    window = open_window(stack_path, finished=True)
    view = window.stage.view
    qtbot.waitUntil(lambda: window.case.store is not None, timeout=PATIENCE_MS)
    assert "plane 2 of 3 (0 µm)" in window.status.scale.text()
    qtbot.keyClick(window, Qt.Key.Key_BracketRight)
    qtbot.waitUntil(lambda: view.plane == 2, timeout=PATIENCE_MS)
    assert "plane 3 of 3 (+1.5 µm)" in window.status.scale.text()
    qtbot.keyClick(window, Qt.Key.Key_BracketLeft)
    qtbot.waitUntil(lambda: view.plane == 1, timeout=PATIENCE_MS)
    qtbot.keyClick(window, Qt.Key.Key_Z)
    qtbot.waitUntil(lambda: view.plane != 1, timeout=PATIENCE_MS)
    assert view.plane in (0, 2), "the empty plane is not the sharpest one"

    view.show_plane(0)
    qtbot.waitUntil(lambda: view.plane == 0, timeout=PATIENCE_MS)
    mark = replace(new_mark(window.case.slide, point(300, 300)), plane=2)
    window.case.edit("Draw point", put=[mark])
    window.marking.marks.select([mark.uuid])
    assert "plane 3 of 3" in window.docks.marks.facts.text() and window.marking.layer.plane == 0
    window.marking.jump_to(mark)
    qtbot.waitUntil(lambda: view.plane == 2, timeout=PATIENCE_MS)
    assert window.marking.layer.plane == 2, "the marks of this plane are drawn strongly"
    first = window.specimen.session.score_map().provenance
    window.actions_["score_plane"].trigger()
    qtbot.waitUntil(lambda: finished(window, 2), timeout=PATIENCE_MS)
    second = window.specimen.session.score_map().provenance
    assert (first.focal_plane, second.focal_plane) == (1, 2) and first.plan_key != second.plan_key
    assert likely(window) == "red"

    qtbot.waitUntil(lambda: window.stage.view.plane == 2, timeout=PATIENCE_MS)
    window.actions_["all_in_focus"].trigger()
    qtbot.waitUntil(lambda: view.plane == ALL_IN_FOCUS, timeout=PATIENCE_MS)
    assert "computed from 3 planes" in view.instruments.plane_badge.text
    assert "fused from 3 planes" in snapshot_lines(window)[0]
    window.actions_["score_plane"].trigger()
    qtbot.waitUntil(lambda: finished(window, ALL_IN_FOCUS), timeout=PATIENCE_MS)
    third = window.specimen.session.score_map().provenance
    assert (third.focal_plane, third.fusion) == (ALL_IN_FOCUS, FUSION_RULE)
    assert len({first.plan_key, second.plan_key, third.plan_key}) == 3

    window.close()
    again = open_window(stack_path)
    assert again.specimen.session.cells.plane == ALL_IN_FOCUS
    qtbot.waitUntil(lambda: again.stage.view.plane == ALL_IN_FOCUS, timeout=PATIENCE_MS)


def test_a_slide_with_one_plane_offers_none_of_it(open_window, slide_path: Path) -> None:
    window = open_window(slide_path)
    for name in ("plane_up", "plane_down", "best_focus", "all_in_focus", "score_plane"):
        assert not window.actions_[name].isEnabled()
    assert "plane" not in window.status.scale.text()
