"""The result files: what they hold, that other programs can read them, and that none is ever half there."""

import csv
import itertools
import json
import os
import uuid
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from app.analysis.findings import rank_fields, summarise
from app.exchange.atomic import ExportError, written_whole
from app.exchange.heatmap_png import MARKS
from app.exchange.results import write_results
from app.exchange.stamp import DEMONSTRATION, NO_CLASS_NAMED, stamp_lines
from app.records.provenance import RESEARCH_USE_ONLY, Provenance
from app.records.scores import CellState, GridSpec
from app.records.slide_scores import SlideScores
from kd.bundle import ClassInfo

CLASSES = (
    ClassInfo("benign", "Benign ü", "#0072b2", "", False),
    ClassInfo("ptc/x", 'Papillary, "x"', "#d55e00", "", True),
)
GRID = GridSpec(7, 5, 192.0, 189.87)


def slide_scores(**changes):
    rng = np.random.default_rng(0)
    states = rng.integers(0, 5, (5, 7)).astype(np.uint8)
    states[0, 0], states[0, 1], states[1, 0] = CellState.SCORED, CellState.FAILED, CellState.OUT_OF_FOCUS
    p = rng.random((5, 7, 1), np.float32) * (states == CellState.SCORED)[..., None]
    probabilities = np.concatenate([np.where(states[..., None] == CellState.SCORED, 1 - p, 0), p], 2).astype(np.float32)
    provenance = Provenance(
        "0.1.0", "f" * 64, (1300, 940), 0.5, "known", "tiny", "h" * 32, "fp32", 96, 48.0, 1, False, 0, "c", "cpu", "d"
    )  # fmt: skip
    values = {
        "slide_name": "s.svs",
        "grid": GRID,
        "states": states,
        "probabilities": probabilities,
        "out_of_domain": p[..., 0] * 3,
        "classes": CLASSES,
        "slide_mpp": 0.2528,
        "provenance": provenance,
        "summary": summarise(states, probabilities, CLASSES, may_rank=True),
        "ranked_fields": tuple(rank_fields(GRID, states, probabilities, (1,), 50)),
        "notices": ("A notice.",),
        "demonstration": False,
        "may_rank": True,
        "complete": False,
    }
    return SlideScores(**(values | changes))


@pytest.fixture(scope="module")
def scores():
    return slide_scores()


@pytest.fixture(scope="module")
def folder(tmp_path_factory, scores):
    target = tmp_path_factory.mktemp("out") / "slide ä"
    paths = write_results(scores, target)
    assert sorted(p.name for p in target.iterdir()) == sorted(p.name for p in paths)
    return target


def table(folder):
    with (folder / "scores.csv").open(newline="", encoding="utf-8") as stream:
        lines = stream.readlines()
    notes = [line for line in lines if line.startswith("#")]
    return notes, list(csv.DictReader(line for line in lines if not line.startswith("#")))


def test_the_table_has_every_cell_with_place_state_and_probabilities(folder, scores):
    notes, rows = table(folder)
    assert len(rows) == 35
    for cell, row in enumerate(rows):
        r, c = divmod(cell, 7)
        assert (int(row["cell"]), int(row["row"]), int(row["column"])) == (cell, r, c)
        assert float(row["x_px"]) == pytest.approx(c * 189.87, abs=0.006)
        assert float(row["y_um"]) == pytest.approx(r * 189.87 * 0.2528, abs=0.006)
        assert float(row["slide_mpp"]) == 0.2528 and float(row["model_mpp"]) == 0.5
        assert row["state"] == CellState(scores.states[r, c]).name.lower()
        if row["state"] == "scored":
            assert float(row["p_ptc/x"]) == pytest.approx(scores.probabilities[r, c, 1], abs=1e-6)
            assert row["most_likely"] == CLASSES[int(scores.probabilities[r, c].argmax())].key
        else:
            assert row["p_benign"] == row["p_ptc/x"] == row["most_likely"] == ""
    assert (
        RESEARCH_USE_ONLY in notes[0] and any("A notice." in n for n in notes) and any("Incomplete" in n for n in notes)
    )


