"""The gallery's order under new scores and decisions."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.geometry import RectPx
from app.records.findings import RankedField
from app.records.specimen import GalleryDecision, Verdict
from app.session import gallery as g


def field(x: float, evidence: float = 5.0, *, side: float = 100.0, class_index: int = 1) -> RankedField:
    return RankedField(RectPx(x, 0, side, 100), 0.9, class_index, 2, int(x), evidence)


def decision(x: float, verdict: Verdict = Verdict.CONFIRMED, *, side: float = 100.0, at: str = "1") -> GalleryDecision:
    return GalleryDecision(f"{verdict}-{x}", "slide", RectPx(x, 0, side, 100), verdict, at_utc=at)


def numbers(gallery: g.Gallery) -> list[int]:
    return [entry.number for entry in gallery.entries]


def of(*fields: RankedField) -> g.Gallery:
    return g.taken_over(g.updated(g.Gallery(), fields))


def test_new_fields_wait_and_are_announced_by_rank():
    gallery = of(field(0), field(1000), field(2000))
    second = gallery.entries[1].number
    later = g.updated(gallery, [field(5000, 9), field(0), field(6000, 6), field(1000), field(7000, 3), field(2000)])
    assert numbers(later) == numbers(gallery), "nothing moves under the hand"
    assert later.waiting_above(second) == 2
    assert later.waiting_above(None) == 3
    taken = g.taken_over(later, second)
    assert [entry.field.rect.x for entry in taken.entries] == [5000, 0, 6000, 1000, 7000, 2000]
    assert taken.waiting == () and taken.entry(second).field.rect.x == 1000


def test_regrouping_keeps_number_decision_and_visit():
    gallery = g.with_decisions(of(field(0), field(1000)), [decision(0)])
    first = gallery.entries[0].number
    gallery = g.visited(gallery, first)
    grown = g.updated(gallery, [field(1000), field(-50, side=200)])
    entry = grown.entry(first)
    assert entry.field.rect.width == 200 and entry.verdict is Verdict.CONFIRMED and entry.visited
    assert g.with_decisions(grown, [decision(0)]).entry(first).verdict is Verdict.CONFIRMED, "found again by place"


def test_a_field_that_is_no_longer_suspicious_leaves_unless_decided_or_current():
    gallery = g.with_decisions(of(field(0), field(1000), field(2000)), [decision(0)])
    decided, current, gone = numbers(gallery)
    empty = g.updated(gallery, [])
    assert numbers(empty) == [decided, current, gone]
    assert not empty.entry(gone).stays
    assert numbers(g.taken_over(empty, current)) == [decided, current]


def test_a_decision_without_a_field_stays_in_view_and_becomes_the_field_when_it_comes():
    gallery = g.with_decisions(g.Gallery(), [decision(300, Verdict.DISMISSED)])
    (entry,) = gallery.entries
    assert entry.field.cells == 0 and entry.verdict is Verdict.DISMISSED
    again = g.with_decisions(gallery, [decision(300, Verdict.DISMISSED)])
    assert numbers(again) == numbers(gallery)
    scored = g.updated(gallery, [field(310)])
    assert numbers(scored) == [entry.number] and scored.waiting == ()
    assert scored.entries[0].field.cells == 2 and scored.entries[0].verdict is Verdict.DISMISSED
    assert g.with_decisions(gallery, []).entries == (), "undone"


def test_dismissed_fields_go_to_the_end():
    gallery = of(field(0), field(1000), field(2000))
    judged = g.with_decisions(gallery, [decision(0, Verdict.DISMISSED)])
    assert numbers(judged) == numbers(gallery), "not while the reader is there"
    assert [entry.field.rect.x for entry in g.taken_over(judged).entries] == [1000, 2000, 0]


def test_each_decision_takes_one_field_and_each_field_one_decision():
    gallery = g.with_decisions(of(field(0), field(1000)), [decision(0), decision(40, Verdict.DISMISSED)])
    found = [entry.verdict for entry in gallery.entries]
    assert found == [Verdict.CONFIRMED, None, Verdict.DISMISSED], "the second keeps an entry of its own"


def test_filter_counts_and_steps():
    judged = [decision(0), decision(1000, Verdict.DISMISSED), decision(2000, Verdict.DOTTED)]
    gallery = g.with_decisions(of(field(0), field(1000), field(2000, class_index=3), field(3000)), judged)
    assert g.tally(gallery) == g.Tally(4, 3, 1, 1, 1)
    only = g.Filter(verdicts=frozenset((None, Verdict.CONFIRMED)))
    assert [entry.field.rect.x for entry in g.shown(gallery, only)] == [0, 3000]
    third = gallery.entries[2].number
    assert [e.field.rect.x for e in g.shown(gallery, g.Filter(class_index=1), third)] == [0, 1000, 2000, 3000]
    assert [e.field.rect.x for e in g.shown(gallery, g.Filter(class_index=3))] == [2000]
    assert g.next_unseen(gallery.entries, None).field.rect.x == 3000
    assert g.next_unseen(g.visited(gallery, gallery.entries[3].number).entries, None) is None
    first, last = gallery.entries[0], gallery.entries[-1]
    assert g.neighbour(gallery.entries, first.number, -1) is None
    assert g.neighbour(gallery.entries, None, -1) == last
    assert g.neighbour(gallery.entries, first.number, 1) == gallery.entries[1]


PLACES = st.lists(st.integers(0, 60), unique=True, max_size=15)


@given(PLACES, st.lists(PLACES, max_size=5), st.data())
@settings(max_examples=80, deadline=None)
def test_whatever_streams_in_rows_stay_and_nothing_is_lost_or_doubled(start, later, data):
    gallery = of(*(field(200.0 * place) for place in start))
    rows = numbers(gallery)
    judged = (
        [decision(200.0 * place) for place in data.draw(st.lists(st.sampled_from(start), unique=True))] if start else []
    )
    gallery = g.with_decisions(gallery, judged)
    current = data.draw(st.sampled_from(rows)) if rows else None
    for ranking in later:
        gallery = g.updated(gallery, [field(200.0 * place) for place in ranking])
        assert numbers(gallery) == rows
    taken = g.taken_over(gallery, current)
    everything = numbers(taken)
    assert len(set(everything)) == len(everything)
    assert current is None or current in everything
    ranked = {200.0 * place for place in (later[-1] if later else start)}
    places = {entry.field.rect.x for entry in taken.entries}
    assert ranked | {d.rect.x for d in judged} <= places
    for entry in taken.entries:
        assert entry.number not in rows or entry.field.rect.x == 200.0 * start[rows.index(entry.number)]
    assert {e.decision.uuid for e in taken.entries if e.decision} == {d.uuid for d in judged}
    assert replace(taken, waiting=()) == taken
