"""A second signature: never by the author, never twice, never after its end; what is due at once is never held back."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.amendments.law import CHANGES
from casework.countersignings.service import people_on
from casework.domain import countersigning
from casework.domain.case_file import Change
from casework.domain.consequences import consequences_of
from casework.domain.records import CorrectionRecord, SigningRecord
from casework.errors import CountsAlready, SigningEnded
from casework.members.roster import Roster
from contracts.problems import SamePerson
from regulations.four_eyes import People, Signers
from tests.library import LIBRARY
from tests.unit.casework.test_consequences import CASE, COMMUNE, HEALTH, NOW, fact, opened, walked, written

POLICE, AUTHORITY = "provincial_police/lao-cai", "steering_committee/lao-cai"
LATER = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
PERSONS = ("author", "second", "third")


def signing(**more: Any) -> SigningRecord:
    usual: dict[str, Any] = {
        "signing_id": "sign_" + "a" * 26,
        "case_id": CASE,
        "office": HEALTH,
        "actor": "author",
        "operation": countersigning.CLOSE,
        "step": "withdrawn",
        "fact_id": "fact_" + "a" * 26,
        "counts": False,
        "asked": AUTHORITY,
        "recorded_at": NOW,
        "due_at": LATER,
    }
    return SigningRecord.model_validate({**usual, **more})


def done(one: SigningRecord, what: str, who: str) -> SigningRecord:
    """The signing after somebody tried something with it."""
    if what == "sign":
        return countersigning.signed(one, AUTHORITY, who, LATER)
    if what == "refuse":
        return countersigning.refused(one, AUTHORITY, who, "other", LATER)
    if what == "void":
        return countersigning.no_longer_fits(one, AUTHORITY, who, "still-owed", LATER)
    return countersigning.taken_back(one, HEALTH, who, LATER)


TRIES = st.lists(st.tuples(st.sampled_from(("sign", "refuse", "void", "take back")), st.sampled_from(PERSONS)))


@given(TRIES, st.booleans())
def test_it_ends_once_and_never_by_its_author(tries: list[tuple[str, str]], counts: bool) -> None:
    one, ends = signing(counts=counts), 0
    for what, who in tries:
        before = one
        own = who == "author" and what != "take back"
        if before.state != "waiting" or own:
            with pytest.raises(SamePerson if own else SigningEnded):
                done(one, what, who)
            continue
        if counts and what == "take back":
            with pytest.raises(CountsAlready):
                done(one, what, who)
            continue
        one = done(one, what, who)
        ends += 1
        assert one.state != "waiting"
        assert what == "take back" or who != "author"
        assert (one.answered_actor, one.actor, one.fact_id) == (who, "author", before.fact_id)
    assert ends <= 1


def test_what_counts_is_not_taken_back() -> None:
    with pytest.raises(CountsAlready):
        countersigning.taken_back(signing(counts=True), HEALTH, "author", LATER)


# which steps need it


def close(outcome: str) -> Change:
    return fact(opened(), HEALTH, outcome, "2026-11-16T12:00:00+07:00", kind="close", lane="")


@pytest.mark.parametrize("pack", sorted(LIBRARY.ids))
def test_a_closing_needs_it_where_its_outcome_ends_duties(pack: str) -> None:
    file = opened()
    file = type(file)(file.case, file.stored, LIBRARY.pack(pack), file.world)
    for code, outcome in file.pack.outcomes.items():
        assert countersigning.needs(LIBRARY.four_eyes, file, countersigning.CLOSE, close(code)) is outcome.ends_duties


def withdrawal(fact_id: str, **more: Any) -> Change:
    row = {"correction_id": "corr_1", "case_id": CASE, "fact_id": fact_id, "occurred_at": None, "withdrawn": True}
    row |= {"reason_ref": None, "recorded_at": NOW, "office": POLICE, "actor": "author", **more}
    return Change(corrections=(CorrectionRecord.model_validate(row),))


def test_a_withdrawal_needs_it_where_the_fact_made_a_victim() -> None:
    steps = (
        (COMMUNE, "AT_COMMUNE", "2026-11-16T10:00:00+07:00"),
        (COMMUNE, "SUPPORT_AGENCY_NOTIFIED", "2026-11-16T11:00:00+07:00"),
        (HEALTH, "SUPPORT_AGENCY_RECEIVED", "2026-11-16T12:00:00+07:00"),
        (HEALTH, "INITIAL_CHECK_DONE", "2026-11-16T13:00:00+07:00"),
        (HEALTH, "POLICE_VERIFICATION", "2026-11-16T14:00:00+07:00"),
        (POLICE, "VICTIM_CONFIRMED", "2026-11-16T15:00:00+07:00"),
    )
    file = walked(*steps)
    needing = [
        state
        for _, state, _ in steps
        if countersigning.needs(LIBRARY.four_eyes, file, countersigning.CORRECT, withdrawal(f"fact_{state}"))
    ]
    assert needing == ["VICTIM_CONFIRMED"]
    moved = withdrawal("fact_VICTIM_CONFIRMED", withdrawn=False, occurred_at=NOW)
    assert not countersigning.needs(LIBRARY.four_eyes, file, countersigning.CORRECT, moved)


# due at once

NEED = (POLICE, "EMERGENCY_NEED", "2026-11-16T10:00:00+07:00")


@given(st.sampled_from(("IN_FACILITY", "COMMUNITY_CARE", "SHELTER_NOT_TAKEN")), st.booleans())
def test_a_step_meets_what_is_due_at_once_only_while_that_is_open(state: str, needed: bool) -> None:
    """So such a step is never held back, and one that meets nothing at once is."""
    file = written(consequences_of(opened(), Change(), NOW))
    if needed:
        file = written(consequences_of(file, fact(file, NEED[0], NEED[1], NEED[2], lane="shelter"), NOW))
    elif state == "SHELTER_NOT_TAKEN":
        return  # nothing opens the lane in this state
    change = fact(file, POLICE, state, "2026-11-16T12:00:00+07:00", lane="shelter")
    after = consequences_of(file, change, NOW)
    assert countersigning.meets_at_once(file.state, after.state, [f"fact_{state}"]) is needed
    assert not countersigning.meets_at_once(after.state, after.state, [f"fact_{state}"])


# what the case makes of it


def test_a_waiting_step_is_a_line_of_work_and_a_wait_and_both_end_with_it() -> None:
    file = walked((COMMUNE, "AT_COMMUNE", "2026-11-16T10:00:00+07:00"))
    asked = consequences_of(file, Change(countersignings=(signing(),)), NOW)
    [line] = [row for row in asked.rows["work"] if row["body"]["kind"] == "sign"]
    assert (line["office"], line["work_id"]) == (AUTHORITY, f"{CASE}:sign:{signing().signing_id}")
    stages = {row["body"]["stage"] for row in asked.rows["waits"]}
    assert {"sign", "escalate-1", "escalate-2"} <= stages
    held = written(asked)
    held = type(held)(
        held.case, held.stored.model_copy(update={"countersignings": (signing(),)}), held.pack, held.world
    )
    ended = consequences_of(held, Change(countersignings=(done(signing(), "refuse", "second"),)), LATER)
    assert ended.rows["old_work"] == [line["work_id"]]
    assert not [row for row in ended.rows["waits"] if row["body"]["stage"] == "sign"]


def test_the_successor_is_asked_where_the_asked_office_ended() -> None:
    file = walked((COMMUNE, "AT_COMMUNE", "2026-11-16T10:00:00+07:00"))
    one = signing(office="commune/lao-cai", asked="labour_authority/lao-cai")  # dissolved on 2025-07-01
    held = type(file)(file.case, file.stored.model_copy(update={"countersignings": (one,)}), file.pack, file.world)
    after = consequences_of(held, Change(), NOW)
    [row] = after.rows["countersignings"]
    assert row["asked"] == HEALTH
    assert [line["kind"] for line in after.rows["journal"] if line["kind"].startswith("sign_")] == ["sign_passed"]


# who is there


def test_the_deputy_of_an_absent_head_counts_as_a_head() -> None:
    members = [
        {"subject": subject, "name": "Người Mẫu", "position": position}
        for subject, position in (("h1", "head"), ("d", "officer"), ("a", "auditor"), ("s", "system"), ("o", "officer"))
    ]
    away = {"subject": "h1", "valid_from": "2026-11-20", "deputy": "d"}
    found = Roster.model_validate({"office": HEALTH, "members": members, "absences": [away]})
    there = people_on(found, "o", NOW.date())
    assert (there.listed, there.heads, there.others) == (True, {"d"}, {"o"})
    of_the_head = people_on(found, "h1", NOW.date())
    assert (of_the_head.heads, of_the_head.others) == (set(), {"d", "o"}), "an author chooses no second person"
    assert people_on(Roster(office=HEALTH), "o", NOW.date()) == type(there)()


def test_a_step_is_never_left_with_an_office_that_ended_without_a_successor() -> None:
    """The authority of the province is dissolved: the office above the author is then another one, and it is asked."""
    dissolved = [{"kind": "dissolved", "office": AUTHORITY, "on": "2026-11-18"}]
    world = LIBRARY.world.with_offices(CHANGES.validate_python(dissolved), "QĐ 1/QĐ-VD")
    file = walked((COMMUNE, "AT_COMMUNE", "2026-11-16T10:00:00+07:00"))
    held = type(file)(file.case, file.stored.model_copy(update={"countersignings": (signing(),)}), file.pack, world)
    [row] = consequences_of(held, Change(), NOW).rows["countersignings"]
    signers = Signers.of(world.directory, HEALTH, "author", NOW.date())
    assert row["asked"] == signers.above == "steering_committee/ha-noi"
    assert signers.may_sign(row["asked"], "second", "", People())
