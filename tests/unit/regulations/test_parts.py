"""The part of an office in a case: when it began and ended, and what it was at an instant."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings

from contracts.standing import LaneStanding, Standing, StatusPeriod, Tenure
from regulations.parts import Part, PartKind, Relation, parts_of, relations_of
from tests.library import LIBRARY, told
from tests.unit.regulations.test_properties import Walk, walks

COMMUNE, HEALTH, THERE = "commune/lao-cai", "health_authority/lao-cai", "health_authority/thai-nguyen"
POLICE, COMMITTEE = "provincial_police/lao-cai", "steering_committee/lao-cai"
K, DAY = PartKind, timedelta(days=1)
REPORTED, NOTIFIED, RECEIVED, GIVEN = (datetime(2026, 11, day, tzinfo=UTC) for day in (2, 3, 4, 9))


def handed_over(**more: object) -> Standing:
    """Reported by the commune, received by the health authority, and handed over to the one of another province."""
    carrier = LaneStanding(
        state="SUPPORT_AGENCY_RECEIVED",
        holder=THERE,
        place="thai-nguyen",
        tenures=(
            Tenure(office=COMMUNE, since=REPORTED, until=NOTIFIED),
            Tenure(office=HEALTH, since=NOTIFIED, until=GIVEN),
            Tenure(office=THERE, since=GIVEN),
        ),
    )
    given: dict[str, object] = {
        "reporter": COMMUNE,
        "received_at": RECEIVED,
        "left": True,
        "periods": (StatusPeriod(since=REPORTED, status="in_process"),),
        "lanes": {"identification": carrier},
        "past": (COMMUNE, HEALTH, THERE),
        "supervisors": (COMMITTEE,),
        "proposed": (POLICE,),
        "proposed_since": {POLICE: GIVEN},
        "regime_procedure": "law-53-2024",
        "route": "self_report",
    }
    return Standing.model_validate({**given, **more})


def test_each_part_has_its_beginning_and_its_end() -> None:
    standing, lane = handed_over(), "identification"
    found = {office: parts_of(LIBRARY, office, standing) for office in (COMMUNE, HEALTH, THERE, POLICE, COMMITTEE)}
    assert found == {
        COMMUNE: (
            Part(K.REPORTER, None, REPORTED, RECEIVED, over=True),
            Part(K.HOLDER, lane, REPORTED, NOTIFIED, over=True),
        ),
        HEALTH: (Part(K.HOLDER, lane, NOTIFIED, GIVEN, over=True),),
        THERE: (Part(K.HOLDER, lane, GIVEN),),
        POLICE: (Part(K.NEXT, None, GIVEN),),
        COMMITTEE: (Part(K.SUPERVISOR),),
    }


def test_at_an_instant_a_part_is_what_was_entered_by_then() -> None:
    standing = handed_over(left=False)
    before = parts_of(LIBRARY, COMMUNE, standing, RECEIVED - DAY / 2)
    assert [(one.kind, one.over) for one in before] == [(K.REPORTER, False), (K.HOLDER, True)]
    assert parts_of(LIBRARY, HEALTH, standing, REPORTED) == ()
    assert parts_of(LIBRARY, HEALTH, standing, RECEIVED) == (Part(K.HOLDER, "identification", NOTIFIED),)
    assert parts_of(LIBRARY, THERE, standing, RECEIVED) == ()
    assert parts_of(LIBRARY, POLICE, standing, RECEIVED) == ()


def test_a_standing_of_an_older_release_still_says_whose_part_is_over() -> None:
    old = handed_over().model_dump(mode="json")
    for name in ("received_at", "proposed_since", "periods"):
        del old[name]
    del old["lanes"]["identification"]["tenures"]
    standing = Standing.model_validate(old)
    assert parts_of(LIBRARY, COMMUNE, standing) == (Part(K.REPORTER, over=True),)
    assert parts_of(LIBRARY, THERE, standing) == (Part(K.HOLDER, "identification"),)
    assert relations_of(parts_of(LIBRARY, HEALTH, standing), HEALTH, standing) == {Relation.PAST}


def test_who_gave_its_lane_back_to_the_reporter_leaves_it_the_holder_and_not_the_reporter() -> None:
    carrier = LaneStanding(state="SUPPORT_AGENCY_RECEIVED", holder=COMMUNE, place="lao-cai")
    standing = handed_over(lanes={"identification": carrier}, left=False)
    found = relations_of(parts_of(LIBRARY, COMMUNE, standing), COMMUNE, standing)
    assert found == {Relation.HOLDER, Relation.LEFT, Relation.PAST}


@settings(max_examples=60, deadline=None)
@given(walks())
def test_the_tenures_of_a_lane_follow_each_other_and_end_with_its_holder(walk: Walk) -> None:
    state = walk.fold()
    for lane in state.lanes.values():
        ends = [one.until for one in lane.tenures]
        assert None not in ends[:-1]
        assert all(one.until is None or one.since <= one.until for one in lane.tenures)
        running = [one.office for one in lane.tenures if one.until is None]
        assert running == ([lane.holder] if lane.holder else [])
        assert {one.office for one in lane.tenures} == {*lane.holders}
    standing = told(state, walk.opening.occurred_at.date())
    for office in state.past_holders:
        assert any(one.kind is K.HOLDER for one in parts_of(LIBRARY, office, standing))
