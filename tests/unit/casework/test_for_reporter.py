"""What who reported a case is told: that it was received, and what became of it. Never a later office or place."""

from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from casework.domain import records
from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import consequences_of
from casework.domain.for_reporter import ENDINGS
from contracts.events.casework import AttentionRaised, CaseChanged
from contracts.ids import new_id
from contracts.problems import Problem
from contracts.standing import Standing
from notify.channels import Message
from notify.channels.webhook import body_of
from notify.domain import notices
from notify.domain.notices import NewNotice
from notify.domain.wording import email_text
from notify.models import Notice
from notify.service.inbox import _view  # pyright: ignore[reportPrivateUsage]
from regulations import Fact
from regulations.case import AS_NAMED, PLACE
from regulations.legal_time import legal_date
from regulations.rights import INSIDE
from regulations.sights import looks
from tests.library import LIBRARY, RIGHTS
from tests.unit.casework.test_consequences import COMMUNE, GUARD, HEALTH, NOW, fact, opened, written
from tests.unit.casework.test_nothing_is_dropped import BUDGET, Case, disturb, record, stored
from tests.unit.casework.test_nothing_is_dropped import opened as opened_of
from tests.unit.regulations.test_properties import Walk, walks

POLICE, HOTLINE, AWAY = "provincial_police/lao-cai", "hotline_111/ha-noi", "health_authority/ha-noi"
DIRECTORY = LIBRARY.world.directory
TITLES = LIBRARY.titles
FAR = ["health_authority/ha-noi", "provincial_police/ha-noi", "commune/lao-cai", "health_authority/tay-ninh"]
FAR += ["border_guard/moc-bai", "facility/lao-cai", "mission/cambodia"]
"""Offices to which a generated case is handed over. None serves the place where it was reported."""
Told = list[tuple[str, str, str | None]]


def told(file: CaseFile, change: Change) -> tuple[CaseFile, Told]:
    """The file after a change; (office, kind, result) of what is told of the report and of endings."""
    after = consequences_of(file, change, NOW)
    kinds = {"received", *ENDINGS}
    return written(after), [(one.office, one.kind, one.result) for one in after.notices if one.kind in kinds]


def step(file: CaseFile, office: str, state: str, hour: int, **more: Any) -> Change:
    return fact(file, office, state, f"2026-11-17T{hour:02}:00:00+07:00", **more)


def begun(reporter: str = COMMUNE, **more: Any) -> tuple[CaseFile, Told]:
    return told(opened(reporter=reporter, reporter_known=False, **more), Change())


def handed_away(file: CaseFile) -> CaseFile:
    """The file after the health authority of another province accepted the lane that carries the case."""
    state = file.state.lanes["identification"]
    given = step(file, AWAY, "", 11, kind="handover", attributes={PLACE: DIRECTORY.place_of(AWAY)}, fact_id="fact_away")
    change = replace(given, handovers=(accepted(file, AWAY, state.holder or HEALTH, NOW),))
    return written(consequences_of(file, change, NOW))


def accepted(file: CaseFile, to: str, sender: str, at: Any) -> records.HandoverRecord:
    return records.HandoverRecord(
        handover_id=new_id("hand"),
        case_id=file.case.case_id,
        lane="identification",
        from_office=sender,
        to_office=to,
        reason="safety",
        state="accepted",
        occurred_at=at,
        recorded_at=at,
        answer_by=None,
        actor="actor-1",
    )


def owing(file: CaseFile, office: str) -> CaseFile:
    """The file in which every clock is an office's, so that it is one of those who are told of an end."""
    clocks = {key: {**row, "office": office} for key, row in file.stored.clocks.items()}
    return replace(file, stored=file.stored.model_copy(update={"clocks": clocks}))


NOTIFIED, TAKEN = (COMMUNE, "SUPPORT_AGENCY_NOTIFIED", 8), (HEALTH, "SUPPORT_AGENCY_RECEIVED", 9)
CHECKED, ASKED = (HEALTH, "INITIAL_CHECK_DONE", 10), (HEALTH, "POLICE_VERIFICATION", 11)
CERTIFIED, REFUSED = (POLICE, "VICTIM_CONFIRMED", 12), (POLICE, "NOT_CONFIRMED", 12)


