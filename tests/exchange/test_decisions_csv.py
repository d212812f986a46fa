"""The reader's own work as a table."""

from __future__ import annotations

import csv
from dataclasses import replace

from app.exchange.decisions_csv import COLUMNS, write_decisions_csv
from app.exchange.marks_geojson import MarksFile, members_mark
from app.geometry import PointPx, RectPx
from app.records.marks import new_mark
from app.records.shapes import line, rectangle
from app.records.specimen import CellGroup, GalleryDecision, Verdict


def test_every_decision_group_and_mark_is_a_row_in_order_of_time(tmp_path):
    decision = GalleryDecision(
        "d1", "fp", RectPx(10, 20, 30, 40), Verdict.CONFIRMED, "papillary", 0.93, "plan", None,
        "=HYPERLINK(1)", "Dr. Wu", "2026-01-02T00:00:00.000Z",
    )  # fmt: skip
    group = CellGroup("g1", "fp", PointPx(5.5, 6.25), 14, author="Dr. Wu", at_utc="2026-01-01T00:00:00.000Z")
    mark = new_mark("fp", rectangle(RectPx(1, 2, 3, 4)), class_key="tumour", note="with, comma", author="Dr. Wu")
    measured = replace(new_mark("fp", line([(0, 0), (30, 40)])), created_utc="2099-01-01T00:00:00.000Z")
    target = write_decisions_csv([decision], [group], [mark, measured], tmp_path / "decisions.csv")
    text = target.read_text(encoding="utf-8")
    head, _, table = text.partition("\n")
    assert head == "# For Research Use Only. Not for use in diagnostic procedures."
    rows = list(csv.DictReader(table.splitlines()))
    assert tuple(rows[0]) == COLUMNS
    assert [row["what"] for row in rows] == ["group", "field", "mark: rectangle", "mark: line"]
    assert (rows[0]["x_px"], rows[0]["y_px"], rows[0]["cells"]) == ("5.50", "6.25", "14")
    assert rows[1]["verdict"] == "confirmed" and rows[1]["model_probability"] == "0.93"
    assert rows[1]["note"] == "'=HYPERLINK(1)", "a note is no formula"
    assert rows[2]["note"] == "with, comma" and rows[2]["class"] == "tumour"
    assert (rows[3]["width_px"], rows[3]["height_px"]) == ("30.00", "40.00")


def test_what_only_keeps_the_members_of_a_collection_is_no_row(tmp_path):
    keeper = members_mark(MarksFile((), members={"project": 7}), "fp")
    drawn = new_mark("fp", rectangle(RectPx(1, 2, 3, 4)))
    target = write_decisions_csv([], [], [keeper, drawn], tmp_path / "decisions.csv")
    rows = list(csv.DictReader(target.read_text(encoding="utf-8").partition("\n")[2].splitlines()))
    assert [row["uuid"] for row in rows] == [drawn.uuid]
