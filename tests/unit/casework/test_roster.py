"""The roster of an office: what other services are told of it, when nobody is left, and who deputises."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from casework.members.roster import Absence, NamedMember, Roster
from contracts.members import Position

FIRST = date(2026, 11, 1)
SUBJECTS = ("act_a", "act_b", "act_c", "act_d")
DAYS = st.integers(0, 30).map(lambda number: FIRST + timedelta(number))


@st.composite
def members(draw: st.DrawFn) -> tuple[NamedMember, ...]:
    return tuple(
        NamedMember(
            subject=subject,
            name="Trần Ví Dụ",
            position=draw(st.sampled_from(list(Position))),
            valid_from=draw(st.none() | DAYS),
            valid_to=draw(st.none() | DAYS),
        )
        for subject in draw(st.sets(st.sampled_from(SUBJECTS)).map(sorted))
    )


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    absences = st.builds(
        Absence,
        subject=st.sampled_from(SUBJECTS),
        valid_from=DAYS,
        valid_to=st.none() | DAYS,
        deputy=st.none() | st.sampled_from(SUBJECTS),
    )
    return Roster(office="commune/lao-cai", members=draw(members()), absences=tuple(draw(st.lists(absences))))


@given(rosters(), DAYS, DAYS)
def test_other_services_are_told_enough_and_no_name(roster: Roster, told_on: date, day: date) -> None:
    """From the day of the last change on, they decide as casework would."""
    told = roster.published(told_on)
    assert "Ví Dụ" not in told.model_dump_json()
    if day >= told_on:
        for subject in (*SUBJECTS, "act_stranger"):
            found = told.who(subject, day)
            assert (found.position if found else None) == roster.position(subject, day)


@given(rosters(), DAYS)
def test_nobody_from_is_the_first_day_without_anybody_who_may_act(roster: Roster, day: date) -> None:
    def is_empty(on: date) -> bool:
        return not [one for one in roster.on(on) if one.position not in (Position.AUDITOR, Position.SYSTEM)]

    empty = [on for on in (day + timedelta(number) for number in range(62)) if is_empty(on)]
    assert roster.nobody_from(day) == (empty[0] if empty else None)


@given(rosters(), DAYS)
def test_only_absent_members_are_deputised(roster: Roster, day: date) -> None:
    for deputy in SUBJECTS:
        for subject in roster.deputised_by(deputy, day):
            assert roster.is_absent(subject, day)
            assert roster.position(subject, day) is not None