def test_geojson_is_what_qupath_reads(folder, scores):
    content = json.loads((folder / "scores.geojson").read_text(encoding="utf-8"))
    assert content["type"] == "FeatureCollection"
    assert RESEARCH_USE_ONLY in content["fnascope"]["notes"]
    features = content["features"]
    tiles = [f for f in features if f["properties"]["objectType"] == "tile"]
    fields = [f for f in features if f["properties"]["objectType"] == "annotation"]
    assert len(tiles) == np.isin(scores.states, (2, 3, 4)).sum() and len(fields) == len(scores.ranked_fields) > 0
    assert len({f["id"] for f in features}) == len(features)
    names = {"Benign ü": [0, 114, 178], 'Papillary, "x"': [213, 94, 0]}
    names |= {"Out of focus": [160, 160, 160], "Could not be read": [0, 0, 0]}
    for feature in features:
        assert feature["type"] == "Feature" and uuid.UUID(feature["id"])
        assert feature["geometry"]["type"] == "Polygon"
        (ring,) = feature["geometry"]["coordinates"]
        assert len(ring) == 5 and ring[0] == ring[-1]
        area = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in itertools.pairwise(ring)) / 2
        assert area > 0
        classification = feature["properties"]["classification"]
        assert names[classification["name"]] == classification["color"]
        assert all(isinstance(v, int | float) for v in feature["properties"]["measurements"].values())
    first = next(f for f in tiles if f["geometry"]["coordinates"][0][0] == [0, 0])
    assert first["geometry"]["coordinates"][0][2] == [192, 192]
    assert first["properties"]["measurements"]["p Benign ü"] == pytest.approx(scores.probabilities[0, 0, 0], abs=1e-5)
    assert [f["properties"]["name"] for f in fields] == [f"Field {i + 1}" for i in range(len(fields))]


def test_heatmaps_cover_the_slide_and_tell_what_was_not_scored(folder, scores):
    for info, index in zip(CLASSES, range(2), strict=True):
        image = Image.open(folder / f"heatmap-{info.key.replace('/', '-')}.png")
        across, down = (float(number) for number in image.text["level0-pixels-per-pixel"].split(" x "))
        assert image.mode == "RGBA"
        assert (image.width * across, image.height * down) == pytest.approx((1300, 940), abs=0.01)
        assert image.text["slide-size-px"] == "1300 x 940" and float(image.text["slide-mpp"]) == 0.2528
        pixels = np.asarray(image)
        colour = tuple(bytes.fromhex(info.color[1:]))
        for row, column in np.ndindex(scores.states.shape):
            x, y = min((column + 0.5) * 189.87, 1299), min((row + 0.5) * 189.87, 939)
            seen = tuple(int(v) for v in pixels[int(y / down), int(x / across)])
            state = CellState(scores.states[row, column])
            alpha = int(np.rint(scores.probabilities[row, column, index] * 255))
            assert seen == ((*colour, alpha) if state == CellState.SCORED else MARKS[state])
        description = image.text["Description"]
        assert RESEARCH_USE_ONLY in description and "out of focus" in description
    assert len({(0, 0, 0, 0), *MARKS.values()}) == len(CellState) and all(mark[3] > 0 for mark in MARKS.values())


def test_the_summary_carries_the_whole_provenance(folder, scores):
    content = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert content["research_use"] == RESEARCH_USE_ONLY
    assert content["provenance"]["model_hash"] == "h" * 32 and content["provenance"]["plan_key"]
    assert content["provenance"]["slide_fingerprint"] == "f" * 64 and content["provenance"]["slide_size_px"] == [
        1300,
        940,
    ]
    assert content["summary"]["tiles_scored"] == (scores.states == 2).sum()
    assert sum(c["count"] for c in content["summary"]["per_class"]) == content["summary"]["tiles_scored"]
    fields = content["ranked_fields"]
    assert len(fields) == len(scores.ranked_fields) and {field["class_key"] for field in fields} == {"ptc/x"}
    for side in ("x", "y", "width", "height"):
        assert fields[0]["rect_um"][side] == pytest.approx(fields[0]["rect"][side] * 0.2528, abs=0.006)
    assert (content["slide_mpp"], content["model_mpp"]) == (0.2528, 0.5) and "mpp" not in content
    assert content["complete"] is False and content["demonstration"] is False


