"""When the model's findings were seen, and what was chosen by then, is kept with the case."""

from app.case.record_codec import decode, encode
from app.records.bethesda import BethesdaCategory
from app.records.specimen import Specimen


def test_round_trip():
    seen = Specimen("c1", "A-17", ai_seen_utc="2026-01-01T10:00:00.000Z", category_before_ai=BethesdaCategory.AUS)
    back = decode("specimen", encode(seen))
    assert back == seen
    assert isinstance(back, Specimen) and back.category_before_ai is BethesdaCategory.AUS


def test_a_case_from_before_these_facts_still_opens():
    old = '{"case_id":"c1","title":"A-17","site":"","reader":"Dr. Wu","created_utc":"2026-01-01T10:00:00.000Z"}'
    assert decode("specimen", old) == Specimen("c1", "A-17", reader="Dr. Wu", created_utc="2026-01-01T10:00:00.000Z")
