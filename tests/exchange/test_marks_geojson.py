"""GeoJSON in and out: nothing is lost between QuPath's files, marks, the case, and back."""

import gzip
import json
import math
import uuid
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.case.case_opening import create_case, open_case
from app.exchange.marks_geojson import ImportFileError, MarksFile, members_mark, read_geojson, write_geojson
from app.geometry import RectPx
from app.records.marks import Mark, MarkClass, changed, new_mark
from app.records.provenance import RESEARCH_USE_ONLY
from app.records.shapes import (
    MarkKind,
    Shape,
    bounds,
    ellipse,
    freehand,
    line,
    lines,
    moved,
    multipolygon,
    point,
    points,
    polygon,
    rectangle,
)

SLIDE = "a" * 64
one_folder = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
"""The same folder for all examples: each writes its files anew."""
CLASSES = (MarkClass("ptc", "Papillary carcinoma", "#aa3311"), MarkClass("benign", "Benign", "#2288cc"))
OUTER = [[0, 0], [100.25, 3], [98, 100], [1, 97], [0, 0]]
HOLE = [[20, 20], [40, 20], [40, 41.5], [20, 20]]


def feature(geometry, **properties):
    properties = {"objectType": "annotation", **properties}
    return {"type": "Feature", "id": str(uuid.uuid4()), "geometry": geometry, "properties": properties}


def qupath_ellipse():
    """An ellipse as QuPath writes it: a polygon of rounded vertices with a flag."""
    steps = [2 * math.pi * i / 48 for i in range(49)]
    ring = [[round(50 + 30.3 * math.cos(t), 2), round(40 + 20.7 * math.sin(t), 2)] for t in steps]
    return {"type": "Polygon", "coordinates": [ring], "isEllipse": True}


