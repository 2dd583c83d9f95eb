"""Which steps need a second signature, and who may give it: never the author, and never nobody."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contracts.members import Position
from regulations import PackError, four_eyes
from regulations.four_eyes import ASKS, FourEyes, People, Signers
from regulations.rights import OPERATIONS
from tests.library import LIBRARY

TODAY = date(2026, 11, 20)
DIRECTORY = LIBRARY.world.directory
OFFICES = sorted(
    {
        "commune/lao-cai", "health_authority/lao-cai", "provincial_police/lao-cai", "steering_committee/lao-cai",
        "steering_committee/ha-noi", "consular/ha-noi", "mission/thailand", "facility/lao-cai", "admin/ha-noi",
        "labour_authority/lao-cai",
    }
)  # fmt: skip
SUBJECTS = ("author", "p1", "p2", "p3")


def test_the_file_names_operations_that_there_are_and_what_both_packs_have() -> None:
    found = LIBRARY.four_eyes
    assert {one.operation for one in found.step} == set(ASKS) <= set(OPERATIONS)
    assert {one.law for one in found.step if one.law is not None} <= set(LIBRARY.packs())
    for pack in LIBRARY.packs().values():
        assert list(four_eyes.four_eyes_mistakes(found, pack)) == []


def test_every_step_that_cancels_a_certificate_needs_the_second_signature() -> None:
    for pack in LIBRARY.packs().values():
        for lane in pack.lanes.values():
            for state in lane.states:
                if state.cancels:
                    said = {"lane": lane.code, "state": state.code}
                    assert LIBRARY.four_eyes.needs("casework.record_fact", **said)


def test_a_row_for_one_law_is_no_mistake_in_another() -> None:
    row = {"operation": "casework.record_fact", "if": {"lane": "shelter", "state": "NOWHERE"}, "why": "because"}
    found = FourEyes.model_validate({"answer_hours": 24, "step": [{**row, "law": "law-66-2011"}]})
    mistakes = {pack.id: len(list(four_eyes.four_eyes_mistakes(found, pack))) for pack in LIBRARY.packs().values()}
    assert mistakes == {"law-53-2024": 0, "law-66-2011": 1}


@pytest.mark.parametrize(
    "step",
    [
        {"operation": "casework.open_vault", "why": "because"},
        {"operation": "casework.close_case", "why": "because"},
        {"operation": "casework.close_case", "if": {"ends_duties": True, "lane": "crime"}, "why": "because"},
        {"operation": "casework.correct_fact", "if": {"withdraws": "hero"}, "why": "because"},
        {"operation": "notify.register_webhook", "why": ""},
    ],
)
def test_a_wrong_row_is_refused(step: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(four_eyes, "read", lambda _: {"answer_hours": 24, "step": [step]})
    with pytest.raises(PackError, match="four_eyes"):
        four_eyes.load_four_eyes()


def test_a_row_that_no_pack_can_meet_is_a_mistake() -> None:
    rows = [
        {"operation": "casework.record_fact", "if": {"lane": "shelter", "state": "NOWHERE"}, "why": "because"},
        {"operation": "casework.correct_fact", "if": {"withdraws": "closed"}, "why": "because"},
    ]
    found = FourEyes.model_validate({"answer_hours": 24, "step": rows})
    for pack in LIBRARY.packs().values():
        assert len(list(four_eyes.four_eyes_mistakes(found, pack))) == 2


# who may sign

people = st.builds(
    lambda positions: People(
        listed=bool(positions),
        heads=frozenset(who for who, word in positions.items() if word == Position.HEAD),
        others=frozenset(who for who, word in positions.items() if word not in (Position.HEAD, Position.AUDITOR)),
    ),
    st.dictionaries(st.sampled_from(SUBJECTS), st.sampled_from(list(Position)), max_size=4),
)


@given(
    st.sampled_from(OFFICES),
    st.sampled_from(OFFICES),
    st.sampled_from(SUBJECTS),
    st.sampled_from(["", *Position]),
    people,
)
def test_the_author_an_auditor_and_a_stranger_never_sign(
    office: str, by: str, subject: str, position: str, there: People
) -> None:
    signers = Signers.of(DIRECTORY, office, "author", TODAY)
    if signers.may_sign(by, subject, position, there):
        assert subject != "author"
        assert position != Position.AUDITOR
        own = DIRECTORY.living(office, TODAY) or office
        assert by in (
            own,
            DIRECTORY.supervisor(own, TODAY),
            DIRECTORY.coordinating(DIRECTORY.place_of(own) or "vn", TODAY),
        )


@given(st.sampled_from(OFFICES), people, st.booleans())
def test_somebody_of_the_office_that_is_asked_may_sign(office: str, own: People, above_is_listed: bool) -> None:
    """Of an office without a list anybody else may come. Only the highest office may have to name another member."""
    signers = Signers.of(DIRECTORY, office, "author", TODAY)
    asked = signers.asked(own)
    assert DIRECTORY.living(asked, TODAY) == asked
    there = (
        own if asked == signers.own else People(above_is_listed, heads=frozenset({"chair"} if above_is_listed else ()))
    )
    alone = asked == signers.own and own.listed and not (own.heads | own.others) - {"author"}
    assume(not alone)
    named = {*there.heads, *there.others, *(() if there.listed else ("anybody",))} - {"author"}
    assert any(signers.may_sign(asked, subject, "", there) for subject in named)
    if alone:
        assert signers.above is None


def test_the_office_itself_is_asked_while_another_head_is_there() -> None:
    signers = Signers.of(DIRECTORY, "health_authority/lao-cai", "author", TODAY)
    two = People(True, frozenset({"author", "p1"}))
    assert signers.asked(two) == "health_authority/lao-cai"
    for alone in (People(), People(True, frozenset({"author"}), frozenset({"p1"}))):
        assert signers.asked(alone) == "steering_committee/lao-cai"
    assert not signers.may_sign("health_authority/lao-cai", "p1", Position.OFFICER, People(True, frozenset({"author"})))


def test_where_no_office_is_above_another_person_signs_or_the_coordinating_authority() -> None:
    signers = Signers.of(DIRECTORY, "admin/ha-noi", "author", TODAY)
    assert (signers.above, signers.asked(People())) == (None, "admin/ha-noi")
    assert signers.asked(People(True, frozenset({"author"}))) == "steering_committee/ha-noi"
    assert signers.may_sign("admin/ha-noi", "p1", Position.OFFICER, People(True, frozenset({"author"})))


def test_the_office_above_a_dissolved_one_is_that_of_its_successor() -> None:
    signers = Signers.of(DIRECTORY, "labour_authority/lao-cai", "author", TODAY)
    assert (signers.own, signers.above) == ("health_authority/lao-cai", "steering_committee/lao-cai")
