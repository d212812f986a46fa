"""What a session says and does when something is missing, damaged or does not fit."""

import gc
import os
import shutil
import signal
import time
import weakref
from dataclasses import replace

import cv2
import numpy as np
import pytest

from app.analysis.runtime import tuning
from app.records.scores import CellState
from app.session.slide_session import SlideSession
from app.slides.open import open_slide
from tests.bundles import make_bundle
from tests.drawn_slides import BLUE, RED, draw, write_slide


def keys(session):
    return {notice.key for notice in session.notices}


def notice(session, key):
    return next(n.text for n in session.notices if n.key == key)


@pytest.fixture
def own_tuning(tmp_path, monkeypatch):
    """Settings measured on this machine before are not known."""
    monkeypatch.setenv(tuning.CACHE_VARIABLE, str(tmp_path / "cache"))


def small_slide(folder, **options):
    cells = [(x, y, RED if x > 300 else BLUE) for x in range(60, 600, 90) for y in range(60, 400, 90)]
    return write_slide(folder / "small.tif", draw(640, 448, cells), **options)


def test_a_phantom_model_ranks_nothing_on_a_real_slide(open_session, tmp_path):
    model = make_bundle(tmp_path, "phantom", training_domain="phantom")
    listener = open_session(small_slide(tmp_path), model)
    session = listener.session
    session.start()
    listener.wait("finished")
    assert "phantom-model" in keys(session) and "demonstration" not in keys(session)
    assert "unreadable" not in keys(session)
    assert not session.snapshot().may_rank
    assert session.ranked_fields() == [] and session.summary().suspicious_share is None
    assert session.snapshot().ranked_fields == ()
    session.set_demonstration(True)
    listener.wait(lambda event: event.kind == "notice")
    assert {"phantom-model", "demonstration"} <= keys(session)
    assert session.ranked_fields() and session.summary().suspicious_share > 0
    assert session.snapshot().demonstration and session.snapshot().may_rank


def test_a_phantom_model_ranks_on_a_phantom(open_session, tmp_path):
    model = make_bundle(tmp_path, "phantom", training_domain="phantom")
    path = small_slide(tmp_path, description="FNAScope phantom; stain=pap")
    session = open_session(path, model).session
    assert session.may_rank and "phantom-model" not in keys(session) and "phantom-slide" in keys(session)
    assert "stain" not in keys(session)


def test_the_demonstration_mode_stamps_only_what_would_mean_nothing_without_it(open_session, tmp_path):
    assert not open_session(small_slide(tmp_path), demonstration=True).session.snapshot().demonstration


def test_a_stain_that_the_model_does_not_cover_is_told(open_session, tmp_path):
    model = make_bundle(tmp_path, "mgg-only", stains=("mgg",))
    session = open_session(small_slide(tmp_path, description="FNAScope phantom; stain=pap"), model).session
    assert "Papanicolaou" in notice(session, "stain") and "MGG" in notice(session, "stain")


def test_without_a_scale_nothing_is_scored_until_calibrated(open_session, tmp_path):
    path = small_slide(tmp_path, mpp=None)
    session = open_session(path).session
    assert not session.can_score and session.score_map() is None and session.mpp is None
    assert "calibrated" in notice(session, "mpp-missing")
    session.start()
    assert session.progress.state == "idle" and session.snapshot() is None and session.ranked_fields() == []
    calibrated = open_session(path, calibrated_mpp=0.25)
    assert calibrated.session.can_score
    calibrated.session.start()
    calibrated.wait("finished")
    assert calibrated.session.snapshot().provenance.mpp_source == "calibrated"


def test_a_slide_that_is_too_coarse_is_refused_and_a_coarse_one_warned_of(open_session, tmp_path):
    (tmp_path / "a").mkdir()
    refused = open_session(small_slide(tmp_path / "a", mpp=1.0)).session
    assert not refused.can_score and "too coarse" in notice(refused, "mpp-coarse")
    warned = open_session(small_slide(tmp_path, mpp=0.6)).session
    assert warned.can_score and "enlarged" in notice(warned, "mpp-coarse")