def test_every_file_says_how_cells_were_found(folder, tmp_path, scores):
    staged = replace(scores, provenance=replace(scores.provenance, cell_finder="finder-7, stage-3"))
    for path in write_results(staged, tmp_path):
        text = Image.open(path).text["Description"] if path.suffix == ".png" else path.read_text(encoding="utf-8")
        assert "cells found by finder-7, stage-3" in text


def test_every_file_says_whose_scale_it_is(folder, tmp_path, scores):
    assert "Scale 0.2528 um/px, from the file; the model saw 0.5 um/px" in stamp_lines(scores)
    calibrated = replace(scores, provenance=replace(scores.provenance, mpp_source="calibrated"))
    for path in write_results(calibrated, tmp_path):
        text = Image.open(path).text["Description"] if path.suffix == ".png" else path.read_text(encoding="utf-8")
        assert "Scale 0.2528 um/px, calibrated by the user" in text


def test_a_demonstration_is_stamped_on_every_file(tmp_path):
    for path in write_results(slide_scores(demonstration=True), tmp_path):
        if path.suffix == ".png":
            assert "DEMONSTRATION" in Image.open(path).text["Description"]
        else:
            assert "DEMONSTRATION" in path.read_text(encoding="utf-8")
    features = json.loads((tmp_path / "scores.geojson").read_text(encoding="utf-8"))["features"]
    assert features[0]["properties"]["name"] == DEMONSTRATION, "QuPath shows it over the slide"


def test_a_phantom_model_on_a_real_slide_names_no_class(tmp_path):
    withheld = slide_scores(may_rank=False, ranked_fields=())
    write_results(withheld, tmp_path)
    notes, rows = table(tmp_path)
    assert any(NO_CLASS_NAMED in note for note in notes)
    assert {row["most_likely"] for row in rows} == {""} and any(row["p_benign"] for row in rows)
    features = json.loads((tmp_path / "scores.geojson").read_text(encoding="utf-8"))["features"]
    named = {f["properties"].get("classification", {}).get("name") for f in features}
    assert named == {None, "Out of focus", "Could not be read"}
    (warning,) = (f["properties"] for f in features if f["properties"]["objectType"] == "annotation")
    assert warning["name"] == NO_CLASS_NAMED and warning["isLocked"]
    assert features[0]["geometry"]["coordinates"][0][2] == [1300, 940]
    assert all(name.startswith("PHANTOM") for f in features for name in f["properties"]["measurements"] if "p " in name)
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert summary["summary"]["per_class"] == [] and summary["classes_named"] is False
    assert summary["summary"]["tiles_scored"] > 0 and NO_CLASS_NAMED in summary["notes"]


def test_what_cannot_be_written_is_said_and_leaves_nothing(tmp_path, scores):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ExportError, match="cannot be"):
        write_results(scores, tmp_path / "file")
    target = tmp_path / "kept.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), written_whole(target) as stream:
        stream.write("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["file", "kept.txt"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_said(tmp_path):
    target = tmp_path / "out.txt"
    with pytest.raises(ExportError, match="free some space"), written_whole(target) as stream:
        with open("/dev/full", "wb") as full:
            os.dup2(full.fileno(), stream.fileno())
        stream.write("x" * 100_000)
    assert os.listdir(tmp_path) == []


def test_the_stamp_names_the_focal_plane_or_the_fusion_that_was_scored(scores):
    def stamped(**changes):
        return " ".join(stamp_lines(replace(scores, provenance=replace(scores.provenance, **changes))))

    assert "focal plane" not in stamped()
    assert "focal plane 5" in stamped(focal_plane=4)
    fused = stamped(focal_plane=-1, fusion="some-rule-1")
    assert "fused from all focal planes" in fused and "some-rule-1" in fused
