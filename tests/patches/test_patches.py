"""``python -m app.patches`` as a user runs it: on the phantom demo slide, and on the real slide."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.exchange.marks_geojson import write_geojson
from app.patches.__main__ import main
from app.records.marks import MarkClass, new_mark
from app.records.shapes import point, polygon
from app.resources import resource_path
from app.slides.open import open_slide
from app.slides.slide import PixelRegion
from tests.drawn_slides import BLUE, draw, write_slide

CLASSES = (MarkClass("sheet", "Benign sheet", "#009e73"), MarkClass("papillary", "Papillary", "#d55e00"),
           MarkClass("inflammation", "Inflammation", "#56b4e9"))  # fmt: skip
OF_TRUTH = {2: "sheet", 4: "papillary", 5: "inflammation"}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def annotations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo slide's groups as outlines, and its inflammatory cells as points, from its ground truth."""
    truth = np.load(resource_path("demo/demo-slide.truth.npz"))
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    marks = []
    for thing in truth["objects"]:
        if int(thing["label"]) in OF_TRUTH:
            circle = np.stack([np.cos(angles), np.sin(angles)], 1) * float(thing["radius"]) + (thing["x"], thing["y"])
            marks.append(new_mark("demo", polygon(circle), class_key=OF_TRUTH[int(thing["label"])]))
    cells = truth["evidence"]
    for x, y, *_ in cells[cells[:, 3] == 5][::6]:
        marks.append(new_mark("demo", point(float(x), float(y)), class_key="inflammation"))
    marks.append(new_mark("demo", point(50.0, 50.0)))
    return write_geojson(tmp_path_factory.mktemp("marks") / "demo.geojson", marks, CLASSES)


@pytest.fixture(scope="module")
def made(annotations: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("patches") / "demo"
    slide = str(resource_path("demo/demo-slide.tif"))
    more = ["--unlabelled", "30", "--bag", "12", "--label", "papillary", "--quiet"]
    assert main([slide, str(annotations), "--out", str(out), *more]) == 0
    return out


def test_the_manifest_lists_tiles_of_every_class_in_whole_blocks(made: Path) -> None:
    rows = read(made / "manifest.csv")
    counts = Counter(row["label"] for row in rows)
    assert set(counts) == {"benign_sheet", "papillary", "inflammation", ""} and counts[""] > 10
    assert min(counts[key] for key in ("benign_sheet", "papillary", "inflammation")) >= 5
    splits: dict[str, set[str]] = {}
    for row in rows:
        splits.setdefault(row["group"], set()).add(row["split"])
        assert Image.open(made / row["path"]).size == (96, 96)
    assert all(len(found) == 1 for found in splits.values())
    assert set.union(*splits.values()) == {"train", "val", "test"}
    assert {row["split"] for row in rows if not row["label"]} == {"train"}
    assert {(row["stain"], row["mpp"]) for row in rows} == {("pap", "0.5")}
    chosen = [row for row in rows if not row["label"]] + read(made / "bags.csv")
    assert all(96 <= float(row["x_px"]) <= 8192 - 95 and 96 <= float(row["y_px"]) <= 6144 - 95 for row in chosen)
    # Tiles of different splits share no pixel.
    for split in ("val", "test"):
        held = np.array([(float(r["x_px"]), float(r["y_px"])) for r in rows if r["split"] == split])
        train = np.array([(float(r["x_px"]), float(r["y_px"])) for r in rows if r["split"] == "train"])
        assert np.abs(held[:, None] - train[None]).max(2).min() >= 191


def test_a_tile_shows_what_the_mark_is_on(made: Path) -> None:
    row = next(row for row in read(made / "manifest.csv") if row["label"] == "papillary")
    with_slide = open_slide(resource_path("demo/demo-slide.tif"))
    left, top = round(float(row["x_px"]) - 96), round(float(row["y_px"]) - 96)
    pixels = with_slide.read(PixelRegion(left, top, 192, 192)).reshape(96, 2, 96, 2, 3).mean((1, 3))
    with_slide.close()
    tile = np.asarray(Image.open(made / row["path"])).astype(float)
    assert np.abs(tile - pixels).mean() < 12


def test_dataset_bags_and_report(made: Path) -> None:
    dataset = json.loads((made / "dataset.json").read_text())
    assert dataset["training_domain"] == "phantom" and dataset["mpp"] == 0.5 and dataset["stains"] == ["pap"]
    assert {entry["key"]: entry["color"] for entry in dataset["classes"]}["papillary"] == "#d55e00"
    bags = read(made / "bags.csv")
    assert len(bags) == 12 and {(row["bag"], row["label"]) for row in bags} == {("demo-slide", "papillary")}
    report = json.loads((made / "report.json").read_text())
    assert report["slides"]["demo-slide"]["left_out"]["marks without a class"] == 1
    assert any("the patient is" in note for note in report["notes"])
    assert "Research Use Only" in report["notice"]
    assert not list(made.parent.glob(".*"))


def test_the_manifest_trains(made: Path, tmp_path: Path) -> None:
    command = ["-m", "kd.teacher", "--manifest", made / "manifest.csv", "--out", tmp_path / "run", "--width", "16"]
    command += ["--heads", "2", "--patch-size", "16", "--depth", "1", "--epochs", "1", "--batch-size", "8", "--quiet"]
    done = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "best.pt").is_file()


