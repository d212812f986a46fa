"""A scoring process that was started in advance is taken once, replaced when it died, and ends when nobody needs it."""

import time

from app.analysis import spare_process


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