QUPATH_FEATURES = {
    "point": feature({"type": "Point", "coordinates": [1234.5, 17]}, name="Cell"),
    "points": feature({"type": "MultiPoint", "coordinates": [[1, 2], [3.25, 4]]}),
    "line": feature({"type": "LineString", "coordinates": [[0, 0], [30, 40]]}, isLocked=True),
    "lines": feature({"type": "MultiLineString", "coordinates": [[[0, 0], [3, 4]], [[5, 5], [6, 6]]]}),
    "rectangle": feature({"type": "Polygon", "coordinates": [[[5, 6], [5, 16], [25, 16], [25, 6], [5, 6]]]}),
    "polygon with hole": feature({"type": "Polygon", "coordinates": [OUTER, HOLE]}),
    "multipolygon": feature(
        {"type": "MultiPolygon", "coordinates": [[OUTER, HOLE], [[[200, 0], [210, 0], [210, 10], [200, 0]]]]},
        classification={"name": "Benign", "color": [34, 136, 204]},
    ),
    "ellipse": feature(qupath_ellipse(), color=[10, 20, 30]),
    "plane": feature({"type": "Point", "coordinates": [1, 2], "plane": {"c": -1, "z": 4, "t": 0}}),
    "channel and time": feature({"type": "Point", "coordinates": [1, 2], "plane": {"c": 2, "z": 1, "t": 9}}),
    "derived class": feature(
        {"type": "Point", "coordinates": [1, 2]}, classification={"names": ["A", "B"], "color": [1, 2, 3]}
    ),
    "class before 0.4": feature(
        {"type": "Point", "coordinates": [1, 2]}, classification={"name": "Tumor", "colorRGB": -3670016}
    ),
    "measurements": feature(
        {"type": "Polygon", "coordinates": [OUTER]},
        measurements={"Area": 123.456789012345, "Not measured": math.nan, "Far": -math.inf},
        metadata={"ANNOTATION_DESCRIPTION": "说明", "key": "value"},
    ),
    "measurements before 0.4": feature(
        {"type": "Polygon", "coordinates": [OUTER]}, measurements=[{"name": "Area", "value": 1e-300}]
    ),
    "detection": feature({"type": "Polygon", "coordinates": [OUTER]}, objectType="detection"),
    "cell": feature({"type": "Polygon", "coordinates": [OUTER]}, objectType="cell")
    | {"nucleusGeometry": {"type": "Polygon", "coordinates": [HOLE]}},
    "tile of unknown fields": feature(
        {"type": "Polygon", "coordinates": [OUTER]}, objectType="tile", isMissing=False, x={"y": [1]}
    ),
    "id before 0.4": feature({"type": "Point", "coordinates": [1, 2]}) | {"id": "PathAnnotationObject"},
    "no id": {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [1, 2]},
        "properties": {"objectType": "annotation"},
    },
    "no properties": {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}, "properties": None},
    "altitudes": feature({"type": "LineString", "coordinates": [[0, 0, 7], [1, 1, 8]]}),
    "open ring": feature({"type": "Polygon", "coordinates": [[[0, 0], [5, 0], [5, 5]]]}),
    "bounding box": feature({"type": "Point", "coordinates": [1, 2], "bbox": [1, 2, 1, 2]}) | {"bbox": [1, 2, 1, 2]},
    "collection": feature({"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}]}),
    "empty polygon": feature({"type": "Polygon", "coordinates": []}),
    "nothing": feature(None, objectType="root"),
    "huge numbers": feature({"type": "Point", "coordinates": [12345678901234567890, 1e300]}),
}


def write_json(path: Path, value) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def features_after(path: Path) -> list[dict]:
    value = json.loads(path.read_text(encoding="utf-8"))
    return value if isinstance(value, list) else value["features"]


def plain(value):
    """JSON values for comparing: 1.0 is 1, NaN is NaN, and True is not 1."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def same(one, two) -> bool:
    return json.dumps(plain(one), sort_keys=True) == json.dumps(plain(two), sort_keys=True)


def through_a_case(folder: Path, file: MarksFile) -> list[Mark]:
    store = create_case(folder)
    store.edit("Import", put=[*file.new_classes, *file.marks])
    store.close()
    store = open_case(folder)
    marks = store.marks(SLIDE)
    store.close()
    return marks


@pytest.mark.parametrize("name", QUPATH_FEATURES)
def test_what_qupath_wrote_comes_out_as_it_went_in(tmp_path, name):
    source = write_json(tmp_path / "in.geojson", {"type": "FeatureCollection", "features": [QUPATH_FEATURES[name]]})
    file = read_geojson(source, SLIDE, CLASSES)
    write_geojson(tmp_path / "out.geojson", file.marks, CLASSES, like=file)
    assert same(features_after(tmp_path / "out.geojson"), [QUPATH_FEATURES[name]])


def test_nothing_is_lost_on_the_way_through_the_case_either(tmp_path):
    source = write_json(
        tmp_path / "in.geojson",
        {"type": "FeatureCollection", "crs": {"x": 1}, "features": list(QUPATH_FEATURES.values())},
    )
    file = read_geojson(source, SLIDE, CLASSES)
    marks = through_a_case(tmp_path / "case", file)
    write_geojson(tmp_path / "out.geojson", marks, CLASSES, like=file)
    assert same(features_after(tmp_path / "out.geojson"), list(QUPATH_FEATURES.values()))
    collection = json.loads((tmp_path / "out.geojson").read_text())
    assert collection["crs"] == {"x": 1}
    assert collection["fnascope"]["notice"] == RESEARCH_USE_ONLY


def test_what_the_marks_say_of_it(tmp_path):
    source = write_json(
        tmp_path / "in.geojson", {"type": "FeatureCollection", "features": list(QUPATH_FEATURES.values())}
    )
    file = read_geojson(source, SLIDE, CLASSES)
    marks = dict(zip(QUPATH_FEATURES, file.marks, strict=True))
    assert marks["point"].shape == point(1234.5, 17)
    assert (marks["point"].note, marks["point"].uuid) == ("Cell", QUPATH_FEATURES["point"]["id"])
    assert marks["rectangle"].shape == rectangle(RectPx(5, 6, 20, 10))
    assert marks["ellipse"].shape.kind is MarkKind.ELLIPSE
    assert bounds(marks["ellipse"].shape) == (19.7, 19.3, 80.3, 60.7)
    assert marks["polygon with hole"].shape == polygon(OUTER, [HOLE])
    assert len(marks["multipolygon"].shape.parts) == 2
    assert marks["multipolygon"].class_key == "benign"
    assert marks["derived class"].class_key == "A: B"
    assert marks["line"].locked
    assert (marks["plane"].plane, marks["channel and time"].plane) == (4, 1)
    assert {name for name, mark in marks.items() if mark.shape.kind is MarkKind.FOREIGN} == {
        "collection",
        "empty polygon",
        "nothing",
    }
    assert file.notes == ("3 objects have no shape that can be drawn; they are kept and exported again.",)
    assert file.new_classes == (MarkClass("A: B", "A: B", "#010203"), MarkClass("Tumor", "Tumor", "#c80000"))


@pytest.mark.parametrize(
    "name", ["polygon with hole", "measurements", "cell", "channel and time", "ellipse", "multipolygon"]
)
def test_an_edit_changes_only_what_it_is_about(tmp_path, name):
    before = QUPATH_FEATURES[name]
    file = read_geojson(write_json(tmp_path / "in.json", before), SLIDE, CLASSES)
    mark = changed(file.marks[0], note="moved", class_key="ptc", shape=moved(file.marks[0].shape, 10, 0), author="A")
    write_geojson(tmp_path / "out.geojson", [mark], CLASSES)
    (after,) = features_after(tmp_path / "out.geojson")
    assert after["properties"].pop("name") == "moved"
    assert after["properties"].pop("classification") == {"name": "Papillary carcinoma", "color": [0xAA, 0x33, 0x11]}
    metadata = after["properties"].pop("metadata")
    assert metadata.pop("fnascope:author") == "A"
    assert {k: v for k, v in metadata.items() if not k.startswith("fnascope:")} == before["properties"].get(
        "metadata", {}
    )
    left = {k: v for k, v in before["properties"].items() if k not in ("name", "classification", "metadata")}
    assert same(after["properties"], left)
    again = read_geojson(tmp_path / "out.geojson", SLIDE, CLASSES).marks[0]
    assert again.shape == mark.shape
    assert after["geometry"].get("plane") == before["geometry"].get("plane")
    assert after.get("nucleusGeometry") == before.get("nucleusGeometry")


def test_taking_class_name_and_lock_away(tmp_path):
    source = feature(
        {"type": "Point", "coordinates": [1, 2]},
        name="n",
        isLocked=True,
        classification={"name": "X", "color": [1, 1, 1]},
    )
    (mark,) = read_geojson(write_json(tmp_path / "in.json", source), SLIDE).marks
    write_geojson(tmp_path / "out.geojson", [changed(mark, note="", class_key=None, locked=False)])
    (after,) = features_after(tmp_path / "out.geojson")
    assert not {"name", "isLocked", "classification"} & set(after["properties"])


number = st.one_of(st.integers(-(10**6), 10**6), st.floats(-1e7, 1e7, allow_nan=False))
positions = st.tuples(number, number)
rings = st.lists(positions, min_size=3, max_size=8, unique=True)
sizes = st.floats(0.05, 1e4)
boxes = st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5), sizes, sizes).map(lambda b: RectPx(*b))
own_shapes = st.one_of(
    positions.map(lambda p: point(*p)),
    st.lists(positions, min_size=1, max_size=5).map(points),
    st.lists(positions, min_size=2, max_size=8).map(line),
    st.lists(st.lists(positions, min_size=2, max_size=5), min_size=1, max_size=3).map(lines),
    boxes.map(rectangle),
    boxes.map(ellipse),
    st.builds(polygon, rings, st.lists(rings, max_size=2)),
    boxes.map(lambda b: polygon([(b.x, b.y), (b.right, b.y), (b.right, b.bottom), (b.x, b.bottom)])),
    st.lists(st.tuples(rings, st.lists(rings, max_size=2)), min_size=1, max_size=3).map(multipolygon),
    rings.map(freehand),
)
text = st.text(max_size=20)
own_marks = st.builds(
    lambda shape, note, key, author, plane, locked: replace(
        new_mark(SLIDE, shape, class_key=key, note=note, author=author), plane=plane, locked=locked
    ),
    own_shapes,
    text,
    st.sampled_from([None, "ptc", "benign", "something else"]),
    text,
    st.integers(0, 20),
    st.booleans(),
)


def without_format(mark: Mark) -> Mark:
    return replace(mark, properties={k: v for k, v in mark.properties.items() if k != "geojson"})


@one_folder
@given(st.lists(own_marks, max_size=5))
def test_own_marks_come_back_equal_in_every_number(tmp_path, marks):
    path = write_geojson(tmp_path / "own.geojson", marks, CLASSES)
    assert [without_format(mark) for mark in read_geojson(path, SLIDE, CLASSES).marks] == marks


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
geometries = st.one_of(
    st.builds(
        lambda r: {"type": "Polygon", "coordinates": [[*r, r[0]]]},
        st.lists(st.lists(number, min_size=2, max_size=3), min_size=3, max_size=6),
    ),
    st.builds(lambda p: {"type": "Point", "coordinates": list(p)}, positions),
    st.dictionaries(
        st.sampled_from(["type", "coordinates", "geometries", "isEllipse", "plane"]), json_values, max_size=4
    ),
    json_values,
)
PROPERTIES = ("objectType", "name", "color", "classification", "isLocked", "measurements", "metadata", "z")
foreign_features = st.fixed_dictionaries(
    {"type": st.just("Feature"), "geometry": geometries},
    optional={
        "id": st.one_of(st.uuids().map(str), json_values),
        "extra": json_values,
        "properties": st.one_of(
            st.none(),
            st.fixed_dictionaries(
                {},
                optional=dict.fromkeys(PROPERTIES, json_values),
            ),
        ),
    },
)


@one_folder
@given(st.lists(foreign_features, max_size=4), st.booleans())
def test_any_feature_comes_out_as_it_went_in(tmp_path, features, bare):
    source = write_json(tmp_path / "in.json", features if bare else {"type": "FeatureCollection", "features": features})
    file = read_geojson(source, SLIDE, CLASSES)
    write_geojson(tmp_path / "out.json", file.marks, CLASSES, like=file)
    assert same(features_after(tmp_path / "out.json"), features)


def test_nested_objects_become_marks_and_are_nested_again(tmp_path):
    inner = feature({"type": "Point", "coordinates": [5, 5]}, objectType="detection")
    middle = feature({"type": "Polygon", "coordinates": [HOLE]}, childObjects=[inner])
    outer = feature(
        {"type": "Polygon", "coordinates": [OUTER]},
        childObjects=[middle, feature({"type": "Point", "coordinates": [6, 6]})],
    )
    other = feature({"type": "Point", "coordinates": [9, 9]}, childObjects=[])
    source = write_json(tmp_path / "in.json", {"type": "FeatureCollection", "features": [outer, other]})
    file = read_geojson(source, SLIDE)
    assert [mark.shape.kind for mark in file.marks] == ["polygon", "polygon", "point", "point", "point"]
    marks = through_a_case(tmp_path / "case", file)
    write_geojson(tmp_path / "out.json", marks, like=file)
    assert same(features_after(tmp_path / "out.json"), [outer, other])
    write_geojson(tmp_path / "part.json", marks[1:3])
    assert same(features_after(tmp_path / "part.json"), [middle])


def test_copies_and_double_ids_get_ids_of_their_own(tmp_path):
    twin = feature({"type": "Point", "coordinates": [1, 2]}, name="twin")
    file = read_geojson(write_json(tmp_path / "in.json", [twin, twin]), SLIDE)
    assert file.marks[0].uuid != file.marks[1].uuid
    copied = replace(file.marks[0], uuid=str(uuid.uuid4()))
    write_geojson(tmp_path / "out.json", [file.marks[0], copied])
    assert [f["id"] for f in features_after(tmp_path / "out.json")] == [twin["id"], copied.uuid]


def test_what_qupath_insists_on(tmp_path):
    """QuPath refuses a name that is null and a classification without colour, and needs UUIDs and closed rings."""
    marks = [new_mark(SLIDE, polygon([(0, 0), (5, 0), (5, 5)]), class_key="unheard of"), new_mark(SLIDE, point(1, 1))]
    for one in features_after(write_geojson(tmp_path / "out.json", marks)):
        assert uuid.UUID(one["id"])
        assert one["properties"]["objectType"] == "annotation"
        assert "name" not in one["properties"]
        assert all(isinstance(value, str) for value in one["properties"]["metadata"].values())
    polygon_feature, point_feature = features_after(tmp_path / "out.json")
    assert len(polygon_feature["properties"]["classification"]["color"]) == 3
    assert polygon_feature["geometry"]["coordinates"][0][0] == polygon_feature["geometry"]["coordinates"][0][-1]
    assert "classification" not in point_feature["properties"]


def as_qupath_writes_it_again(one: dict) -> dict:
    """What QuPath 0.5 keeps of a Feature: its own fields, text in the metadata, coordinates to two decimals."""

    def rounded(value):
        return [rounded(v) for v in value] if isinstance(value, list) else round(value, 2)

    geometry = {key: one["geometry"][key] for key in ("type", "plane", "isEllipse") if key in one["geometry"]}
    kept = ("objectType", "name", "color", "classification", "isLocked", "measurements", "metadata")
    return {
        "type": "Feature",
        "id": one["id"],
        "geometry": {**geometry, "coordinates": rounded(one["geometry"]["coordinates"])},
        "properties": {key: value for key, value in one["properties"].items() if key in kept},
    }


@one_folder
@given(own_marks)
def test_own_marks_survive_qupath_but_for_its_rounding(tmp_path, mark):
    written = features_after(write_geojson(tmp_path / "own.geojson", [mark], CLASSES))
    source = write_json(tmp_path / "back.geojson", [as_qupath_writes_it_again(one) for one in written])
    (back,) = read_geojson(source, SLIDE, CLASSES).marks
    assert without_format(replace(back, shape=mark.shape)) == mark
    assert back.shape.kind is mark.shape.kind
    assert bounds(back.shape) == pytest.approx(bounds(mark.shape), abs=0.011)


def test_properties_of_other_formats_travel_in_the_metadata(tmp_path):
    mark = replace(new_mark(SLIDE, point(1, 1)), properties={"asap": {"Name": "x", "Color": "#ff0000"}})
    path = write_geojson(tmp_path / "out.json", [mark])
    assert without_format(read_geojson(path, SLIDE).marks[0]) == mark


@pytest.mark.parametrize("container", ["collection", "feature", "list", "geometry", "list of collections"])
def test_every_container_that_qupath_takes(tmp_path, container):
    one = QUPATH_FEATURES["polygon with hole"]
    collection = {"type": "FeatureCollection", "features": [one]}
    values = {
        "collection": collection,
        "feature": one,
        "list": [one],
        "geometry": one["geometry"],
        "list of collections": [collection, collection],
    }
    file = read_geojson(write_json(tmp_path / "in.json", values[container]), SLIDE)
    assert {mark.shape for mark in file.marks} == {polygon(OUTER, [HOLE])}
    assert file.bare_list == container.startswith("list")


def test_compressed_files_and_byte_order_marks(tmp_path):
    data = json.dumps([QUPATH_FEATURES["point"]]).encode()
    (tmp_path / "a.geojson.gz").write_bytes(gzip.compress(data))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("b.geojson", data)
    (tmp_path / "c.geojson").write_bytes(b"\xef\xbb\xbf" + data)
    for name in ("a.geojson.gz", "b.zip", "c.geojson"):
        assert read_geojson(tmp_path / name, SLIDE).marks[0].shape == point(1234.5, 17)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"{}",
        b"42",
        b"[[1]]",
        b'{"type": "FeatureCollection", "features": {}}',
        b'{"type": "FeatureCollection", "features": [null]}',
        b'{"type": "Topology"}',
        b"[" * 100_000,
        b'{"type": "Feature", "geometry": null, "properties": {"x": ' + b"[" * 200 + b"]" * 200 + b"}}",
        b"\x1f\x8bdamaged",
        b"PK\x03\x04damaged",
        b"\xff\xfe\x00",
    ],
)
def test_other_files_are_refused_in_one_sentence(tmp_path, content):
    (tmp_path / "bad.geojson").write_bytes(content)
    with pytest.raises(ImportFileError, match=r"bad\.geojson .*: .*\.$") as told:
        read_geojson(tmp_path / "bad.geojson", SLIDE)
    assert "\n" not in str(told.value)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ImportFileError, match="cannot be read"):
        read_geojson(tmp_path / "nothing.geojson", SLIDE)


def test_a_cancelled_export_leaves_the_old_file(tmp_path):
    path = write_geojson(tmp_path / "out.json", [new_mark(SLIDE, point(1, 1))])
    before = path.read_bytes()

    def cancel(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_geojson(
            path, [new_mark(SLIDE, Shape(MarkKind.POINT, (([(i, 1)],),))) for i in range(1500)], progress=cancel
        )
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["out.json"]


def test_what_a_collection_holds_besides_its_features_is_kept_in_the_case(tmp_path):
    members = {"crs": {"type": "name"}, "bbox": [-500, -500, 5000, 5000], "作者": ["x", None, 1.5]}
    features = [QUPATH_FEATURES["point"], QUPATH_FEATURES["polygon with hole"]]
    source = write_json(tmp_path / "in.geojson", {"type": "FeatureCollection", **members, "features": features})
    file = read_geojson(source, SLIDE, CLASSES)
    keeper = members_mark(file, SLIDE)
    assert keeper == replace(members_mark(file, SLIDE), **when(keeper)), "the same file brought twice is kept once"
    store = create_case(tmp_path / "case")
    store.edit("Import", put=[*file.new_classes, keeper, *file.marks])
    store.close()
    store = open_case(tmp_path / "case")
    out = json.loads(write_geojson(tmp_path / "out.geojson", store.marks(SLIDE), CLASSES).read_text())
    assert same(out.pop("features"), features)
    assert out.pop("fnascope") == {"notice": RESEARCH_USE_ONLY} and out.pop("type") == "FeatureCollection"
    assert same(out, members)
    moved_mark = changed(file.marks[0], shape=point(9000, 17))
    store.edit("Move", put=[moved_mark])
    out = json.loads(write_geojson(tmp_path / "out.geojson", store.marks(SLIDE), CLASSES).read_text())
    assert "bbox" not in out and out["crs"] == members["crs"], "a box that no longer holds all would be a lie"
    store.close()
    own = read_geojson(write_geojson(tmp_path / "own.geojson", [moved_mark]), SLIDE)
    assert members_mark(own, SLIDE) is None


def when(mark: Mark) -> dict[str, str]:
    return {"created_utc": mark.created_utc, "modified_utc": mark.modified_utc}


@pytest.mark.parametrize(
    "ring",
    [
        [[0, 0], [9.5, 0], [9, 9], [3, 7], [0, 0]],
        [[0, 0, 1], [9, 0, 1], [9, 9, 1], [3, 7, 1], [0, 0, 1]],
        [[0, 0], [9, 0], [9, 9], [3, 7]],
        [[0, 0], [True, 0], [9, 9], [3, 7], [0, 0]],
        [[0, 0], ["9", 0], [9, 9], [3, 7], [0, 0]],
        [[0, 0], [2**60 + 1, 0], [9, 9], [3, 7], [0, 0]],
        [[0, 0], [9, 0], [9, 9, 8], [3, 7], [0, 0]],
        [[0, 0], [9, 0], "ab", [3, 7], [0, 0]],
    ],
)
def test_a_ring_is_rebuilt_only_where_every_number_comes_back(tmp_path, ring):
    one = feature({"type": "Polygon", "coordinates": [ring]})
    file = read_geojson(write_json(tmp_path / "in.json", one), SLIDE)
    kept = file.marks[0].properties["geojson"]["feature"]
    assert ("geometry" not in kept) == (ring[1] == [9.5, 0])
    (out,) = features_after(write_geojson(tmp_path / "out.json", file.marks))
    assert json.dumps(out["geometry"]) == json.dumps(one["geometry"])
