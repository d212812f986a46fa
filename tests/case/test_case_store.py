"""A case: what is edited is there again after reopening, undo and redo over any number of sessions, signing."""

import math
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.case import case_store
from app.case.case_opening import create_case, open_case
from app.case.case_store import CaseStore
from app.case.case_writer import CaseWriter
from app.case.errors import CaseError, CaseMissingError, CaseReadOnlyError, CaseSignedError
from app.case.journal import read_entry
from app.geometry import PointPx, RectPx
from app.records.bethesda import BethesdaCategory
from app.records.coverage import View, quad_of_rect
from app.records.marks import Mark, MarkClass, changed, new_mark
from app.records.shapes import ellipse, line, multipolygon, point, polygon
from app.records.specimen import (
    AdequateAnyway,
    CellGroup,
    GalleryDecision,
    Place,
    ReadingMode,
    Sheet,
    SpecimenSlide,
    Verdict,
)

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

SLIDE, OTHER = "a" * 64, "b" * 64
SQUARE = [(0, 0), (10.1, 0), (10, 10), (0, 10)]


@pytest.fixture
def case(tmp_path):
    store = create_case(tmp_path / "case", title="Case 7", site="left lobe", reader="A. Reader")
    store.put_slide(SpecimenSlide(SLIDE, (12_800, 6_400), ("/slides/pap.svs",), stain="Pap"))
    yield store
    store.close(discard=True)


def reopened(store: CaseStore, **arguments) -> CaseStore:
    store.close()
    return open_case(store.folder, **arguments)


def group(number: int, cells: int = 12) -> CellGroup:
    return CellGroup(f"g{number}", SLIDE, PointPx(number, 0.5), cells, author="A. Reader")


def test_everything_is_there_again_after_reopening(case):
    awkward = {"geojson": {"feature": {"properties": {"measurements": {"x": math.inf}, "name": "\ud800 甲状腺"}}}}
    marks = [
        new_mark(SLIDE, point(1 / 3, -2.5), class_key="ptc", note="grooves\n甲状腺", author="A"),
        Mark("m2", SLIDE, multipolygon([(SQUARE, [[(1, 1), (2, 1), (2, 2)]]), (SQUARE, [])]), plane=3, locked=True),
        Mark("m3", SLIDE, ellipse(RectPx(0.1, 0.2, 3, 4)), properties=awkward),
    ]
    decision = GalleryDecision("d1", SLIDE, RectPx(1, 2, 3, 4), Verdict.DOTTED, "ptc", 0.93, "plan", "m2", "", "A", "t")
    sheet = Sheet(
        BethesdaCategory.AUS,
        "nuclear",
        {"grooves": True, "papillae": False},
        AdequateAnyway.ATYPIA,
        "…",
        ReadingMode.HUMAN_FIRST,
    )
    case.edit("Import", put=[MarkClass("ptc", "Papillary", "#aa3311"), *marks])
    case.edit("Sheet", put=[decision, sheet, group(1), group(2, 9)])
    case.add_view(SLIDE, View(quad_of_rect(RectPx(0, 0, 1280, 640)), 20, 2.5))
    place = Place(SLIDE, PointPx(100.5, 200.25), 0.125, 30, 2, "2026-01-01T00:00:00.000Z")
    case.set_place(place)
    again = reopened(case)
    assert again.marks(SLIDE) == marks
    assert again.classes() == [MarkClass("ptc", "Papillary", "#aa3311")]
    assert (again.decisions(), again.sheet, again.groups()) == ([decision], sheet, [group(1), group(2, 9)])
    assert (again.adequacy().counted, again.adequacy().adequate) == (1, True)
    assert again.last_place() == again.place(SLIDE) == place
    assert again.coverage(SLIDE).seen(20).sum() == 50
    assert again.coverage(SLIDE).dwell_s(20).max() == 2.5
    assert (again.specimen.title, again.specimen.site, again.specimen.reader) == ("Case 7", "left lobe", "A. Reader")
    assert again.slides()[0].stain == "Pap"
    again.close()


def test_marks_of_two_slides_keep_apart_even_with_one_uuid(case):
    case.edit("Add", put=[Mark("m", SLIDE, point(1, 1)), Mark("m", OTHER, point(2, 2))])
    case.edit("Delete", remove=[Mark("m", OTHER, point(0, 0))])
    assert [one.shape for one in case.marks(SLIDE)] == [point(1, 1)]
    assert case.marks(OTHER) == []


