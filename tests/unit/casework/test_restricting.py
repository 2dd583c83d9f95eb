"""The restriction of a case stays with it whatever happens there, and says nothing to whom it shuts out (ADR 0040)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.amendments import moves
from casework.amendments.law import law_of
from casework.domain import countersigning, restricting
from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import consequences_of
from casework.domain.records import RestrictionRecord, SigningRecord
from casework.domain.standing import unheld
from casework.errors import NobodyCouldOpen
from casework.restrictions.service import _check_somebody_can_open  # pyright: ignore[reportPrivateUsage]
from regulations.four_eyes import People
from regulations.legal_time import legal_date
from regulations.restricted import Person, digest_of
from tests.library import LIBRARY, RIGHTS
from tests.unit.casework.test_amended_offices import FROM, MERGER, TO, TODAY, held, offices
from tests.unit.casework.test_amending import under
from tests.unit.casework.test_consequences import COMMUNE, HEALTH, NOW, accepted, fact, opened, walked, written
from tests.unit.casework.test_nothing_is_dropped import BUDGET, Case, check, disturb, record
from tests.unit.casework.test_nothing_is_dropped import opened as opened_by_walk
from tests.unit.regulations.test_properties import walks

AUTHORITY, POLICE, ID = "steering_committee/lao-cai", "provincial_police/lao-cai", "identification"


def restriction(file: CaseFile, **more: Any) -> RestrictionRecord:
    """A signed restriction of a case."""
    usual = {"restriction_id": "restrict_" + "a" * 26, "case_id": file.case.case_id, "office": HEALTH}
    usual |= {"actor": "author", "recorded_at": NOW}
    return RestrictionRecord.model_validate({**usual, **more})


def restricted(file: CaseFile, **more: Any) -> CaseFile:
    """The file with a restriction."""
    return written(consequences_of(file, Change(restrictions=(restriction(file, **more),)), NOW))


CLOSED = {"closes": True, "members": {HEALTH: ["lan", "minh"]}, "persons": ["kin"], "offices": [POLICE]}


@BUDGET
@given(walks(), st.data())
def test_it_survives_every_step_correction_pause_and_fold_and_nothing_is_dropped(
    walk: Any, data: st.DataObject
) -> None:
    case = Case(opened_by_walk(walk), walk.opening.recorded_at.astimezone(UTC))
    assert case.take(Change())
    assert case.take(Change(restrictions=(restriction(case.file, **CLOSED),)))
    standing = case.file.stored.standing
    assert standing is not None
    expected = standing.restriction
    assert expected is not None
    assert expected.closed
    for one in walk.facts:
        case.now = max(case.now, one.occurred_at.astimezone(UTC)) + timedelta(minutes=data.draw(st.integers(0, 20_000)))
        case.take(Change(facts=(record(one, case.file, case.now),)))
        disturb(data.draw, case)
        case.fire()
        check(case)
        standing = case.file.stored.standing
        assert standing is not None
        assert standing.restriction == expected
        for office in (standing.reporter, *standing.holders(), *standing.past):
            assert not RIGHTS.decide(office, "casework.get_case", standing, person=Person("kin", "head"))


def test_a_hand_over_takes_it_along_and_the_receiver_works_by_its_head() -> None:
    file = written(consequences_of(opened(route="hotline", reporter="hotline_111/ha-noi"), Change(), NOW))
    passed_on = fact(file, "hotline_111/ha-noi", "FORWARDED_TO_HANDLER", "2026-11-16T10:00:00+07:00")
    file = written(consequences_of(file, passed_on, NOW))
    file = restricted(file, closes=True, members={COMMUNE: ["lan", "minh"]}, persons=["kin"])
    other = "facility/lao-cai"
    after = consequences_of(file, accepted(file, other, "2026-11-16T13:00:00+07:00"), NOW)
    assert after.state.lanes[ID].holder == other
    assert after.standing.restriction == restricting.restriction_of(file, legal_date(NOW))
    for subject, position, may in (("chief", "head", True), ("nurse", "officer", False), ("kin", "head", False)):
        person = Person(subject, position)
        assert RIGHTS.decide(other, "casework.get_case", after.standing, person=person) is may


def test_an_amendment_of_the_offices_passes_it_on_to_the_successor() -> None:
    file = restricted(held(), closes=True, members={FROM: ["lan"]}, offices=["commune/lao-cai-none"], persons=["kin"])
    law = law_of(LIBRARY.world, [offices(1, MERGER)])
    standing = moves.refold(under(file, law), file.case.pack_hash, law, TODAY).after.standing
    assert standing.lanes[ID].holder == TO
    assert RIGHTS.decide(TO, "casework.get_case", standing, person=Person("lan", "officer"))
    for subject in ("kin", "colleague"):
        assert not RIGHTS.decide(TO, "casework.get_case", standing, person=Person(subject, "officer"))


def test_several_hold_together_and_each_is_lifted_by_itself() -> None:
    file = opened()
    out = restriction(file, restriction_id="restrict_" + "b" * 26, persons=["kin"])
    closes = restriction(file, closes=True, members={HEALTH: ["lan"]})
    more = restriction(file, restriction_id="restrict_" + "c" * 26, members={HEALTH: ["minh"]})
    both = written(consequences_of(file, Change(restrictions=(out, closes, more)), NOW))
    found = restricting.restriction_of(both, legal_date(NOW))
    assert found is not None
    assert (found.closed, len(found.members[HEALTH]), len(found.persons)) == (True, 2, 1)
    lifted = closes.model_copy(update={"lifted_at": NOW, "lifted_office": HEALTH, "lifted_actor": "author"})
    after = consequences_of(both, Change(restrictions=(lifted,)), NOW)
    assert after.standing_changed
    assert after.acted_on, "notify keeps the case out of inboxes"
    assert after.standing.restriction is not None
    assert not after.standing.restriction.closed
    assert after.standing.restriction.persons == found.persons


def test_a_lane_whose_holder_is_shut_out_waits_for_an_office() -> None:
    file = walked((COMMUNE, "AT_COMMUNE", "2026-11-16T10:00:00+07:00"))
    holder = file.state.lanes[ID].holder
    after = consequences_of(file, Change(restrictions=(restriction(file, offices=[holder]),)), NOW)
    assert ID in unheld(after.file, after.state, legal_date(NOW))
    assert f"no-office:{ID}" in after.file.case.flags
    lines = {row["office"] for row in after.rows["work"] if row["body"]["kind"] == "assign"}
    assert lines == {AUTHORITY}
    assert AUTHORITY in after.standing.supervisors
    assert [row for row in after.file.stored.work.values() if row["office"] == holder], "its duties stay recorded"


def test_the_timeline_says_that_there_is_one_and_not_against_whom() -> None:
    after = consequences_of(opened(), Change(restrictions=(restriction(opened(), **CLOSED),)), NOW)
    [line] = [row for row in after.rows["journal"] if row["kind"] in restricting.KINDS]
    standing = after.standing.model_dump_json(include={"restriction"})
    for word in ('"kin"', "'kin'", '"minh"', "'minh'"):
        assert word not in str(line) + standing
    assert POLICE not in str(line)


@pytest.mark.parametrize(
    ("office", "subject", "may"),
    [
        (COMMUNE, "head", False),  # it may not restrict the case
        (AUTHORITY, "chair", True),
        (AUTHORITY, "kin", False),
        (POLICE, "anybody", False),
        (HEALTH, "lan", True),
    ],
)
def test_who_may_know_of_it(office: str, subject: str, may: bool) -> None:
    file = restricted(
        walked(
            (COMMUNE, "AT_COMMUNE", "2026-11-16T10:00:00+07:00"),
            (COMMUNE, "SUPPORT_AGENCY_NOTIFIED", "2026-11-16T11:00:00+07:00"),
            (HEALTH, "SUPPORT_AGENCY_RECEIVED", "2026-11-16T12:00:00+07:00"),
        ),
        persons=["kin"],
    )
    assert file.stored.standing is not None
    one = restriction(file, persons=["kin"], offices=[POLICE])
    assert restricting.may_know(file.stored.standing, one, office, Person(subject)) is may


def test_a_restriction_that_would_leave_nobody_is_refused() -> None:
    file = walked((COMMUNE, "AT_COMMUNE", "2026-11-16T10:00:00+07:00"))
    holder = str(file.state.lanes[ID].holder)
    above = file.world.directory.supervisor(holder, legal_date(NOW))
    assert above is not None
    for given_, fits in (
        ({"closes": True, "members": {holder: ["lan", "minh"]}, "offices": [above]}, True),
        ({"closes": True, "members": {holder: ["lan"]}, "offices": [above]}, False),
        ({"offices": [holder, above]}, False),
        ({"closes": True}, True),
    ):
        record_ = restriction(file, **given_)
        if fits:
            _check_somebody_can_open(file, [record_], NOW)
            continue
        with pytest.raises(NobodyCouldOpen):
            _check_somebody_can_open(file, [record_], NOW)


# its second signature


def asking(file: CaseFile, **more: Any) -> SigningRecord:
    """The signing of a restriction that an officer of the health authority asks for."""
    one = restriction(file, **more)
    return SigningRecord(
        signing_id="sign_" + "a" * 26,
        case_id=file.case.case_id,
        office=HEALTH,
        actor="author",
        operation=restricting.RESTRICT,
        body=one.model_dump(mode="json"),
        step="RESTRICTED",
        fact_id=one.restriction_id,
        counts=False,
        asked=HEALTH,
        recorded_at=NOW,
        due_at=NOW + timedelta(days=1),
    )


def test_whom_it_shuts_out_is_not_asked_and_does_not_sign() -> None:
    file, today = opened(), legal_date(NOW)
    directory = file.world.directory
    people = People(listed=True, heads=frozenset({"chief"}), others=frozenset({"lan"}))
    against_the_head = asking(file, persons=["chief"])
    assert countersigning.without_shut_out(against_the_head, people).heads == frozenset()
    signers = countersigning.signers_of(directory, against_the_head, today)
    assert signers.asked(countersigning.without_shut_out(against_the_head, people)) == AUTHORITY
    against_the_office_above = countersigning.signers_of(directory, asking(file, offices=[AUTHORITY]), today)
    assert AUTHORITY not in against_the_office_above.offices
    assert countersigning.signers_of(directory, asking(file, persons=["kin"]), today).above == AUTHORITY


def test_a_restriction_needs_a_second_person_whatever_it_says() -> None:
    file = opened()
    for given_ in ({"closes": True}, {"persons": ["kin"]}, {"members": {HEALTH: ["lan"]}}):
        change = Change(restrictions=(restriction(file, **given_),))
        for operation in restricting.OPERATIONS:
            assert countersigning.needs(LIBRARY.four_eyes, file, operation, change)


def test_a_restriction_of_a_closed_case_still_waits_for_its_signature() -> None:
    file = replace(opened(), stored=opened().stored.model_copy(update={"countersignings": (asking(opened()),)}))
    closed = file.state.model_copy(update={"closed": True})
    assert list(countersigning.settled(file, closed, datetime(2026, 11, 22, tzinfo=UTC))) == []


def test_a_digest_is_of_its_case() -> None:
    found = restricting.combined(
        LIBRARY.world.directory, "case_x", [restriction(opened(), persons=["kin"])], TODAY.date()
    )
    assert found is not None
    assert found.persons == (digest_of("case_x", "kin"),)
