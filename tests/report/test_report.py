"""The report by what a reader finds in it: its words, its pages, its pictures."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from pypdf import PdfReader

from app.geometry import PointPx
from app.records.bethesda import CATEGORIES, BethesdaCategory
from app.records.specimen import AdequateAnyway, CellGroup, ReadingMode, Sheet, Signature, adequacy
from app.report.content import ReadingFacts
from app.report.html import html_text, write_html
from app.report.pdf import pdf_bytes, write_pdf
from app.report.wording import DEMONSTRATION, reading_sentence, what_changed
from app.report.writing import ReportError
from tests.report.conftest import field

RESEARCH = "For Research Use Only. Not for use in diagnostic procedures."


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def squeezed(text: str) -> str:
    """Without white space: where lines break is not what is tested."""
    return re.sub(r"\s+", "", text)


def text_of(content) -> str:
    reader = read(pdf_bytes(content))
    assert len(reader.pages) == 1
    return squeezed(reader.pages[0].extract_text())


def html_of(content) -> str:
    return squeezed(re.sub(r"<[^>]+>", "", html_text(content).partition("<body>")[2]))


@pytest.mark.parametrize("form", [text_of, html_of])
def test_everything_that_a_report_must_say(content, form):
    text = form(content())
    for said in (
        "A-2026-0117", "Right lobe, lower pole", "Dr. Ana Lindqvist", "2026-01-31 12:20 UTC", "SIGNED",
        "III", "Atypia of undetermined significance", "Subtype: nuclear", "22 % (13\u201330 %)", "thy.2023.0141",
        "Not adequate", "4 of 6 groups of at least 10", "2 smaller groups", "Scattered groups with nuclear grooves.",
        "Pale, powdery chromatin; Nuclear grooves", "Psammoma bodies", "8 of 11 not assessed",
        "80,000 \u00d7 60,000 px", "0.2528 µm/px", "0123456789abcdef0123456789abcdef", "100 % at 10x", "87 % at 20x",
        "12 % at 40x", "demo-student", "thyroid FNA", "0.91 (0.88-0.94)", "Human first: category III was chosen before",
        "FNAScope 0.1.0", RESEARCH,
    ):  # fmt: skip
        assert squeezed(said) in text, said


def test_the_risk_stands_beside_the_category_and_nowhere_else(content):
    for category, facts in CATEGORIES.items():
        text = text_of(content(sheet=Sheet(category), signatures=()))
        risk = squeezed(f"{facts.rom_mean} % ({facts.rom_low}\u2013{facts.rom_high} %)")
        assert text.count(risk) == 1
        assert 0 < text.index(risk) - text.index(squeezed(facts.name)) < 120
    undecided = text_of(content(sheet=Sheet(), signatures=()))
    assert "risk" not in undecided and "Nocategorychosen" in undecided and "DRAFT-NOTSIGNED" in undecided


def test_one_page_with_all_pictures_that_fit_and_the_number_of_the_others(content):
    few = read(pdf_bytes(content()))
    assert len(few.pages) == 1 and len(few.pages[0].images) == 4
    assert "more field" not in few.pages[0].extract_text()
    many = content(fields=tuple(field(n) for n in range(40)))
    pdf = read(pdf_bytes(many))
    assert len(pdf.pages) == 1
    shown = len(pdf.pages[0].images)
    assert 5 <= shown < 40
    assert squeezed(f"+{40 - shown} more fields") in squeezed(pdf.pages[0].extract_text())
    assert html_text(many).count("<img") == 40, "the HTML has no page to fit on"


def test_a_long_comment_costs_pictures_before_it_is_shortened(content):
    comment = "Groups of follicular cells with enlarged nuclei, some with grooves. " * 50
    sheet = replace(content().sheet, comment=comment)
    reader = read(pdf_bytes(content(sheet=sheet, fields=tuple(field(n) for n in range(12)))))
    text = squeezed(reader.pages[0].extract_text())
    assert len(reader.pages) == 1
    assert text.count("Groupsoffollicular") == 50 and "Shortened" not in text
    assert len(reader.pages[0].images) < 12 and "morefields" in text


def test_what_cannot_fit_is_named_and_never_silently_cut(content):
    sheet = replace(content().sheet, comment="An endless remark about every single cell. " * 250)
    signed = content().signatures[0]
    later = tuple(
        replace(signed, uuid=f"s{n}", signed_utc=f"2026-02-{n:02d}T08:00:00.000Z", reason=f"reason {n} " * 12)
        for n in range(1, 28)
    )
    slides = tuple(replace(content().slides[0], name=f"Slide {n}") for n in range(1, 31))
    endless = content(sheet=sheet, signatures=(signed, *later), slides=slides)
    reader = read(pdf_bytes(endless))
    text = squeezed(reader.pages[0].extract_text())
    assert len(reader.pages) == 1
    assert squeezed("[Shortened: the whole comment stands in the HTML report") in text
    assert squeezed("lines are left out here") in text
    assert squeezed("reason 27") in text, "the newest amendment stays"
    assert squeezed(RESEARCH) in text
    whole = html_of(endless)
    assert "Shortened" not in whole and squeezed("reason 3") in whole and "Slide30" in whole


def test_nothing_overlaps_the_foot_of_the_page(content):
    sheet = replace(content().sheet, comment="An endless remark about every single cell. " * 250)
    heights: list[float] = []
    page = read(pdf_bytes(content(sheet=sheet, slides=content().slides * 30))).pages[0]
    page.extract_text(visitor_text=lambda text, _cm, tm, *_: heights.append(tm[5]) if text.strip() else None)
    assert min(heights) > 15, "the lowest line is inside the page"


def test_chinese_text_prints_and_can_be_copied(content):
    sheet = replace(content().sheet, comment="可见滤泡细胞团,部分细胞核增大,可见核沟。建议结合临床。")
    made = content(title="王小明 甲状腺右叶", site="右叶下极", reader="李医生", sheet=sheet, signatures=())
    text = text_of(made)
    for said in ("王小明甲状腺右叶", "右叶下极", "李医生", "可见滤泡细胞团,部分细胞核增大"):
        assert said in text
    fonts = {str(f["/BaseFont"]) for f in _fonts(read(pdf_bytes(made)))}
    assert any("Droid" in name for name in fonts)


def _fonts(reader: PdfReader):
    return [font.get_object() for font in reader.pages[0]["/Resources"]["/Font"].get_object().values()]


def test_all_fonts_are_embedded(content):
    for font in _fonts(read(pdf_bytes(content(title="病例")))):
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor


def test_characters_without_a_font_are_named(content):
    text = text_of(content(title="Case \U00013080"))
    assert "U+13080" in text and "Case?" in text
    assert "\U00013080" in html_text(content(title="Case \U00013080"))


def test_equal_contents_give_equal_files(content):
    assert pdf_bytes(content()) == pdf_bytes(content())
    assert html_text(content()) == html_text(content())
    assert pdf_bytes(content()) != pdf_bytes(content(site="Left lobe"))


def test_without_a_model_the_report_says_why_and_shows_nothing_of_it(content):
    why = "The model demo was trained on phantoms only and this is a real slide."
    fields = tuple(replace(f, model_class="") for f in content().fields)
    bare = content(model=None, no_model_because=why, fields=fields)
    for text in (text_of(bare), html_of(bare)):
        assert squeezed(why) in text
        assert "demo-student" not in text and "Atypical" not in text and "Accuracy" not in text


def test_demonstration_mode_is_stamped(content):
    shown = content(demonstration=True)
    assert squeezed(DEMONSTRATION) in text_of(shown) and squeezed(DEMONSTRATION) in html_of(shown)
    assert squeezed(DEMONSTRATION) not in text_of(content())


@pytest.mark.parametrize(
    ("mode", "seen", "before", "now", "says"),
    [
        (ReadingMode.HUMAN_FIRST, "", None, "III", "Read without the model (human first)"),
        (ReadingMode.AI_SHOWN, "", None, "III", "Read without the model:"),
        (ReadingMode.AI_SHOWN, "2026-01-31T12:00:00Z", None, "III", "before a category was chosen"),
        (ReadingMode.HUMAN_FIRST, "2026-01-31T12:00:00Z", None, "III", "hidden later (human first), after they had"),
        (ReadingMode.HUMAN_FIRST, "2026-01-31T12:00:00Z", "III", "III", "it was not changed after"),
        (ReadingMode.HUMAN_FIRST, "2026-01-31T12:00:00Z", "III", "V", "changed to V after they were seen"),
    ],
)
def test_the_way_of_reading_is_told_as_it_was(mode, seen, before, now, says):
    facts = ReadingFacts(mode, seen, BethesdaCategory(before) if before else None)
    assert says in reading_sentence(facts, BethesdaCategory(now))


def test_amendments_say_what_changed_and_why(content):
    first = content().signatures[0]
    sheet = replace(first.sheet, category=BethesdaCategory.SUSPICIOUS, subtype="", comment="Seen again.")
    second = Signature("s2", "Dr. Wu", "2026-02-01T09:00:00.000Z", sheet, 6, True, "Second opinion")
    text = text_of(content(signatures=(first, second), sheet=sheet))
    assert "SIGNED,AMENDED(1)" in text and squeezed("amended by Dr. Wu: Second opinion") in text
    changed = what_changed(first, second)
    assert "from III Atypia of undetermined significance (nuclear) to V Suspicious for malignancy" in changed
    assert "comment" in changed and "adequacy from not adequate (4 groups) to adequate (6 groups)" in changed
    assert squeezed(changed) in text


def test_adequate_anyway_gives_its_reason(content):
    groups = [CellGroup("g", "fp", PointPx(0, 0), 12)]
    text = text_of(content(adequacy=adequacy(groups, AdequateAnyway.COLLOID)))
    assert "Notadequate" not in text and squeezed("because of: abundant colloid") in text


def test_no_file_name_and_no_label_unless_asked(content):
    assert "file" not in text_of(content()) and "Label" not in html_text(content())
    asked = content(slides=(replace(content().slides[0], file_name="A17-1.svs", label_jpeg=field(1).jpeg),))
    assert "A17-1.svs" in text_of(asked) and 'alt="Label"' in html_text(asked)


def test_the_html_loads_nothing_and_runs_nothing(content):
    html = html_text(content(title='<script>alert("x")</script>'))
    assert "<script" not in html and "&lt;script&gt;" in html
    assert not re.search(r'(src|href)="(?!data:)', html) and "@import" not in html and "url(" not in html


def test_files_appear_whole_or_not_at_all(content, tmp_path):
    target = tmp_path / "new" / "report.pdf"
    assert write_pdf(content(), target).read_bytes() == pdf_bytes(content())
    write_html(content(), tmp_path / "report.html")
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == ["report.html", "report.pdf"]
    (tmp_path / "taken").mkdir()
    with pytest.raises(ReportError, match="cannot be written"):
        write_pdf(content(), tmp_path / "taken")
    assert not list(tmp_path.glob(".*"))