def walked(*steps: tuple[str, str, int], reporter: str = COMMUNE, **more: Any) -> tuple[CaseFile, Told]:
    """The file after these steps, and everything that was told by them."""
    file, all_told = begun(reporter, **more)
    for one in steps:
        file, now = told(file, step(file, *one))
        all_told += now
    return file, all_told


def test_the_reporter_is_told_once_when_the_first_other_holder_acts() -> None:
    file, before = walked(NOTIFIED)
    assert before == [], "a lane that passed to another office is not received yet"
    file, now = told(file, step(file, HEALTH, "", 9, kind="ack", fact_id="fact_ack"))
    assert now == [(COMMUNE, "received", None)]
    file, now = told(file, step(file, *CHECKED))
    assert now == []


def test_a_step_of_the_holder_shows_as_well_that_it_has_the_case() -> None:
    assert walked(NOTIFIED, TAKEN)[1] == [(COMMUNE, "received", None)]


def test_an_office_that_accepts_a_hand_over_has_received_it() -> None:
    file, _ = begun()
    given = step(file, AWAY, "", 9, kind="handover", attributes={PLACE: DIRECTORY.place_of(AWAY)})
    assert told(file, replace(given, handovers=(accepted(file, AWAY, COMMUNE, NOW),)))[1] == [
        (COMMUNE, "received", None)
    ]


def test_a_step_in_another_lane_is_no_receipt() -> None:
    file, _ = walked(NOTIFIED)
    assert told(file, step(file, POLICE, "CRIME_INFO_RECEIVED", 9, lane="crime"))[1] == []


@pytest.mark.parametrize(("decided", "result"), [(CERTIFIED, "identified"), (REFUSED, "not_identified")])
def test_the_reporter_is_told_how_the_identification_ended(decided: tuple[str, str, int], result: str) -> None:
    assert walked(NOTIFIED, TAKEN, CHECKED, ASKED, decided)[1] == [
        (COMMUNE, "received", None),
        (COMMUNE, "outcome", result),
    ]


def test_a_result_that_was_withdrawn_is_told_too() -> None:
    file, _ = walked(NOTIFIED, TAKEN, CHECKED, ASKED, CERTIFIED)
    decision = next(one for one in file.stored.facts if one.state == "VICTIM_CONFIRMED")
    undone = records.CorrectionRecord(
        correction_id=new_id("corr"),
        case_id=file.case.case_id,
        fact_id=decision.fact_id,
        occurred_at=None,
        withdrawn=True,
        reason_ref=None,
        recorded_at=NOW,
        office=POLICE,
        actor="actor-1",
    )
    _, now = told(file, Change(corrections=(undone,)))
    assert (COMMUNE, "outcome", "undecided") in now


def test_who_decided_is_not_told_what_it_decided() -> None:
    issued = (GUARD, "VICTIM_PAPER_ISSUED", 9)
    assert [one for one in walked(issued, reporter=GUARD, route="rescued")[1] if one[1] == "outcome"] == []


def test_a_closing_is_told_once_to_an_office_that_still_works_on_the_case() -> None:
    file, _ = walked(reporter=HEALTH)
    closing = step(file, POLICE, "withdrawn", 13, kind="close", lane="", attributes={AS_NAMED: True})
    after = consequences_of(file, closing, NOW)
    of_health = [(one.kind, one.result) for one in after.notices if one.office == HEALTH and one.kind in ENDINGS]
    if after.state.is_over:
        assert of_health == [("closed", None)]
    else:
        assert of_health == [("outcome", None)]


def test_a_reporter_whose_part_is_over_is_not_told_that_the_person_left() -> None:
    file = handed_away(walked(NOTIFIED, TAKEN)[0])
    assert file.stored.standing is not None
    assert file.stored.standing.left
    file = owing(file, COMMUNE)
    after = consequences_of(file, step(file, AWAY, "PERSON_WITHDREW", 12), NOW)
    assert [one.kind for one in after.notices if one.office == COMMUNE and one.kind in ENDINGS] == []
    assert "person_left" in {one.kind for one in after.notices}, "others are told"


