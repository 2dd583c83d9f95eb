"""`neove law check` on local packs: what a local pack may not do is found, with its file."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from regulations.checks.local import local_findings
from regulations.instruments import load_instruments
from regulations.local import LocalDuty, LocalPack
from regulations.local_files import load_local
from tests.library import LIBRARY

INSTRUMENTS = load_instruments()
HERE = Path(__file__).parent / "local"
PLAN, FIRST, SECOND = load_local(HERE)
Change = Callable[..., LocalPack]


def said(*packs: LocalPack, level: str = "error") -> list[str]:
    found = local_findings(packs, LIBRARY.packs(), INSTRUMENTS, LIBRARY.world.directory)
    return [f"{file}: {message}" for file, (grade, message) in found if grade == level]


def row(pack: LocalPack, **changes: object) -> LocalPack:
    """The pack with its last rule changed."""
    changed = pack.rule[-1].model_copy(update=changes)
    return pack.model_copy(update={"rule": (*pack.rule[:-1], changed)})


def test_the_packs_of_the_package_and_of_the_tests_have_no_mistake() -> None:
    assert said(*LIBRARY.local) == []
    assert said(*LIBRARY.local, level="warning") == []
    assert said(PLAN, FIRST, SECOND) == []


@pytest.mark.parametrize(
    ("amount", "unit", "longer"),
    [
        (20, "day", False),
        (21, "day", True),
        (480, "hour", False),
        (481, "hour", True),
        (3, "working_day", False),
        (4, "working_day", True),  # with Tết between them they may last longer than 20 days
        (1, "month", True),
        (None, "immediate", False),
        (None, "none", False),
    ],
)
def test_a_limit_is_never_longer_than_that_of_the_law(amount: int | None, unit: str, longer: bool) -> None:
    found = said(row(PLAN, amount=amount, unit=unit))
    assert any("KHT-01: longer than B-SELF-06 of law-53-2024" in each for each in found) == longer


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (PLAN.model_copy(update={"instrument": "none"}), "unknown instrument none"),
        (PLAN.model_copy(update={"laws": ("law-1",)}), "unknown laws ['law-1']"),
        (PLAN.model_copy(update={"place": "atlantis"}), "there is no place atlantis"),
        (PLAN.model_copy(update={"entered": date(2026, 2, 1)}), "start before the day of the release"),
        (PLAN.model_copy(update={"until": date(2026, 1, 1)}), "ends before it begins"),
        (row(PLAN, id="B-SELF-06"), "B-SELF-06: a rule of this id stands in a law"),
        (row(PLAN, starts_on=("NOWHERE",)), "KHT-01: in law-53-2024 nothing starts it"),
        (row(PLAN, lane="nowhere"), "KHT-01: in law-53-2024 nothing starts it"),
        (row(PLAN, informs=("wizard",)), "KHT-01: unknown role wizard"),
        (row(PLAN, confidence="verified text"), "verified text, and no other, names verified_by"),
        (row(PLAN, unit="none"), "KHT-01: a number and its unit go together"),
        (
            PLAN.model_copy(update={"duty": (LocalDuty(code="X", lane="identification", label=PLAN.title),)}),
            "X: no rule is met by this duty",
        ),
        (
            FIRST.model_copy(
                update={"duty": (LocalDuty(code="VICTIM_CONFIRMED", lane="identification", label=PLAN.title),)}
            ),
            "VICTIM_CONFIRMED: law-53-2024 has a state or duty of this code",
        ),
    ],
)
def test_a_mistake_is_found(changed: LocalPack, message: str) -> None:
    assert any(message in each for each in said(changed)), said(changed)


def test_a_rule_of_a_later_version_is_the_same_or_has_another_id() -> None:
    assert "differs from the same rule of an earlier version" in said(FIRST, row(SECOND, id="THU-02"))[0]


def test_a_lane_has_one_local_pack() -> None:
    beside = row(PLAN, id="KHT-02").model_copy(update={"id": "ke-hoach-thu-hai", "place": "34-05908"})  # of a commune
    assert "ke-hoach-thu-hai starts clocks in the same lanes ['identification']" in said(PLAN, beside)[0]
    assert said(PLAN, beside.model_copy(update={"stands_for": ("ke-hoach-thu",)})) == []
    assert said(PLAN, beside.model_copy(update={"place": "lao-cai"})) == []


def test_a_pack_stands_for_one_of_a_place_around_its_own() -> None:
    apart = row(PLAN, id="KHT-02").model_copy(
        update={"id": "ke-hoach-thu-hai", "place": "lao-cai", "stands_for": ("ke-hoach-thu",)}
    )
    assert "stands for ke-hoach-thu of thai-nguyen, which is not around lao-cai" in said(PLAN, apart)[0]