def test_the_real_slide_with_annotations_as_qupath_writes_them(shared_data: Path, tmp_path: Path) -> None:
    slide = shared_data / "slides" / "csf-mgg-crop2k.ome.tif"
    features = [
        {"type": "Feature", "id": "PathDetectionObject", "geometry": {"type": "Point", "coordinates": [x, y]},
         "properties": {"objectType": "annotation", "classification": {"name": name, "color": [200, 0, 0]}}}
        for name, x, y in (("Tumor", 300, 300), ("Tumor", 1700, 400), ("Other cells", 900, 1500), ("Tumor", 500, 1800))
    ]  # fmt: skip
    area = [[[600, 600], [1400, 600], [1400, 1200], [600, 1200], [600, 600]]]
    features.append({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": area},
                     "properties": {"objectType": "annotation", "classification": {"name": "Tumor"}}})  # fmt: skip
    file = tmp_path / "qupath.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    out = tmp_path / "out"
    command = [str(slide), str(file), "--out", str(out), "--tile-px", "64", "--mpp", "0.2528", "--stain", "MGG"]
    assert main([*command, "--block-um", "100", "--keep-odd", "--quiet"]) == 0
    rows = read(out / "manifest.csv")
    assert {row["label"] for row in rows} == {"tumor", "other_cells"} and len(rows) > 20
    assert {row["stain"] for row in rows} == {"mgg"}
    assert json.loads((out / "dataset.json").read_text())["training_domain"] == "annotated slides"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    image = draw(640, 448, [(x, y, BLUE) for x in range(60, 600, 90) for y in range(60, 400, 90)])
    write_slide(folder / "one.tif", image)
    write_slide(folder / "no-scale.tif", image, mpp=None)
    (folder / "no.svs").write_bytes(b"no slide" * 50)
    marks = [new_mark("s", point(150.0, 150.0), class_key="sheet")]
    write_geojson(folder / "marks.geojson", marks, CLASSES)
    (folder / "broken.geojson").write_text("{")
    (folder / "classes.json").write_text('[{"key": "other"}, {"key": "more"}]')
    (folder / "list.csv").write_text("slide,group,split\none.tif,a,train\none.tif,a,val\n")
    (folder / "full").mkdir()
    (folder / "full" / "keep.txt").write_text("mine")
    return folder


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no.svs", "marks.geojson"], "no.svs"),
        (["gone.svs", "marks.geojson"], "gone.svs"),
        (["no-scale.tif", "marks.geojson"], "--slide-mpp"),
        (["one.tif", "broken.geojson"], "is not a GeoJSON file"),
        (["one.tif", "gone.geojson"], "cannot be read"),
        (["one.tif", "marks.geojson", "--classes", "classes.json"], "has the class 'Benign sheet'"),
        (["one.tif"], "nothing to cut"),
        (["one.tif", "--bag", "5"], "label of its slide"),
        (["one.tif", "marks.geojson", "--mpp", ".05"], "too coarse"),
        (["one.tif", "marks.geojson", "--tile-px", "0"], "must be above 0"),
        (["one.tif", "marks.geojson", "--block-um", "60"], "too small for tiles"),
        (["--list", "list.csv", "--unlabelled", "2"], "group 'a' in two splits"),
        (["--list", "marks.geojson"], "column 'slide'"),
        (["one.tif", "marks.geojson", "--out", "full"], "is not empty"),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_written(
    arguments: list[str], words: str, drawn: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(drawn.rglob("*"))
    command = [*arguments, *(["--quiet"] if "--out" in arguments else ["--out", "out", "--quiet"])]
    command = [
        str(drawn / word) if word.endswith((".tif", ".svs", "json", ".csv")) or word in ("out", "full") else word
        for word in command
    ]
    assert main(command) == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("error: ") and words in error and "an error in the program" not in error
    assert sorted(drawn.rglob("*")) == before


def test_an_interrupted_run_leaves_nothing(
    drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from app.patches import writing

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(writing.FolderWriter, "add", stop)
    command = [str(drawn / "one.tif"), str(drawn / "marks.geojson"), "--out", str(tmp_path / "out"), "--quiet"]
    assert main([*command, "--tile-px", "32"]) == 130
    assert "Interrupted" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
