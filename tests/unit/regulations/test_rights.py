"""Every operation × role × situation against a table written by hand (`rights_table.txt`), default deny."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.codes import Role, SealGroup
from contracts.sealing import FIELD_GROUPS, IdentityField
from contracts.standing import LaneStanding, Standing
from regulations.rights import IDENTIFYING, OPERATIONS, Relation, may_seal
from tests.library import LIBRARY, RIGHTS, province_of

SITUATIONS = ("holder", "past", "reporter", "own", "other", "proposed", "accepted", "supervisor", "ended", "left")
TAKERS = {
    "commune", "commune_police", "district_police", "provincial_police", "border_guard", "coast_guard", "immigration",
    "immigration_department", "procuracy", "health_authority", "labour_authority", "facility", "hotline_111",
    "mission", "consular",
}  # fmt: skip
SUPPORTERS = {
    "health_authority", "labour_authority", "commune", "facility", "legal_aid", "mission", "border_guard",
}  # fmt: skip
ROLE_SETS = {
    "takers": TAKERS,
    "case": TAKERS | {"legal_aid", "foreign_affairs"},
    "all-case": TAKERS | {"legal_aid", "foreign_affairs", "steering_committee"},
    "nobody": set[str](),
    "oversight": {"steering_committee"},
    "everybody": {str(role) for role in Role},
    "support-authority": {"health_authority", "labour_authority"},
    "deciders": {"health_authority", "labour_authority", "commune"},
    "verifiers": {"provincial_police", "district_police", "border_guard", "coast_guard"},
    "issuers": {
        "provincial_police",
        "district_police",
        "commune_police",
        "border_guard",
        "coast_guard",
        "immigration",
        "immigration_department",
        "mission",
        "procuracy",
    },
    "protectors": {
        "provincial_police",
        "district_police",
        "border_guard",
        "coast_guard",
        "health_authority",
        "labour_authority",
        "commune",
        "procuracy",
        "facility",
        "mission",
    },
    "providers": {"provider", "facility", "legal_aid"},
    "case-and-providers": TAKERS | {"legal_aid", "foreign_affairs", "provider"},
    "supporters": SUPPORTERS,
    "supporters-and-providers": SUPPORTERS | {"provider"},
}


OF_POLICE = {"identity", "contact", "statement", "evidence", "note", "reporter"}
OF_SUPPORT = {"identity", "contact", "statement", "note", "health", "support"}
OF_REPORT = OF_POLICE
"""Groups of what a report says; who only reported opens nothing of what came later."""
OF_ENTRY, OF_MISSIONS = {"identity", "evidence", "note"}, {"identity", "note"}
READABLE: dict[str, set[str]] = {
    "commune": {"identity", "contact", "note", "support"},
    "commune_police": {"identity", "contact", "statement", "note"},
    **dict.fromkeys(("district_police", "provincial_police", "border_guard", "coast_guard"), OF_POLICE),
    **dict.fromkeys(("immigration", "immigration_department"), OF_ENTRY),
    "procuracy": {"identity", "statement", "evidence"},
    **dict.fromkeys(("health_authority", "labour_authority"), OF_SUPPORT),
    "facility": {"identity", "contact", "note", "health", "support"},
    "hotline_111": {"identity", "contact", "statement", "reporter"},
    "mission": {"identity", "contact", "statement", "note"},
    **dict.fromkeys(("consular", "foreign_affairs"), OF_MISSIONS),
    "legal_aid": {"identity", "contact", "statement"},
    "provider": set(),
    "steering_committee": set(),
    "ministry": set(),
    "admin": set(),
}
"""Groups that a role opens in its own part of a case; written by hand, as the packs should say it."""
COMPETENT = {"provincial_police", "district_police", "health_authority", "labour_authority"}


def table() -> dict[str, tuple[set[str], dict[str, set[str]]]]:
    """operation → (roles, situation → roles that are allowed in it)."""
    rows: dict[str, tuple[set[str], dict[str, set[str]]]] = {}
    by_mark = {"y": {str(role) for role in Role}, "c": COMPETENT, "s": ROLE_SETS["support-authority"], "-": set[str]()}
    for line in (Path(__file__).parent / "rights_table.txt").read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        operation, roles, marks = (part.strip() for part in line.split("|"))
        allowed = ["y"] * len(SITUATIONS) if marks == "any" else marks.split()
        rows[operation] = (ROLE_SETS[roles], {s: by_mark[m] for s, m in zip(SITUATIONS, allowed, strict=True)})
    return rows


def standing_of(office: str, situation: str) -> Standing:
    """A case of Lào Cai in which `office` stands in one situation and in no other."""
    role = office.partition("/")[0]
    stranger = "commune/tay-ninh" if office != "commune/tay-ninh" else "facility/tay-ninh"
    other = f"{role}/ha-noi" if situation == "other" else None
    lane = LaneStanding(
        state="AT_COMMUNE",
        holder=office if situation in ("holder", "accepted") else stranger,
        place="ha-noi" if situation in ("other", "left") else "lao-cai",
        acting=(office,) if situation == "own" else (other,) if other else (),
    )
    ended = LaneStanding(state="SUPPORT_ENDED", holder=office, place="lao-cai", elsewhere=True)
    elsewhere = lane.model_copy(update={"place": "ha-noi"})
    behind = {"identification": elsewhere, "support:medical": ended}
    return Standing(
        reporter=office if situation in ("reporter", "left") else stranger,
        left=situation == "left",
        support=(office,)
        if role in ROLE_SETS["support-authority"] and situation not in ("other", "left", "ended")
        else (),
        lanes=behind if situation == "ended" else {"identification": lane},
        past=(office,) if situation in ("past", "accepted", "ended") else (),
        proposed=(office,) if situation == "proposed" else (),
        supervisors=(office,) if situation == "supervisor" else (),
        regime_procedure="law-53-2024",
        route="self_report",
    )


def test_the_table_names_every_operation() -> None:
    assert set(table()) == set(OPERATIONS)


def disagreements() -> Iterator[str]:
    """Where the decisions differ from the table."""
    rows = table()
    for role in Role:
        office = f"{role}/lao-cai"
        for situation in SITUATIONS:
            standing = standing_of(office, situation)
            for operation, (roles, by_situation) in rows.items():
                expected = role in roles & by_situation[situation]
                if RIGHTS.decide(office, operation, standing) is not expected:
                    yield f"{operation} {role} {situation}"


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
@pytest.mark.parametrize("role", sorted(Role))
def test_each_role_in_each_situation(operation: str, role: str) -> None:
    roles, by_situation = table()[operation]
    office = f"{role}/lao-cai"
    for situation in SITUATIONS:
        expected = role in roles & by_situation[situation]
        assert RIGHTS.decide(office, operation, standing_of(office, situation)) is expected, situation


def test_an_unknown_operation_is_denied() -> None:
    assert RIGHTS.decide("admin/ha-noi", "casework.delete_everything") is False


def test_a_case_operation_without_a_case_is_denied() -> None:
    assert RIGHTS.decide("commune/lao-cai", "casework.get_case", None) is False


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_a_service_token_may_only_seal(operation: str) -> None:
    standing = standing_of("commune/lao-cai", "holder")
    of_intake = {"vault.seal", "vault.list_unconfirmed", "vault.settle_unconfirmed"}
    assert RIGHTS.decide(None, operation, standing, service="intake") is (operation in of_intake)
    assert RIGHTS.decide(None, operation, standing, service="support") is (operation == "vault.seal")
    for service in ("notify", "vault", "reporting"):  # they have nothing to seal, and the answer tells of matches
        collects = service == "vault" and operation.endswith(".hand_over_looks")
        assert RIGHTS.decide(None, operation, standing, service=service) is collects


def test_a_lane_that_does_not_exist_gives_no_right() -> None:
    standing = standing_of("commune/lao-cai", "holder")
    assert RIGHTS.decide("commune/lao-cai", "casework.acknowledge", standing, lane="identification")
    assert not RIGHTS.decide("commune/lao-cai", "casework.acknowledge", standing, lane="crime")


@pytest.mark.parametrize(
    ("office", "situation", "groups"),
    [
        ("commune/lao-cai", "holder", {SealGroup.IDENTITY, SealGroup.CONTACT, SealGroup.NOTE, SealGroup.SUPPORT}),
        ("commune/lao-cai", "past", {SealGroup.IDENTITY}),
        ("health_authority/lao-cai", "ended", {SealGroup.IDENTITY}),
        ("health_authority/lao-cai", "left", {SealGroup.IDENTITY}),
        ("steering_committee/lao-cai", "supervisor", set[str]()),
        ("provider/lao-cai", "holder", set[str]()),
        ("facility/lao-cai", "own", set[str]()),
        ("commune/lao-cai", "own", set[str]()),
        ("commune_police/lao-cai", "own", set[str]()),
        ("provincial_police/lao-cai", "own", READABLE["provincial_police"]),
        ("health_authority/lao-cai", "other", set[str]()),
        ("health_authority/lao-cai", "proposed", set[str]()),
    ],
)
def test_readable_groups(office: str, situation: str, groups: set[str]) -> None:
    assert RIGHTS.readable_groups(office, standing_of(office, situation)) == groups


@pytest.mark.parametrize("law", ["law-53-2024", "law-66-2011"])
@pytest.mark.parametrize("role", sorted(Role))
def test_the_pack_of_the_case_says_what_a_role_opens(law: str, role: str) -> None:
    office = f"{role}/lao-cai"
    opened = {
        situation: RIGHTS.readable_groups(
            office, standing_of(office, situation).model_copy(update={"regime_procedure": law})
        )
        for situation in SITUATIONS
    }
    assert opened["holder"] == opened["accepted"] == READABLE[role]
    assert opened["reporter"] == READABLE[role] & OF_REPORT
    assert opened["own"] == (READABLE[role] if role in COMPETENT else set())
    assert opened["past"] == READABLE[role] & {"identity"}
    assert not opened["other"] | opened["proposed"] | opened["supervisor"]


def test_a_law_that_is_not_installed_opens_nothing() -> None:
    standing = standing_of("provincial_police/lao-cai", "holder").model_copy(update={"regime_procedure": "law-1-1900"})
    assert RIGHTS.readable_groups("provincial_police/lao-cai", standing) == set()


def test_who_sees_before_its_turn_is_the_same_in_every_pack() -> None:
    for law in ("law-53-2024", "law-66-2011"):
        assert {role for role, sight in LIBRARY.pack(law).confidentiality.items() if sight.full} == COMPETENT


def reported(reporter: str, holder: str, place: str, **more: object) -> Standing:
    """A case whose identification lane an office of `place` holds."""
    lane = LaneStanding(state="VICTIM_CONFIRMED", holder=holder, place=place)
    given = {"reporter": reporter, "past": (reporter, holder), "lanes": {"identification": lane}, **more}
    return Standing.model_validate({**given, "regime_procedure": "law-53-2024", "route": "self_report"})


@pytest.mark.parametrize(
    ("office", "standing", "groups"),
    [
        # Scenario 01: the case stays where its reporter acts.
        ("border_guard/lao-cai", reported("border_guard/lao-cai", "commune/lao-cai", "lao-cai"), None),
        # Scenario 04: it was handed over; its reporter keeps the name, its receiver reads on.
        (
            "health_authority/lao-cai",
            reported(
                "health_authority/lao-cai",
                "health_authority/thai-nguyen",
                "thai-nguyen",
                accepted=["health_authority/thai-nguyen"],
                left=True,
            ),
            {SealGroup.IDENTITY},
        ),
        (
            "health_authority/thai-nguyen",
            reported("health_authority/lao-cai", "health_authority/thai-nguyen", "thai-nguyen", left=True),
            None,
        ),
        # Taken over by another office of the same place.
        (
            "commune/lao-cai",
            reported("commune/lao-cai", "facility/lao-cai", "lao-cai", accepted=["facility/lao-cai"], left=True),
            {SealGroup.IDENTITY},
        ),
        # Given away and taken back.
        (
            "commune/lao-cai",
            reported("commune/lao-cai", "commune/lao-cai", "lao-cai", accepted=["commune/lao-cai"]),
            None,
        ),
    ],
)
def test_a_reporter_reads_on_until_the_case_leaves_it(office: str, standing: Standing, groups: set[str] | None) -> None:
    expected = READABLE[office.partition("/")[0]] if groups is None else groups
    assert RIGHTS.readable_groups(office, standing) == expected


@pytest.mark.parametrize(
    ("office", "lane", "may"),
    [
        ("provincial_police/lao-cai", "crime", True),
        ("commune/lao-cai", "child", True),
        ("border_guard/lao-cai", "return", True),
        ("facility/lao-cai", "shelter", False),
        ("provincial_police/lao-cai", "protection", False),
        ("commune/lao-cai", "support:vocational", False),
        ("health_authority/lao-cai", "support:vocational", True),
        ("health_authority/thai-nguyen", "support:vocational", False),
    ],
)
def test_the_whole_case_is_ended_by_who_carries_it(office: str, lane: str, may: bool) -> None:
    here = ("health_authority/lao-cai",)
    standing = reported("border_guard/tay-ninh", "border_guard/tay-ninh", "lao-cai", left=True, support=here)
    held = LaneStanding(state="ANY", holder=office, place=province_of(office))
    held_too = standing.model_copy(update={"lanes": {**standing.lanes, lane: held}, "past": (office,)})
    assert RIGHTS.decide(office, "casework.close_case", held_too) is may
    assert not RIGHTS.decide(office, "casework.close_case", standing, lane=lane)


@pytest.mark.parametrize(
    ("office", "lane", "ended"),
    [
        ("provincial_police/lao-cai", "crime", "CRIME_INFO_RESOLVED"),
        ("commune/lao-cai", "child", "CHILD_LANE_CLOSED"),
        ("border_guard/lao-cai", "return", "RETURNED_HOME"),
    ],
)
@pytest.mark.parametrize("place", ["lao-cai", "thai-nguyen"])
def test_a_lane_that_has_ended_gives_no_right_to_end_the_case(office: str, lane: str, ended: str, place: str) -> None:
    carrier = f"health_authority/{place}"
    standing = reported("border_guard/tay-ninh", carrier, place, left=True)
    held = LaneStanding(state=ended, holder=office, place="lao-cai", elsewhere=place != "lao-cai")
    given = standing.model_copy(update={"lanes": {**standing.lanes, lane: held}, "past": (office, carrier)})
    assert not RIGHTS.decide(office, "casework.close_case", given)
    assert RIGHTS.decide(carrier, "casework.close_case", given)


@pytest.mark.parametrize(("ended", "sees"), [(False, True), (True, False), (None, False)])
def test_a_lane_that_the_person_left_keeps_its_holder_until_nothing_is_owed_in_it(
    ended: bool | None, sees: bool
) -> None:
    """In a standing of an older release, without `ended`, the state decides."""
    police, carrier = "provincial_police/lao-cai", "health_authority/thai-nguyen"
    standing = reported("border_guard/tay-ninh", carrier, "thai-nguyen", left=True)
    left = LaneStanding(state="CHILD_UNTRACEABLE", holder=police, place="lao-cai", elsewhere=True, ended=ended)
    given = standing.model_copy(update={"lanes": {**standing.lanes, "child": left}, "past": (police, carrier)})
    assert (Relation.HOLDER in RIGHTS.relations(police, given)) is sees
    assert RIGHTS.decide(police, "casework.close_case", given) is sees


def test_who_carries_the_case_ends_it_also_after_the_identification_has_ended() -> None:
    standing = reported("border_guard/tay-ninh", "facility/lao-cai", "lao-cai", left=True)
    assert RIGHTS.decide("facility/lao-cai", "casework.close_case", standing)


SEALED_BY: dict[str, set[str]] = {
    "intake": {"identity", "contact", "reporter", "statement", "evidence", "note"},
    "casework": {"note"},
    "verification": {"statement", "evidence", "note"},
    "protection": {"protection"},
    "support": {"support"},
    "notify": set(),
    "vault": set(),
    "reporting": set(),
}


@pytest.mark.parametrize("group", sorted(SealGroup))
@pytest.mark.parametrize("service", sorted(SEALED_BY))
def test_a_service_seals_its_own_groups_only(service: str, group: SealGroup) -> None:
    assert may_seal(service, [group]) is (group in SEALED_BY[service])
    for other in SealGroup:
        assert may_seal(service, [group, other]) is ({group, other} <= SEALED_BY[service])
    assert not may_seal(None, [group])


@pytest.mark.parametrize("field", sorted(IdentityField))
def test_only_intake_writes_the_fields_of_a_person(field: IdentityField) -> None:
    assert [service for service in SEALED_BY if may_seal(service, [FIELD_GROUPS[field]])] == [IDENTIFYING]
