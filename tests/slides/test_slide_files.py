"""Which files of a folder count as slides."""

import pytest

from app.slides.slide import SlideError
from app.slides.slide_files import slide_files


def names(folder, **options):
    return [str(path.relative_to(folder)) for path in slide_files(folder, **options)]


@pytest.fixture
def folder(tmp_path):
    for name in ("b.svs", "A.TIFF", "notes.txt", "snapshot.png", ".hidden.svs", "sub/c.ndpi", ".cache/d.svs", "m.mrxs"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "Slidedat.ini").write_text("")
    (tmp_path / "m" / "inner.tif").write_bytes(b"x")
    return tmp_path


def test_slides_are_listed_by_name_and_nothing_else(folder):
    assert names(folder) == ["A.TIFF", "b.svs", "m.mrxs", "sub/c.ndpi"]
    assert names(folder, recursive=False) == ["A.TIFF", "b.svs", "m.mrxs"]


def test_listing_ends_when_it_is_told_to(folder):
    answers = iter([True, True, True, False])
    assert len(names(folder, keep_going=lambda: next(answers))) < 4


def test_a_dicom_series_counts_once(shared_data):
    folder = shared_data / "slides"
    dicom = [path for path in slide_files(folder) if path.suffix == ".dcm"]
    assert len({path.parent for path in dicom}) == len(dicom) > 0


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(SlideError, match="cannot be read"):
        list(slide_files(tmp_path / "nowhere"))
