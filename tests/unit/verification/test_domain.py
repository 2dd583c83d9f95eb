"""How a file advances."""

from datetime import UTC, datetime, timedelta

import pytest

from verification.domain import Done, Kind, Stage, progress, source_code

AT = datetime(2026, 11, 1, tzinfo=UTC)


def steps(*kinds: str) -> list[Done]:
    """Steps of these kinds; `decision:outcome` names the outcome."""
    return [
        Done(kind.partition(":")[0], "provincial_police/lao-cai", AT, kind.partition(":")[2] or None) for kind in kinds
    ]


@pytest.mark.parametrize(
    ("given", "lane_state", "ended", "stage"),
    [
        ((), None, False, Stage.OPENED),
        ((), "SUPPORT_AGENCY_RECEIVED", False, Stage.OPENED),
        ((), "INITIAL_CHECK_DONE", False, Stage.CHECKED),
        ((), "POLICE_VERIFICATION", False, Stage.REQUESTED),
        ((), "PERSON_DIED", True, Stage.DECIDED),
        (("initial_check",), "AT_COMMUNE", False, Stage.CHECKED),
        (("initial_check", "request"), "INITIAL_CHECK_DONE", False, Stage.REQUESTED),
        (("initial_check", "request", "extension"), "POLICE_VERIFICATION", False, Stage.EXTENDED),
        (("initial_check", "request", "decision:signs_review"), "POLICE_VERIFICATION", False, Stage.SIGNS_REVIEW),
        (("initial_check", "request", "decision:confirmed"), "POLICE_VERIFICATION", False, Stage.DECIDED),
        (
            ("initial_check", "request", "extension", "decision:confirmed", "decision_withdrawn"),
            "POLICE_VERIFICATION_EXTENDED",
            False,
            Stage.EXTENDED,
        ),
        (("initial_check", "request", "extension", "prolongation"), "POLICE_VERIFICATION", False, Stage.PROLONGED),
        (
            ("initial_check", "request", "decision:confirmed", "cancellation"),
            "CERTIFICATE_CANCELLED",
            False,
            Stage.CANCELLED,
        ),
        # casework has not published the cancellation yet
        (("initial_check", "request", "decision:confirmed", "cancellation"), "VICTIM_CONFIRMED", True, Stage.DECIDED),
        # a state that lags behind a new request must not undo it
        (("initial_check", "request", "decision:signs_review", "request"), "SIGNS_REVIEW", False, Stage.REQUESTED),
    ],
)
def test_stage(given: tuple[str, ...], lane_state: str | None, ended: bool, stage: Stage) -> None:
    assert progress(steps(*given), lane_state, lane_ended=ended).stage is stage


def test_a_certificate_moves_nothing() -> None:
    found = progress(steps(Kind.CERTIFICATE), "RESCUED", lane_ended=False)
    assert (found.stage, found.certified) == (Stage.OPENED, True)


def test_a_review_of_the_signs_does_not_undo_an_extension() -> None:
    found = progress(steps("request", "extension", "decision:signs_review"), "SIGNS_REVIEW", lane_ended=False)
    assert (found.stage, found.extended) == (Stage.SIGNS_REVIEW, Stage.EXTENDED)
    recorded_in_the_case = progress(steps(), "POLICE_VERIFICATION_PROLONGED", lane_ended=False)
    assert recorded_in_the_case.extended is Stage.PROLONGED


def test_a_cancelled_certificate_may_be_issued_again() -> None:
    assert not progress(steps("certificate", "cancellation"), "CERTIFICATE_CANCELLED", lane_ended=False).certified


def test_a_request_after_a_cancelled_certificate_may_be_extended_of_its_own() -> None:
    done = steps("initial_check", "request", "extension", "decision:confirmed", "cancellation", "request")
    found = progress(done, "CERTIFICATE_CANCELLED", lane_ended=False)
    assert (found.stage, found.extended) == (Stage.REQUESTED, Stage.OPENED)


@pytest.mark.parametrize("stage", Stage)
def test_what_waits_for_a_decision(stage: Stage) -> None:
    assert stage.waits_for_decision is (
        stage.name in {"REQUESTED", "EXTENDED", "PROLONGED", "SIGNS_REVIEW", "CANCELLED"}
    )


def test_the_letter_of_the_list() -> None:
    assert [source_code(letter) for letter in ("a", "đ", "dd")] == ["a", "dd", "dd"]


def test_a_withdrawal_of_an_earlier_release_has_no_place_in_the_order() -> None:
    decided = steps("initial_check", "request", "decision:confirmed")
    later = Done(Kind.DECISION_WITHDRAWN, "service/casework", AT + timedelta(days=9))
    assert progress([*decided, later], "POLICE_VERIFICATION", lane_ended=False).last == decided[-1]