def test_without_a_model_the_slide_is_shown_all_the_same(open_session):
    session = open_session(model=None).session
    assert "no-model" in keys(session) and not session.can_score and session.summary() is None
    session.start()
    session.request_attention([1])
    assert session.progress.state == "idle"


def test_int8_that_fails_its_reference_tiles_is_switched_off_visibly(open_session, tmp_path):
    good = make_bundle(tmp_path, "good", int8_error=0.001, agreement={"int8": {"top1": 1.0, "max_diff": 0.001}})
    bad = make_bundle(tmp_path, "bad", int8_error=3.0, agreement={"int8": {"top1": 1.0, "max_diff": 0.001}})
    path = small_slide(tmp_path)
    for model, precision in ((good, "int8"), (bad, "fp32")):
        listener = open_session(path, model)
        listener.session.start()
        listener.wait("finished")
        assert listener.session.snapshot().provenance.precision == precision
        assert ("switched off" in notice(listener.session, "runtime")) == (precision == "fp32")
        listener.session.close()
    again = open_session(path, bad, precision="fp32").session
    assert (again.score_map().states == CellState.SCORED).any(), "they were stored as what they are: fp32"


def test_a_part_that_cannot_be_decoded_fails_its_tiles_alone(open_session, shared_data):
    path = shared_data / "hostile" / "derived" / "cmu-badtile.svs"
    listener = open_session(path)
    session = listener.session
    session.start()
    listener.wait("finished")
    states = session.score_map().states
    failed = np.argwhere(states == CellState.FAILED)
    assert 0 < len(failed) < 200 and session.progress.failed == len(failed)
    assert (states == CellState.SCORED).sum() > 1000
    assert f"{len(failed)} tiles could not be read" in notice(session, "unreadable")
    assert listener.seen[-2].kind == "notice", "told before the run is over"
    # File tile 240 px wide, column 5, row 6.
    grid = session.score_map().grid
    for row, column in failed:
        assert 5 * 240 - grid.tile_px <= column * grid.stride_px <= 6 * 240
        assert 6 * 240 - grid.tile_px <= row * grid.stride_px <= 7 * 240


def test_a_blurred_part_is_marked_as_not_reliable(open_session, tmp_path):
    cells = [(x, y, BLUE) for x in range(64, 2048, 128) for y in range(64, 1024, 128)]
    image = draw(2048, 1024, cells, radius_px=36)
    image[:, 1024:] = cv2.GaussianBlur(image[:, 1024:], (0, 0), 24)
    listener = open_session(write_slide(tmp_path / "half.tif", image))
    listener.session.start()
    listener.wait("finished")
    states = listener.session.score_map().states
    assert not (states[:, :15] == CellState.OUT_OF_FOCUS).any()
    blurred = states[1:-1, 18:-2]
    assert (blurred == CellState.OUT_OF_FOCUS).sum() > 0.7 * (blurred != CellState.BACKGROUND).sum() > 100
    assert listener.session.progress.out_of_focus == (states == CellState.OUT_OF_FOCUS).sum()
    assert not listener.session.score_map().probabilities[states == CellState.OUT_OF_FOCUS].any()


def test_a_slide_that_changed_on_disk_is_not_scored_as_the_old_one(open_session, tmp_path):
    path = small_slide(tmp_path)
    listener = open_session(path)
    (tmp_path / "other").mkdir()
    other = write_slide(tmp_path / "other" / "o.tif", draw(640, 448, [(100, 100, RED)]))
    shutil.copy(other, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)
    listener.session.start()
    assert "changed" in listener.wait("failed").message
    assert listener.session.progress.state == "failed"


