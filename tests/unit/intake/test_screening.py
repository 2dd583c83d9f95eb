"""The screening list: its data are whole, and its levels can only rise with what is answered yes."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from intake.schemas import ScreeningIn
from intake.screening import LEVELS, load_list

LIST = load_list()
CODES = sorted(LIST.codes())
ANSWERS = st.dictionaries(st.sampled_from(CODES), st.sampled_from(["yes", "no", "unknown"]))


def test_the_data_are_whole() -> None:
    assert len(CODES) == len(LIST.questions)
    assert {question.group for question in LIST.questions} == {group.code for group in LIST.groups}
    for pattern in LIST.patterns:
        assert pattern.all | pattern.any <= LIST.codes()
        assert pattern.all
    assert list(LIST.levels.values()) == sorted(LIST.levels.values())
    assert all(text.vi and text.en for text in (*LIST.questions, *LIST.groups))


@pytest.mark.parametrize(
    ("yes", "level", "reason"),
    [
        ((), "none", None),
        (("promised_easy_work",), "low", "promised_easy_work"),
        (("unable_to_speak_yet",), "low", "talk_again_later"),
        (("documents_held_by_others", "threatened"), "elevated", "threatened"),
        (("money_changed_hands",), "elevated", "traded"),
        (("under_18", "forced_labour"), "high", "minor_exploited"),
        (("locked_or_watched", "forced_begging"), "high", "held_for_exploitation"),
    ],
)
def test_levels_with_their_reasons(yes: tuple[str, ...], level: str, reason: str | None) -> None:
    found, reasons = LIST.assess(dict.fromkeys(yes, "yes"))
    assert found == level
    assert (reason in reasons) if reason else reasons == []


@given(ANSWERS, st.sampled_from(CODES))
def test_one_more_yes_never_lowers_the_level(
    answers: dict[str, Literal["yes", "no", "unknown"]], question: str
) -> None:
    before, _ = LIST.assess(answers)
    after, reasons = LIST.assess(answers | {question: "yes"})
    assert LEVELS.index(after) >= LEVELS.index(before)
    assert len(reasons) == len(set(reasons))


@given(ANSWERS)
def test_no_and_unknown_and_silence_are_alike(answers: dict[str, Literal["yes", "no", "unknown"]]) -> None:
    only_yes = {question: answer for question, answer in answers.items() if answer == "yes"}
    assert LIST.assess(answers) == LIST.assess(only_yes)


@given(ANSWERS)
def test_a_level_above_none_has_reasons(answers: dict[str, Literal["yes", "no", "unknown"]]) -> None:
    level, reasons = LIST.assess(answers)
    assert bool(reasons) is (level != "none")


@pytest.mark.parametrize("answers", [{}, [], "yes", {"no_such_question": "yes"}, {"threatened": "maybe"}, None])
def test_other_answers_are_invalid(answers: object) -> None:
    with pytest.raises(ValidationError):
        ScreeningIn.model_validate({"answers": answers, "occurred_at": "2026-11-20T09:00:00+07:00"})
