"""Opening: every kind of path ends in a slide or in one sentence that says what to do."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.geometry import PixelRegion
from app.slides.open import open_slide
from app.slides.slide import RgbImage, SlideError, UnsupportedSlideError


def refusal(path: Path, kind: type[SlideError] = SlideError) -> str:
    with pytest.raises(kind) as caught:
        open_slide(path, probe=False)
    sentence = str(caught.value)
    assert path.name in sentence and sentence.endswith(".") and "\n" not in sentence
    return sentence


def test_a_missing_file(tmp_path: Path) -> None:
    assert "is not in" in refusal(tmp_path / "nowhere.svs")


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.svs").touch()
    assert "empty (0 bytes)" in refusal(tmp_path / "empty.svs")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "locked.svs"
    path.write_bytes(b"x")
    path.chmod(0)
    assert "may not be read" in refusal(path)


def test_no_slide_at_all(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear colleague, the slide is attached.")
    assert "SVS" in refusal(path, UnsupportedSlideError)


@pytest.mark.parametrize(("ending", "words"), [(".kfb", "KFB"), (".sdpc", "SDPC"), (".isyntax", "ISYNTAX")])
def test_formats_of_vendors_get_the_advice_to_export(tmp_path: Path, ending: str, words: str) -> None:
    path = tmp_path / f"slide{ending}"
    path.write_bytes(os.urandom(4000))
    sentence = refusal(path, UnsupportedSlideError)
    assert words in sentence and "export it as SVS or pyramidal TIFF" in sentence


def test_an_mrxs_without_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "slide.mrxs"
    path.write_bytes(b"\xff\xd8 a thumbnail")
    assert "needs the folder slide" in refusal(path)


def test_an_mrxs_folder_without_its_file(tmp_path: Path) -> None:
    folder = tmp_path / "slide"
    folder.mkdir()
    (folder / "Slidedat.ini").write_text("[GENERAL]")
    assert "slide.mrxs, which is missing beside it" in refusal(folder)


def test_a_folder_without_slides(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "holds no slide" in refusal(tmp_path / "empty", UnsupportedSlideError)


def test_a_folder_with_one_dicom_slide_opens(shared_data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "dicom"
    folder.mkdir()
    for name in ("boxes_0.dcm", "boxes_1.dcm"):
        shutil.copy(shared_data / "fixtures" / "openslide-python" / name, folder / name)
    (folder / "readme.txt").write_text("two files of one series")
    slide = open_slide(folder, probe=False)
    assert slide.info.vendor == "dicom"
    assert slide.info.path.parent == folder
    slide.close()


def test_a_folder_with_several_dicom_slides_asks_for_one(shared_data: Path) -> None:
    assert "holds 3 DICOM slides" in refusal(shared_data / "fixtures" / "highdicom")


def test_a_damaged_tiff(tmp_path: Path) -> None:
    path = tmp_path / "cut.svs"
    path.write_bytes(b"II*\0\x08\0\0\0\xff\xff")
    assert "TIFF file that is damaged" in refusal(path)


@pytest.mark.parametrize("folder", ["Scans der Schilddrüse", "甲状腺 細胞診", "щитовидная железа", "a 'b' & #c %20"])
@pytest.mark.parametrize("probe", [False, True])
def test_paths_of_every_alphabet(
    tmp_path: Path, write_pyramid: Callable[..., Path], block_pixels: Callable[..., RgbImage], folder: str, probe: bool
) -> None:
    path = tmp_path / folder / "Präparat № 1 切片.tif"
    path.parent.mkdir()
    write_pyramid().rename(path)
    slide = open_slide(str(path), probe=probe)
    np.testing.assert_array_equal(slide.read(PixelRegion(0, 0, 64, 64)), block_pixels(64, 64))
    slide.close()
