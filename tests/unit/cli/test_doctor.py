"""What `neove doctor` says of the law, of packs that open cases need, and of cases that wait for intake's answer."""

import pytest

from casework.workflows.ports import IGNORES_FOREIGN
from neove.doctor.amendments import law_finding
from neove.doctor.packs import packs_finding
from neove.doctor.signals import signals_finding
from neove.doctor.unconfirmed import unconfirmed_finding
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
