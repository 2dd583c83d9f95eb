"""A restricted case: who is shut out can do nothing in it, and a closed case is never without anybody (ADR 0040)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casefile.start import decision
from contracts.codes import Role
from contracts.members import Position
from contracts.problems import NotFound
from contracts.standing import LaneStanding, OpenedCase, Restriction, Standing
from kit.auth import Principal
from kit.clock import FixedClock
from regulations.restricted import BLIND, Person, admits, digest_of, is_shut_out, leaves_nobody
from regulations.rights import OPERATIONS
from tests.library import RIGHTS
from tests.unit.regulations.test_rights import SITUATIONS, standing_of

SALT = "case_" + "a" * 26
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
HEALTH, POLICE, COMMUNE = "health_authority/lao-cai", "provincial_police/lao-cai", "commune/lao-cai"
ABOVE = "steering_committee/lao-cai"
POSITIONS = st.sampled_from(["", *(str(one) for one in Position)])
SUBJECTS = st.sampled_from(("lan", "minh", "hoa"))
ALL = sorted(OPERATIONS)
BUDGET = settings(max_examples=400, deadline=None)


def restriction(**given: object) -> Restriction:
    """A restriction that names persons by their subjects."""
    named = {
        office: [digest_of(SALT, one) for one in found] for office, found in dict(given.pop("members", {})).items()
    }  # pyright: ignore[reportArgumentType, reportCallIssue, reportUnknownVariableType]
    persons = [digest_of(SALT, one) for one in given.pop("persons", ())]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType, reportArgumentType]
    return Restriction.model_validate({"salt": SALT, "members": named, "persons": persons, **given})


def held(found: Restriction | None, **more: object) -> Standing:
    """A case that the health authority of Lào Cai holds."""
    lane = LaneStanding(state="SUPPORT_AGENCY_RECEIVED", holder=HEALTH, place="lao-cai", acting=(POLICE,))
    usual = {"reporter": COMMUNE, "lanes": {"identification": lane}, "supervisors": (ABOVE,), "restriction": found}
    return Standing.model_validate({**usual, "regime_procedure": "law-53-2024", "route": "self_report", **more})


def opened_by(office: str, *subjects: str) -> OpenedCase:
    """A break-glass of these persons that is open at `NOW`."""
    glass = "glass_" + "a" * 26
    persons = tuple(digest_of(glass, one) for one in subjects)
    until = NOW + timedelta(minutes=30)
    return OpenedCase(
        break_glass_id=glass, office=office, persons=persons, since=NOW, until=until, reviewer=office, reasons=()
    )


# who is shut out


@BUDGET
@given(
    st.sampled_from(sorted(Role)),
    st.sampled_from(SITUATIONS),
    st.sampled_from(ALL),
    POSITIONS,
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_who_is_shut_out_can_do_nothing_in_any_operation_and_any_state_of_the_case(
    role: str, situation: str, operation: str, position: str, closed: bool, by_office: bool, opened: bool
) -> None:
    """Also if the person was named, holds the case, heads the office, or has broken the glass before."""
    office, person = f"{role}/lao-cai", Person("lan", position)
    found = restriction(
        closed=closed,
        members={office: ["lan"]},
        offices=[office] if by_office else [],
        persons=[] if by_office else ["lan"],
    )
    standing = standing_of(office, situation).model_copy(
        update={"restriction": found, "opened": (opened_by(office, "lan", "minh"),) if opened else ()}
    )
    assert RIGHTS.decide(office, operation, standing, person=person, at=NOW) is False


@BUDGET
@given(st.sampled_from(sorted(Role)), st.sampled_from(SITUATIONS), st.sampled_from(ALL), SUBJECTS, POSITIONS)
def test_a_restriction_never_gives_anything(
    role: str, situation: str, operation: str, subject: str, position: str
) -> None:
    office, person = f"{role}/lao-cai", Person(subject, position)
    before = standing_of(office, situation)
    found = restriction(closed=True, members={office: ["lan", "minh"]})
    after = before.model_copy(update={"restriction": found})
    if RIGHTS.decide(office, operation, after, person=person, at=NOW):
        assert RIGHTS.decide(office, operation, before, person=person, at=NOW)


@BUDGET
@given(st.sampled_from(sorted(Role)), st.sampled_from(SITUATIONS), st.sampled_from(ALL), SUBJECTS, POSITIONS)
def test_a_case_without_restriction_is_as_before(
    role: str, situation: str, operation: str, subject: str, position: str
) -> None:
    office, standing = f"{role}/lao-cai", standing_of(f"{role}/lao-cai", situation)
    with_person = RIGHTS.decide(office, operation, standing, person=Person(subject, position), at=NOW)
    assert with_person is RIGHTS.decide(office, operation, standing)


def test_a_standing_of_the_release_before_has_no_restriction() -> None:
    told = held(None).model_dump(mode="json", exclude={"restriction", "opened"})
    standing = Standing.model_validate(told)
    assert (standing.restriction, standing.opened) == (None, ())
    assert RIGHTS.decide(HEALTH, "casework.get_case", standing, person=Person("lan"))


def test_a_person_is_shut_out_in_every_office_and_another_case_names_her_otherwise() -> None:
    found = restriction(persons=["lan"])
    for office in (HEALTH, POLICE, ABOVE):
        assert is_shut_out(found, office, Person("lan"))
        assert not is_shut_out(found, office, Person("minh"))
    assert digest_of(SALT, "lan") != digest_of("case_" + "b" * 26, "lan")
    assert "lan" not in found.model_dump_json()


def test_casework_itself_goes_on_for_an_office_of_a_closed_case_and_not_for_one_that_is_shut_out() -> None:
    assert RIGHTS.decide(HEALTH, "casework.close_case", held(restriction(closed=True, members={HEALTH: ["lan"]})))
    assert not RIGHTS.decide(HEALTH, "casework.close_case", held(restriction(offices=[HEALTH])))


# a closed case


@pytest.mark.parametrize(
    ("office", "subject", "position", "may"),
    [
        (HEALTH, "lan", "officer", True),
        (HEALTH, "minh", "officer", False),
        (HEALTH, "head", "head", False),  # the office named somebody, and not its head
        (HEALTH, "machine", "system", False),
        (HEALTH, "named-machine", "system", True),
        (POLICE, "head", "head", True),  # nobody of this office was named
        (POLICE, "officer", "officer", False),
        (POLICE, "officer", "", False),  # nobody states positions there, and it need not act
        (ABOVE, "head", "head", True),
        (ABOVE, "anybody", "", True),  # it supervises, and nobody states its positions
        (ABOVE, "clerk", "officer", False),
        (COMMUNE, "anybody", "", False),
        ("commune/sa-pa", "anybody", "", False),
    ],
)
def test_a_closed_case_admits_who_was_named_or_heads_an_office_that_named_nobody(
    office: str, subject: str, position: str, may: bool
) -> None:
    standing = held(restriction(closed=True, members={HEALTH: ["lan", "named-machine"]}))
    assert admits(standing, office, Person(subject, position), "casework.get_case") is may


def test_who_is_asked_to_take_a_closed_case_over_can_answer_and_then_has_somebody_who_sees_it() -> None:
    asked = "health_authority/ha-noi"
    standing = held(restriction(closed=True, members={HEALTH: ["lan", "minh"]}), proposed=(asked,))
    for position in ("", "officer", "duty_officer", "head"):
        assert RIGHTS.decide(asked, "casework.answer_handover", standing, person=Person("duty", position))
    assert not RIGHTS.decide(asked, "casework.get_case", standing, person=Person("duty", "officer"))
    lane = standing.lanes["identification"].model_copy(update={"holder": asked})
    taken = standing.model_copy(update={"lanes": {"identification": lane}, "proposed": ()})
    assert RIGHTS.decide(asked, "casework.get_case", taken, person=Person("head", "head"))
    assert RIGHTS.decide(asked, "casework.get_case", taken, person=Person("anybody", ""))
    assert not RIGHTS.decide(asked, "casework.get_case", taken, person=Person("clerk", "officer"))


def test_what_goes_on_blind_shows_nothing_of_the_case() -> None:
    assert OPERATIONS.keys() >= BLIND
    reading = {"get", "list", "read", "find", "explain", "count"}
    assert not {one for one in BLIND if one.split(".")[1].split("_")[0] in reading} - {"casework.get_break_glass"}


# somebody can always open it


@pytest.mark.parametrize(
    ("found", "above", "nobody"),
    [
        (restriction(closed=True, members={HEALTH: ["lan", "minh"]}), None, False),
        (restriction(closed=True, members={HEALTH: ["lan"]}), None, True),
        (restriction(closed=True), None, True),
        (restriction(closed=True, members={HEALTH: ["lan", "minh"]}, persons=["minh"]), None, True),
        (restriction(closed=True, members={HEALTH: ["lan"]}), ABOVE, False),
        (restriction(closed=True, members={HEALTH: ["lan"]}, offices=[ABOVE]), ABOVE, True),
        (restriction(closed=True, members={HEALTH: ["lan", "minh"]}, offices=[ABOVE]), ABOVE, False),
        (restriction(offices=[HEALTH]), ABOVE, False),
        (restriction(offices=[HEALTH]), None, True),
        (restriction(offices=[HEALTH, ABOVE]), ABOVE, True),
        (restriction(persons=["lan"]), None, False),
    ],
)
def test_a_restriction_never_leaves_nobody(found: Restriction, above: str | None, nobody: bool) -> None:
    assert leaves_nobody(found, HEALTH, above) is nobody


# the answer at the edge


def test_who_is_kept_out_gets_the_answer_of_a_case_that_does_not_exist() -> None:
    decide = decision(RIGHTS, FixedClock(NOW).now)
    standing = held(restriction(closed=True, members={HEALTH: ["lan", "minh"]}, persons=["minh"]))
    assert decide(Principal(HEALTH, "health_authority", "lan"), "casework.get_case", standing)
    for subject in ("minh", "hoa"):
        with pytest.raises(NotFound):
            decide(Principal(HEALTH, "health_authority", subject), "casework.get_case", standing)
    with pytest.raises(NotFound):  # he has no right as a commune either; the answer must not tell one from the other
        decide(Principal(COMMUNE, "commune", "minh"), "casework.acknowledge", standing)
    assert not decide(Principal(HEALTH, "health_authority", "lan"), "casework.delete_everything", standing)
