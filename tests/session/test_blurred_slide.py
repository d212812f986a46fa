"""A slide that is blurred all over is told, although nothing on it is sharp; its tiles are not ranked."""

import cv2
import numpy as np

from app.records.scores import CellState
from tests.drawn_slides import draw, write_slide


def scored(open_session, tmp_path, blur_um):
    rng = np.random.default_rng(5)
    cells = [(int(x), int(y), (150, 60, 70)) for x, y in rng.integers(40, 980, (160, 2))]
    image = draw(1024, 1024, cells)
    if blur_um:
        image = cv2.GaussianBlur(image, (0, 0), blur_um / 0.25)
    listener = open_session(write_slide(tmp_path / f"blurred {blur_um}.tif", image))
    listener.session.start()
    listener.wait("finished")
    return listener.session


def test_a_slide_blurred_all_over_is_told_and_not_ranked(open_session, tmp_path):
    session = scored(open_session, tmp_path, 4.0)
    counts = session.score_map().counts()
    assert counts[CellState.OUT_OF_FOCUS] > counts[CellState.SCORED]
    assert any(notice.key == "focus" and "not reliable" in notice.text for notice in session.notices)
    focus = session.score_map().focus
    assert np.nanmedian(focus) < 2
    session.close()
    again = open_session(session.slide.info.path)
    assert np.array_equal(again.session.score_map().focus, focus.astype(np.float16), equal_nan=True), "scores are kept"
    assert any(notice.key == "focus" for notice in again.session.notices)


def test_a_sharp_slide_is_not(open_session, tmp_path):
    session = scored(open_session, tmp_path, 0.0)
    assert session.score_map().counts()[CellState.OUT_OF_FOCUS] == 0
    assert not any(notice.key == "focus" for notice in session.notices)
