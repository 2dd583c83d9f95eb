"""The proof of a merger finds a wrong office: its oracle reads the ids alone, and agrees with what the fold brings."""

from datetime import UTC, datetime
from itertools import islice

import pytest

from casework.amendments import moves
from casework.amendments.law import law_of
from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import consequences_of
from tests.library import LIBRARY
from tests.proof import merger
from tests.unit.casework.test_amended_offices import offices
from tests.unit.casework.test_amending import under
from tests.unit.casework.test_consequences import opened, written

OLD, NEW, OTHER = f"commune/{merger.FROM}", f"commune/{merger.INTO}", "health_authority/lao-cai"
LANE, WORK = ("case_a", "holder", "crime"), ("case_a", "work", "case_a:lane:crime")


def test_every_commune_of_the_province_is_in_it_with_offices_of_its_own() -> None:
    places = merger.communes()
    assert len(places) == 99
    assert {merger.FROM, merger.INTO} <= set(places)
    found = list(islice(merger.reports(places, 400, datetime.now(UTC)), 400))
    assert {one.commune for one in found} == set(places)
    assert all(one.occurred_at < one.recorded_at for one in found)


@pytest.mark.parametrize(
    ("before", "after", "wrong"),
    [
        ({LANE: OLD}, {LANE: NEW}, 0),
        ({LANE: OTHER}, {LANE: OTHER}, 0),
        ({LANE: OLD}, {LANE: OLD}, 1),
        ({LANE: OLD}, {LANE: "commune/lao-cai"}, 1),
        ({LANE: OTHER}, {LANE: NEW}, 1),
        ({LANE: OLD}, {LANE: None}, 1),
        ({LANE: OLD}, {}, 1),
        ({}, {LANE: NEW}, 1),
        ({WORK: OLD}, {("case_a", "work", "case_a:acknowledge:crime"): NEW}, 0),
        ({WORK: OLD}, {("case_a", "work", "case_a:acknowledge:crime"): OTHER}, 1),
    ],
)
def test_the_oracle_finds_what_is_wrong(before: merger.Held, after: merger.Held, wrong: int) -> None:
    assert merger.wrong(before, after) == wrong


def held(file: CaseFile) -> merger.Held:
    """What the proof reads from the database, of one case."""
    case_id, stored = file.case.case_id, file.stored
    lanes = stored.standing.lanes if stored.standing else {}
    found = {(case_id, "holder", code): lane.holder for code, lane in lanes.items()}
    found |= {(case_id, "work", key): row["office"] for key, row in stored.work.items()}
    open_clocks = {key: row for key, row in stored.clocks.items() if row["met_at"] is None and row["void_at"] is None}
    return found | {(case_id, "clock", key): row["office"] for key, row in open_clocks.items()}


@pytest.mark.parametrize("hour", [5, 17])
def test_the_oracle_agrees_with_the_fold(hour: int) -> None:
    """At noon, and in the first hour of a day, when all reports are of the day before (17:30 UTC is 00:30 here)."""
    now = datetime.now(UTC).replace(hour=hour, minute=30)
    on = merger.merger_day(now).isoformat()
    change = {"kind": "merged", "place": merger.FROM, "into": merger.INTO, "on": on}
    law = law_of(LIBRARY.world, [offices(1, change)])
    places = [merger.FROM, merger.INTO, merger.communes()[0]]
    for event in islice(merger.reports(places, 12, now), 12):
        more = {"route": event.route, "commune": event.commune, "occurred_at": event.occurred_at}
        new = opened(case_id=event.case_id, reporter=event.office, recorded_at=now, **more)
        file = written(consequences_of(new, Change(), now))
        done = moves.refold(under(file, law), file.case.pack_hash, law, now)
        assert not merger.wrong(held(file), held(written(done.after))), (event.office, event.commune)
