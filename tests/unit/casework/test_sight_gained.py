"""The holder and its supervisor are told when another office looks at the case by other than the usual hand-over."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from casework.amendments import moves
from casework.amendments.law import law_of
from casework.domain import records
from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import Consequences, consequences_of
from casework.service.visibility import visibility_of
from casework.timeline_schemas import EntryOut
from contracts.ids import new_id
from contracts.problems import PartIsOver
from regulations.case import TAKEN_BY
from tests.library import LIBRARY, RIGHTS
from tests.unit.casework.test_amended_offices import MERGER, TO, TODAY, held, offices
from tests.unit.casework.test_amending import under
from tests.unit.casework.test_assignments import COMMITTEE, ID, PART, assigned, waiting
from tests.unit.casework.test_consequences import COMMUNE, GUARD, HEALTH, NOW, fact, opened, written
from tests.unit.casework.test_for_reporter import handed_away, walked

POLICE, COMMUNE_POLICE = "provincial_police/lao-cai", "commune_police/lao-cai"
ABOVE = "steering_committee/lao-cai"


def told(after: Consequences) -> list[tuple[str, str]]:
    """(office, lane) of each notice that somebody gained sight."""
    return [(one.office, one.lane) for one in after.notices if one.kind == "sight_gained"]


def shown(after: Consequences) -> list[tuple[str, str]]:
    """(office that gained sight, lane) of the lines of the timeline."""
    return [(row["office"], row["lane"]) for row in after.rows["journal"] if row["kind"] == "sight_gained"]


def test_an_assignment_is_told_to_the_supervisor_and_not_to_who_got_the_lane() -> None:
    file = waiting()
    after = consequences_of(file, assigned(file, ID, PART, NOW), NOW)
    assert shown(after) == [(PART, ID)]
    above = LIBRARY.world.directory.supervisor(PART, NOW.date())
    assert told(after) == [(above, ID)]
    assert COMMITTEE != PART


def test_the_own_step_of_an_office_that_held_nothing_is_told() -> None:
    file, _ = walked((COMMUNE, "SUPPORT_AGENCY_NOTIFIED", 8), (HEALTH, "SUPPORT_AGENCY_RECEIVED", 9))
    step = fact(file, COMMUNE_POLICE, "CRIME_INFO_RECEIVED", "2026-11-17T10:00:00+07:00", lane="crime")
    after = consequences_of(file, step, NOW)
    assert shown(after) == [(COMMUNE_POLICE, "crime")]
    assert told(after) == [(HEALTH, ID), (ABOVE, ID)]


@pytest.mark.parametrize(
    "steps",
    [
        [(COMMUNE, "SUPPORT_AGENCY_NOTIFIED", 8)],
        [(COMMUNE, "SUPPORT_AGENCY_NOTIFIED", 8), (HEALTH, "SUPPORT_AGENCY_RECEIVED", 9)],
    ],
)
def test_what_the_holder_states_and_the_usual_succession_are_not_told(steps: list[tuple[str, str, int]]) -> None:
    file, _ = walked()
    for office, state, hour in steps:
        after = consequences_of(file, fact(file, office, state, f"2026-11-17T{hour:02}:00:00+07:00"), NOW)
        assert told(after) == []
        file = written(after)
    assert [one for one in handed_away(file).stored.facts if one.kind == "handover"], "and no hand-over"


def test_a_protective_lane_is_not_named_and_its_line_is_hidden() -> None:
    """The police shelters her before it holds anything; the guard that reported her sees no line of it."""
    file = written(consequences_of(opened(reporter=GUARD), Change(), NOW))
    placed = fact(
        file,
        HEALTH,
        "IN_FACILITY",
        "2026-11-17T10:00:00+07:00",
        lane="shelter",
        attributes={TAKEN_BY: "facility/lao-cai"},
    )
    after = consequences_of(file, placed, NOW)
    assert ("facility/lao-cai", "shelter") in shown(after)
    assert {lane for _, lane in told(after)} == {ID}
    assert not [one for one in after.notices if one.kind == "sight_gained" and "shelter" in one.model_dump_json()]
    lines = [EntryOut.model_validate({"seq": 1, "title": None, **row}) for row in after.rows["journal"]]
    seen = visibility_of(RIGHTS, written(after), GUARD, NOW).timeline(lines)
    assert not [one for one in seen if one.office == "facility/lao-cai"]


def withdrawn(file: CaseFile, stated: records.FactRecord) -> Change:
    row = records.CorrectionRecord(
        correction_id=new_id("corr"),
        case_id=file.case.case_id,
        fact_id=stated.fact_id,
        occurred_at=None,
        withdrawn=True,
        reason_ref=None,
        recorded_at=NOW + timedelta(minutes=1),
        office=stated.office,
        actor="actor-1",
    )
    return Change(corrections=(row,))


def acknowledged() -> CaseFile:
    """The commune reported and notified; the health authority acknowledged that it has the case."""
    file, _ = walked((COMMUNE, "SUPPORT_AGENCY_NOTIFIED", 8))
    ack: Any = fact(file, HEALTH, "", "2026-11-17T09:00:00+07:00", kind="ack", fact_id="fact_ack")
    return written(consequences_of(file, ack, NOW))


def test_who_reported_does_not_get_the_case_back_by_withdrawing_its_notice() -> None:
    file = acknowledged()
    assert file.stored.standing is not None
    assert not RIGHTS.looks(COMMUNE, file.stored.standing)
    with pytest.raises(PartIsOver):
        consequences_of(file, withdrawn(file, file.stored.facts[0]), NOW)


def test_it_may_take_its_notice_back_while_nobody_has_acted_on_it() -> None:
    file, _ = walked((COMMUNE, "SUPPORT_AGENCY_NOTIFIED", 8))
    after = consequences_of(file, withdrawn(file, file.stored.facts[0]), NOW)
    assert RIGHTS.looks(COMMUNE, after.standing)


def test_the_receipt_ends_the_part_of_the_reporter_and_says_when() -> None:
    file = acknowledged()
    standing = file.stored.standing
    assert standing is not None
    assert (standing.left, standing.received_at) == (False, NOW)
    assert replace(file).stored.standing == standing


def test_an_office_that_gains_sight_by_an_amendment_of_the_offices_is_told_to_the_supervisor() -> None:
    """Two communes are said to be one. The commune that took the other in holds the lane, and is not told of itself."""
    file, law = held(), law_of(LIBRARY.world, [offices(1, MERGER)])
    after = moves.refold(under(file, law), file.case.pack_hash, law, TODAY).after
    assert shown(after) == [(TO, ID)]
    assert told(after) == [(LIBRARY.world.directory.supervisor(TO, TODAY.date()), ID)]