def test_an_entry_says_what_was_before_and_after(case):
    mark = new_mark(SLIDE, point(1, 1))
    added = case.edit("Add", put=[mark])
    noted = case.edit("Note", put=[changed(mark, note="x")])
    gone = case.edit("Delete", remove=[mark])
    assert [(c.before, c.after) for c in added.changes] == [(None, mark)]
    assert noted.changes[0].before == mark
    assert (gone.changes[0].before.note, gone.changes[0].after) == ("x", None)
    assert case.edit("Nothing", put=[], remove=[mark]) is None
    assert case.undo().changes[0].after.note == "x"


steps = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "remove", "undo", "redo", "save", "reopen"]),
        st.integers(0, 4),
        st.integers(0, 9),
    ),
    min_size=1,
    max_size=25,
)


@settings(UNHURRIED, max_examples=25)
@given(steps)
def test_undo_and_redo_agree_with_a_plain_list_of_states_over_sessions(tmp_path_factory, commands):
    store = create_case(tmp_path_factory.mktemp("undo") / "case")
    past, present, future = [], {}, []
    for command, number, value in commands:
        if command in ("put", "remove"):
            mark = Mark(f"m{number}", SLIDE, point(value, 0))
            wanted = (
                {**present, mark.uuid: mark}
                if command == "put"
                else {k: v for k, v in present.items() if k != mark.uuid}
            )
            store.edit(command, **{command: [mark]})
            if wanted != present:
                past, present, future = [*past, present], wanted, []
        elif command == "undo":
            assert (store.undo() is not None) == bool(past)
            if past:
                future, present, past = [present, *future], past[-1], past[:-1]
        elif command == "redo":
            assert (store.redo() is not None) == bool(future)
            if future:
                past, present, future = [*past, present], future[0], future[1:]
        elif command == "save":
            store.save()
        else:
            store = reopened(store)
        assert {mark.uuid: mark for mark in store.marks(SLIDE)} == present
        assert (store.can_undo, store.can_redo) == (bool(past), bool(future))
    store = reopened(store)
    assert {mark.uuid: mark for mark in store.marks(SLIDE)} == present
    while past:
        store.undo()
        present, past = past[-1], past[:-1]
        assert {mark.uuid: mark for mark in store.marks(SLIDE)} == present
    store.close()


def test_undo_of_a_large_step_from_an_earlier_session(case):
    marks = [Mark(f"m{i}", SLIDE, line([(i, 0), (i, 5)])) for i in range(3_000)]
    case.edit("Import", put=marks)
    again = reopened(case)
    again.undo()
    assert again.marks(SLIDE) == []
    again = reopened(again)
    again.redo()
    assert sorted(again.marks(SLIDE), key=lambda m: int(m.uuid[1:])) == marks
    again.close()


def test_housekeeping_is_no_step_of_undo(case):
    case.edit("Add", put=[new_mark(SLIDE, point(1, 1))])
    case.put_slide(SpecimenSlide(SLIDE, (12_800, 6_400), ("/elsewhere/pap.svs", "/slides/pap.svs")))
    case.undo()
    assert case.marks(SLIDE) == []
    assert case.slides()[0].paths[0] == "/elsewhere/pap.svs"
    assert case.can_redo
    assert not case.can_undo


def test_signing_ends_undo_and_only_amendments_change_the_sheet(case):
    case.edit("Sheet", put=[Sheet(BethesdaCategory.BENIGN), *(group(i) for i in range(6))])
    first = case.sign("B. Signer")
    assert (first.sheet.category, first.groups_counted, first.adequate) == (BethesdaCategory.BENIGN, 6, True)
    assert case.undo() is None
    with pytest.raises(CaseSignedError):
        case.edit("Sheet", put=[Sheet(BethesdaCategory.MALIGNANT)])
    with pytest.raises(CaseSignedError):
        case.edit("Group", remove=[group(1)])
    with pytest.raises(CaseSignedError):
        case.sign("B. Signer")
    case.edit("Dot", put=[new_mark(SLIDE, point(3, 3))])
    with pytest.raises(CaseError, match="reason"):
        case.amend("B. Signer", " ", put=[Sheet(BethesdaCategory.AUS)])
    second = case.amend("B. Signer", "second look", put=[Sheet(BethesdaCategory.AUS)], remove=[group(1)])
    assert (second.sheet.category, second.groups_counted, second.is_amendment) == (BethesdaCategory.AUS, 5, True)
    again = reopened(case)
    assert again.signatures() == [first, second]
    assert again.sheet.category is BethesdaCategory.AUS
    assert not again.can_undo
    again.close()


