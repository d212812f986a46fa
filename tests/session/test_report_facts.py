"""What is gathered for a report: from the case, from its slides, and of the model only what it may say."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from app.case.case_opening import create_case
from app.case.case_store import CaseStore
from app.geometry import PixelRegion, RectPx
from app.records.bethesda import BethesdaCategory
from app.records.coverage import View, quad_of_rect
from app.records.specimen import CellGroup, GalleryDecision, Sheet, SpecimenSlide, Verdict
from app.report.content import ReportContent
from app.report.html import html_text
from app.report.pdf import pdf_bytes
from app.report.wording import DEMONSTRATION, word
from app.session.report_facts import ReportCancelledError, ReportOptions, gather, read_picture
from app.slides.open import open_slide
from tests.bundles import make_bundle
from tests.drawn_slides import BLUE, draw, write_slide

SEEN = "2026-01-01T10:00:00.000Z"


@pytest.fixture
def store(tmp_path) -> Iterator[CaseStore]:
    made = create_case(tmp_path / "case", title="A-17", site="Left lobe", reader="Dr. Wu")
    yield made
    made.close(discard=True)


@pytest.fixture(scope="module")
def phantom_bundle(tmp_path_factory):
    return make_bundle(tmp_path_factory.mktemp("models"), "made of phantoms", training_domain="phantom")


def add_slide(store: CaseStore, slide) -> str:
    info = slide.info
    size = (info.size.width, info.size.height)
    store.put_slide(SpecimenSlide(info.fingerprint, size, (str(info.path),), stain="pap"))
    return info.fingerprint


def confirm(store: CaseStore, slide: str, count: int = 3, **fields) -> list[GalleryDecision]:
    made = [
        GalleryDecision(
            f"d{slide[:4]}{n}", slide, RectPx(600 + 200 * n, 700, 120, 120), fields.get("verdict", Verdict.CONFIRMED),
            "red", 0.9, "plan", None, "", "Dr. Wu", f"2026-01-01T09:0{n}:00.000Z",
        )
        for n in range(count)
    ]  # fmt: skip
    store.edit("confirm", put=made)
    return made


def make(store: CaseStore, session, tmp_path, **options) -> ReportContent:
    return gather(store, session, ReportOptions(**options), tmp_path / "data")


def test_case_coverage_and_fields(store, open_session, tmp_path):
    listener = open_session(model=None)
    session = listener.session
    slide = add_slide(store, session.slide)
    confirm(store, slide)
    confirm_not = replace(confirm(store, slide)[0], uuid="no", verdict=Verdict.DISMISSED)
    store.edit("dismiss", put=[confirm_not])
    store.edit("sheet", put=[Sheet(BethesdaCategory.BENIGN), CellGroup("g", slide, RectPx(0, 0, 2, 2).center, 12)])
    size = session.slide.info.size
    everything = quad_of_rect(RectPx(0, 0, size.width, size.height))
    store.add_view(slide, View(everything, 10.0, 2.0))
    store.add_view(slide, View(quad_of_rect(RectPx(0, 0, 1300, size.height)), 20.0, 2.0))
    content = make(store, session, tmp_path)
    assert (content.title, content.site, content.reader) == ("A-17", "Left lobe", "Dr. Wu")
    assert content.sheet.category is BethesdaCategory.BENIGN and content.adequacy.counted == 1
    low, middle, high = content.slides[0].seen
    assert low == 1.0 and 0.3 < middle < 0.7 and high == 0.0
    assert len(content.fields) == 3 and content.fields_not_chosen == content.fields_without_slide == 0
    assert content.model is None and "No model" in content.no_model_because
    assert len(pdf_bytes(content)) > 10_000


def test_a_picture_shows_the_field_at_its_place(open_session):
    slide = open_session(model=None).session.slide
    rect = RectPx(1000, 800, 640, 480)
    picture = read_picture(slide, rect, (640, 480))
    assert np.array_equal(picture, slide.read(PixelRegion(1000, 800, 640, 480)))
    assert read_picture(slide, RectPx(0, 0, 4000, 3000), (400, 300)).shape == (300, 400, 3)


def test_fields_are_chosen_and_files_named_on_request_only(store, open_session, tmp_path):
    session = open_session(model=None).session
    decisions = confirm(store, add_slide(store, session.slide))
    content = make(store, session, tmp_path, chosen=frozenset({decisions[1].uuid}))
    assert len(content.fields) == 1 and content.fields_not_chosen == 2
    name = session.slide.info.path.name
    everything = html_text(content) + str(word(content))
    assert name not in everything and session.slide.info.path.stem not in everything
    asked = make(store, session, tmp_path, file_names=True)
    assert asked.slides[0].file_name == name and name in html_text(asked)


def test_other_slides_of_the_case_and_those_that_are_gone(store, open_session, slide_path, tmp_path):
    session = open_session(model=None).session
    here = add_slide(store, session.slide)
    other_path = write_slide(tmp_path / "second.tif", draw(2048, 1024, [(300, 300, BLUE), (320, 340, BLUE)]))
    other = open_slide(other_path, probe=False)
    there = add_slide(store, other)
    other.close()
    gone_path = write_slide(tmp_path / "gone.tif", draw(1024, 1024, []))
    gone_slide = open_slide(gone_path, probe=False)
    gone = add_slide(store, gone_slide)
    gone_slide.close()
    shutil.copy(slide_path, gone_path)
    for fingerprint in (here, there, gone):
        confirm(store, fingerprint, 1)
    content = make(store, session, tmp_path)
    assert [field.slide_name for field in content.fields] == ["Slide 1", "Slide 2"]
    assert content.fields_without_slide == 1, "another file lies where the third slide was"
    assert content.slides[1].seen[0] == 0.0 and content.slides[2].seen == (None, None, None)


def scored(open_session, model):
    listener = open_session(model=model)
    listener.session.start()
    listener.wait("finished")
    return listener.session


def test_the_model_is_told_when_it_was_seen(store, open_session, bundle, tmp_path):
    session = scored(open_session, bundle)
    confirm(store, add_slide(store, session.slide), 1)
    unseen = make(store, session, tmp_path)
    assert unseen.model is None and "not shown" in unseen.no_model_because
    assert unseen.fields[0].model_class == ""
    store.set_specimen(replace(store.specimen, ai_seen_utc=SEEN))
    content = make(store, session, tmp_path)
    assert content.model is not None and content.model.hash == bundle.hash
    assert content.fields[0].model_class == "Red cells" and not content.demonstration
    assert any("tiles scored" in text for _, text in content.model.facts)


def test_a_phantom_model_on_a_real_slide_is_in_no_report(store, open_session, phantom_bundle, tmp_path):
    session = scored(open_session, phantom_bundle)
    confirm(store, add_slide(store, session.slide), 1)
    store.set_specimen(replace(store.specimen, ai_seen_utc=SEEN))
    content = make(store, session, tmp_path)
    assert content.model is None and not content.demonstration
    assert "trained on phantoms (synthetic cells) only" in content.no_model_because
    assert "Red cells" not in html_text(content) and "tiles scored" not in html_text(content)
    plain = Image.open(BytesIO(content.fields[0].jpeg))

    session.set_demonstration(True)
    shown = make(store, session, tmp_path)
    assert shown.demonstration and shown.model is not None
    assert DEMONSTRATION in html_text(shown)
    stamped = np.asarray(Image.open(BytesIO(shown.fields[0].jpeg)), np.int16)
    differs = np.abs(stamped - np.asarray(plain, np.int16)).max(axis=2) > 60
    assert differs.mean() > 0.02, "the stamp is in the picture itself"


def test_cancelling_ends_it(store, open_session, tmp_path):
    session = open_session(model=None).session
    confirm(store, add_slide(store, session.slide))
    with pytest.raises(ReportCancelledError):
        gather(store, session, ReportOptions(), tmp_path / "data", keep_going=lambda: False)
