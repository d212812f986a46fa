"""ASAP's files: each type of annotation, groups, splines, excluded areas, damaged files."""

import numpy as np
import pytest
import shapely

from app.exchange.asap_xml import AsapGroup, closed_spline, read_asap
from app.exchange.marks_geojson import ImportFileError, read_geojson, write_geojson
from app.geometry import RectPx
from app.records.marks import MarkClass
from app.records.shapes import MarkKind, area_um2, line, point, points, polygon, rectangle, to_geometry

SLIDE = "a" * 64
BIG = [(0, 0), (100, 0), (100, 100), (0, 100.5)]


def annotation(kind: str, xy, name: str = "Annotation 0", group: str = "None", color: str = "#F4FA58") -> str:
    rows = [f'<Coordinate Order="{i}" X="{x}" Y="{y}" />' for i, (x, y) in enumerate(xy)]
    # ASAP writes them in order, but says that Order counts.
    listed = "\n".join(reversed(rows))
    return (
        f'<Annotation Name="{name}" Type="{kind}" PartOfGroup="{group}" Color="{color}">'
        f"<Coordinates>{listed}</Coordinates></Annotation>"
    )


def asap_file(tmp_path, *annotations: str, groups: str = "", root: str = "ASAP_Annotations"):
    path = tmp_path / "marks.xml"
    path.write_text(
        f'<?xml version="1.0"?>\n<{root}>\n<Annotations>{"".join(annotations)}</Annotations>'
        f"<AnnotationGroups>{groups}</AnnotationGroups></{root}>",
        encoding="utf-8",
    )
    return path


def test_each_type_becomes_the_shape_it_is(tmp_path):
    path = asap_file(
        tmp_path,
        annotation("Dot", [(1173.36755, 766.442078)]),
        annotation("Polygon", BIG),
        annotation("PointSet", [(1, 2), (3, 4)]),
        annotation(
            "Rectangle",
            [(51.3595276, 1363.00256), (391.122498, 1363.00256), (391.122498, 1647.4), (51.3595276, 1647.4)],
        ),
        annotation("Rectangle", [(0, 0), (10, 5), (5, 15), (-5, 10)]),
        annotation("Measurement", [(0, 0), (3, 4)]),
    )
    file = read_asap(path, SLIDE, author="A. Reader")
    assert [mark.shape for mark in file.marks] == [
        point(1173.36755, 766.442078),
        polygon(BIG),
        points([(1, 2), (3, 4)]),
        rectangle(RectPx(51.3595276, 1363.00256, 391.122498 - 51.3595276, 1647.4 - 1363.00256)),
        polygon([(0, 0), (10, 5), (5, 15), (-5, 10)]),
        line([(0, 0), (3, 4)]),
    ]
    assert {(mark.slide, mark.author, mark.class_key, mark.note) for mark in file.marks} == {
        (SLIDE, "A. Reader", None, "")
    }
    assert file.marks[0].properties["asap"]["Color"] == "#F4FA58"
    assert file.notes == ()


def test_groups_are_classes_and_may_lie_in_groups(tmp_path):
    groups = (
        '<Group Name="Papillary" PartOfGroup="Suspicious" Color="#64FE2E"><Attributes /></Group>'
        '<Group Name="Suspicious" PartOfGroup="None" Color="#ff0000"><Attributes /></Group>'
        '<Group Name="Empty" PartOfGroup="None" Color="#0000ff"><Attributes /></Group>'
    )
    path = asap_file(
        tmp_path,
        annotation("Dot", [(1, 1)], name="grooves", group="Papillary"),
        annotation("Dot", [(2, 2)], group="Suspicious"),
        groups=groups,
    )
    file = read_asap(path, SLIDE, [MarkClass("ptc", "Papillary", "#aa3311")])
    assert [(mark.class_key, mark.note) for mark in file.marks] == [("ptc", "grooves"), ("Suspicious", "")]
    assert file.new_classes == (MarkClass("Suspicious", "Suspicious", "#ff0000"),)
    assert file.groups[0] == AsapGroup("Papillary", "#64FE2E", "Suspicious")
    assert [step["name"] for step in file.marks[0].properties["asap"]["groups"]] == ["Papillary", "Suspicious"]


def test_a_spline_is_a_smooth_closed_curve_through_its_points(tmp_path):
    angles = np.arange(8) * (2 * np.pi / 8)
    circle = np.column_stack((np.cos(angles), np.sin(angles))) * 100 + 500
    (mark,) = read_asap(asap_file(tmp_path, annotation("Spline", circle.tolist())), SLIDE).marks
    assert mark.shape.kind is MarkKind.POLYGON
    (ring,) = mark.shape.parts[0]
    assert all((np.abs(ring - corner).max(axis=1) < 1e-9).any() for corner in circle)
    assert np.abs(np.hypot(*(ring - 500).T) - 100).max() < 2
    assert area_um2(mark.shape, 1) == pytest.approx(np.pi * 100**2, rel=0.02)
    assert to_geometry(mark.shape).is_valid
    assert mark.properties["asap"]["control_points"] == circle.tolist()


