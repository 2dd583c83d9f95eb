"""An amended law as data: the chain of signatures, what moves in a case and why, and the way back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.amendments import moves, service
from casework.amendments.law import AmendmentRecord, Law, broken, chained, content_of, law_of
from casework.domain.case_file import CaseFile
from contracts.ids import new_id
from regulations.legal_time import legal_date
from tests.library import LIBRARY, STOPPING
from tests.unit.casework.test_nothing_is_dropped import BUDGET, Case, Walk, cases, check, stored

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
CASE = "case_" + "a" * 26
PACKAGE = {row.date: row for row in STOPPING.world.calendar.rows}


def row(day: date, kind: str) -> dict[str, str]:
    return {"date": day.isoformat(), "kind": kind, "name": "Nghỉ bù", "status": "confirmed"}


def amendment(seq: int, *rows: dict[str, str], pack: tuple[str, str] | None = None) -> AmendmentRecord:
    """One that is signed as number `seq`, not yet chained."""
    body: dict[str, Any] = {"rows": list(rows)} if pack is None else {"pack_id": pack[0], "pack_hash": pack[1]}
    kind = "calendar" if pack is None else "pack"
    return AmendmentRecord.model_validate(
        {
            "amendment_id": new_id("amd"),
            "kind": kind,
            "body": body,
            "content_hash": content_of(kind, body, "1/2026/QD-TTg", "A swap"),
            "decision": "1/2026/QD-TTg",
            "reason": "A swap",
            "proposed_office": "steering_committee/ha-noi",
            "proposed_actor": "actor-1",
            "proposed_at": NOW,
            "state": "signed",
            "signed_office": "steering_committee/ha-noi",
            "signed_actor": "actor-2",
            "signed_at": NOW,
            "effective_seq": seq,
        }
    )


def chain(*links: AmendmentRecord) -> list[AmendmentRecord]:
    """These, chained in this order."""
    done: list[AmendmentRecord] = []
    for one in links:
        linked = one.model_copy(update={"prev_hash": done[-1].chain_hash if done else None})
        done.append(linked.model_copy(update={"chain_hash": chained(linked)}))
    return done


MONDAY = row(date(2026, 11, 23), "off")
CHAIN = chain(amendment(1, MONDAY), amendment(2, pack=("law-53-2024", "a" * 64)), amendment(3, MONDAY))


def test_a_chain_as_it_was_signed_holds_also_when_it_is_read_back() -> None:
    assert broken([]) is None
    assert broken(CHAIN) is None
    assert broken([AmendmentRecord.model_validate_json(one.model_dump_json()) for one in CHAIN]) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"decision": "2/2026/QD-TTg"},
        {"reason": "Another"},
        {"body": {"rows": []}},
        {"signed_actor": "actor-1"},
        {"proposed_actor": "actor-2"},
        {"signed_at": NOW + timedelta(seconds=1)},
        {"content_hash": "0" * 64},
        {"chain_hash": "0" * 64},
    ],
)
def test_a_change_of_the_past_shows(changed: dict[str, Any]) -> None:
    first, *others = CHAIN
    assert broken([first.model_copy(update=changed), *others]) == first.amendment_id


def test_a_link_left_out_or_put_in_another_order_shows() -> None:
    first, second, third = CHAIN
    assert broken([first, third]) == third.amendment_id
    assert broken([second, first, third]) == second.amendment_id
    assert broken(CHAIN[:2]) is None, "the end alone is not missed: it is held by the cases that are folded under it"


def test_a_later_amendment_wins_and_the_package_stays() -> None:
    day = date(2026, 11, 23)
    law = law_of(
        LIBRARY.world,
        [amendment(1, MONDAY), amendment(2, row(day, "plain")), amendment(3, pack=("law-53-2024", "b" * 64))],
    )
    assert law.seq == 3
    assert law.world.calendar.is_working(day)
    assert law.version_of("law-53-2024", "a" * 64) == "b" * 64
    assert law.version_of("law-66-2011", "c" * 64) == "c" * 64
    assert law_of(LIBRARY.world).seq == 0


CLOCK: dict[str, Any] = {
    "clock_id": "clk_1",
    "lane": "identification",
    "rule": "B-SELF-04",
    "office": "health_authority/lao-cai",
    "started_at": "2026-11-19T03:00:00Z",
    "due_at": "2026-11-21T17:00:00Z",
    "met_at": None,
    "void_at": None,
    "immediate": False,
    "reminder": False,
    "calendar_version": "2026+1",
}
PAST, LATER, SOONER = "2026-11-19T17:00:00Z", "2026-11-23T17:00:00Z", "2026-11-20T17:00:00Z"
MET = {"met_at": "2026-11-20T01:00:00Z"}


@pytest.mark.parametrize(
    ("old", "new", "effect"),
    [
        ({}, {"due_at": LATER}, "later"),
        ({}, {"due_at": SOONER}, "earlier"),
        ({}, {"due_at": PAST}, "breaches"),
        ({"due_at": PAST}, {}, "no_longer_breached"),
        ({"due_at": PAST, **MET}, MET, "no_longer_breached"),
        (None, {}, "starts"),
        ({}, None, "ends"),
        ({"reminder": True}, {}, "starts"),
        ({}, {"reminder": True}, "ends"),
        ({"due_at": None}, {}, "starts"),
        ({}, {"due_at": None}, "ends"),
        ({}, MET, "ends"),
        (MET, {"due_at": LATER, **MET}, None),
        (None, MET, None),
        ({}, {"calendar_version": "2026+2"}, None),
        ({"reminder": True}, {"reminder": True, "due_at": LATER}, "later"),
        ({"reminder": True}, {"reminder": True, "due_at": PAST}, "earlier"),
    ],
)
def test_what_moved(old: dict[str, Any] | None, new: dict[str, Any] | None, effect: str | None) -> None:
    before, after = ({"clk_1": {**CLOCK, **one}} if one is not None else {} for one in (old, new))
    assert [move.effect for move in moves.moves(before, after, NOW)] == ([effect] if effect else [])


@pytest.mark.parametrize(("lane", "shown"), [("identification", CASE), ("protection", None), ("shelter", None)])
def test_a_preview_shows_no_case_beside_a_protective_lane(lane: str, shown: str | None) -> None:
    move = moves.Move("clk_1", lane, "B-SELF-04", "facility/lao-cai", NOW, NOW, NOW + timedelta(days=3), "later")
    pack = LIBRARY.pack("law-53-2024")
    out = service._shown_move(CASE, move, CHAIN[0], pack, pack)  # pyright: ignore[reportPrivateUsage]
    assert (out.case_id, out.lane) == (shown, lane)
    assert out.why == ["2026-11-23 off: Nghỉ bù (1/2026/QD-TTg)"]


def days_that_count(draw: Any, case: Case) -> list[dict[str, str]]:
    """Days before the ends of the case's clocks, and around now: taken off, worked, or made plain."""
    ends = {legal_date(clock.due_at) for clock in case.file.state.clocks if clock.due_at and clock.open}
    days = {end - timedelta(days=back) for end in ends or {legal_date(case.now)} for back in range(4)}
    chosen = draw(st.lists(st.sampled_from(sorted(days)), min_size=1, max_size=8, unique=True))
    return [row(day, draw(st.sampled_from(["off", "off", "work", "plain"]))) for day in chosen]


