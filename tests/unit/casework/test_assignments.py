"""A lane that no office holds: listed for the authority that assigns it, and assigned to exactly one office."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import permutations
from typing import Any

from hypothesis import assume, event, given
from hypothesis import strategies as st

from casework.amendments import moves
from casework.amendments.law import law_of
from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import Consequences, consequences_of
from casework.domain.standing import called, living_holder, standing_of, unheld
from casework.service.visibility import visibility_of
from contracts.ids import new_id, role_of
from regulations import fold
from regulations.case import TAKEN_BY
from regulations.legal_time import legal_date
from regulations.rights import CASE_ROLES
from tests.library import LIBRARY, RIGHTS, place_of
from tests.unit.casework.test_amended_offices import offices
from tests.unit.casework.test_amending import under
from tests.unit.casework.test_consequences import NOW, accepted, fact, opened, written
from tests.unit.casework.test_divided_communes import DIVIDED, reported
from tests.unit.casework.test_nothing_is_dropped import BUDGET, Case, check, stored
from tests.unit.casework.test_untouched import grown

DIRECTORY = LIBRARY.world.directory
ID, COMMITTEE = "identification", "steering_committee/lang-son"
PART = f"commune/{DIRECTORY.place(DIVIDED).successors[0]}"  # pyright: ignore[reportOptionalMemberAccess]


def assigned(file: CaseFile, lane: str, to: str, at: datetime, by: str = COMMITTEE) -> Change:
    """The change that an assignment makes."""
    more: dict[str, Any] = {"kind": "assign", "lane": lane, "attributes": {TAKEN_BY: to}, "recorded_at": at}
    more |= {"fact_id": new_id("fact"), "case_id": file.case.case_id}
    return fact(file, by, "", at.isoformat(), **more)


def waiting() -> CaseFile:
    """A case of a commune that was divided, as the first fold after that day leaves it."""
    return written(consequences_of(reported(DIVIDED, "lang-son"), Change(), NOW))


def listed(after: Consequences | CaseFile) -> list[tuple[str, str]]:
    """(office, lane) of the lines that ask for an assignment."""
    file = written(after) if isinstance(after, Consequences) else after
    return [(row["office"], row["lane"]) for row in file.stored.work.values() if row["kind"] == "assign"]


def test_a_lane_without_a_holder_stands_in_the_queue_of_the_authority_that_is_called() -> None:
    file = waiting()
    assert listed(file) == [(COMMITTEE, ID)]
    assert called(file, file.state, legal_date(NOW)) == (COMMITTEE,)
    standing = file.stored.standing
    assert standing is not None
    assert RIGHTS.decide(COMMITTEE, "casework.assign_lane", standing)
    for office in ("steering_committee/lao-cai", PART, "health_authority/lang-son"):
        assert not RIGHTS.decide(office, "casework.assign_lane", standing)


def test_the_office_that_gets_the_lane_holds_it_where_it_is_and_is_asked_to_acknowledge() -> None:
    file = waiting()
    after = consequences_of(file, assigned(file, ID, PART, NOW), NOW)
    lane = after.state.lanes[ID]
    assert (lane.holder, lane.place, lane.ack_due_from) == (PART, PART.split("/")[1], NOW)
    assert f"no-office:{ID}" not in after.columns["flags"]
    assert listed(after) == []
    assert after.standing.lanes[ID].holder == PART
    assert after.acted_on, "notify tells the new holder"
    assert {clock.office for clock in after.state.clocks if clock.open and clock.lane == ID} == {PART}
    for operation in ("casework.get_case", "casework.acknowledge", "vault.read_identity"):
        assert RIGHTS.decide(PART, operation, after.standing)
    assert not RIGHTS.decide(COMMITTEE, "casework.get_case", after.standing), "it was called for the assignment"
    (line,) = [row for row in after.rows["journal"] if row["kind"] == "fact_assign"]
    assert (line["office"], line["details"]) == (COMMITTEE, {"to": PART})


def test_a_late_step_that_made_an_office_the_holder_leaves_the_assignment_without_effect() -> None:
    file = waiting()
    file = written(consequences_of(file, assigned(file, ID, PART, NOW), NOW))
    told = fact(file, f"commune/{DIVIDED}", "SUPPORT_AGENCY_NOTIFIED", "2025-06-29T09:00:00+07:00")
    row = {"case_id": file.case.case_id, "fact_id": new_id("fact")}
    late = Change(facts=(told.facts[0].model_copy(update=row),))
    after = consequences_of(file, late, NOW + timedelta(hours=1))
    assert after.standing.lanes[ID].holder == "health_authority/lang-son"
    assert after.state.lanes[ID].ack_due_from == NOW, "the authority that follows the district has not acknowledged"


def test_an_ended_lane_that_carries_the_case_is_listed_too_because_its_holder_closes_the_case() -> None:
    commune = f"commune/{place_of('sa-pa')}"
    file = written(consequences_of(opened(case_id=new_id("case"), reporter=commune, commune="sa-pa"), Change(), NOW))
    gone = {"kind": "dissolved", "office": commune, "on": "2026-11-20"}
    law = law_of(LIBRARY.world, [offices(1, gone)])
    alone = under(file, law)
    terminal = {code: lane.model_copy(update={"terminal": True}) for code, lane in alone.state.lanes.items()}
    assert unheld(alone, alone.state.model_copy(update={"lanes": terminal}), legal_date(NOW)) == [ID]


def dissolved(case: Case) -> tuple[CaseFile, datetime]:
    """The case after all its holders were dissolved, and nobody follows them."""
    today = max(legal_date(case.now), legal_date(NOW))
    now = max(case.now, NOW)
    held = {lane.holder for lane in case.file.state.lanes.values()}
    ends = [one for one in sorted(one for one in held if one) if _can_end(one, today)]
    assume(ends)
    rows = [{"kind": "dissolved", "office": one, "on": today.isoformat()} for one in ends]
    law = law_of(LIBRARY.world, [offices(1, *rows)])
    done = moves.refold(under(case.file, law), case.file.case.pack_hash, law, now)
    return stored(done.after), now


def _can_end(ref: str, today: date) -> bool:
    office = DIRECTORY.office(ref)
    return office is not None and office.exists(today) and office.valid_to is None


@given(grown(), st.data())
@BUDGET
def test_after_the_assignment_exactly_one_living_office_holds_the_lane_in_whatever_order(case: Case, data: Any) -> None:
    file, now = dissolved(case)
    directory, today = file.world.directory, legal_date(now)
    waiting_lanes = unheld(file, file.state, today)
    assert {lane for _, lane in listed(file)} == set(waiting_lanes)
    grown_case = Case(file, now, now)
    for lane in waiting_lanes:
        office = _another(directory, file, lane, today)
        if office is None:
            event("no office of this role is left")
            continue
        assert grown_case.take(assigned(grown_case.file, lane, office, now)), "an assignment of today fits"
        after = grown_case.file
        assert living_holder(directory, after.state.lanes[lane], today) == office
        assert lane not in {one for _, one in listed(after)}
    check(grown_case)
    facts = list(grown_case.file.facts)
    orders = [data.draw(st.permutations(facts)) for _ in range(3)]
    for order in orders:
        again = fold(file.pack, file.world, file.opening, order, file.pauses, file.beside)
        assert again == grown_case.file.state


def _another(directory: Any, file: CaseFile, lane: str, today: Any) -> str | None:
    """An office of the province that has a role which the lane knows, and lives."""
    found = file.state.lanes[lane]
    province = directory.province(found.place, today) or found.place
    roles = {*found.may_act, *(role_of(one) for one in found.holders)} & CASE_ROLES
    for role in sorted(roles):
        office = directory.at(role, province, today)
        if office is not None and not directory.is_dissolved(office, today):
            return office
    return None


def test_a_late_entry_and_the_assignment_give_one_state_in_every_order() -> None:
    file = waiting()
    change = assigned(file, ID, PART, NOW)
    told = fact(file, PART, "SUPPORT_AGENCY_NOTIFIED", (NOW + timedelta(hours=1)).isoformat())
    both = file.with_change(change)
    row = {"case_id": file.case.case_id, "fact_id": new_id("fact"), "seq": both.case.next_seq}
    both = both.with_change(Change(facts=(told.facts[0].model_copy(update=row),)))
    for order in permutations(both.facts):
        assert fold(file.pack, file.world, file.opening, list(order)) == both.state


def without(file: CaseFile, office: str, at: datetime = NOW) -> CaseFile:
    """The case after the end of an office that nobody follows."""
    law = law_of(LIBRARY.world, [offices(1, {"kind": "dissolved", "office": office, "on": "2026-11-20"})])
    return written(moves.refold(under(file, law), file.case.pack_hash, law, at).after)


def test_who_placed_the_person_does_not_see_the_shelter_that_the_authority_names() -> None:
    """The facility of the placement ended; where the person is since then concerns the new facility alone."""
    guard, first, second = "border_guard/lang-son", "facility/lang-son", "facility/lang-son-2"
    new = opened(case_id=new_id("case"), reporter=guard, province="lang-son", commune="dong-dang")
    file = written(consequences_of(new, Change(), NOW))
    named = {"lane": "shelter", "attributes": {TAKEN_BY: first}, "case_id": file.case.case_id}
    placed = fact(file, guard, "IN_FACILITY", "2026-11-16T12:00:00+07:00", **named)
    file = without(written(consequences_of(file, placed, NOW)), first)
    assert visibility_of(RIGHTS, file, guard, NOW).lane("shelter"), "its own placement"
    assert listed(file) == [(COMMITTEE, "shelter")]
    file = written(consequences_of(file, assigned(file, "shelter", second, NOW), NOW))
    assert file.state.lanes["shelter"].holder == second
    assert not visibility_of(RIGHTS, file, guard, NOW).lane("shelter")
    assert not visibility_of(RIGHTS, file, COMMITTEE, NOW).lane("shelter"), "it named the facility, and has no part"
    assert visibility_of(RIGHTS, file, second, NOW).lane("shelter")


def test_a_case_that_left_its_reporter_does_not_come_back_with_the_assignment() -> None:
    guard, commune, heir = "border_guard/lao-cai", f"commune/{place_of('sa-pa')}", f"commune/{place_of('y-ty')}"
    new = opened(case_id=new_id("case"), reporter=guard, commune="sa-pa")
    file = written(consequences_of(new, Change(), NOW))
    change = accepted(file, commune, "2026-11-19T10:00:00+07:00")
    rows = [one.model_copy(update={"case_id": file.case.case_id}) for one in change.handovers]
    file = written(consequences_of(file, replace(change, handovers=tuple(rows)), NOW))
    assert file.stored.standing is not None
    assert file.stored.standing.left
    file = without(file, commune)
    waits = standing_of(file, file.state, legal_date(NOW))
    assert (waits.lanes[ID].holder, waits.left) == (None, True), "also while nobody holds the lane"
    file = written(consequences_of(file, assigned(file, ID, heir, NOW, "steering_committee/lao-cai"), NOW))
    standing = file.stored.standing
    assert standing is not None
    assert standing.lanes[ID].holder == heir
    assert standing.left
