"""The adequacy counter and the published facts of the categories."""

import pytest

from app.geometry import PointPx
from app.records.bethesda import CATEGORIES, BethesdaCategory
from app.records.specimen import AdequateAnyway, CellGroup, adequacy


def groups(*cells: int) -> list[CellGroup]:
    return [CellGroup(str(i), f"slide{i % 2}", PointPx(0, 0), count) for i, count in enumerate(cells)]


@pytest.mark.parametrize(
    ("cells", "counted", "adequate"),
    [((), 0, False), ((10, 10, 9, 50), 3, False), ((10,) * 5 + (9,) * 9, 5, False), ((10,) * 6, 6, True)],
)
def test_six_groups_of_ten_cells_over_all_slides_are_adequate(cells, counted, adequate):
    count = adequacy(groups(*cells))
    assert (count.counted, count.groups, count.needed, count.adequate) == (counted, len(cells), 6, adequate)


@pytest.mark.parametrize("reason", [AdequateAnyway.ATYPIA, AdequateAnyway.COLLOID, AdequateAnyway.INFLAMMATION])
def test_fewer_groups_may_be_adequate_anyway(reason):
    assert adequacy(groups(12), reason).adequate
    assert adequacy(groups(12), reason).counted == 1


def test_every_category_has_its_published_risk():
    assert [CATEGORIES[category].rom_mean for category in BethesdaCategory] == [13, 4, 22, 30, 74, 97]
    assert all(facts.rom_low <= facts.rom_mean <= facts.rom_high for facts in CATEGORIES.values())
