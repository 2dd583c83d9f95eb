"""Whose work a line is: nothing is out of sight of everybody, and nobody sees what another one does."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from casework.members.roster import Absence, NamedMember, Roster
from casework.queue.team import WORKING, Team
from contracts.members import Position

OFFICE, DAY = "health_authority/lao-cai", date(2026, 11, 20)
LAN, MINH, HOA, VU = "lan", "minh", "hoa", "vu"
SUBJECTS = (LAN, MINH, HOA, VU)
UNLISTED = Team.of(Roster(office=OFFICE), DAY)


def member(subject: str, position: Position = Position.OFFICER, **days: date | None) -> NamedMember:
    return NamedMember.model_validate({"subject": subject, "name": "Lò Thị Bịa", "position": position, **days})


def away(subject: str, deputy: str | None = None, first: date = DAY, back: date | None = None) -> Absence:
    return Absence(subject=subject, valid_from=first, valid_to=back, deputy=deputy)


def roster(*people: NamedMember | Absence) -> Roster:
    members = tuple(one for one in people if isinstance(one, NamedMember))
    absences = tuple(one for one in people if isinstance(one, Absence))
    return Roster(office=OFFICE, members=members, absences=absences)


def team(*people: NamedMember | Absence) -> Team:
    return Team.of(roster(*people), DAY)


def seen_by(found: Team, assignee: str | None) -> set[str]:
    """For whom of the four it is."""
    return {one for one in SUBJECTS if found.is_for(one, assignee)}


@pytest.mark.parametrize(
    ("people", "assignee", "seen"),
    [
        ((member(LAN), member(MINH)), LAN, {LAN}),
        ((member(LAN), member(MINH)), None, set()),
        ((member(LAN),), None, {LAN}),
        ((member(LAN), member(MINH), away(MINH)), None, {LAN}),
        ((member(LAN), member(MINH), away(LAN, MINH)), LAN, {LAN, MINH}),
        ((member(LAN), member(MINH), member(HOA), away(LAN, MINH), away(MINH)), LAN, set(SUBJECTS)),
        ((member(LAN), member(MINH), away(LAN)), LAN, set(SUBJECTS)),
        ((member(MINH), member(HOA)), LAN, set(SUBJECTS)),
        ((member(LAN, valid_to=DAY), member(MINH), member(HOA)), LAN, set(SUBJECTS)),
        ((member(LAN, valid_to=DAY + timedelta(1)), member(MINH)), LAN, {LAN}),
        ((member(LAN, Position.AUDITOR), member(MINH), member(HOA)), LAN, set(SUBJECTS)),
        ((member(LAN), member(VU, Position.AUDITOR)), None, {LAN}),
        ((member(LAN), member(VU, Position.SYSTEM)), None, {LAN}),
        ((member(VU, Position.SYSTEM),), None, set(SUBJECTS)),
        ((member(LAN), member(VU, Position.AUDITOR), away(LAN, VU)), LAN, set(SUBJECTS)),
        ((member(LAN), member(MINH), away(LAN, MINH, back=DAY)), LAN, {LAN}),
    ],
    ids=[
        "of a member who is there",
        "of nobody, where two are there",
        "of nobody, where one is there",
        "of nobody, where the other one is absent",
        "of an absent member with a deputy",
        "of an absent member whose deputy is absent too",
        "of an absent member without a deputy",
        "of somebody who was never in the list",
        "of a member who left that day",
        "of a member who leaves the day after",
        "of an auditor",
        "of nobody, beside an auditor",
        "of nobody, beside a system",
        "of nobody, where no person is there",
        "of an absent member whose deputy only reads",
        "of a member who is back that day",
    ],
)
def test_for_whom_a_line_is(people: tuple[NamedMember | Absence, ...], assignee: str | None, seen: set[str]) -> None:
    assert seen_by(team(*people), assignee) == seen


def test_without_a_list_what_nobody_has_is_for_everybody_and_the_rest_for_who_has_it() -> None:
    assert seen_by(UNLISTED, None) == set(SUBJECTS)
    assert seen_by(UNLISTED, LAN) == {LAN}
    assert not UNLISTED.is_free(LAN)
    assert UNLISTED.may_give(VU)


def test_who_may_give_work() -> None:
    found = team(member(LAN), member(MINH, Position.DUTY_OFFICER), member(HOA, Position.HEAD), member(VU))
    assert {one for one in SUBJECTS if found.may_give(one)} == {MINH, HOA}
    nobody_there = team(member(LAN), member(HOA, Position.HEAD), member(VU, Position.SYSTEM), away(HOA))
    assert {one for one in SUBJECTS if nobody_there.may_give(one)} == {LAN, HOA}


days = some.dates(DAY - timedelta(3), DAY + timedelta(3))
members_ = some.builds(
    member, some.sampled_from(SUBJECTS), some.sampled_from(Position), valid_from=some.none() | days, valid_to=days
)
absences_ = some.builds(away, some.sampled_from(SUBJECTS), some.none() | some.sampled_from(SUBJECTS), days, days)
rosters = some.builds(
    lambda listed, absences: roster(*{one.subject: one for one in listed}.values(), *absences),
    some.lists(members_, max_size=6),
    some.lists(absences_, max_size=4),
)
teams = some.builds(Team.of, rosters, some.just(DAY))
assignees = some.none() | some.sampled_from([*SUBJECTS, "somebody"])


@given(teams, some.sampled_from([*SUBJECTS, "somebody"]))
def test_what_somebody_has_is_for_somebody_who_is_there(found: Team, assignee: str) -> None:
    there = found.positions.keys() - found.absent.keys()
    if there:
        assert any(found.is_for(one, assignee) for one in there)


@given(teams, assignees)
def test_for_the_only_one_who_is_there_everything_is(found: Team, assignee: str | None) -> None:
    there = found.positions.keys() - found.absent.keys()
    if len(there) == 1:
        assert found.is_for(*there, assignee)


@given(teams, assignees)
def test_what_is_free_is_no_other_ones_work(found: Team, assignee: str | None) -> None:
    if assignee is not None and found.is_free(assignee):
        assert all(found.is_for(one, assignee) for one in SUBJECTS)
        assert assignee not in found.positions.keys() - found.absent.keys()


@given(teams)
def test_where_a_person_is_there_somebody_may_give_work(found: Team) -> None:
    there = found.positions.keys() - found.absent.keys()
    assert not there or any(found.may_give(one) for one in there)
    assert all(position in WORKING for position in found.positions.values())


@given(rosters)
def test_it_says_what_the_list_of_members_says(found: Roster) -> None:
    its = Team.of(found, DAY)
    there = {one.subject for one in found.present(DAY)} & its.positions.keys()
    assert its.positions.keys() - its.absent.keys() == there
    for one in its.absent:
        assert its.carriers(one) == {deputy for deputy in there if one in found.deputised_by(deputy, DAY)}
