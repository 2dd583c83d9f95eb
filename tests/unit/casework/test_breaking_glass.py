"""Break-glass: never without a second person, its review is never dropped, and every holder is told (ADR 0039)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.domain import breaking_glass as domain
from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import consequences_of
from casework.domain.records import BreakGlassRecord
from casework.errors import BreakGlassEnded
from contracts.problems import SamePerson
from regulations.legal_time import legal_date
from regulations.restricted import Person
from tests.library import RIGHTS
from tests.unit.casework.test_consequences import COMMUNE, HEALTH, NOW, walked, written
from tests.unit.casework.test_restricting import restriction

CLINIC, REVIEWER = "facility/ha-noi", "health_authority/ha-noi"
MINUTES = timedelta(minutes=30)
STEPS = (
    (COMMUNE, "AT_COMMUNE", "2026-11-16T10:00:00+07:00"),
    (COMMUNE, "SUPPORT_AGENCY_NOTIFIED", "2026-11-16T11:00:00+07:00"),
    (HEALTH, "SUPPORT_AGENCY_RECEIVED", "2026-11-16T12:00:00+07:00"),
)


def asked(file: CaseFile, **more: Any) -> BreakGlassRecord:
    """A break-glass that a doctor of a clinic elsewhere asks for."""
    usual = {"break_glass_id": "glass_" + "a" * 26, "case_id": file.case.case_id, "office": CLINIC, "actor": "asker"}
    usual |= {"documents": ["text_" + "a" * 26], "recorded_at": NOW, "confirm_by": NOW + MINUTES}
    return BreakGlassRecord.model_validate({**usual, **more})


def reads(file: CaseFile, subject: str, at: datetime) -> bool:
    assert file.stored.standing is not None
    return RIGHTS.decide(CLINIC, "vault.read_identity", file.stored.standing, person=Person(subject), at=at)


TRIES = st.lists(
    st.tuples(
        st.sampled_from(("confirm", "review", "wait")),
        st.sampled_from(("asker", "second", "third", "chair")),
        st.integers(0, 50),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(TRIES)
def test_nobody_ever_reads_without_a_second_person_or_after_its_instant(tries: list[tuple[str, str, int]]) -> None:
    """Whatever is tried in whatever order: to confirm, to review, to wait."""
    file = walked(*STEPS)
    one, now = asked(file), NOW
    for what, who, minutes in tries:
        now += timedelta(minutes=minutes)
        try:
            if what == "confirm":
                one = domain.confirmed(file, one, who, now)
            elif what == "review":
                one = domain.reviewed(one, REVIEWER, who, "justified", [], now)
        except (SamePerson, BreakGlassEnded):
            pass
        stored = written(consequences_of(file, Change(break_glass=(one,)), now))
        confirmed_at = one.confirmed_at
        for subject in ("asker", "second", "third", "chair"):
            if reads(stored, subject, now):
                assert confirmed_at is not None
                assert one.confirmed_actor not in (None, "asker")
                assert subject in ("asker", one.confirmed_actor)
                assert confirmed_at <= now < confirmed_at + MINUTES
                assert one.reviewed_at is None
        waiting = [row for row in stored.stored.work.values() if row["kind"] == "review"]
        assert bool(waiting) is (confirmed_at is not None and one.reviewed_at is None)


def test_the_author_does_not_confirm_and_an_ask_lapses() -> None:
    file = walked(*STEPS)
    with pytest.raises(SamePerson):
        domain.confirmed(file, asked(file), "asker", NOW)
    with pytest.raises(BreakGlassEnded) as late:
        domain.confirmed(file, asked(file), "second", NOW + MINUTES)
    assert late.value.extra["state"] == "lapsed"
    opened = domain.confirmed(file, asked(file), "second", NOW)
    with pytest.raises(BreakGlassEnded):
        domain.confirmed(file, opened, "third", NOW)
    assert opened.until == NOW + MINUTES
    assert [domain.state_of(opened, NOW + at * MINUTES) for at in (0, 1)] == ["open", "over"]


def test_the_two_do_not_review_themselves_and_a_review_ends_it() -> None:
    file = walked(*STEPS)
    opened = domain.confirmed(file, asked(file), "second", NOW)
    for who in ("asker", "second"):
        with pytest.raises(SamePerson):
            domain.reviewed(opened, REVIEWER, who, "justified", [], NOW)
    with pytest.raises(BreakGlassEnded):
        domain.reviewed(asked(file), REVIEWER, "chair", "abuse", [], NOW)
    ended = domain.reviewed(opened, REVIEWER, "chair", "abuse", ["text_b"], NOW)
    assert ended.documents == ["text_" + "a" * 26, "text_b"]
    assert not reads(written(consequences_of(file, Change(break_glass=(ended,)), NOW)), "asker", NOW)


def test_every_holder_and_who_supervises_and_who_reviews_is_told_without_a_protective_lane() -> None:
    file = walked(*STEPS)
    told = list(domain.notices(file, domain.confirmed(file, asked(file), "second", NOW), NOW))
    assert {(one.kind, one.office) for one in told} >= {
        (domain.TOLD, HEALTH),
        (domain.TOLD, "steering_committee/lao-cai"),
        (domain.TO_REVIEW, REVIEWER),
    }
    assert {one.lane for one in told} == {"identification"}
    assert len({(one.kind, one.office) for one in told}) == len(told)


def test_who_is_shut_out_neither_reviews_nor_is_told() -> None:
    file = walked(*STEPS)
    out = [REVIEWER, "steering_committee/lao-cai"]
    file = written(consequences_of(file, Change(restrictions=(restriction(file, offices=out),)), NOW))
    opened = domain.confirmed(file, asked(file), "second", NOW)
    assert opened.reviewer not in (*out, CLINIC, None)
    assert not {one.office for one in domain.notices(file, opened, NOW)} & set(out)


def test_a_reviewer_that_is_shut_out_later_is_replaced() -> None:
    file = walked(*STEPS)
    file = written(
        consequences_of(file, Change(break_glass=(domain.confirmed(file, asked(file), "second", NOW),)), NOW)
    )
    file = written(consequences_of(file, Change(restrictions=(restriction(file, offices=[REVIEWER]),)), NOW))
    [line] = [row for row in file.stored.work.values() if row["kind"] == "review"]
    assert line["office"] != REVIEWER
    assert file.stored.standing is not None
    assert file.stored.standing.opened[0].reviewer == line["office"]


def test_minutes_are_a_number_of_the_place_of_the_office() -> None:
    file = walked(*STEPS)
    assert domain.minutes(file, CLINIC, legal_date(NOW)) == MINUTES


def test_an_ask_opens_nothing() -> None:
    file = walked(*STEPS)
    stored = written(consequences_of(file, Change(break_glass=(asked(file),)), NOW))
    assert not reads(stored, "asker", NOW)
    assert stored.stored.standing is not None
    assert stored.stored.standing.opened == ()
