"""A session in the real window that is killed at two random moments: nothing older than a second is lost, and the
window opens the case again. Fifty kills: ``python tests/benchmarks/kill_session.py``."""

import os

import pytest

from tests.benchmarks.kill_session import kill_sessions, summary

pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="a window is killed together with its processes")


def test_two_killed_sessions_lose_nothing_that_is_older_than_a_second(tmp_path):
    kills = kill_sessions(tmp_path, 2, seed=3)
    assert [kill.problems for kill in kills] == [[], []], summary(kills)
    assert all(kill.reopened for kill in kills)
    assert sum(kill.steps_made for kill in kills) > 0
