"""A lane opens where the case is: an office of another place widens nothing, whatever it states and whenever."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.codes import Role, SealGroup
from contracts.standing import LaneStanding, Standing
from regulations import Contradiction, Fact, Lane
from regulations.legal_time import legal_date
from regulations.openings import begins_at
from tests.library import LIBRARY, RIGHTS, told
from tests.unit.regulations.test_properties import BUDGET, WORLD, Walk, walks

COMMUNE, HEALTH, POLICE = "commune/lang-son", "health_authority/lang-son", "provincial_police/lang-son"
THERE = "health_authority/thai-nguyen"
ID = "identification"
MOVED = (ID, "", "2026-10-08T09:00", THERE)
ASKED = ("protection", "PROTECTION_REQUESTED", "2026-10-09T09:00", COMMUNE)


@pytest.fixture
def opening(cases):
    return cases.opening(COMMUNE, "self_report", "2026-10-05T08:00")


def moved(cases, seq, **more):
    """The case goes to Thái Nguyên."""
    return cases.fact(seq, MOVED, kind="handover", **more)


def test_a_lane_opens_where_the_case_was_handed_to(cases, opening):
    """The commune that first reported her asks after she was moved: the police of the old province gets nothing."""
    state = cases.fold(opening, [moved(cases, 1), cases.fact(2, ASKED)])
    lane = state.lanes["protection"]
    assert (lane.place, lane.holder) == ("thai-nguyen", "provincial_police/thai-nguyen")
    assert POLICE not in state.past_holders


def test_before_it_went_the_lane_opens_where_the_case_was(cases, opening):
    before = ("protection", "PROTECTION_REQUESTED", "2026-10-07T09:00", COMMUNE)
    state = cases.fold(opening, [cases.fact(1, before), moved(cases, 2)])
    assert (state.lanes["protection"].place, state.lanes["protection"].holder) == (HOME, POLICE)


def test_a_step_entered_after_the_case_went_opens_its_lane_there_whatever_day_it_names(cases, opening):
    before = ("protection", "PROTECTION_REQUESTED", "2026-10-07T09:00", COMMUNE)
    late = cases.fact(2, before, recorded_at=cases.at("2026-10-09T10:00"))
    state = cases.fold(opening, [moved(cases, 1), late])
    assert state.lanes["protection"].holder == "provincial_police/thai-nguyen"
    assert POLICE not in state.past_holders


@pytest.mark.parametrize(
    ("lane", "step", "office"),
    [
        ("support:legal_aid", "SUPPORT_REQUESTED", COMMUNE),  # whoever states it holds it
        ("support:medical", "SUPPORT_DELIVERED", "commune_police/lang-son"),  # the state names no holder
        ("crime", "CRIME_INFO_RECEIVED", "border_guard/lang-son"),  # there is none where the case is
    ],
)
def test_who_would_hold_what_it_states_holds_nothing_elsewhere(cases, opening, lane, step, office):
    state = cases.fold(opening, [moved(cases, 1), cases.fact(2, (lane, step, "2026-10-09T09:00", office))])
    assert state.lanes[lane].place == "thai-nguyen"
    assert state.lanes[lane].holder in (f"{office.partition('/')[0]}/thai-nguyen", THERE)
    assert office not in state.past_holders[1:]  # it reported the case, or it has no part


def test_a_new_round_opens_where_the_case_is_and_not_where_the_last_one_ended(cases, opening):
    steps = (
        ("protection", "PROTECTION_REQUESTED", "2026-10-05T09:00", COMMUNE),
        ("protection", "PROTECTION_ACTIVE", "2026-10-05T10:00", POLICE),
        ("protection", "PROTECTION_ENDED", "2026-10-06T10:00", POLICE),
    )
    facts = [*cases.facts(*steps), moved(cases, 4), cases.fact(5, ASKED)]
    lane = cases.fold(opening, facts).lanes["protection"]
    assert (lane.place, lane.holder) == ("thai-nguyen", "provincial_police/thai-nguyen")
    assert cases.fold(opening, facts[:-1]).lanes["protection"].holder == POLICE


def test_a_history_stored_before_this_rule_still_folds(cases, opening):
    """The lane was opened and carried on in the old province, which the register accepted then."""
    steps = (
        ASKED,
        ("protection", "PROTECTION_DECIDED", "2026-10-10T09:00", POLICE),
        ("protection", "PROTECTION_ACTIVE", "2026-10-10T10:00", POLICE),
        ("shelter", "IN_FACILITY", "2026-10-10T11:00", POLICE),
        ("protection", "PROTECTION_CHANGED", "2026-10-11T10:00", POLICE),
    )
    facts = [moved(cases, 1), *(cases.fact(seq, step) for seq, step in enumerate(steps, start=2))]
    state = cases.fold(opening, facts)
    assert state.lanes["protection"].state == "PROTECTION_ACTIVE"
    assert state.lanes["protection"].holder == "provincial_police/thai-nguyen"
    assert state.lanes["shelter"].holder == "facility/thai-nguyen"
    assert POLICE not in state.past_holders


def test_a_reporter_of_another_place_moves_nothing_there(cases):
    """The border post found her and carries the case; the case is where the report places it."""
    post = "border_guard/lang-son"
    report = cases.opening(post, "self_returned", "2026-10-05T08:00", province="thai-nguyen")
    state = cases.told(report, ("crime", "CRIME_INFO_CLASSIFIED", "2026-10-05T09:00", post))
    assert {lane.place for lane in state.lanes.values()} == {"thai-nguyen"}
    assert state.lanes["crime"].holder == post


@pytest.mark.parametrize("days", [-1, 1])
def test_after_a_move_to_the_next_commune_a_lane_opens_there_whatever_day_the_step_names(cases, days):
    """Both communes are in Lạng Sơn; the step was entered after the hand-over."""
    opening = cases.opening(COMMUNE, "self_report", "2026-10-05T08:00", commune="dong-dang")
    next_one = "commune/34-06187"
    move = cases.fact(1, (ID, "", "2026-10-08T09:00", next_one), kind="handover")
    at = cases.at("2026-10-08T09:00") + timedelta(days=days)
    asked = cases.fact(2, ASKED, occurred_at=at, recorded_at=cases.at("2026-10-12T09:00"))
    state = cases.fold(opening, [move, asked])
    assert {state.lanes[code].place for code in (ID, "protection")} == {"34-06187"}
    assert state.lanes[ID].holder == next_one


def test_a_case_goes_on_with_the_commune_that_its_commune_became_part_of(former):
    """Bản Vược became part of Bát Xát on 1 July 2025; a fact of that summer finds the new holder."""
    old = "commune/63-02710"
    opening = former.opening(old, "self_report", "2025-06-02T08:00", province="lao-cai", commune="63-02710")
    assert former.fold(opening, []).lanes[ID].holder == old
    later = former.fact(1, (ID, "DATA_REQUEST_RECEIVED", "2025-07-03T08:00", "commune/lao-cai"))
    assert former.fold(opening, [later]).lanes[ID].holder == "commune/lao-cai"


def test_the_case_of_a_divided_commune_has_no_holder_and_says_so(former):
    old = "commune/63-00016"
    opening = former.opening(old, "self_report", "2025-06-02T08:00", province="ha-noi", commune="63-00016")
    later = former.fact(1, (ID, "DATA_REQUEST_RECEIVED", "2025-07-03T08:00", "health_authority/ha-noi"))
    state = former.fold(opening, [later])
    assert state.lanes[ID].holder is None
    assert f"no-office:{ID}" in state.flags


PLACES = ("lang-son", "thai-nguyen", "ha-noi", "ca-mau")


@BUDGET
@given(walks(), st.data())
def test_an_office_without_a_part_where_the_case_is_never_widens_who_reads(walk: Walk, data: st.DataObject) -> None:
    """One more step, of any day, by an office that neither serves nor holds its lane gives nobody elsewhere a part."""
    last = max((fact.occurred_at for fact in walk.facts), default=walk.opening.occurred_at)
    before = walk.fold()
    lane = data.draw(st.sampled_from(sorted(walk.pack.lanes)))
    spec = data.draw(st.sampled_from(walk.pack.lanes[lane].states))
    voices = [voice for voice in walk.pack.graphs[lane].stated_by(spec.code) if voice[0] != "@"]
    role = data.draw(st.sampled_from(voices or ["commune"]))
    place = data.draw(st.sampled_from(PLACES))
    at = last + timedelta(minutes=data.draw(st.integers(-50_000, 50_000)))
    office = f"{role}/{place}"
    fact = Fact(
        fact_id="fact_more",
        seq=len(walk.facts),
        lane=lane,
        state=spec.code,
        occurred_at=at,
        recorded_at=max(at, last) + timedelta(days=40),
        office=office,
    )
    try:
        after = walk.fold([*walk.facts, fact])
    except Contradiction:
        return
    now = before.lanes.get(lane)
    where = before.lanes[walk.pack.identification_lane] if now is None or now.terminal else now
    if office in (where.holder, walk.opening.reporter) or _serves(office, where.place, at):
        return
    known = {one.holder for one in before.lanes.values()} | set(before.past_holders)
    assert office in known or office not in after.past_holders
    for code, one in after.lanes.items():
        is_new = code not in before.lanes or one.holder != before.lanes[code].holder
        assert not is_new or one.holder in known or one.holder is None or _serves(one.holder, one.place, at)
        assert one.place in {other.place for other in before.lanes.values()}


def _serves(office: str, place: str, at: datetime) -> bool:
    """Whether an office acts at a place; one that is dissolved still does for days within its life."""
    return WORLD.directory.acts_at(office, place, legal_date(at))


@BUDGET
@given(walks())
def test_a_lane_is_only_where_the_case_was_reported_or_was_handed_to(walk: Walk) -> None:
    receivers = [WORLD.directory.office(fact.office) for fact in walk.facts if fact.kind == "handover"]
    handed = {place for office in receivers if office for place in (office.place, *office.serves)}  # units of its time
    places = {begins_at(WORLD.directory, walk.opening), *handed}
    assert {one.place for one in walk.fold().lanes.values()} <= places


TODAY = date(2027, 7, 1)
HOME = WORLD.directory.begins_at("lang-son", None, COMMUNE, TODAY)


def _in_lang_son(lane: Lane) -> bool:
    return WORLD.directory.province(lane.place, TODAY) == "lang-son"


def readable(office: str, standing: Standing) -> set[SealGroup]:
    return set(RIGHTS.readable_groups(office, standing))


OFFICES = sorted(f"{role}/lang-son" for role in Role)
OF_HOLDERS = ("vault.access_log", "support.list_requests", "protection.get_protection", "casework.propose_handover")


def check_reads_nothing_later(office: str, standing: Standing) -> None:
    """An office whose part is over keeps the name of the person; one that never had a part has nothing."""
    had_part = office in (standing.reporter, *standing.past, *standing.holders())
    assert readable(office, standing) <= ({SealGroup.IDENTITY} if had_part else set())
    assert not any(RIGHTS.decide(office, one, standing) for one in OF_HOLDERS)
    assert RIGHTS.decide(office, "casework.get_case", standing) <= had_part


@pytest.mark.parametrize("law", ["law-53-2024", "law-66-2011"])
def test_a_lane_that_ended_where_the_case_no_longer_is_lets_nobody_read(law: str) -> None:
    pack = LIBRARY.pack(law)
    for code, spec in pack.lanes.items():
        if code == pack.identification_lane:
            continue
        for state in spec.states:
            for office in OFFICES if state.terminal else ():
                left = LaneStanding(
                    state=state.code,
                    holder=office,
                    place="lang-son",
                    acting=tuple(f"{role}/lang-son" for role in pack.graphs[code].may_act(state.code)),
                    elsewhere=True,
                )
                carrier = LaneStanding(state="AT_COMMUNE", holder=THERE, place="thai-nguyen")
                standing = Standing(
                    reporter="hotline_111/ha-noi",
                    lanes={ID: carrier, code: left},
                    past=(office, THERE),
                    regime_procedure=law,
                    route="self_report",
                )
                for other in OFFICES:
                    check_reads_nothing_later(other, standing)


@BUDGET
@given(walks())
def test_after_a_move_only_lanes_that_go_on_let_the_old_province_read(walk: Walk) -> None:
    """Whatever happened before: who holds no lane that goes on, and serves none, reads at most the name."""
    last = max((one.recorded_at for one in walk.facts), default=walk.opening.recorded_at) + timedelta(days=1)
    walk.take(
        Fact(
            fact_id="fact_move",
            seq=len(walk.facts),
            kind="handover",
            lane=walk.pack.identification_lane,
            occurred_at=last,
            recorded_at=last,
            office=THERE,
        )
    )
    state = walk.fold()
    carrier = state.lanes[walk.pack.identification_lane]
    if _in_lang_son(carrier) or any(_in_lang_son(one) and not one.terminal for one in state.lanes.values()):
        return
    holding = {one.holder for code, one in state.lanes.items() if not one.terminal or one is carrier}
    for office in {*OFFICES, *state.past_holders, state.opening.reporter} - holding:
        if office.endswith("/lang-son"):
            check_reads_nothing_later(office, told(state, TODAY))
