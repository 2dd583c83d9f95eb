"""What `neove doctor` says of the law: a broken chain fails, an unfinished re-fold is looked at."""

import pytest

from casework.workflows.ports import IGNORES_FOREIGN
from neove.doctor import law_finding, signals_finding
from neove.stack.temporal import IGNORED_SOMETHING

APPLIED = {"amendment_id": "amd_one", "state": "signed", "applied_at": "2026-11-20T03:00:00Z"}
PENDING = {"amendment_id": "amd_two", "state": "signed", "applied_at": None}
PROPOSED = {"amendment_id": "amd_three", "state": "proposed", "applied_at": None}


@pytest.mark.parametrize(
    ("items", "broken_at", "health", "told"),
    [
        ([], None, "ok", "amended 0 times"),
        ([APPLIED, PROPOSED], None, "ok", "each as it was signed"),
        ([APPLIED, PENDING], None, "look", "amd_two"),
        ([APPLIED, PENDING], "amd_one", "bad", "amd_one is not as it was signed"),
    ],
)
def test_law(items, broken_at, health, told):
    signed = sum(item["state"] == "signed" for item in items)
    chain = {"ok": broken_at is None, "signed": signed, "broken_at": broken_at}
    found = law_finding({"items": items, "chain": chain})
    assert (found.part, found.health) == ("law", health)
    assert told in found.told


@pytest.mark.parametrize(("runs", "health"), [(0, "ok"), (3, "look"), (None, "bad")])
def test_foreign_signals(runs, health):
    assert signals_finding(runs).health == health


def test_the_doctor_asks_for_the_mark_that_a_workflow_gets():
    assert IGNORED_SOMETHING == IGNORES_FOREIGN
