"""``kill -9`` at fifty random moments of a session: the case opens every time, and nothing that was said to be
saved, and nothing older than a second, is ever lost."""

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.case.case_opening import create_case, open_case
from app.records.specimen import SpecimenSlide

SLIDE = "a" * 64
HERE = Path(__file__).resolve().parent
KILLS = 50
LONG_ONES = 5
"""So many sessions last longer than the second within which an edit must be on the disk."""
EARLY_ONES = 10
"""So many are killed while they open the case, or soon after."""

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="sessions are forked, to start fast enough")


@pytest.fixture
def sessions(tmp_path):
    """A process that starts sessions on a case."""
    store = create_case(tmp_path / "case")
    store.put_slide(SpecimenSlide(SLIDE, (12_800, 6_400)))
    store.close()
    process = subprocess.Popen(
        [sys.executable, HERE / "crash_session.py", tmp_path / "case", tmp_path / "log"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=HERE.parents[1],
        env=os.environ | {"PYTHONPATH": str(HERE.parents[1]), "OMP_NUM_THREADS": "1"},
    )
    yield process
    process.stdin.close()
    process.wait()


def run_and_kill(sessions, number: int, after_s: float, log: Path | None) -> float:
    """One session that is killed so long after its first edit (a line in ``log``) or start; returns when that was."""
    before = log.stat().st_size if log else 0
    sessions.stdin.write(f"{number}\n")
    sessions.stdin.flush()
    pid = int(sessions.stdout.readline())
    give_up = time.monotonic() + 120
    while log and log.stat().st_size == before:
        assert time.monotonic() < give_up, "the session did not come to its first edit"
        time.sleep(0.002)
    time.sleep(after_s)
    killed_at = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    assert sessions.stdout.readline() == "ended\n"
    return killed_at


def test_nothing_saved_is_lost_when_the_program_is_killed(sessions, tmp_path):
    chance = random.Random(20260101)
    moments = [chance.uniform(1.2, 1.5) for _ in range(LONG_ONES)]
    moments += [chance.uniform(0, 0.15) for _ in range(KILLS - LONG_ONES)]
    log, read_to, compared = tmp_path / "log", 0, 0
    log.touch()
    newest = 0
    for number, moment in enumerate(moments):
        killed_at = run_and_kill(sessions, number, moment, None if number >= KILLS - EARLY_ONES else log)
        lines = [json.loads(line) for line in log.read_bytes()[read_to:].splitlines()]
        read_to = log.stat().st_size
        assert not [line["trouble"] for line in lines if line.get("trouble")]
        made = {line["made"]: line for line in lines if "made" in line}

        store = open_case(tmp_path / "case")
        newest = store.saved_seq
        assert newest >= max((line["saved"] for line in lines if "saved" in line), default=0)
        # A machine that did not let the reader's own loop run did not let the saving run either.
        times = [line["at"] for line in made.values()]
        starved_s = max((after - before for before, after in itertools.pairwise([*times, killed_at])), default=0)
        old = [seq for seq, line in made.items() if line["at"] < killed_at - 1 - 3 * starved_s]
        assert newest >= max(old, default=0)
        # The newest edit may have been saved and the program killed before it could say what it had been.
        if newest in made:
            compared += 1
            marks, category, comment, can_undo, can_redo = made[newest]["state"]
            assert {mark.uuid: mark.shape.parts[0][0][0, 0] for mark in store.marks(SLIDE)} == marks
            assert (store.sheet.category, store.sheet.comment) == (category, comment)
            assert (store.can_undo, store.can_redo) == (can_undo, can_redo)
            assert store.last_place().at_utc >= made[newest]["place"]
            assert store.coverage(SLIDE).seen(20).any()
        store.close()
    assert compared >= KILLS // 5
    assert newest > KILLS * 5
