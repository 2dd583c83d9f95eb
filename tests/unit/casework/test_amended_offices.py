"""An amendment of the offices in a case: what comes to whom, which cases it touches, and that nothing else changes."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from casework.amendments import moves
from casework.amendments.book import LawBook
from casework.amendments.law import AmendmentRecord, Law, broken, content_of, law_of
from casework.amendments.office_moves import OfficeMove
from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import consequences_of
from casework.domain.records import FactRecord
from casework.errors import OfficesDiffer
from contracts.ids import new_id
from regulations.legal_time import legal_date
from regulations.openings import begins_at
from tests.library import LIBRARY, RIGHTS, STOPPING, place_of
from tests.unit.casework.test_amending import amendment, chain, under
from tests.unit.casework.test_consequences import NOW, opened, written
from tests.unit.casework.test_nothing_is_dropped import BUDGET, Case, stored
from tests.unit.casework.test_untouched import document, grown, refolded

BOOK, DIRECTORY = LawBook(STOPPING), LIBRARY.world.directory
SA_PA, ID = place_of("sa-pa"), "identification"
FROM, TO = f"commune/{SA_PA}", "commune/lao-cai"
MERGER = {"kind": "merged", "place": "sa-pa", "into": "bat-xat", "on": "2026-11-20"}
TODAY = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def offices(seq: int, *changes: dict[str, Any]) -> AmendmentRecord:
    """One that is signed as number `seq`."""
    one, body = amendment(seq), {"changes": list(changes)}
    content = content_of("offices", body, one.decision, one.reason)
    return one.model_copy(update={"kind": "offices", "body": body, "content_hash": content})


def held(word: str = "sa-pa", office: str = FROM) -> CaseFile:
    """A case that a commune reported and holds."""
    return written(consequences_of(opened(case_id=new_id("case"), reporter=office, commune=word), Change(), NOW))


def test_lanes_work_and_rights_come_to_the_commune_that_took_the_other_in() -> None:
    file, law = held(), law_of(STOPPING.world, [offices(1, MERGER)])
    done = moves.refold(under(file, law), file.case.pack_hash, law, TODAY)
    assert OfficeMove("lane", ID, ID, FROM, TO) in done.handed
    assert OfficeMove("right", ID, "commune", FROM, TO) in done.handed
    assert {(one.from_office, one.to_office) for one in done.handed if one.what == "work"} == {(FROM, TO)}
    standing = done.after.standing
    assert standing.lanes[ID].holder == TO
    assert standing.lanes[ID].entering == FROM, "its newest fact lies within the life of the office that ended"
    for operation in ("casework.get_case", "casework.acknowledge"):
        assert RIGHTS.decide(TO, operation, standing)
    assert done.after.acted_on, "the other services are told"
    [line] = [row for row in done.after.rows["journal"] if row["kind"] == "amended"]
    assert {"what": "lane", "ref": ID, "from": FROM, "to": TO} in line["details"]["offices"]


def test_the_case_of_another_commune_is_not_touched() -> None:
    law = law_of(STOPPING.world, [offices(1, MERGER)])
    assert not BOOK.untouched(document(held()), law)
    other = place_of("muong-khuong")
    assert BOOK.untouched(document(held("muong-khuong", f"commune/{other}")), law)


@pytest.mark.parametrize("commune", ["sa-pa", SA_PA, None])
def test_a_report_between_the_day_of_a_merger_and_its_signature_is_at_what_the_commune_became(
    commune: str | None,
) -> None:
    """Not at the office that takes what is placed in the province without a commune."""
    heir = f"commune/{place_of('muong-khuong')}"
    new = opened(case_id=new_id("case"), reporter=FROM, commune=commune, occurred_at="2026-11-20T09:00:00+07:00")
    file = written(consequences_of(new, Change(), TODAY))
    law = law_of(STOPPING.world, [offices(1, {**MERGER, "into": "muong-khuong"})])
    assert not BOOK.untouched(document(file), law)
    standing = moves.refold(under(file, law), file.case.pack_hash, law, TODAY).after.standing
    assert (standing.lanes[ID].holder, standing.lanes[ID].place) == (heir, place_of("muong-khuong"))
    assert heir in standing.lanes[ID].acting
    assert TO not in standing.lanes[ID].acting


@pytest.mark.parametrize("field", ["from_place", "place", "any_other_word"])
def test_a_case_that_names_the_place_anywhere_is_touched(field: str) -> None:
    """A transfer notes in `from_place` where its lanes were; a field that is added later must not be missed either."""
    law = law_of(STOPPING.world, [offices(1, MERGER)])
    other = held("muong-khuong", f"commune/{place_of('muong-khuong')}")
    row = {"fact_id": "fact_moved", "case_id": other.case.case_id, "seq": 1, "kind": "ack", "lane": ID}
    row |= {"occurred_at": NOW, "recorded_at": NOW, "office": other.case.reporter, "actor": "actor-1"}
    moved = FactRecord.model_validate({**row, "attributes": {field: SA_PA}})
    named = other.with_change(Change(facts=(moved,)))
    assert not BOOK.untouched(document(named), law)


def test_a_day_off_and_a_merger_are_each_asked_about_their_own() -> None:
    day = {"date": "2031-03-12", "kind": "off", "name": "Nghỉ", "status": "confirmed"}
    law = law_of(STOPPING.world, chain(amendment(1, day), offices(2, MERGER)))
    assert broken(chain(amendment(1, day), offices(2, MERGER))) is None
    other = held("muong-khuong", f"commune/{place_of('muong-khuong')}")
    assert BOOK.untouched(document(other), law)
    assert not BOOK.untouched(document(held()), law)
    done = held()
    after = replace(done, case=done.case.model_copy(update={"law_seq": 2}))
    assert BOOK.untouched(document(after), law), "what was folded under the merger is not touched by it again"


def test_a_right_that_is_given_away_comes_back() -> None:
    away = {"kind": "given", "role": "commune", "place": "sa-pa", "office": TO, "on": "2026-11-20"}
    home = {**away, "office": FROM, "on": "2026-11-21"}
    file = held()
    first = law_of(STOPPING.world, [offices(1, away)])
    done = moves.refold(under(file, first), file.case.pack_hash, first, TODAY)
    assert [(one.what, one.from_office, one.to_office) for one in done.handed] == [("right", FROM, TO)]
    assert done.after.standing.lanes[ID].holder == FROM, "an office that goes on keeps what it holds"
    both = law_of(STOPPING.world, [offices(1, away), offices(2, home)])
    there = written(done.after)
    back = moves.refold(under(there, both), file.case.pack_hash, both, TODAY + timedelta(days=1))
    assert [(one.what, one.from_office, one.to_office) for one in back.handed] == [("right", TO, FROM)]
    assert back.after.standing.lanes == file.stored.standing.lanes if file.stored.standing else False


COMMUNES: dict[str, list[str]] = {}
for _one in DIRECTORY.places.of_kind("commune"):
    if _one.valid_to is None:
        COMMUNES.setdefault(_one.parents[0][1], []).append(_one.code)
FIRST = date(2025, 7, 2)
"""Communes of today can be merged from this day on."""


def changes_near(draw: Any, case: Case) -> list[dict[str, Any]]:
    """Communes merged where the case is, or beside it in the same province."""
    day = max(legal_date(case.now), FIRST)
    named = (begins_at(DIRECTORY, case.file.opening), *(lane.place for lane in case.file.state.lanes.values()))
    here = {DIRECTORY.chain(one, day)[0] for one in named}
    provinces = sorted({found for one in here if (found := DIRECTORY.province(one, day))}) or ["lao-cai"]
    inside = COMMUNES[draw(st.sampled_from(provinces))]
    communes = [*(one for one in inside if one in here), *inside[:6]]
    into, *others = draw(st.lists(st.sampled_from(communes), min_size=2, max_size=3, unique=True))
    on = max(day - timedelta(days=draw(st.sampled_from([0, 0, 3, 40]))), FIRST)
    return [{"kind": "merged", "place": one, "into": into, "on": on.isoformat()} for one in others]


@given(grown(), st.data())
@BUDGET
def test_what_is_skipped_would_have_been_folded_to_the_same_rows(case: Case, data: Any) -> None:
    changes = changes_near(data.draw, case)
    file, at = case.file, case.folded_at or case.now
    law = law_of(STOPPING.world, [offices(1, *changes)])
    skipped = BOOK.untouched(document(file), law)
    event(f"skipped: {skipped}")
    if skipped:
        done = moves.refold(under(file, law), file.case.pack_hash, law, at, file.case.beside_hash)
        assert (done.changed, done.moved, done.handed) == (False, [], [])
        assert law.newest is not None
        far = {"kind": "founded", "office": "facility/moi", "place": "ca-mau", "on": FIRST.isoformat()}
        other = offices(1, far).model_copy(update={"amendment_id": law.newest.amendment_id})
        same = law_of(STOPPING.world, [other])
        later = case.now + timedelta(days=data.draw(st.integers(0, 400)))
        assert refolded(file, law, later) == refolded(file, same, later), "only the time has changed them"


@given(grown(), st.data())
@BUDGET
def test_after_a_merger_no_lane_and_no_work_is_with_an_office_that_ended(case: Case, data: Any) -> None:
    changes = changes_near(data.draw, case)
    file, law = case.file, law_of(STOPPING.world, [offices(1, *changes)])
    done = moves.refold(under(file, law), file.case.pack_hash, law, case.now)
    after, today = stored(done.after), legal_date(case.now)
    directory = law.world.directory
    holders = [lane.holder for lane in done.after.standing.lanes.values() if lane.holder]
    for office in (*holders, *(row["office"] for row in after.stored.work.values() if row["office"])):
        assert not directory.is_dissolved(office, today), office
    again = moves.refold(under(after, law), file.case.pack_hash, law, case.now)
    assert (again.handed, again.moved) == ([], []), "once is enough"


def test_signed_changes_that_a_release_contradicts_stop_casework_instead_of_routing_by_half() -> None:
    wrong = chain(offices(1, {**MERGER, "into": "atlantis"}))
    with pytest.raises(OfficesDiffer):
        BOOK._law_of(wrong)  # pyright: ignore[reportPrivateUsage]


def test_a_law_remembers_what_each_amendment_touches() -> None:
    law: Law = law_of(STOPPING.world, [offices(1, MERGER), amendment(2)])
    assert [one is None for one in law.since(0)] == [False, True]
    assert law.since(1) == [None]
