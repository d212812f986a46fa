"""What is heavy waits until the window has been painted."""

from PySide6.QtWidgets import QLabel, QMainWindow

from app.ui.first_paint import FirstPaint


class Told:
    def __init__(self, window: QMainWindow) -> None:
        self.events: list[str] = []
        label = QLabel("in it")
        window.setCentralWidget(label)
        paint = label.paintEvent
        label.paintEvent = lambda event: (paint(event), self.events.append("content"))  # type: ignore[method-assign]
        self.first = FirstPaint(window)
        self.first.painted.connect(lambda: self.events.append("told"))


def test_it_is_told_once_after_the_content_was_painted(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    told = Told(window)
    assert not told.events
    window.show()
    assert "told" not in told.events, "not before the event loop has painted"
    qtbot.waitUntil(lambda: "told" in told.events)
    assert told.events.index("content") < told.events.index("told")
    window.hide()
    window.show()
    window.repaint()
    qtbot.wait(30)
    assert told.events.count("told") == 1


def test_a_window_that_is_never_painted_does_not_wait_for_ever(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    told = Told(window)
    window.setUpdatesEnabled(False)
    told.first._latest.setInterval(20)
    window.show()
    qtbot.waitUntil(lambda: told.events == ["told"])