def test_amending_comes_after_signing(case):
    with pytest.raises(CaseSignedError):
        case.amend("B", "why", put=[Sheet()])


def test_a_value_that_cannot_be_stored_is_refused_at_once_and_changes_nothing(case):
    with pytest.raises(TypeError):
        case.edit("Bad", put=[Mark("m", SLIDE, point(0, 0), properties={"x": object()})])
    assert case.marks(SLIDE) == []
    case.edit("Good", put=[Mark("m", SLIDE, point(0, 0))])
    case.save()
    assert case.unsaved == 0


def test_reading_only_shows_what_the_owner_does_and_writes_nothing(case):
    case.save()
    reader = open_case(case.folder, read_only=True)
    with pytest.raises(CaseReadOnlyError):
        reader.edit("Add", put=[new_mark(SLIDE, point(0, 0))])
    assert not reader.refresh()
    case.edit("Add", put=[new_mark(SLIDE, point(1, 1))])
    case.save()
    assert reader.refresh()
    assert len(reader.marks(SLIDE)) == 1
    assert not reader.refresh()
    reader.close()


def test_many_views_are_snapshotted_and_none_is_lost(case):
    for number in range(1_200):
        corners = quad_of_rect(RectPx(number * 10, 0, 1280, 640))
        case.add_view(SLIDE, View(corners, 10 if number % 2 else 20, 0.5))
        if number % 300 == 0:
            case.save()
    wanted = case.coverage(SLIDE)
    again = reopened(case)
    assert (again.coverage(SLIDE).codes == wanted.codes).all()
    assert (again.coverage(SLIDE).dwell == wanted.dwell).all()
    again.add_view(SLIDE, View(quad_of_rect(RectPx(0, 3000, 1280, 640)), 40, 1))
    again = reopened(again)
    assert again.coverage(SLIDE).seen(40).sum() == 50
    again.close()


def test_a_view_that_goes_on_is_one_row(case):
    for _ in range(10):
        case.add_view(SLIDE, View(quad_of_rect(RectPx(0, 0, 1280, 640)), 20, 1))
    assert case.unsaved == 2
    again = reopened(case)
    assert again.coverage(SLIDE).dwell_s(20).max() == 10
    again.close()


def test_views_and_edits_need_their_slide_and_an_open_case(case):
    with pytest.raises(CaseError):
        case.add_view(OTHER, View(quad_of_rect(RectPx(0, 0, 1, 1)), 20, 1))
    case.close()
    case.close()
    with pytest.raises(CaseError, match="closed"):
        case.edit("Late", put=[new_mark(SLIDE, point(0, 0))])


def test_the_name_of_a_new_reader_is_on_new_entries(case):
    case.edit("Add", put=[new_mark(SLIDE, point(0, 0))])
    again = reopened(case, reader="C. Colleague")
    assert again.edit("Add", put=[new_mark(SLIDE, point(1, 0))]).author == "C. Colleague"
    assert again.specimen.reader == "C. Colleague"
    again.close()


def test_a_folder_without_a_case_or_with_one_is_told(case, tmp_path):
    with pytest.raises(CaseMissingError, match="no case"):
        open_case(tmp_path / "nothing")
    with pytest.raises(CaseError, match="already"):
        create_case(case.folder)


def test_the_writer_saves_each_edit_without_being_asked(case):
    statuses = []
    writer = CaseWriter(case, statuses.append)
    for _ in range(5):
        case.edit("Add", put=[new_mark(SLIDE, polygon(SQUARE))])
    while case.unsaved:
        assert writer.is_alive
    writer.stop()
    assert statuses[-1].message == ""
    assert statuses[-1].saved_seq == case.saved_seq
    with_reader = open_case(case.folder, read_only=True)
    assert len(with_reader.marks(SLIDE)) == 5
    with_reader.close()


def test_a_step_is_not_read_from_the_disk_while_the_state_is_being_changed(case, monkeypatch):
    case.edit("Group", put=[group(1)])
    case.save()
    (seq,) = case._state.stacks.undo[-1:]
    begun = []

    def read(*arguments):
        begun.append(seq)
        return read_entry(*arguments)

    monkeypatch.setattr(case_store, "read_entry", read)
    reader = threading.Thread(target=case._load_entry, args=(seq,))
    with case._lock:
        reader.start()
        reader.join(0.2)
        assert not begun, "it would take a state half-way for one that is saved"
    reader.join()
    assert begun == [seq]