class TestTheHotline:
    def test_is_told_what_became_of_a_call_that_another_office_entered(self) -> None:
        entered = walked(NOTIFIED, TAKEN, CHECKED, ASKED, CERTIFIED, channel="hotline_111")[1]
        assert [one for one in entered if one[0] == HOTLINE] == [
            (HOTLINE, "received", None),
            (HOTLINE, "outcome", "identified"),
        ]

    def test_is_told_as_the_reporter_when_it_reported(self) -> None:
        _, now = begun(HOTLINE, channel="hotline_111", route="hotline")
        assert now == []

    def test_is_not_told_of_other_cases(self) -> None:
        assert HOTLINE not in {one[0] for one in walked(NOTIFIED, TAKEN, CHECKED, ASKED, CERTIFIED)[1]}


# over generated histories


@dataclass
class Followed(Case):
    """A case with everything that its reporter was told, as its inbox, its webhook and its e-mail show it."""

    reporter: str = ""
    shown: list[tuple[bool, str, str]] = field(default_factory=list[tuple[bool, str, str]])
    before: Standing | None = None
    causes: set[str] = field(default_factory=set[str])

    def take(self, change: Change) -> bool:
        """As `Case.take`; keeps (whether its part is over, kind, text) of each notice to the reporter."""
        try:
            after = consequences_of(self.file, change, self.now)
        except Problem:
            return False
        self.file, self.folded_at = stored(after), self.now
        changed = CaseChanged(
            case_id=self.file.case.case_id, case_version=self.file.case.version, standing=after.standing
        )
        new = [
            *(notices.of_attention(RIGHTS, one, after.standing) for one in self._raised(after.notices)),
            *notices.of_change(RIGHTS, changed, self.before, self.now),
        ]
        self.before = after.standing
        over = not RIGHTS.relations(self.reporter, after.standing) & INSIDE
        if not DIRECTORY.is_dissolved(self.reporter, legal_date(self.now)):
            assert looks(self.file.law, self.reporter, after.standing) != over
        # Notify keeps one notice of a cause, for example where the first receipt was withdrawn and another one came.
        mine = {one.cause: one for one in new if one.office == self.reporter and one.cause not in self.causes}
        self.shown += [(over, one.kind, text_of(one)) for one in mine.values()]
        self.causes |= {*mine}
        return True

    def _raised(self, given: tuple[AttentionRaised, ...]) -> list[AttentionRaised]:
        """As they arrive: through JSON."""
        return [AttentionRaised.model_validate_json(one.model_dump_json()) for one in given]


def text_of(new: NewNotice) -> str:
    """Everything that the office can read of a notice."""
    row = Notice.model_validate({**vars(new), "notice_id": new_id("note"), "recorded_at": new.at})
    message = Message(
        delivery_id=new_id("msg"),
        office="",
        case_id=new.case_id if new.case_shown else None,
        kind=new.kind,
        lane=new.lane,
        at=new.at,
        due_at=new.due_at,
        confidence=new.confidence,
        result=new.result,
    )
    mail = email_text(message.case_id, new.kind, new.confidence, new.result)
    return "\n".join((_view(row, False, TITLES).model_dump_json(), body_of(message).decode(), mail))


@st.composite
def followed(draw: Any) -> Followed:
    """A case that grew by a walk, with hand-overs to offices far away, corrections, and an outcome."""
    walk: Walk = draw(walks())
    case = Followed(opened_of(walk), walk.opening.recorded_at.astimezone(UTC), reporter=walk.opening.reporter)
    if draw(st.booleans()):
        case.file = replace(case.file, case=case.file.case.model_copy(update={"channel": "hotline_111"}))
    assert case.take(Change())
    for one in walk.facts:
        case.now = max(case.now, one.occurred_at.astimezone(UTC)) + timedelta(minutes=draw(st.integers(0, 20_000)))
        case.take(Change(facts=(record(one, case.file, case.now),)))
        what = draw(st.sampled_from(["nothing", "away", "away", "disturb", "ack", "close", "reopen", "leave", "fire"]))
        if what == "away":
            move_away(draw, case)
        elif what == "disturb":
            disturb(draw, case)
        elif what == "fire":
            case.fire()
        elif what != "nothing":
            say(case, what)
    return case


