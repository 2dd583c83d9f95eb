"""Generated cases of one office: no other office of its role in the province lists or reads anything of them."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import consequences_of
from contracts.standing import Standing
from regulations.rights import OPERATIONS
from tests.library import LIBRARY, RIGHTS
from tests.unit.casework.test_consequences import fact, opened, written

DIRECTORY = LIBRARY.world.directory
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
TODAY = NOW.date()
PROVINCES = ("lao-cai", "lang-son", "tay-ninh", "quang-ngai", "thai-nguyen", "ha-noi", "cao-bang", "ca-mau")
ROUTES = ("self_report", "self_returned", "foreign_victim", "rescued")
OF_A_CASE = sorted(name for name, grant in OPERATIONS.items() if grant.relations)
READING = [name for name in OF_A_CASE if name.partition(".")[2].startswith(("get_", "list_", "read_", "access_"))]
CASES_OF_EACH, LEAST = 150, 10_000
POSTS = {"tay-ninh": ("border_guard/moc-bai", "border_guard/ben-cau")}


@pytest.fixture(scope="module")
def communes() -> dict[str, list[str]]:
    """Province → its communes of today."""
    found: dict[str, list[str]] = {name: [] for name in PROVINCES}
    for place in DIRECTORY.places.of_kind("commune"):
        if place.exists(TODAY) and (province := DIRECTORY.province(place.code, TODAY)) in found:
            found[province].append(place.code)
    return found


def stepped(file: CaseFile, chosen: random.Random) -> Standing:
    """The standing after some steps that this office may do, each where the fold takes it."""
    after = consequences_of(file, Change(), NOW)
    for hour, state in enumerate(("AT_COMMUNE", "SUPPORT_AGENCY_NOTIFIED")[: chosen.randrange(3)], start=10):
        lane = after.state.lanes.get("identification")
        if lane is None or lane.state == state:
            break
        told = fact(written(after), file.case.reporter, state, f"2026-11-16T{hour}:00:00+07:00")
        after = consequences_of(written(after), told, NOW)
    return after.standing


def generated(communes: dict[str, list[str]], role: str) -> Iterator[tuple[str, str, Standing]]:
    """(owner, other office of the role in its province, standing of a case of the owner)."""
    chosen = random.Random(role)
    for _ in range(CASES_OF_EACH):
        province = chosen.choice(PROVINCES)
        here, there = chosen.sample(communes[province], 2)
        owner, other = DIRECTORY.at(role, here, TODAY), DIRECTORY.at(role, there, TODAY)
        assert None not in (owner, other)
        assert owner != other
        file = opened(reporter=owner, province=province, commune=here, route=chosen.choice(ROUTES))
        yield owner, other, stepped(file, chosen)


@pytest.mark.parametrize("role", ["commune", "commune_police"])
def test_two_communes(communes: dict[str, list[str]], role: str) -> None:
    asked = 0
    for owner, other, standing in generated(communes, role):
        assert RIGHTS.decide(owner, "casework.get_case", standing)
        for operation in OF_A_CASE:
            for lane in (None, *standing.lanes):
                assert not RIGHTS.decide(other, operation, standing, lane=lane), (operation, owner, other, lane)
                asked += 1
        assert not RIGHTS.readable_groups(other, standing)
        assert not RIGHTS.relations(other, standing)
        assert RIGHTS.allowed(other, "casework.get_case", {"case_a": standing}) == frozenset()
    assert asked >= LEAST


@pytest.mark.parametrize("place", ["post-moc-bai", "moc-bai"])
def test_two_posts(place: str) -> None:
    """In the commune around both of them, both may state what they did; neither looks at the case of the other."""
    owner, other = POSTS["tay-ninh"]
    for route in ROUTES:
        file = opened(reporter=owner, province="tay-ninh", commune=place, route=route)
        standing = stepped(file, random.Random(route))
        assert RIGHTS.decide(owner, "casework.get_case", standing)
        for operation in OF_A_CASE if place == "post-moc-bai" else READING:
            assert not RIGHTS.decide(other, operation, standing), (operation, place)
        assert not RIGHTS.readable_groups(other, standing)


@pytest.mark.parametrize(
    ("owner", "other"),
    [("facility/lang-son-2", "facility/lang-son"), ("facility/lang-son", "facility/lang-son-2")],
)
def test_two_facilities_of_one_province(owner: str, other: str) -> None:
    """The one that reports, and then shelters, is the one that looks."""
    file = opened(reporter=owner, province="lang-son", commune="dong-dang")
    after = consequences_of(file, Change(), NOW)
    attributes = {"taken_by": owner}
    placed = fact(
        written(after),
        "health_authority/lang-son",
        "IN_FACILITY",
        "2026-11-16T12:00:00+07:00",
        lane="shelter",
        attributes=attributes,
    )
    standing = consequences_of(written(after), placed, NOW).standing
    assert standing.lanes["shelter"].holder == owner
    assert RIGHTS.decide(owner, "casework.get_case", standing)
    for operation in OF_A_CASE:
        assert not RIGHTS.decide(other, operation, standing), operation
    assert not RIGHTS.readable_groups(other, standing)
