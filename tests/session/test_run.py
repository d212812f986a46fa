"""A run from start to end, with a real scoring process: what it scores, and how it is steered."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from app.analysis.messages import Scored
from app.analysis.plan import cells_touching
from app.geometry import PixelRegion, RectPx
from app.records.scores import CellState, ScoreBatch
from app.slides.open import open_slide
from tests.bundles import TILE_PX, expected_probabilities, make_bundle

TOP = Path(__file__).resolve().parents[2]


def has_scored(event):
    return event.kind == "scores" and len(event.cells) > 0


def unchanging(scores, seconds=1.0):
    """Whether the map stays as it is for a while."""
    version = scores.version
    time.sleep(seconds)
    return scores.version == version


def settle(scores):
    """Wait until batches that were in work have come: the map stays as it is for a while."""
    while not unchanging(scores):
        pass


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """Slow enough for a run to be interrupted in its middle."""
    return make_bundle(tmp_path_factory.mktemp("slow"), slow_px=1024)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory, slide_path, bundle):
    """States and probabilities of a run that nothing disturbed."""
    from app.session.slide_session import SlideSession

    slide = open_slide(slide_path, probe=False)
    session = SlideSession(slide, bundle, tmp_path_factory.mktemp("unbroken"))
    done = []
    session.subscribe(lambda event: done.append(event) if event.kind in ("finished", "failed", "process-died") else 0)
    session.start()
    while not done:
        time.sleep(0.02)
    assert done[0].kind == "finished", done[0].message
    frozen = session.score_map().copy()
    session.close()
    slide.close()
    return frozen


def same(a, b):
    return np.array_equal(a.states, b.states) and np.allclose(a.probabilities, b.probabilities, rtol=0, atol=1e-6)


def test_every_tile_gets_what_its_pixels_say(unbroken, slide_path, drawn_cells):
    slide = open_slide(slide_path, probe=False)
    scored = np.argwhere(unbroken.states == CellState.SCORED)
    assert len(scored) > 300
    tiles = [slide.read(PixelRegion(c * TILE_PX, r * TILE_PX, TILE_PX, TILE_PX), 1) for r, c in scored]
    expected = expected_probabilities(np.stack(tiles))
    assert np.abs(unbroken.probabilities[tuple(scored.T)] - expected).max() < 1e-4
    assert not unbroken.probabilities[unbroken.states != CellState.SCORED].any()
    assert not np.isin(unbroken.states, (CellState.PENDING, CellState.FAILED)).any()
    for x, y, _ in drawn_cells:
        assert unbroken.states[y // 64, x // 64] == CellState.SCORED, "a tile that holds a cell is scored"
    assert (unbroken.states[:, 44:] == CellState.BACKGROUND).all(), "bare glass is not"


def test_summary_and_ranking_follow_the_scores(open_session, unbroken):
    listener = open_session()
    session = listener.session
    session.start()
    listener.wait("finished")
    summary, progress = session.summary(), session.progress
    top = unbroken.probabilities.argmax(axis=2)[unbroken.states == CellState.SCORED]
    assert [share.count for share in summary.per_class] == list(np.bincount(top, minlength=3))
    assert summary.tiles_scored == progress.done == progress.total == len(top)
    assert progress.state == "finished" and "CPU" in progress.device_reason
    fields = session.ranked_fields(20)
    assert fields and all(field.rect.x >= 1400 and field.rect.y < 1300 for field in fields), "red cells are there"
    assert [f.score for f in fields] == sorted((f.score for f in fields), reverse=True) or fields[0].score > 0.99
    assert not any(a.rect == b.rect for a in fields for b in fields if a is not b)


def test_scores_are_there_again_when_the_slide_is_opened_again(open_session, unbroken):
    first = open_session()
    first.session.start()
    first.wait("finished")
    first.session.close()
    again = open_session()
    assert same(again.session.score_map(), unbroken)
    assert again.session.score_map().provenance == first.session.score_map().provenance, "made then, not now"
    again.session.start()
    again.wait("finished")
    assert again.session.process_id is None, "nothing was left to do"


def test_a_killed_scoring_process_is_told_and_the_run_goes_on(open_session, unbroken):
    listener = open_session()
    session = listener.session
    session.start()
    listener.wait(has_scored)
    session.pause()
    os.kill(session.process_id, signal.SIGKILL)
    assert "kept" in listener.wait("process-died").message
    assert session.progress.state == "failed"
    assert any(notice.key == "process" for notice in session.notices)
    kept = (session.score_map().states == CellState.SCORED).sum()
    assert 0 < kept < (unbroken.states == CellState.SCORED).sum()
    session.start()
    listener.wait("finished")
    assert same(session.score_map(), unbroken)
    assert not any(notice.key == "process" for notice in session.notices)


def test_a_killed_program_resumes_to_the_same_scores(tmp_path, open_session, slide_path, bundle, unbroken):
    code = f"""
        import time
        from pathlib import Path
        from app.case.scores_store import FLUSH_S
        from app.session.slide_session import SlideSession
        from app.slides.open import open_slide
        from kd.bundle import load_bundle
        if __name__ == "__main__":
            session = SlideSession(open_slide({str(slide_path)!r}, probe=False), load_bundle({str(bundle.path)!r}),
                                   Path({str(tmp_path / "data")!r}))
            def listen(event):
                if event.kind == "scores" and event.cells:
                    session.pause()
            session.subscribe(listen)
            session.start()
            while session.progress.state != "paused":
                time.sleep(0.02)
            time.sleep(2 * FLUSH_S)
            print(session.process_id, flush=True)
            time.sleep(100)
    """
    script = tmp_path / "program.py"
    script.write_text(textwrap.dedent(code))
    program = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=TOP,
        env=os.environ | {"PYTHONPATH": str(TOP)},
    )
    scoring_pid = int(program.stdout.readline())
    os.kill(program.pid, signal.SIGKILL)
    program.wait()
    program.stdout.close()
    listener = open_session()
    stored = set(np.flatnonzero(listener.session.score_map().states == CellState.SCORED))
    assert 0 < len(stored) < (unbroken.states == CellState.SCORED).sum()
    listener.session.start()
    listener.wait("finished")
    assert same(listener.session.score_map(), unbroken)
    assert not stored & {cell for event in listener.seen if has_scored(event) for cell in event.cells}, "not again"
    deadline = time.monotonic() + 30
    while Path(f"/proc/{scoring_pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{scoring_pid}").exists(), "the scoring process ends when its program is gone"


def test_cancel_is_acknowledged_and_nothing_is_accepted_after_it(open_session, unbroken):
    listener = open_session()
    session = listener.session
    session.start()
    listener.wait(has_scored)
    session.cancel()
    listener.wait(lambda event: event.kind == "progress" and event.message == "cancelled")
    assert session.progress.state == "cancelled"
    assert unchanging(session.score_map())
    session.start()
    listener.wait("finished")
    assert same(session.score_map(), unbroken)


def test_what_was_on_its_way_when_a_run_was_cancelled_is_dropped(open_session):
    listener = open_session()
    session = listener.session
    session.start()
    cells = np.array(listener.wait(has_scored).cells)
    session.cancel()
    version = session.score_map().version
    states = np.full(len(cells), CellState.FAILED, np.uint8)
    late = ScoreBatch(cells, states, np.zeros((len(cells), 3), np.float32), np.zeros(len(cells), np.float32))
    # The entry by which the scoring process is heard: a late message cannot be had by waiting for one.
    for generation in (1, 2):
        session._hear(session._link._process, Scored(generation, late))
    assert session.score_map().version == version
    assert session.progress.state == "cancelled"


def test_cancel_is_acknowledged_while_the_process_cannot_answer(open_session):
    listener = open_session()
    session = listener.session
    session.start()
    listener.wait(has_scored)
    os.kill(session.process_id, signal.SIGSTOP)
    session.cancel()
    listener.wait(lambda event: event.kind == "progress" and event.message == "cancelled")
    assert session.progress.state == "cancelled"
    version = session.score_map().version
    os.kill(session.process_id, signal.SIGCONT)
    time.sleep(0.5)
    assert session.score_map().version == version


def test_cancel_before_the_process_is_ready(open_session):
    listener = open_session()
    listener.session.start()
    listener.session.cancel()
    listener.wait(lambda event: event.kind == "progress" and event.message == "cancelled")
    listener.session.start()
    listener.wait("finished")


def test_pause_holds_the_run_and_resume_lets_it_go_on(open_session, unbroken):
    listener = open_session()
    session = listener.session
    session.start()
    listener.wait(has_scored)
    session.pause()
    listener.wait(lambda event: event.kind == "progress" and event.message == "paused")
    settle(session.score_map())
    assert session.progress.state == "paused"
    assert (session.score_map().states == CellState.PENDING).any()
    session.resume()
    listener.wait("finished")
    assert same(session.score_map(), unbroken)


def test_the_visible_field_is_scored_first(open_session):
    listener = open_session()
    session = listener.session
    visible = RectPx(300, 2600, 300, 300)
    session.start(visible)
    first = listener.wait(has_scored)
    wanted = set(cells_touching(session.score_map().grid, visible))
    states = session.score_map().states.ravel()
    assert wanted & set(first.cells)
    assert set(first.cells) <= wanted or not any(states[c] == CellState.PENDING for c in wanted)


def test_what_becomes_visible_during_a_run_comes_next(open_session):
    listener = open_session()
    session = listener.session
    session.start()
    listener.wait(has_scored)
    session.pause()
    settle(session.score_map())
    pending = session.score_map().states == CellState.PENDING
    row, column = np.argwhere(pending)[-1]
    rect = session.score_map().cell_rect(int(row) * 64 + int(column))
    session.set_visible(rect)
    wanted = {c for c in cells_touching(session.score_map().grid, rect) if pending.ravel()[c]}
    while True:
        try:
            listener._events.get_nowait()
        except Exception:
            break
    session.resume()
    assert wanted & {*listener.wait(has_scored).cells, *listener.wait(has_scored).cells}


def test_attention_comes_on_request_and_is_kept(open_session):
    listener = open_session()
    session = listener.session
    session.request_attention([70, 71])
    event = listener.wait("attention")
    assert set(event.cells) == {70, 71}
    attention = session.attention(70)
    assert attention.shape == (4, 4) and attention.mean() == pytest.approx(1.0, abs=1e-4)
    assert session.attention(72) is None
    session.request_attention([71])
    assert listener.wait("attention").cells == (71,), "held ones are told at once"
    assert not (session.score_map().states != CellState.PENDING).any(), "asking for attention scores nothing"


def test_cells_are_sought_while_the_model_is_loaded(open_session):
    """Progress is told before the model is ready, and what was found is not sought again by the run."""
    listener = open_session()
    link, heard = listener.session._link, []
    hear = link._on_message
    link._on_message = lambda process, message: (heard.append(type(message).__name__), hear(process, message))
    listener.session.start()
    listener.wait("finished")
    assert heard.index("Finding") < heard.index("Ready") < heard.index("Planned")
    assert heard.count("Planned") == 1 and "Finding" not in heard[heard.index("Planned") :]
