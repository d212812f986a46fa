"""A whole session through the real window, by keys and mouse: open, score, review, mark, count, decide, report, close;
and when the slide is opened again, all of it is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from pypdf import PdfReader
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel

from app.geometry import PointPx
from app.records.bethesda import BethesdaCategory
from app.records.specimen import Verdict
from app.ui.background import wait_for_background
from tests.phantom_case import make_phantom_model, write_phantom

PATIENCE_MS = 180_000
REVIEWED = 20
CTRL, NO = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton
VERDICTS = {Qt.Key.Key_C: Verdict.CONFIRMED, Qt.Key.Key_X: Verdict.DISMISSED, Qt.Key.Key_D: Verdict.DOTTED}


@pytest.fixture(scope="module")
def phantom_path(tmp_path_factory) -> Path:
    return write_phantom(tmp_path_factory.mktemp("phantoms"))


@pytest.fixture(scope="module")
def phantom_model(tmp_path_factory):
    return make_phantom_model(tmp_path_factory.mktemp("models"))


class Reader:
    """Keys and mouse of a person before the window."""

    def __init__(self, window, qtbot) -> None:
        self.window, self.qtbot = window, qtbot
        qtbot.waitUntil(lambda: window.case.store is not None, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: not window.marking.marks.is_loading, timeout=PATIENCE_MS)
        window.activateWindow()
        self.view = window.stage.view
        self.look()

    def look(self) -> None:
        self.view.setFocus()
        self.qtbot.waitUntil(lambda: QApplication.focusWidget() is self.view, timeout=PATIENCE_MS)

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NO) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifiers)
        QApplication.processEvents()

    def drag(self, *places: tuple[int, int]) -> None:
        points = [self.view.rect().center() + QPoint(*place) for place in places]
        QTest.mousePress(self.view, LEFT, NO, points[0])
        for point in points[1:]:
            QTest.mouseMove(self.view, point)
            QApplication.processEvents()
        QTest.mouseRelease(self.view, LEFT, NO, points[-1])
        QApplication.processEvents()

    def review(self) -> dict[int, Verdict]:
        """Space and a verdict, twenty times; the peak cell of each field with its verdict."""
        given = {}
        for number in range(REVIEWED):
            self.key(Qt.Key.Key_Space)
            key = list(VERDICTS)[number % 3]
            self.key(key)
            entry = self.window.findings.current_entry
            assert entry is not None and entry.verdict is VERDICTS[key]
            given[entry.field.peak_cell] = entry.verdict
        assert any(f"{REVIEWED} of" in label.text() for label in self.window.docks.fields.findChildren(QLabel))
        return given

    def mark(self) -> None:
        """A rectangle and a line."""
        self.key(Qt.Key.Key_Q)
        self.drag((-120, -90), (-60, -40), (-20, -10))
        self.key(Qt.Key.Key_W)
        self.drag((20, 20), (80, 50), (140, 90))
        self.key(Qt.Key.Key_Escape)

    def count(self, *cells: int) -> None:
        for number in cells:
            self.key(Qt.Key.Key_G)
            QTest.keyClicks(QApplication.focusWidget(), str(number))
            self.key(Qt.Key.Key_Return)
            self.key(Qt.Key.Key_Right)


def dialog_named(name: str) -> QDialog:
    return next(w for w in QApplication.topLevelWidgets() if w.objectName() == name and w.isVisible())


def print_report(window, folder: Path, qtbot) -> Path:
    QTest.keyClick(window, Qt.Key.Key_R, CTRL)
    reports = window.sheet.reports
    qtbot.waitUntil(reports.dialog.pdf.isEnabled, timeout=PATIENCE_MS)
    reports.save("pdf", folder / "report.pdf")
    qtbot.waitUntil((folder / "report.pdf").exists, timeout=PATIENCE_MS)
    qtbot.waitUntil(reports.dialog.pdf.isEnabled, timeout=PATIENCE_MS)
    reports.dialog.reject()
    return folder / "report.pdf"


def test_a_whole_session_is_there_again(open_window, phantom_path, phantom_model, tmp_path, qtbot):
    window = open_window(phantom_path, model=phantom_model, finished=True)
    qtbot.waitUntil(lambda: window.docks.fields.model.rowCount() >= REVIEWED, timeout=PATIENCE_MS)
    reader = Reader(window, qtbot)
    given = reader.review()
    assert len(given) == REVIEWED, "each step shows another field"
    reader.mark()
    reader.count(12, 15, 8, 30, 11, 10, 14)
    QTest.keyClick(window, Qt.Key.Key_5, CTRL)
    store, slide = window.case.store, window.case.slide
    assert store.adequacy().adequate
    # What is really looked at counts as seen: at rest, sharp, for a moment.
    reader.look()
    window.stage.view.center_on(PointPx(1180, 1180), 20.0)
    qtbot.waitUntil(lambda: store.coverage(slide).seen(20).any(), timeout=PATIENCE_MS)

    report = print_report(window, tmp_path, qtbot)
    words = " ".join(PdfReader(report).pages[0].extract_text().split())
    assert "Suspicious for malignancy" in words and "Research Use Only" in words
    assert len(PdfReader(report).pages) == 1

    window.sheet.panel.sign_button.click()
    sign = dialog_named("signDialog")
    sign.name.setText("Dr. Ana Lindqvist")
    sign.sign_button.click()
    window.stage.view.center_on(PointPx(1960, 1180), 10.0)
    qtbot.waitUntil(lambda: store.place(slide) is not None and store.place(slide).center.x > 1900, timeout=PATIENCE_MS)

    kept = {
        "decisions": {decision.uuid: decision for decision in store.decisions(slide)},
        "marks": {mark.uuid: mark for mark in store.marks(slide)},
        "groups": {group.uuid: group for group in store.groups()},
        "sheet": store.sheet,
        "signatures": list(store.signatures()),
        "seen": store.coverage(slide).seen(20).tobytes(),
    }
    assert [len(kept[name]) for name in ("decisions", "groups", "signatures")] == [REVIEWED, 7, 1]
    dots = sum(verdict is Verdict.DOTTED for verdict in given.values())
    assert len(kept["marks"]) == dots + 2
    window.close()
    assert wait_for_background(20_000)

    again = open_window(phantom_path, model=phantom_model)
    reader = Reader(again, qtbot)
    store = again.case.store
    assert {decision.uuid: decision for decision in store.decisions(slide)} == kept["decisions"]
    assert {mark.uuid: mark for mark in store.marks(slide)} == kept["marks"]
    assert {group.uuid: group for group in store.groups()} == kept["groups"]
    assert (store.sheet, list(store.signatures())) == (kept["sheet"], kept["signatures"])
    assert store.sheet.category is BethesdaCategory.SUSPICIOUS
    assert store.coverage(slide).seen(20).tobytes() == kept["seen"]

    center = again.stage.view.transform.center
    assert (center.x, center.y) == pytest.approx((1960, 1180), abs=2)
    assert again.stage.view.magnification == pytest.approx(10)
    qtbot.waitUntil(lambda: again.docks.fields.model.rowCount() >= REVIEWED, timeout=PATIENCE_MS)
    model = again.docks.fields.model
    shown = {model.entry(row).field.peak_cell: model.entry(row).verdict for row in range(model.rowCount())}
    assert {cell: verdict for cell, verdict in shown.items() if verdict is not None} == given
    assert again.specimen.session.progress.state == "finished", "scores are taken from the store"
    assert len(again.marking.marks.index.all()) == dots + 2
    assert "Dr. Ana Lindqvist" in again.sheet.panel.signed.text()
