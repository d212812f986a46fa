"""The index of marks against looking at every mark, with edits in between."""

import math

import numpy as np
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.geometry import PointPx, RectPx
from app.records.mark_index import MarkIndex
from app.records.marks import Mark, changed, new_mark
from app.records.shapes import FOREIGN_SHAPE, bounding_rect, ellipse, line, point, polygon, rectangle

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def mark(number: int, x: float, y: float, side: float = 0.0) -> Mark:
    shape = rectangle(RectPx(x, y, side, side)) if side else point(x, y)
    return Mark(f"m{number}", "slide", shape)


def by_looking_at_all(marks: list[Mark], rect: RectPx) -> list[str]:
    def touches(one: Mark) -> bool:
        box = bounding_rect(one.shape)
        return box.x <= rect.right and box.right >= rect.x and box.y <= rect.bottom and box.bottom >= rect.y

    return [one.uuid for one in marks if touches(one)]


coordinate = st.integers(0, 200)
commands = st.lists(
    st.tuples(
        st.sampled_from(["put", "remove", "rebuild"]), st.integers(0, 15), coordinate, coordinate, st.integers(0, 40)
    ),
    max_size=40,
)
views = st.tuples(coordinate, coordinate, st.integers(1, 100), st.integers(1, 100))


@UNHURRIED
@given(commands, views)
def test_queries_agree_with_looking_at_every_mark(steps, view):
    index, plain = MarkIndex(), {}
    for command, number, x, y, side in steps:
        if command == "put":
            index.put(mark(number, x, y, side))
            plain[f"m{number}"] = mark(number, x, y, side)
        elif command == "remove":
            index.remove(f"m{number}")
            plain.pop(f"m{number}", None)
        else:
            index.rebuild()
    rect = RectPx(*view)
    assert sorted(one.uuid for one in index.query(rect)) == sorted(by_looking_at_all(list(plain.values()), rect))
    assert len(index) == len(plain) == len(index.all())
    assert all(index.get(uuid) == one for uuid, one in plain.items())


def test_an_undone_removal_returns_to_its_place_in_the_drawing_order():
    marks = [mark(i, i, i, 50) for i in range(4)]
    index = MarkIndex(marks)
    index.apply([(marks[1], None)])
    assert "m1" not in index
    index.apply([(None, marks[1])])
    assert [one.uuid for one in index.query(RectPx(0, 0, 100, 100))] == ["m0", "m1", "m2", "m3"]
    index.apply([(marks[2], changed(marks[2], note="seen"))])
    assert index.get("m2").note == "seen"


def test_small_marks_become_specks():
    index = MarkIndex([mark(0, 10, 10, 4), mark(1, 50, 50, 40), mark(2, 90, 90)])
    view = RectPx(0, 0, 100, 100)
    assert [one.uuid for one in index.query(view, at_least_px=5)] == ["m1"]
    large, (middles, codes, near) = index.split(view, 5)
    assert [one.uuid for one in large] == ["m1"]
    assert middles.tolist() == [[12, 12], [90, 90]]
    assert [index.class_keys[code] for code in codes] == [None, None] and near.all()
    index.put(changed(mark(2, 90, 90), plane=3))
    assert index.split(view, 5, on_plane=3)[1][2].tolist() == [False, True]
    large, (middles, _, _) = index.split(view, 5, leave_out=["m0", "m1", "unknown"])
    assert not large
    assert middles.tolist() == [[90, 90]]


def test_a_hit_prefers_the_nearest_then_the_smallest():
    big = Mark("big", "s", rectangle(RectPx(0, 0, 100, 100)))
    small = Mark("small", "s", ellipse(RectPx(40, 40, 20, 20)))
    edge = Mark("edge", "s", line([(0, 200), (100, 200)]))
    index = MarkIndex([small, big, edge, Mark("foreign", "s", FOREIGN_SHAPE)])
    assert index.hit(PointPx(50, 50), 3).uuid == "small"
    assert index.hit(PointPx(10, 10), 3).uuid == "big"
    assert index.hit(PointPx(50, 203), 4).uuid == "edge"
    assert index.hit(PointPx(50, 210), 4) is None


def test_the_corner_of_a_box_is_no_hit_on_the_ellipse_in_it():
    index = MarkIndex([Mark("e", "s", ellipse(RectPx(0, 0, 100, 100)))])
    assert index.hit(PointPx(3, 3), 2) is None


def test_a_hundred_thousand_marks_with_edits_are_found_as_by_looking_at_all():
    random = np.random.default_rng(7)
    corners = random.uniform((0, 0), (80_000, 60_000), (100_000, 2))
    circle = np.column_stack((np.cos(np.arange(8)), np.sin(np.arange(8)))) * 20
    index = MarkIndex(new_mark("slide", polygon(circle + corner)) for corner in corners)
    assert len(index) == 100_000
    moved_to = random.uniform((0, 0), (80_000, 60_000), (3_000, 2))
    for one, corner in zip(index.all()[:3_000], moved_to, strict=True):
        index.put(changed(one, shape=polygon(circle + corner)))
    for one in index.all()[3_000:4_000]:
        index.remove(one.uuid)
    middles = np.concatenate((moved_to, corners[4_000:]))
    low, high = circle.min(axis=0), circle.max(axis=0)
    for view in (RectPx(30_000, 20_000, 1920, 1080), RectPx(0, 0, 16_000, 9_000), RectPx(-500, -500, 400, 400)):
        right_of = ((middles + high) >= (view.x, view.y)).all(axis=1)
        left_of = ((middles + low) <= (view.right, view.bottom)).all(axis=1)
        assert len(index.query(view)) == int((right_of & left_of).sum())
    assert len(index.query(RectPx(-100, -100, 90_000, 70_000))) == 99_000


@given(st.floats(-3.0, 3.0), st.floats(1.0, 400.0), st.floats(1.0, 400.0), st.integers(0, 2**31))
def test_a_turned_area_finds_what_shapely_finds(angle, width, height, seed):
    random = np.random.default_rng(seed)
    marks = [
        new_mark("slide", rectangle(RectPx(*random.uniform(0, 1000, 2).tolist(), *random.uniform(0, 60, 2).tolist())))
        for _ in range(60)
    ]
    middle, along = random.uniform(200, 800, 2), np.array([math.cos(angle), math.sin(angle)])
    across = np.array([-along[1], along[0]])
    corners = [
        middle + i * along * width / 2 + j * across * height / 2 for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    area = shapely.Polygon(corners)
    distances = {m.uuid: shapely.distance(area, shapely.box(*m.shape.parts[0][0].ravel())) for m in marks}
    found = {m.uuid for m in MarkIndex(marks).query([tuple(corner) for corner in corners])}
    assert found >= {uuid for uuid, away in distances.items() if away == 0}
    assert all(distances[uuid] < 1e-6 for uuid in found)