def move_away(draw: Any, case: Followed) -> None:
    """An office far away accepts the lane that carries the case."""
    carrier = case.file.state.lanes.get("identification")
    if carrier is None:
        return
    to = draw(st.sampled_from(FAR))
    place = DIRECTORY.moved(carrier.place, to, legal_date(case.now))
    given = fact_of(case, "handover", to, "identification", attributes={PLACE: place})
    handover = accepted(case.file, to, carrier.holder or to, case.now)
    case.take(Change(facts=(record(given, case.file, case.now),), handovers=(handover,)))


def say(case: Followed, kind: str) -> None:
    """The holder of the lane that carries the case acknowledges, states an outcome, takes it back, or that the person
    left. Until then the reporter owes something.
    """
    carrier = case.file.state.lanes.get("identification")
    if carrier is None or carrier.holder is None:
        return
    case.file = owing(case.file, case.reporter)
    lane = "identification" if kind in ("ack", "leave") else ""
    attributes: dict[str, str | bool | int] = {AS_NAMED: True} if kind == "close" else {}
    state = {"close": "withdrawn", "leave": "PERSON_WITHDREW"}.get(kind, "")
    stated = "state" if kind == "leave" else kind
    given = fact_of(case, stated, carrier.holder, lane, state=state, attributes=attributes)
    case.take(Change(facts=(record(given, case.file, case.now),)))


def fact_of(case: Followed, kind: str, office: str, lane: str, **more: Any) -> Fact:
    given = {"fact_id": new_id("fact"), "seq": 0, "kind": kind, "lane": lane, "office": office}
    return Fact.model_validate({**given, "occurred_at": case.now, "recorded_at": case.now, **more})


def words_elsewhere(case: Followed) -> set[str]:
    """The ids and places of every office and lane that the case ever had, without what the reporter itself wrote."""
    file, words = case.file, set[str]()
    offices = {one.office for one in file.stored.facts} | {one.to_office for one in file.stored.handovers} | {*FAR}
    for one in offices | {*file.state.past_holders}:
        name = DIRECTORY.name(one)
        words |= {one, one.partition("/")[2], DIRECTORY.place_of(one) or one, *((name.vi, name.en) if name else ())}
    words |= {lane.place for lane in file.state.lanes.values()}
    opening = file.opening
    wrote = {opening.province, opening.commune, opening.reporter, DIRECTORY.place_of(opening.reporter), "vn", ""}
    wrote.add(opening.reporter.partition("/")[2])
    return words - wrote


def test_a_step_of_an_office_that_does_not_hold_the_case_yet_is_no_receipt() -> None:
    """The health authority learns the nationality before it holds the case. Its reception is told, once."""
    early = (HEALTH, "NATIONALITY_VIETNAMESE", 8)
    _, all_told = walked(early, (COMMUNE, "SUPPORT_AGENCY_NOTIFIED", 9), (HEALTH, "SUPPORT_AGENCY_RECEIVED", 10))
    assert [one for one in all_told if one[1] == "received"] == [(COMMUNE, "received", None)]


@BUDGET
@given(followed())
def test_no_notice_to_the_reporter_names_an_office_or_a_place_that_it_did_not_write(case: Followed) -> None:
    elsewhere = words_elsewhere(case)
    event(f"over: {any(over for over, _, _ in case.shown)}")
    for _, kind, text in case.shown:
        found = {word for word in elsewhere if word in text}
        assert not found, (kind, found, text)


@BUDGET
@given(followed())
def test_when_its_part_is_over_the_reporter_is_told_of_its_own_duties_and_the_result_alone(case: Followed) -> None:
    for over, kind, text in case.shown:
        event(f"over: {over}, {kind}")
        assert not (over and kind in ENDINGS and '"result":null' in text), text
    received = [kind for _, kind, _ in case.shown if kind == "received"]
    assert len(received) <= 1
