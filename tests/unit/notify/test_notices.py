"""Which office gets which notice when a case changes or a wait fires."""

from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from contracts.events.casework import AmendmentApplied, AttentionRaised, CaseChanged
from contracts.ids import new_id
from contracts.limits import LimitReached
from contracts.standing import LaneStanding, Standing
from notify.domain.notices import NoticeKind, of_amendment, of_attention, of_change, of_limit
from notify.domain.wording import KINDS_VI, email_text, is_news
from regulations.model import Confidence
from regulations.words import SURE_VI
from tests.library import RIGHTS

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
COMMUNE, POLICE, HEALTH = "commune/lao-cai", "provincial_police/lao-cai", "health_authority/lao-cai"
AWAY, COMMITTEE = "health_authority/tay-ninh", "steering_committee/lao-cai"


def standing(lanes: dict[str, str | None], **given: Any) -> Standing:
    """A case reported by the commune; lane → holder."""
    made = {lane: LaneStanding(state="S", holder=holder, place="lao-cai") for lane, holder in lanes.items()}
    usual: dict[str, Any] = {"reporter": COMMUNE, "regime_procedure": "law-53-2024", "route": "self_report"}
    return Standing.model_validate({**usual, "lanes": made, **given})


def notices_of(now: Standing, before: Standing | None = None, version: int = 2) -> list[tuple[str, str, str | None]]:
    """(office, kind, lane) of the notices that a change makes."""
    event = CaseChanged(case_id=new_id("case"), case_version=version, standing=now)
    return [(one.office, one.kind, one.lane) for one in of_change(RIGHTS, event, before, NOW)]


def test_an_office_that_gets_a_lane_has_new_work() -> None:
    before = standing({"identification": COMMUNE, "crime": POLICE})
    after = standing({"identification": HEALTH, "crime": POLICE, "support:medical": HEALTH, "return": None})
    assert notices_of(after, before) == [
        (HEALTH, "new_work", "identification"),
        (HEALTH, "new_work", "support:medical"),
    ]
    assert notices_of(after, after) == []


def test_the_office_that_opens_a_case_gets_no_notice_of_what_it_knows() -> None:
    opened = standing({"identification": COMMUNE, "crime": POLICE})
    assert notices_of(opened, version=1) == [(POLICE, "new_work", "crime")]
    assert notices_of(opened, version=2) == [(COMMUNE, "new_work", "identification"), (POLICE, "new_work", "crime")]


def test_a_closed_case_is_no_work() -> None:
    assert (
        notices_of(standing({"identification": HEALTH}, status="closed"), standing({"identification": COMMUNE})) == []
    )


def test_a_lane_that_goes_on_in_a_closed_case_is_work_for_its_new_holder() -> None:
    before = standing({"identification": HEALTH, "crime": COMMUNE}, status="closed")
    after = standing({"identification": HEALTH, "crime": POLICE}, status="closed")
    assert notices_of(after, before) == [(POLICE, "new_work", "crime")]


def test_a_step_before_the_closing_that_came_after_it_is_no_new_work() -> None:
    before = standing({"identification": HEALTH, "crime": COMMUNE}, status="closed")
    after = standing({"identification": POLICE, "crime": COMMUNE}, status="closed")
    assert notices_of(after, before) == []


def test_an_office_that_is_asked_gets_one_notice_without_the_case() -> None:
    before, asked = standing({"identification": HEALTH}), standing({"identification": HEALTH}, proposed=(AWAY,))
    assert notices_of(asked, before) == [(AWAY, "handover", None)]
    assert notices_of(asked, asked) == []
    event = CaseChanged(case_id=new_id("case"), case_version=3, standing=asked)
    assert [one.case_shown for one in of_change(RIGHTS, event, before, NOW)] == [False]
    again = event.model_copy(update={"standing": standing({"identification": HEALTH}, proposed=(COMMUNE,))})
    assert [one.case_shown for one in of_change(RIGHTS, again, before, NOW)] == [True], "the reporter knows the case"