def back(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The days that take others back to the package."""
    known = (PACKAGE.get(date.fromisoformat(one["date"])) for one in rows)
    return [
        row(date.fromisoformat(one["date"]), "plain" if old is None else old.kind)
        for one, old in zip(rows, known, strict=True)
    ]


def under(file: CaseFile, law: Law) -> CaseFile:
    """The file as it is loaded when the law is ahead of it."""
    return replace(file, case=file.case.model_copy(update={"law_seq": law.seq}), world=law.world)


def dues(file: CaseFile) -> dict[str, Any]:
    return {clock_id: body["due_at"] for clock_id, body in file.stored.clocks.items()}


@given(cases(), st.data())
@BUDGET
def test_a_case_folded_under_an_amendment_and_back_is_due_as_before(grown: tuple[Case, Walk], data: Any) -> None:
    case, _ = grown
    rows = days_that_count(data.draw, case)
    first = amendment(1, *rows)
    there, home = law_of(STOPPING.world, [first]), law_of(STOPPING.world, [first, amendment(2, *back(rows))])
    before = case.file
    shown = moves.moves(
        before.stored.clocks,
        {clock.clock_id: clock.model_dump(mode="json") for clock in under(before, there).state.clocks},
        case.now,
    )
    away = moves.refold(under(before, there), before.case.pack_hash, there, case.now)
    assert away.moved == shown, "what a preview shows is what is applied"
    assert away.after.columns["law_seq"] == 1
    case.file, case.folded_at = stored(away.after), case.now
    check(case)
    assert all(one.effect != "keeps" for one in away.moved)
    again = moves.refold(under(case.file, home), before.case.pack_hash, home, case.now)
    case.file = stored(again.after)
    check(case)
    assert dues(case.file) == dues(before)
    assert len(again.moved) == len(away.moved)
