"""The cell map of a slide: from a run, from a scan without a model, and again from the disk."""

import numpy as np
import pytest

from app.records.coverage import Coverage
from app.session.cell_source import FOLDER, CellSource


def test_a_scan_needs_no_model_and_is_kept(open_session, drawn_cells):
    cells = open_session(model=None).session.cells
    assert cells.current is None
    found = cells.scan()
    left = [entry for entry in drawn_cells if entry[0] < 2600]
    assert all(found.holds_cells(_around(x, y)) for x, y, _ in left)
    assert not found.cells[:, int(3200 / found.pitch_px) :].any()
    again = open_session(model=None).session.cells
    assert again.current is None
    assert np.array_equal(again.load().cells, found.cells)
    assert again.load().pitch_px == found.pitch_px


def test_a_scan_can_be_stopped(open_session):
    cells = open_session(model=None).session.cells
    assert cells.scan(keep_going=lambda: False) is None
    assert cells.current is None


def test_a_run_hands_its_map_on_and_a_damaged_file_is_no_map(open_session, tmp_path):
    listener = open_session()
    listener.session.start()
    listener.wait("finished")
    assert listener.session.cells.current is not None
    listener.session.close()
    (file,) = (tmp_path / "data" / FOLDER).glob("*.npz")
    file.write_bytes(file.read_bytes()[:200])
    assert open_session().session.cells.load() is None


def test_without_a_scale_nothing_is_sought(slide_path, tmp_path, open_session):
    cells = CellSource(open_session().session.slide, None, 0, tmp_path)
    assert not cells.can_scan
    with pytest.raises(ValueError, match="scale"):
        cells.scan()


def test_a_folder_that_cannot_be_written_costs_no_map(tmp_path, open_session):
    (tmp_path / "file").write_text("no folder")
    cells = CellSource(open_session(model=None).session.slide, 0.25, None, tmp_path / "file")
    assert cells.scan() is not None and cells.current is not None


def test_weights_follow_the_cells_to_the_far_edge(open_session, drawn_cells):
    session = open_session(model=None).session
    coverage = Coverage(session.slide.info.size)
    weights = session.cells.scan().cellular_weights(coverage.rows, coverage.columns, coverage.cell_px)
    assert weights.shape == coverage.codes.shape
    for x, y, _ in drawn_cells:
        assert weights[y // coverage.cell_px, x // coverage.cell_px] > 0
    assert not weights[:, 3200 // coverage.cell_px :].any()


def _around(x, y):
    from app.geometry import RectPx

    return RectPx(x - 8, y - 8, 16, 16)
