"""What goes wrong around a case is told in a sentence and loses nothing: disk full, folder gone, file damaged."""

import os
import shutil
import sqlite3
import sys
import threading

import pytest

from app.case.backup import FOLDER, KEEP_NEWEST, list_backups, restore_backup
from app.case.case_database import FILE_NAME, SCHEMA_VERSION
from app.case.case_opening import create_case, open_case, save_elsewhere
from app.case.case_writer import CaseWriter
from app.case.errors import (
    CaseDamagedError,
    CaseDiskFullError,
    CaseError,
    CaseLostError,
    CaseMissingError,
    CaseTakenOverError,
    CaseTooNewError,
    CaseWriteError,
)
from app.geometry import PointPx, RectPx
from app.records.coverage import View, quad_of_rect
from app.records.marks import Mark, new_mark
from app.records.shapes import line, point
from app.records.specimen import Place, SpecimenSlide

SLIDE = "a" * 64
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows does not let go of open files")


@pytest.fixture
def case(tmp_path):
    store = create_case(tmp_path / "case", reader="A. Reader")
    store.put_slide(SpecimenSlide(SLIDE, (12_800, 6_400)))
    store.save()
    yield store
    store.close(discard=True)


def dot(number: int) -> Mark:
    return Mark(f"m{number}", SLIDE, point(number, number))


def uuids(store) -> list[str]:
    return [mark.uuid for mark in store.marks(SLIDE)]


