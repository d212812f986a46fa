"""Which case a slide belongs to, what a worklist sees, and finding slides that were moved."""

import hashlib
import os
import sys

import pytest

from app.case.case_folder import (
    all_cases,
    cases_of_slide,
    find_slide,
    new_case_folder,
    read_summary,
    rebuild_register,
    register_case,
)
from app.case.case_opening import create_case, open_case
from app.case.errors import CaseError
from app.geometry import PointPx
from app.records.bethesda import BethesdaCategory
from app.records.marks import new_mark
from app.records.shapes import point
from app.records.specimen import CellGroup, Sheet, SpecimenSlide
from app.slides.fingerprint import fingerprint_file


def make_case(data, *slides):
    store = create_case(new_case_folder(data), title="Case")
    for slide in slides:
        store.put_slide(slide)
    store.save()
    register_case(data, store.folder, [slide.fingerprint for slide in slides])
    return store


def make_slide(path, content: bytes) -> SpecimenSlide:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return SpecimenSlide(fingerprint_file(path), (1000, 800), (str(path),))


def test_a_slide_finds_its_cases_again_also_after_the_data_folder_moved(tmp_path):
    slide = make_slide(tmp_path / "slides" / "one.svs", b"one")
    first, second = make_case(tmp_path / "data", slide), make_case(tmp_path / "data", slide)
    folders = [second.folder.name, first.folder.name]
    first.close()
    second.close()
    (tmp_path / "data").rename(tmp_path / "moved")
    assert [folder.name for folder in cases_of_slide(tmp_path / "moved", slide.fingerprint)] == folders
    assert cases_of_slide(tmp_path / "moved", "0" * 64) == []


def test_the_register_is_made_again_from_the_cases(tmp_path):
    slide = make_slide(tmp_path / "one.svs", b"one")
    store = make_case(tmp_path, slide)
    broken = new_case_folder(tmp_path)
    broken.mkdir()
    (broken / "case.sqlite").write_bytes(b"no database at all" * 100)
    for file in (tmp_path / "cases" / "by-slide").iterdir():
        file.write_text("{damaged")
    assert cases_of_slide(tmp_path, slide.fingerprint) == []
    problems = rebuild_register(tmp_path)
    assert cases_of_slide(tmp_path, slide.fingerprint) == [store.folder]
    assert len(problems) == 1
    assert broken.name in problems[0]
    store.close()


def test_the_summary_of_an_open_case(tmp_path):
    slide = make_slide(tmp_path / "one.svs", b"one")
    store = make_case(tmp_path, slide)
    store.edit("Mark", put=[new_mark(slide.fingerprint, point(0, 0)), Sheet(BethesdaCategory.BENIGN)])
    store.edit("Group", put=[CellGroup("g", slide.fingerprint, PointPx(0, 0), 12)])
    signature = store.sign("B. Signer")
    store.save()
    (folder,) = all_cases(tmp_path)
    summary = read_summary(folder)
    assert (summary.specimen.title, summary.slides, summary.marks) == ("Case", (slide,), 1)
    assert (summary.sheet.category, summary.signatures) == (BethesdaCategory.BENIGN, (signature,))
    store.close()
    with pytest.raises(CaseError):
        read_summary(tmp_path)


def test_a_moved_slide_is_found_by_its_content(tmp_path):
    slide = make_slide(tmp_path / "slides" / "one.svs", b"the one")
    make_slide(tmp_path / "archive" / "2024" / "one.svs", b"another with its name")
    case = tmp_path / "cases" / "c"
    assert find_slide(slide, case, fingerprint_file) == tmp_path / "slides" / "one.svs"
    target = tmp_path / "archive" / "2026" / "one.svs"
    target.parent.mkdir()
    os.replace(tmp_path / "slides" / "one.svs", target)
    assert find_slide(slide, case, fingerprint_file, [tmp_path / "archive"]) == target
    target.write_bytes(b"changed since")
    assert find_slide(slide, case, fingerprint_file, [tmp_path / "archive"]) is None


def test_a_slide_that_moved_along_with_its_case_is_found_beside_it(tmp_path):
    slide = SpecimenSlide(hashlib.sha256(b"x").hexdigest(), (1, 1), ("C:\\lab\\slides\\one.svs",))
    (tmp_path / "stick" / "case").mkdir(parents=True)
    (tmp_path / "stick" / "one.svs").write_bytes(b"x")
    found = find_slide(slide, tmp_path / "stick" / "case", lambda path: hashlib.sha256(path.read_bytes()).hexdigest())
    assert found == tmp_path / "stick" / "one.svs"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a folder that may not be written")
def test_a_case_in_a_folder_that_may_not_be_written_can_be_read(tmp_path):
    store = make_case(tmp_path, make_slide(tmp_path / "one.svs", b"one"))
    store.close()
    store.folder.chmod(0o500)
    try:
        reader = open_case(store.folder, read_only=True)
        assert reader.specimen.title == "Case"
        reader.close()
    finally:
        store.folder.chmod(0o700)


def test_slides_are_never_written_to(tmp_path):
    slide = make_slide(tmp_path / "share" / "one.svs", b"one")
    (tmp_path / "share" / "one.svs").chmod(0o444)
    store = make_case(tmp_path / "data", slide)
    store.edit("Mark", put=[new_mark(slide.fingerprint, point(0, 0))])
    store.close()
    assert [path.name for path in (tmp_path / "share").iterdir()] == ["one.svs"]
    assert (tmp_path / "share" / "one.svs").read_bytes() == b"one"
