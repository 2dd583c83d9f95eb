"""What `neove doctor` says of the law, of packs that open cases need, and of cases that wait for intake's answer."""

from datetime import date

import pytest

from casework.workflows.ports import IGNORES_FOREIGN
from neove.doctor.amendments import law_finding
from neove.doctor.days import days_finding
from neove.doctor.packs import packs_finding
from neove.doctor.signals import signals_finding
from neove.doctor.unconfirmed import unconfirmed_finding
from neove.law.shared.in_force import calendar_of
from stack.temporal import IGNORED_SOMETHING
from tests.library import LIBRARY

APPLIED = {"amendment_id": "amd_one", "state": "signed", "applied_at": "2026-11-20T03:00:00Z"}
PENDING = {"amendment_id": "amd_two", "state": "signed", "applied_at": None}
PROPOSED = {"amendment_id": "amd_three", "state": "proposed", "applied_at": None}


@pytest.mark.parametrize(
    ("items", "broken_at", "health", "what"),
    [
        ([], None, "ok", "amended 0 times"),
        ([APPLIED, PROPOSED], None, "ok", "each as it was signed"),
        ([APPLIED, PENDING], None, "look", "amd_two"),
        ([APPLIED, PENDING], "amd_one", "bad", "amd_one is not as it was signed"),
    ],
)
def test_law(items, broken_at, health, what):
    signed = sum(item["state"] == "signed" for item in items)
    chain = {"ok": broken_at is None, "signed": signed, "broken_at": broken_at}
    found = law_finding({"items": items, "chain": chain})
    assert (found.part, found.health) == ("law", health)
    assert what in found.what


CALENDAR = LIBRARY.world.calendar
DECIDED = {
    "state": "signed",
    "effective_seq": 1,
    "decision": "1/2026/TB-BNV",
    "rows": [
        {"date": "2027-02-04", "kind": "off", "name": "Tết Nguyên đán", "status": "confirmed"},
        {"date": "2027-02-11", "kind": "plain", "name": "Ngày làm việc", "status": "confirmed"},
    ],
}

SWAP = [
    {"date": "2026-11-23", "kind": "off", "name": "Hoán đổi", "status": "confirmed"},
    {"date": "2026-11-28", "kind": "work", "name": "Làm bù", "status": "confirmed"},
]


@pytest.mark.parametrize(
    ("today", "health", "what"),
    [
        (date(2024, 1, 2), "ok", "the table ends on 2031-12-31"),
        (date(2025, 11, 22), "ok", "every day until 2026-11-22 is known"),
        (date(2025, 11, 23), "look", "2026-11-23 (Hoán đổi với 28/11/2026 (đề xuất)) is not decided"),
        (date(2026, 11, 29), "look", "2027-02-04 (Tết Nguyên đán) is not decided"),
        (date(2030, 12, 30), "look", "2031-09-03 (Quốc khánh) is not decided"),
        (date(2031, 1, 1), "look", "the table ends on 2031-12-31"),
    ],
)
def test_days_are_known_a_year_ahead(today, health, what):
    found = days_finding(CALENDAR, today)
    assert (found.part, found.health) == ("days off", health)
    assert what in found.what


def test_a_signed_decision_answers_for_its_days():
    today, swap = date(2026, 8, 30), {**DECIDED, "rows": SWAP}
    proposed = calendar_of(CALENDAR, [swap, {**DECIDED, "state": "proposed"}])
    assert "2027-02-04" in days_finding(proposed, today).what
    assert days_finding(calendar_of(CALENDAR, [swap, DECIDED, {**APPLIED, "rows": []}]), today).health == "ok"


@pytest.mark.parametrize(("waiting", "binned", "health"), [(0, 0, "ok"), (0, 3, "ok"), (2, 0, "look")])
def test_unconfirmed(waiting, binned, health):
    found = unconfirmed_finding(waiting, binned)
    assert (found.part, found.health) == ("vault: unconfirmed", health)
    assert found.what == f"{waiting} sealed cases wait for intake's answer; {binned} are in the bin"


def test_packs_of_open_cases():
    own = LIBRARY.pack("law-53-2024")
    assert packs_finding(LIBRARY, [(own.id, own.content_hash, 3)]).health == "ok"
    assert packs_finding(LIBRARY, []).health == "ok"
    found = packs_finding(LIBRARY, [(own.id, own.content_hash, 3), (own.id, "0" * 64, 34)])
    assert (found.part, found.health) == ("packs", "bad")
    assert "34 open cases cannot be folded" in found.what


@pytest.mark.parametrize(("runs", "health"), [(0, "ok"), (3, "look"), (None, "bad")])
def test_foreign_signals(runs, health):
    assert signals_finding(runs).health == health


def test_the_doctor_asks_for_the_mark_that_a_workflow_gets():
    assert IGNORED_SOMETHING == IGNORES_FOREIGN
