"""Scoring a folder in the background, and what the worklist then says of it."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from app.case.case_folder import register_case
from app.case.case_opening import create_case
from app.records.bethesda import BethesdaCategory
from app.records.specimen import Sheet
from app.session.folder_scoring import FolderJob, FolderScoring
from app.session.worklist import Worklist, find_slides
from app.session.worklist_item import WorkState
from tests.bundles import make_bundle
from tests.drawn_slides import BLUE, RED, draw, write_slide

PATIENCE_S = 120


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Two slides that differ, one that is broken, one without a scale, and a file that is none."""
    place = tmp_path_factory.mktemp("worklist ä")
    rng = np.random.default_rng(5)
    for name, colour in (("a.tif", BLUE), ("b.tif", RED)):
        cells = [(int(x), int(y), colour) for x, y in rng.integers(40, 980, (60, 2))]
        write_slide(place / name, draw(1024, 1024, cells))
    (place / "broken.svs").write_bytes(b"II*\x00\xff\xff\xff\xff" + b"\x00" * 64)
    write_slide(place / "unscaled.tif", draw(1024, 1024, [(500, 500, RED)]), mpp=None)
    (place / "notes.txt").write_text("no slide")
    return place


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return make_bundle(tmp_path_factory.mktemp("models"))


def wait_for_end(scoring: FolderScoring) -> None:
    end = time.monotonic() + PATIENCE_S
    while scoring.progress.state != "idle":
        assert time.monotonic() < end, "the folder was not scored"
        time.sleep(0.05)


def test_a_folder_is_scored_and_one_bad_slide_does_not_stop_the_rest(folder, model, tmp_path):
    slides = list(find_slides(folder, recursive=True, keep_going=lambda: True))
    assert [path.name for path in slides] == ["a.tif", "b.tif", "broken.svs", "unscaled.tif"]
    worklist = Worklist(tmp_path, model)
    assert [worklist.look_up(path).state for path in slides] == [
        WorkState.NEW, WorkState.NEW, WorkState.UNREADABLE, WorkState.NEW,
    ]  # fmt: skip

    scoring = FolderScoring(lambda _progress: None)
    scoring.start(slides, FolderJob(model.path, tmp_path, workers=1))
    wait_for_end(scoring)
    progress = scoring.progress
    assert progress.finished == progress.total == 4
    assert {path.name for path in progress.failed} == {"broken.svs", "unscaled.tif"}
    assert "calibrated" in progress.failed[folder / "unscaled.tif"]

    blue, red, broken, _ = (worklist.look_up(path) for path in slides)
    assert blue.state is red.state is WorkState.SCORED
    assert blue.done == blue.wanted > 0
    assert blue.top_class is None, "nothing suspicious on it"
    assert red.top_class is not None and red.top_class.key == "red"
    assert red.top_probability > 0.5
    assert "broken.svs" in broken.problem


def test_states_follow_the_case(folder, model, tmp_path):
    worklist = Worklist(tmp_path, model)
    fingerprint = worklist.look_up(folder / "a.tif").fingerprint
    case_folder = tmp_path / "cases" / "one"
    store = create_case(case_folder, title="Nodule 1", site="left", reader="A")
    register_case(tmp_path, case_folder, [fingerprint])
    store.edit("Category", put=[Sheet(category=BethesdaCategory.BENIGN)])
    store.save()
    item = worklist.look_up(folder / "a.tif")
    assert (item.state, item.case_title, item.category) == (WorkState.IN_PROGRESS, "Nodule 1", "II")
    store.sign("A")
    store.save()
    assert worklist.look_up(folder / "a.tif").state is WorkState.REPORTED
    store.close()


def test_pause_holds_cancel_ends_and_the_slide_on_screen_is_left_alone(folder, tmp_path, tmp_path_factory):
    dense = make_bundle(tmp_path_factory.mktemp("models"), "dense", stride_um=2.0)
    slides = [folder / "a.tif", folder / "b.tif"]
    changed = threading.Event()
    scoring = FolderScoring(lambda _progress: changed.set())
    scoring.let_go(slides[0])
    scoring.start(slides, FolderJob(dense.path, tmp_path, workers=1))
    end = time.monotonic() + PATIENCE_S
    while scoring.progress.run is None or scoring.progress.run.done == 0:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert scoring.progress.now == slides[1], "the one on screen waits"
    scoring.pause()
    while scoring.progress.state != "paused":
        assert time.monotonic() < end
        time.sleep(0.02)
    scoring.let_go(slides[1])
    assert scoring.progress.now != slides[1], "closed when the window wants it"
    scoring.cancel()
    wait_for_end(scoring)
    item = Worklist(tmp_path, dense).look_up(slides[1])
    assert 0 < item.done < item.wanted, "what was scored is kept"
    assert item.state is WorkState.NEW
    scoring.start([slides[1]], FolderJob(dense.path, tmp_path, workers=1))
    assert scoring.progress.total == 1
    scoring.close()
