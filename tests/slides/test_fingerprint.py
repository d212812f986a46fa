"""A fingerprint names the content of a slide: never its path or time."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.slides.fingerprint import EDGE_BYTES, dicom_series, fingerprint_file, slide_files


def test_neither_name_nor_folder_nor_time_matter(tmp_path: Path) -> None:
    first = tmp_path / "a.svs"
    first.write_bytes(os.urandom(300_000))
    second = tmp_path / "другая папка" / "b.tif"
    second.parent.mkdir()
    shutil.copy(first, second)
    os.utime(second, (1, 1))
    assert fingerprint_file(first) == fingerprint_file(second)


@given(st.integers(0, 3 * EDGE_BYTES), st.data())
def test_a_changed_byte_near_an_end_or_another_size_changes_it(
    tmp_path_factory: pytest.TempPathFactory, size: int, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "file"
    content = bytearray(size)
    path.write_bytes(content)
    before = fingerprint_file(path)
    path.write_bytes(content + b"\0")
    assert fingerprint_file(path) != before
    if size:
        at = data.draw(st.integers(0, min(size, EDGE_BYTES) - 1))
        content[at if data.draw(st.booleans()) else size - 1 - at] ^= 1
        path.write_bytes(content)
        assert fingerprint_file(path) != before


def test_the_quickhash_counts(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x")
    assert len({fingerprint_file(path), fingerprint_file(path, "1"), fingerprint_file(path, "2")}) == 3


def test_all_files_of_an_mrxs_count_whatever_their_names(tmp_path: Path) -> None:
    path, folder = tmp_path / "slide.mrxs", tmp_path / "slide"
    folder.mkdir()
    path.write_bytes(b"index")
    (folder / "Data0000.dat").write_bytes(b"one")
    (folder / "Data0001.dat").write_bytes(b"two")
    before = fingerprint_file(path)
    renamed = tmp_path / "renamed.mrxs"
    shutil.copy(path, renamed)
    shutil.copytree(folder, tmp_path / "renamed")
    assert fingerprint_file(renamed) == before
    (folder / "Data0001.dat").write_bytes(b"TWO")
    assert fingerprint_file(path) != before


def dicom(series: str, rest: bytes) -> bytes:
    uid = series.encode().ljust(len(series) + len(series) % 2, b"\0")
    return bytes(128) + b"DICM" + b"\x20\x00\x0e\x00UI" + len(uid).to_bytes(2, "little") + uid + rest


def test_all_files_of_a_dicom_series_count_and_no_others(tmp_path: Path) -> None:
    for name, series in (("a.dcm", "1.2.3"), ("b.dcm", "1.2.3"), ("other.dcm", "1.2.34")):
        (tmp_path / name).write_bytes(dicom(series, name.encode()))
    (tmp_path / "note.txt").write_text("hello")
    before = fingerprint_file(tmp_path / "a.dcm")
    (tmp_path / "a.dcm").rename(tmp_path / "z.dcm")
    assert fingerprint_file(tmp_path / "z.dcm") == before
    (tmp_path / "z.dcm").rename(tmp_path / "a.dcm")
    assert {file.name for file in slide_files(tmp_path / "a.dcm")} == {"a.dcm", "b.dcm"}
    assert fingerprint_file(tmp_path / "b.dcm") == before
    (tmp_path / "other.dcm").write_bytes(dicom("1.2.34", b"changed"))
    assert fingerprint_file(tmp_path / "a.dcm") == before
    (tmp_path / "b.dcm").write_bytes(dicom("1.2.3", b"changed"))
    assert fingerprint_file(tmp_path / "a.dcm") != before


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/self/mem is a file that opens and cannot be read")
def test_an_unreadable_neighbour_does_not_keep_a_dicom_slide_closed(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(dicom("1.2.3", b"a"))
    before = fingerprint_file(path)
    (tmp_path / "locked").symlink_to("/proc/self/mem")
    assert fingerprint_file(path) == before


def test_real_dicom_files_tell_their_series(shared_data: Path) -> None:
    folder = shared_data / "fixtures" / "openslide-python"
    series = dicom_series(folder / "boxes_0.dcm")
    assert series and series == dicom_series(folder / "boxes_1.dcm")
    assert dicom_series(folder / "boxes.tiff") is None