@pytest.mark.parametrize(
    ("kind", "office", "shown"),
    [("answer", AWAY, False), ("answer", HEALTH, True), ("warning", HEALTH, True), ("escalation", AWAY, True)],
)
def test_a_wait_notifies_its_office(kind: Any, office: str, shown: bool) -> None:
    event = AttentionRaised(
        case_id=new_id("case"),
        kind=kind,
        office=office,
        lane="identification",
        rule="B-SELF-04",
        wait_id="wait-1",
        stage="warn",
        due_at=NOW,
        raised_at=NOW,
    )
    one = of_attention(RIGHTS, event, standing({"identification": HEALTH}, proposed=(AWAY,)))
    assert (one.office, one.kind, one.case_shown, one.cause) == (office, kind, shown, "wait:wait-1:warn")
    assert of_attention(RIGHTS, event, None).case_shown is (kind != "answer")


def test_a_notice_of_an_amendment_says_how_many_dates_moved_and_names_no_case() -> None:
    event = AmendmentApplied(amendment_id=new_id("amd"), office=HEALTH, moved=7, cases=5, applied_at=NOW)
    one = of_amendment(event)
    assert (one.office, one.kind, one.count, one.amendment_id) == (HEALTH, "dates_moved", 7, event.amendment_id)
    assert not one.case_shown
    text = email_text(None, "dates_moved")
    assert "your cases" in text
    assert "việc hoặc thời hạn" in text, "an office may have ended, and no due date moved"
    assert "work came to you or due dates moved" in text


@pytest.mark.parametrize(("above", "told"), [(COMMITTEE, [COMMITTEE, HEALTH]), (HEALTH, [HEALTH]), (None, [HEALTH])])
def test_an_unusual_use_is_told_above_and_in_the_office_itself(above: str | None, told: list[str]) -> None:
    event = LimitReached(
        limit_id=new_id("limit"),
        service="vault",
        office=HEALTH,
        actor="s-1",
        who="person",
        kind="identity_reads",
        amount=120,
        seconds=3600,
        reached_at=NOW,
    )
    made = of_limit(event, above)
    assert [one.office for one in made] == told
    for one in made:
        assert (one.kind, one.case_shown, one.case_id) == ("unusual_use", False, event.limit_id)
        assert (one.about_office, one.person, one.unusual, one.count) == (HEALTH, "s-1", "identity_reads", 120)
    text = email_text(None, "unusual_use")
    assert "vượt giới hạn" in text
    assert "reached a limit" in text


def test_every_kind_of_attention_has_a_name_and_words() -> None:
    kinds = set(get_args(NoticeKind))
    own = {"new_work", "handover", "dates_moved", "unusual_use"}
    assert kinds == {*own, *get_args(AttentionRaised.model_fields["kind"].annotation)}
    assert kinds == set(KINDS_VI)


def test_an_email_says_that_there_is_work_and_nothing_else() -> None:
    text = email_text("case_" + "a" * 26, "warning")
    assert "bạn có việc cần xử lý ở hồ sơ case_a".casefold() in text.casefold()
    assert "you have work on case case_a" in text.casefold()
    assert "case_" not in email_text(None, "handover")


def test_an_email_says_how_sure_the_limit_is_where_it_is_not_verified_text() -> None:
    text = email_text("case_" + "a" * 26, "breach", "as enacted, amended wording not seen")
    assert "đã quá hạn (theo bản khi ban hành, chưa xem được nội dung sửa đổi)" in text
    assert "breach (as enacted, amended wording not seen)" in text
    assert set(SURE_VI) == set(get_args(Confidence))


def test_an_email_about_a_receiver_that_ended_names_no_substitute() -> None:
    text = email_text("case_" + "a" * 26, "no_receiver")
    assert "không có cơ quan kế thừa" in text
    assert "the office that you asked has ended, and no office follows it" in text


def test_a_result_is_shown_in_the_webhook_and_not_in_the_email() -> None:
    case_id = new_id("case")
    event = AttentionRaised(
        case_id=case_id,
        kind="outcome",
        office=COMMUNE,
        lane="identification",
        wait_id="report:v7:identified",
        stage="outcome",
        raised_at=NOW,
        result="identified",
    )
    one = of_attention(RIGHTS, event, None)
    assert (one.result, one.case_shown) == ("identified", True)
    text = email_text(case_id, "outcome", None, "identified")
    assert "what your office reported has a new result" in text
    assert "identified" not in text
    assert is_news("outcome", "identified")
    assert not is_news("outcome", None)
    assert "was received" in email_text(case_id, "received")
