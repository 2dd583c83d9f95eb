"""An earlier round of a repeated limit entered late: what was claimed and paused in the later one stays its own."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import consequences_of
from casework.domain.fired_waits import notify_id
from casework.domain.records import PauseRecord
from casework.service import waits as service
from regulations import Clock
from tests.library import STOPPING
from tests.unit.casework.test_consequences import HEALTH, fact, opened, written

ID, RULE = "identification", "C-DAT-03"
REPORTED = "2025-10-01T09:00:00+07:00"
HOUR = timedelta(hours=1)
START = datetime(2025, 10, 12, 2, tzinfo=UTC)
"""When the later request was made: it is to be answered within 72 hours."""


def stated(file: CaseFile, what: str, at: datetime, now: datetime) -> CaseFile:
    """The file after a request or an answer that is entered at `now`."""
    change = fact(file, HEALTH, f"DATA_REQUEST_{what}", at.isoformat(), recorded_at=now, fact_id=f"fact_{what}_{at}")
    return written(consequences_of(file, change, now))


def fired(file: CaseFile, now: datetime) -> tuple[CaseFile, list[str]]:
    """The file after what is due, and the stages of RULE that somebody was told."""
    due = service._due(file, list(file.stored.waits), now)  # pyright: ignore[reportPrivateUsage]
    told = tuple(service._fired_wait(file, wait, now) for wait in due)  # pyright: ignore[reportPrivateUsage]
    return written(consequences_of(file, Change(fired_waits=told), now)), [
        wait.stage for wait in due if wait.rule == RULE
    ]


def rounds(file: CaseFile) -> list[Clock]:
    return [clock for clock in file.state.clocks if clock.rule == RULE]


def requested() -> CaseFile:
    file = written(consequences_of(opened(occurred_at=REPORTED, recorded_at=START), Change(), START))
    return stated(file, "RECEIVED", START, START)


def missed() -> tuple[CaseFile, datetime]:
    """A case whose request was not answered in time, of which its office was told."""
    file, now = requested(), START + 73 * HOUR
    file, told = fired(file, now)
    assert "breach" in told
    return file, now


def active(file: CaseFile) -> list[str]:
    """Stages of the fired waits of RULE that hold."""
    newest = {one.claim_id: one for one in file.stored.fired_waits}
    return sorted(one.stage for one in newest.values() if one.rule == RULE and one.withdrawn_at is None)


def test_earlier_round_takes_no_fired_wait_from_the_later_one_and_nothing_fires_twice() -> None:
    file, now = missed()
    before = active(file)
    for what, at in (("RECEIVED", START - 240 * HOUR), ("DONE", START - 200 * HOUR)):
        file = stated(file, what, at, now)
    assert [clock.n for clock in rounds(file)] == [1, 2]
    assert active(file) == before
    file, told = fired(file, now + HOUR)
    assert told == []
    assert active(file) == before


def test_earlier_round_that_was_missed_is_told_of_its_own() -> None:
    file, now = missed()
    file = stated(file, "RECEIVED", START - 240 * HOUR, now)  # one round for both requests until the answer is entered
    file = stated(file, "DONE", START - 100 * HOUR, now)
    late, open_one = rounds(file)
    assert (late.state_at(now), open_one.state_at(now)) == ("met_late", "breached")
    file, told = fired(file, now + HOUR)
    assert active(file).count("breach") == 1
    assert "breach" not in told


def test_rounds_that_were_both_missed_have_a_claim_each() -> None:
    file, now = missed()
    file = stated(file, "DONE", now + HOUR, now + HOUR)
    file = stated(file, "RECEIVED", now + 2 * HOUR, now + 2 * HOUR)
    now += 80 * HOUR
    file, told = fired(file, now)
    assert told.count("breach") == 1
    assert active(file).count("breach") == 2
    assert len({one.wait_id for one in file.stored.fired_waits if one.rule == RULE and one.stage == "breach"}) == 2


def test_limit_that_was_answered_in_time_after_all_is_withdrawn_by_its_answer() -> None:
    file, now = missed()
    for what, at in (("RECEIVED", START - 240 * HOUR), ("DONE", START - 200 * HOUR), ("DONE", START + HOUR)):
        file = stated(file, what, at, now)
    assert "breach" not in active(file)
    newest = {one.at: one for one in file.stored.fired_waits if one.rule == RULE and one.stage == "breach"}
    one = newest[START + 72 * HOUR]
    assert one.withdrawn_by == f"fact_DONE_{START + HOUR}"
    assert notify_id(one) not in file.stored.waits


def test_pause_that_loses_its_clock_is_kept_and_journalled() -> None:
    file = requested()
    file = replace(file, pack=STOPPING.pack(file.pack.id))
    [clock], at = rounds(file), START + 2 * HOUR
    pause = PauseRecord(
        pause_id="pause_1",
        case_id=file.case.case_id,
        clock_id=clock.clock_id,
        rule=clock.rule,
        lane=clock.lane,
        started_by=clock.started_by,
        basis="force_majeure",
        paused_at=at,
        recorded_at=at,
        office=HEALTH,
    )
    file = written(consequences_of(file, Change(pauses=(pause,)), at))
    assert rounds(file)[0].paused_at == at
    flag = f"pause-without-clock:{ID}:{RULE}"
    answered = fact(file, HEALTH, "DATA_REQUEST_DONE", (START + HOUR).isoformat(), recorded_at=at)
    after = consequences_of(file, answered, at)
    assert after.file.stored.pauses == (pause,)
    assert after.file.case.flags == [flag]
    raised = [row["details"] for row in after.rows["journal"] if row["kind"] == "flag_raised"]
    assert raised == [{"flag": flag}]
    assert not rounds(after.file)[0].pauses
