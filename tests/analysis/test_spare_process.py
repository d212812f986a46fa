"""A scoring process that was started in advance is taken once, replaced when it died, and ends when nobody needs it."""

import multiprocessing.context
import queue
import time

from app.analysis import messages, spare_process
from app.analysis.scoring_process import ScoringProcess


def ended(process):
    process.join(30)
    return process.exitcode


def test_the_process_that_was_started_in_advance_is_taken_once():
    spare_process.warm_up()
    spare_process.warm_up()
    process, connection = spare_process.take()
    other, its_connection = spare_process.take()
    assert process.pid != other.pid and process.is_alive() and other.is_alive()
    for end in (connection, its_connection):
        end.close()
    assert ended(process) == 0 and ended(other) == 0, "without a job it ends with its pipe"


def test_one_that_died_meanwhile_is_not_taken():
    spare_process.warm_up()
    process, connection = spare_process.take()
    spare_process._spare.append((process, connection))
    process.kill()
    ended(process)
    fresh, its_connection = spare_process.take()
    assert fresh.pid != process.pid and connection.closed
    its_connection.close()
    deadline = time.monotonic() + 30
    while fresh.is_alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not fresh.is_alive()


def test_a_process_that_cannot_be_started_is_a_sentence(monkeypatch):
    def fail(self):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(multiprocessing.context.SpawnProcess, "start", fail)
    spare_process.warm_up()
    said = queue.SimpleQueue()
    process = ScoringProcess(None, lambda _p, message: said.put(message), lambda _p, code: said.put(code))
    failed = said.get(timeout=30)
    assert isinstance(failed, messages.Failed) and "cannot be started" in failed.text and "unavailable" in failed.text
    assert said.get(timeout=30) is None, "and it has ended"
    process.close()