def test_a_store_that_cannot_be_written_is_told_and_the_run_goes_on(open_session, tmp_path):
    (tmp_path / "full").write_text("a file where the folder should be")
    listener = open_session(small_slide(tmp_path), data="full")
    listener.session.start()
    listener.wait("finished")
    assert "cannot be stored" in notice(listener.session, "store") or "cannot be read" in notice(
        listener.session, "store"
    )
    assert listener.session.summary().tiles_scored > 0


def test_an_idle_process_that_dies_is_no_alarm(open_session, tmp_path):
    listener = open_session(small_slide(tmp_path))
    session = listener.session
    session.request_attention([1])
    listener.wait("attention")
    os.kill(session.process_id, signal.SIGKILL)
    while session.process_id is not None:
        time.sleep(0.02)
    assert "process" not in keys(session) and session.progress.state == "idle"
    session.start()
    listener.wait("finished")


def test_a_broken_listener_does_not_silence_the_others(open_session, tmp_path):
    listener = open_session(small_slide(tmp_path))
    heard = []

    def fail(event):
        raise RuntimeError("a listener's own fault")

    session: SlideSession = listener.session
    end = session.subscribe(fail)
    session.subscribe(heard.append)
    session.start()
    listener.wait("finished")
    session.close()
    assert heard[-1].kind == "finished"
    end()


def test_provenance_names_everything_that_decides_a_score(open_session, slide_path, bundle):
    session = open_session().session
    made = session.score_map().provenance
    info = open_slide(slide_path, probe=False).info
    assert (made.slide_fingerprint, made.model_hash) == (info.fingerprint, bundle.hash)
    assert (made.mpp_used, made.mpp_source, made.read_level, made.resampled) == (0.5, "known", 1, False)
    assert replace(made, date="x", device="y").plan_key == made.plan_key != replace(made, mpp_used=0.6).plan_key


def test_a_closed_session_is_freed_without_a_search_for_cycles(slide_path, bundle, tmp_path):
    slide = open_slide(slide_path, probe=False)
    gc.disable()
    try:
        session = SlideSession(slide, bundle, tmp_path)
        session.subscribe(lambda event, session=session: None)
        scores, gone = weakref.ref(session.score_map()), weakref.ref(session)
        session.close()
        del session
        assert gone() is None and scores() is None
    finally:
        gc.enable()
        slide.close()


def test_stored_scores_keep_their_precision_when_another_one_was_found_to_be_faster(open_session, tmp_path, own_tuning):
    """Attention asked for on a scored slide starts a process, which must not turn to another precision."""
    model = make_bundle(tmp_path, int8_error=0.001, agreement={"int8": {"top1": 0.999}})
    path = small_slide(tmp_path)
    first = open_session(path, model)
    first.session.start()
    first.wait("finished")
    made = first.session.score_map().provenance
    cell = int(np.flatnonzero(first.session.score_map().states == CellState.SCORED)[0])
    first.session.close()
    precision, other = (made.precision, "fp32" if made.precision == "int8" else "int8")
    again = open_session(path, model)
    kept = again.session.score_map()
    # What a measurement would have found meanwhile.
    tuning.remember(model, os.cpu_count(), tuning.Tuning(other, 8, 1, 1, {"fp32": 1.0, "int8": 1.0}))
    again.session.request_attention([cell])
    again.wait("attention")
    assert again.session.score_map() is kept
    assert (kept.provenance.precision, kept.provenance.device) == (precision, made.device), "made by the former process"


def test_a_map_of_another_precision_is_told(open_session, tmp_path, own_tuning):
    model = make_bundle(tmp_path, int8_error=3.0, agreement={"int8": {"top1": 0.999}})
    listener = open_session(small_slide(tmp_path), model)
    foreseen = listener.session.score_map()
    assert foreseen.provenance.precision == "int8"
    listener.session.request_attention([0])
    listener.wait(lambda event: event.kind == "scores" and event.rect is None)
    assert listener.session.score_map() is not foreseen
    assert listener.session.score_map().provenance.precision == "fp32"
