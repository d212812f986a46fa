"""The de-identified copy of a slide's metadata holds nothing that could name a person, a day or a file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.slide_metadata import write_metadata_json
from app.geometry import SizePx
from app.slides.deidentified import deidentified
from app.slides.open import open_slide
from app.slides.slide import FocalPlanes, Level, MppState, SlideInfo

TELLING = {
    "tiff.ImageDescription": "Aperio Image Library|AppMag = 40|Patient = Doe, Jane|Date = 03/14/2025",
    "tiff.DateTime": "2025:03:14 09:12:44",
    "tiff.DocumentName": "A25-1177.svs",
    "tiff.Artist": "Jane Doe",
    "tiff.HostComputer": "PATHOLOGY-7",
    "openslide.comment": "Doe Jane 1961-02-03",
    "openslide.barcode": "A25-1177-2",
    "aperio.Filename": "A25-1177",
    "aperio.Date": "03/14/25",
    "aperio.Time": "09:12:44",
    "aperio.User": "jdoe",
    "aperio.ScanScope ID": "SS1234",
    "aperio.ImageID": "1177231",
    "hamamatsu.Created": "2025/03/14",
    "hamamatsu.Reference": "A25-1177",
    "mirax.GENERAL.SLIDE_ID": "8F3B7C2E",
    "dicom.PatientName": "Doe^Jane",
    "dicom.SOPInstanceUID": "1.2.840.113619.2.1",
    "philips.PIM_DP_UFS_BARCODE": "QTI1LTExNzc=",
    "openslide.objective-power": "Jane Doe 40",
    "aperio.MPP": "20250314",
}
HARMLESS = {"openslide.mpp-x": "0.2528", "openslide.level[0].downsample": "1", "aperio.AppMag": "40"}


def info(**properties: str) -> SlideInfo:
    return SlideInfo(
        Path("/share/2025-03-14/Doe_Jane_A25-1177.svs"),
        "aperio",
        "openslide",
        (Level(SizePx(8000, 6000), 1.0), Level(SizePx(2000, 1500), 4.0)),
        0.2528,
        MppState.KNOWN,
        (0.2528, 0.2528),
        40.0,
        "0123456789abcdef" * 4,
        focal_planes=FocalPlanes(7, 1.5),
        associated_images=("label", "macro"),
        properties=properties,
        stain="pap",
        notes=("Doe_Jane_A25-1177.svs has a damaged label.",),
    )


def test_nothing_telling_remains():
    kept = deidentified(info(**TELLING, **HARMLESS))
    text = json.dumps(kept)
    for word in ("Doe", "Jane", "jdoe", "A25", "1177", "2025", "03/14", "09:12", "SS1234", "PATHOLOGY", "1.2.840"):
        assert word not in text, word
    for key, value in HARMLESS.items():
        assert kept[key] == value
    assert kept["Size"] == "8000 x 6000 px" and kept["Focal planes"] == "7" and kept["Stain"] == "pap"


@given(st.dictionaries(st.text(), st.text()))
def test_only_named_properties_pass_and_only_as_numbers(properties):
    plain = deidentified(info())
    for key, value in deidentified(info(**{f"x{k}": v for k, v in properties.items()})).items():
        assert plain[key] == value, "an unknown property is never copied"


def test_free_text_in_place_of_a_stain_or_vendor_is_dropped():
    kept = deidentified(replace(info(), stain="Doe, Jane 1961", vendor="scanned 2025-03-14"))
    assert "Stain" not in kept and "Vendor" not in kept


def test_the_file_says_what_it_is(tmp_path):
    written = json.loads(write_metadata_json(info(**TELLING), tmp_path / "m.json").read_text(encoding="utf-8"))
    assert written["deidentified"] is True and "Research Use Only" in written["research_use"]
    assert "Doe" not in json.dumps(written)


def test_real_slides(shared_data):
    for name in ("csf-pap-crop4k.svs", "csf-mgg-crop2k.ome.tif"):
        path = shared_data / "slides" / name
        if not path.exists():
            pytest.skip(f"{path} is not there")
        slide = open_slide(path, probe=False)
        kept = deidentified(slide.info)
        slide.close()
        assert path.stem.split(".")[0] not in json.dumps(kept)
        assert not any("escription" in key or "uuid" in key.lower() or "ate" in key for key in kept)