def test_a_spline_may_repeat_a_point_or_have_only_two(tmp_path):
    corners = np.array([(0, 0), (0, 0), (90, 0), (90, 90), (0, 90), (0, 90)], float)
    assert np.isfinite(closed_spline(corners)).all()
    assert shapely.Polygon(closed_spline(corners)).is_valid
    (mark,) = read_asap(asap_file(tmp_path, annotation("Spline", [(0, 0), (5, 5)])), SLIDE).marks
    assert mark.shape == line([(0, 0), (5, 5)])


@pytest.mark.parametrize("group", ["Exclude", "exclusion", "Holes"])
def test_excluded_areas_are_cut_out(tmp_path, group):
    hole = [(10, 10), (20, 10), (20, 20), (10, 20)]
    across = [(90, 40), (120, 40), (120, 60), (90, 60)]
    path = asap_file(
        tmp_path,
        annotation("Polygon", hole, group=group),
        annotation("Polygon", BIG, group="Tumor"),
        annotation("Polygon", across, group=group),
        annotation("Polygon", [(x + 500, y) for x, y in BIG], group="Tumor"),
        annotation("Polygon", [(x + 900, y) for x, y in hole], group=group),
        annotation("Dot", [(15, 15)], group="Tumor"),
    )
    file = read_asap(path, SLIDE)
    cut, whole, dot, lonely = file.marks
    assert cut.shape.kind is MarkKind.POLYGON
    assert len(cut.shape.parts[0]) == 2
    assert area_um2(cut.shape, 1) == pytest.approx(area_um2(polygon(BIG), 1) - 100 - 200)
    assert len(cut.properties["asap"]["cut_out"]) == 2
    assert area_um2(whole.shape, 1) == pytest.approx(area_um2(polygon(BIG), 1))
    assert dot.shape == point(15, 15)
    assert lonely.class_key == group
    assert file.notes == ("1 excluded areas lie in no other area and were imported as marks.",)


def test_an_excluded_area_may_cut_in_two_or_take_all(tmp_path):
    path = asap_file(
        tmp_path,
        annotation("Polygon", BIG, group="_0"),
        annotation("Polygon", [(10, 10), (20, 10), (20, 20)], group="_1"),
        annotation("Rectangle", [(-10, 5), (200, 5), (200, 50), (-10, 50)], group="_2"),
    )
    file = read_asap(path, SLIDE)
    (halves,) = file.marks
    assert halves.shape.kind is MarkKind.MULTIPOLYGON
    assert len(halves.shape.parts) == 2
    assert "wholly in an excluded area" in file.notes[0]
    unchanged = read_asap(path, SLIDE, excluding_groups=())
    assert [mark.class_key for mark in unchanged.marks] == ["_0", "_1", "_2"]


def test_what_asap_marks_say_survives_geojson(tmp_path):
    file = read_asap(asap_file(tmp_path, annotation("Polygon", BIG, group="Tumor")), SLIDE)
    (again,) = read_geojson(write_geojson(tmp_path / "out.geojson", file.marks), SLIDE).marks
    assert again.shape == file.marks[0].shape
    assert again.class_key == "Tumor"
    assert again.properties["asap"] == file.marks[0].properties["asap"]


def test_one_bad_annotation_is_left_out_and_told(tmp_path):
    path = asap_file(
        tmp_path,
        annotation("Dot", []),
        annotation("Dot", [("x", 1)]),
        annotation("Blob", BIG),
        annotation("Dot", [("1,5", 2)]),
    )
    file = read_asap(path, SLIDE)
    assert [mark.shape for mark in file.marks] == [point(1.5, 2)]
    assert len(file.notes) == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<ASAP_Annotations>",
        b"<Annotations><Annotation/></Annotations>",
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><ASAP_Annotations/>',
        b"no xml",
        b'<?xml version="1.0" encoding="nonsense"?><ASAP_Annotations/>',
    ],
)
def test_other_files_are_refused_in_one_sentence(tmp_path, content):
    (tmp_path / "bad.xml").write_bytes(content)
    with pytest.raises(ImportFileError, match=r"bad\.xml .*\.$"):
        read_asap(tmp_path / "bad.xml", SLIDE)
    with pytest.raises(ImportFileError, match="cannot be read"):
        read_asap(tmp_path / "missing.xml", SLIDE)
