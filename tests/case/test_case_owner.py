"""One owner writes; the others are told who it is, may read, or take over."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from app.case.case_database import FILE_NAME
from app.case.case_opening import create_case, open_case, save_elsewhere
from app.case.errors import CaseLockedError, CaseTakenOverError
from app.records.marks import Mark
from app.records.shapes import point

SLIDE = "a" * 64
TOP = Path(__file__).resolve().parents[2]
HOLDER = """
import sys
from pathlib import Path
from app.case.case_opening import open_case
from app.records.marks import Mark
from app.records.shapes import point
store = open_case(Path(sys.argv[1]))
store.edit("Add", put=[Mark("held", "a" * 64, point(1, 1))])
store.save()
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def case(tmp_path):
    store = create_case(tmp_path / "case", reader="A. Reader")
    yield store
    store.close(discard=True)


def dot(number: int) -> Mark:
    return Mark(f"m{number}", SLIDE, point(number, number))


@pytest.fixture
def holder(case):
    """Another process that has the case open."""
    case.close()
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(case.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=TOP,
    )
    assert process.stdout.readline() == "open\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_window_is_told_and_may_read(case):
    with pytest.raises(CaseLockedError, match="another window") as told:
        open_case(case.folder)
    assert told.value.owner.pid == os.getpid()
    reader = open_case(case.folder, read_only=True)
    reader.close()
    case.edit("Add", put=[dot(0)])
    case.save()


def test_another_process_is_named(case, holder):
    with pytest.raises(CaseLockedError) as told:
        open_case(case.folder)
    owner = told.value.owner
    assert (owner.pid, owner.host) == (holder.pid, socket.gethostname())
    assert str(holder.pid) in str(told.value)
    assert owner.user in str(told.value)


def test_a_killed_owner_is_replaced_without_asking_and_a_backup_made(case, holder):
    holder.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    holder.wait()
    store = open_case(case.folder)
    assert store.replaced_owner.pid == holder.pid
    assert [mark.uuid for mark in store.marks(SLIDE)] == ["held"]
    assert list((case.folder / "backups").glob("case-*.sqlite"))
    store.close()
    again = open_case(case.folder)
    assert again.replaced_owner is None
    again.close()


def test_who_was_taken_over_writes_no_more_and_keeps_his_edits(case, tmp_path):
    case.edit("Add", put=[dot(0)])
    case.save()
    other = open_case(case.folder, take_over=True)
    case.edit("Add", put=[dot(1)])
    with pytest.raises(CaseTakenOverError, match="taken over"):
        case.save()
    other.edit("Add", put=[dot(2)])
    other.close()
    assert [mark.uuid for mark in case.marks(SLIDE)] == ["m0", "m1"]
    save_elsewhere(case, tmp_path / "mine")
    case.close()
    mine, theirs = open_case(tmp_path / "mine"), open_case(case.folder.parent / "case")
    assert [mark.uuid for mark in mine.marks(SLIDE)] == ["m0", "m1"]
    assert [mark.uuid for mark in theirs.marks(SLIDE)] == ["m0", "m2"]
    mine.close()
    theirs.close()


@pytest.mark.parametrize(
    ("change", "locked"),
    [("host = 'elsewhere', pid = 999999", True), ("pid = 999999999", False), ("process_started = 1", False)],
)
def test_only_owners_of_this_machine_can_be_known_to_have_ended(case, change, locked):
    case.save()
    connection = sqlite3.connect(case.folder / FILE_NAME)
    connection.execute(f"UPDATE owner SET token = 'x', {change}")
    connection.commit()
    connection.close()
    if locked:
        with pytest.raises(CaseLockedError, match="on elsewhere"):
            open_case(case.folder)
        open_case(case.folder, take_over=True).close()
    else:
        open_case(case.folder).close()