@pytest.fixture
def file_size_limit():
    """Sets a limit on the size of any file that this process writes; lifts it in the end."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@posix_only
def test_a_disk_that_takes_no_more_loses_nothing_and_saving_goes_on(case, file_size_limit):
    case.edit("Add", put=[dot(0)])
    case.save()
    file_size_limit(os.path.getsize(case.folder / FILE_NAME) + 40_000)
    big = [Mark(f"b{i}", SLIDE, line([(x, i) for x in range(500)])) for i in range(100)]
    case.edit("Import", put=big)
    for _ in range(3):
        with pytest.raises(CaseWriteError, match="kept in memory"):
            case.save()
        assert case.unsaved == 1
    case.edit("Add", put=[dot(1)])
    case.undo()
    assert len(case.marks(SLIDE)) == 101
    file_size_limit(-1)
    case.save()
    assert case.unsaved == 0
    case.close()
    again = open_case(case.folder)
    assert uuids(again) == ["m0", *(mark.uuid for mark in big)]
    assert again.can_redo
    again.close()


def test_a_full_disk_is_named_as_such(case, monkeypatch):
    # SQLite's own limit on the number of pages gives the same error as a full disk (SQLITE_FULL).
    import app.case.case_file as case_file

    def connect_to_small_disk(file, **arguments):
        connection = connect(file, **arguments)
        connection.execute("PRAGMA max_page_count = 30")
        return connection

    case.close()
    connect = case_file.connect
    monkeypatch.setattr("app.case.case_database.connect", connect_to_small_disk)
    monkeypatch.setattr(case_file, "connect", connect_to_small_disk)
    store = open_case(case.folder)
    store.edit("Import", put=[Mark(f"b{i}", SLIDE, line([(x, i) for x in range(500)])) for i in range(50)])
    with pytest.raises(CaseDiskFullError, match="is full"):
        store.save()
    assert len(store.marks(SLIDE)) == 50
    monkeypatch.setattr(case_file, "connect", connect)
    store.save()
    assert store.unsaved == 0
    store.close()


@posix_only
def test_a_folder_that_goes_away_and_comes_back(case, tmp_path):
    case.edit("Add", put=[dot(0)])
    case.save()
    case.folder.rename(tmp_path / "unplugged")
    case.edit("Add", put=[dot(1)])
    case.set_place(Place(SLIDE, PointPx(1, 1), 1, at_utc="t"))
    with pytest.raises(CaseLostError, match="cannot be reached"):
        case.save()
    (tmp_path / "unplugged").rename(case.folder)
    case.save()
    assert case.unsaved == 0
    case.close()
    again = open_case(case.folder)
    assert uuids(again) == ["m0", "m1"]
    assert again.last_place().at_utc == "t"
    again.close()


@posix_only
def test_a_deleted_folder_is_noticed_although_the_file_is_still_open(case, tmp_path):
    case.edit("Add", put=[dot(0)])
    case.save()
    shutil.rmtree(case.folder)
    case.edit("Add", put=[dot(1)])
    with pytest.raises(CaseLostError):
        case.save()
    with pytest.raises(CaseLostError):
        case.close()
    save_elsewhere(case, tmp_path / "new")
    assert not case.can_undo
    case.edit("Add", put=[dot(2)])
    case.close()
    again = open_case(tmp_path / "new")
    assert uuids(again) == ["m0", "m1", "m2"]
    again.undo()
    assert not again.can_undo
    again.close()


def test_saving_elsewhere_takes_everything_along_also_what_comes_meanwhile(case, tmp_path):
    case.edit("Add", put=[dot(0)])
    case.add_view(SLIDE, View(quad_of_rect(RectPx(0, 0, 1280, 640)), 20, 2))
    case.sign("B. Signer")
    case_id, signatures = case.specimen.case_id, case.signatures()
    save_elsewhere(case, tmp_path / "new")
    case.add_view(SLIDE, View(quad_of_rect(RectPx(0, 640, 1280, 640)), 20, 2))
    case.close()
    again = open_case(tmp_path / "new")
    assert (again.specimen.case_id, again.signatures(), uuids(again)) == (case_id, signatures, ["m0"])
    assert again.coverage(SLIDE).seen(20).sum() == 100
    with pytest.raises(CaseError, match="already"):
        save_elsewhere(again, tmp_path / "case")
    again.close()


def test_views_after_saving_elsewhere_are_replayed_too(case, tmp_path):
    case.add_view(SLIDE, View(quad_of_rect(RectPx(0, 0, 1280, 640)), 20, 2))
    save_elsewhere(case, tmp_path / "new")
    case.close()
    again = open_case(tmp_path / "new")
    again.add_view(SLIDE, View(quad_of_rect(RectPx(0, 640, 1280, 640)), 20, 2))
    again.save()
    as_after_a_kill = open_case(tmp_path / "new", read_only=True)
    assert as_after_a_kill.coverage(SLIDE).seen(20).sum() == 100
    as_after_a_kill.close()
    again.close()


@posix_only
def test_another_case_in_the_place_of_the_open_one_is_never_written_to(case, tmp_path):
    other = create_case(tmp_path / "other")
    other.close()
    shutil.rmtree(case.folder)
    shutil.copytree(tmp_path / "other", case.folder)
    case.edit("Add", put=[dot(0)])
    with pytest.raises(CaseTakenOverError, match="another"):
        case.save()
    assert uuids(case) == ["m0"]


@posix_only
def test_an_older_copy_in_the_place_of_the_open_case_is_told(case, tmp_path):
    shutil.copytree(case.folder, tmp_path / "older")
    case.edit("Add", put=[dot(0)])
    case.save()
    shutil.rmtree(case.folder)
    shutil.copytree(tmp_path / "older", case.folder)
    case.edit("Add", put=[dot(1)])
    with pytest.raises(CaseTakenOverError, match="older"):
        case.save()


@pytest.mark.parametrize("where", [0, 100, 4096, -5000])
def test_a_damaged_file_is_told_and_a_backup_brings_the_case_back(case, where):
    case.edit("Import", put=[new_mark(SLIDE, line([(i, 0), (i, 9)])) for i in range(300)])
    case.close()
    (backup,) = list_backups(case.folder)
    file = case.folder / FILE_NAME
    data = bytearray(file.read_bytes())
    start = where % len(data)
    data[start : start + 3000] = b"\xa5" * len(data[start : start + 3000])
    file.write_bytes(data)
    with pytest.raises(CaseDamagedError, match="backup"):
        open_case(case.folder)
    assert restore_backup(case.folder) == backup
    again = open_case(case.folder)
    assert len(again.marks(SLIDE)) == 300
    again.close()
    assert [kept.read_bytes() for kept in case.folder.glob("case.damaged-*.sqlite")] == [bytes(data)]


def test_a_damaged_backup_is_passed_over(case):
    case.edit("Add", put=[dot(0)])
    good = case.back_up()
    case.edit("Add", put=[dot(1)])
    case.close()
    newest = list_backups(case.folder)[0]
    newest.write_bytes(b"no database")
    assert restore_backup(case.folder) == good
    again = open_case(case.folder)
    assert uuids(again) == ["m0"]
    again.close()
    good.unlink()
    for backup in list_backups(case.folder):
        backup.unlink()
    with pytest.raises(CaseError, match="no undamaged backup"):
        restore_backup(case.folder)


def test_backups_are_made_when_something_changed_and_thinned_out(case):
    for number in range(KEEP_NEWEST + 5):
        case.edit("Add", put=[dot(number)])
        assert case.back_up() is not None
        assert case.back_up() is None
    old = [case.folder / FOLDER / f"case-202601{day:02d}T120000000000Z.sqlite" for day in range(1, 29)]
    for backup in old:
        shutil.copy(list_backups(case.folder)[0], backup)
    case.edit("Add", put=[dot(99)])
    case.back_up()
    kept = list_backups(case.folder)
    assert len(kept) == KEEP_NEWEST + 13
    assert [backup for backup in old if backup in kept] == old[-13:]


@posix_only
def test_a_backup_that_cannot_be_written_harms_nothing(case):
    case.edit("Add", put=[dot(0)])
    (case.folder / FOLDER).write_text("in the way")
    with pytest.raises(CaseWriteError, match="backup"):
        case.back_up()
    assert case.unsaved == 0
    (case.folder / FOLDER).unlink()
    assert case.back_up() is not None


def test_a_case_of_a_newer_program_is_told(case):
    case.close()
    with sqlite3.connect(case.folder / FILE_NAME) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(CaseTooNewError, match="newer program"):
        open_case(case.folder)


def test_another_database_is_told(case, tmp_path):
    (tmp_path / "strange").mkdir()
    with sqlite3.connect(tmp_path / "strange" / FILE_NAME) as connection:
        connection.execute("CREATE TABLE t (x)")
    with pytest.raises(CaseDamagedError, match="not a case"):
        open_case(tmp_path / "strange")
    with pytest.raises(CaseMissingError):
        open_case(tmp_path)


def test_the_journal_can_only_grow(case):
    case.edit("Add", put=[dot(0)])
    case.close()
    connection = sqlite3.connect(case.folder / FILE_NAME)
    for statement in ("DELETE FROM journal", "UPDATE change SET value = ''", "UPDATE journal SET author = ''"):
        with pytest.raises(sqlite3.IntegrityError, match="append only"):
            connection.execute(statement)
    connection.close()


@posix_only
def test_the_writer_tells_trouble_and_saves_when_it_is_over(case, tmp_path):
    trouble, saved = threading.Event(), threading.Event()
    messages = []

    def on_status(status):
        messages.append(status.message)
        (trouble if status.message else saved).set()

    case.folder.rename(tmp_path / "unplugged")
    writer = CaseWriter(case, on_status, retry_s=0.05)
    case.edit("Add", put=[dot(0)])
    assert trouble.wait(30)
    saved.clear()
    (tmp_path / "unplugged").rename(case.folder)
    assert saved.wait(30)
    writer.stop()
    assert "cannot be reached" in messages[0]
    assert case.unsaved == 0
