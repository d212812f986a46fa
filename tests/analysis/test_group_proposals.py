"""Places that may be groups: by area, without those that were counted."""

from __future__ import annotations

import numpy as np

from app.analysis.cell_map import CellMap
from app.analysis.group_proposals import WIDEST_UM, propose_groups
from app.geometry import PointPx

MPP = 0.25
PITCH_PX = 32.0
"""8 um: a square of 8 x 8 coarse cells covers 4,096 um2."""


def cell_map(*blocks: tuple[int, int, int, int]) -> CellMap:
    cells = np.zeros((200, 200), bool)
    for row, column, height, width in blocks:
        cells[row : row + height, column : column + width] = True
    return CellMap(PITCH_PX, cells)


def test_larger_areas_come_first_and_specks_not_at_all():
    rects = propose_groups(cell_map((10, 10, 4, 4), (50, 60, 8, 8), (100, 100, 1, 2)), MPP)
    assert [(round(rect.center.x / PITCH_PX), round(rect.center.y / PITCH_PX)) for rect in rects] == [
        (64, 54),
        (12, 12),
    ]
    assert rects[0].contains(PointPx(60 * PITCH_PX, 50 * PITCH_PX)), "the whole group is in the frame"


def test_what_was_counted_is_not_proposed_again():
    found = cell_map((10, 10, 4, 4), (50, 60, 8, 8))
    assert len(propose_groups(found, MPP, [PointPx(64 * PITCH_PX, 54 * PITCH_PX)])) == 1
    assert len(propose_groups(found, MPP, limit=1)) == 1


def test_a_whole_sheet_is_proposed_in_one_field_at_its_densest():
    found = cell_map((5, 0, 2, 190), (5, 150, 40, 30))
    (rect,) = propose_groups(found, MPP)
    assert rect.width * MPP <= WIDEST_UM + 60
    assert 140 < rect.center.x / PITCH_PX < 185


def test_bare_glass_gives_none():
    assert propose_groups(cell_map(), MPP) == []
