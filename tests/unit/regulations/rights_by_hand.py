"""The tables of rights that were written by hand, and where the decisions disagree with them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from contracts.codes import Role, SealGroup
from contracts.standing import LaneStanding, Standing, Tenure
from tests.library import RIGHTS

HERE, STRANGER = Path(__file__).parent, "commune/tay-ninh"
EARLY, RECEIVED = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)
LETTERS = {
    "i": SealGroup.IDENTITY,
    "c": SealGroup.CONTACT,
    "s": SealGroup.STATEMENT,
    "e": SealGroup.EVIDENCE,
    "h": SealGroup.HEALTH,
    "u": SealGroup.SUPPORT,
    "p": SealGroup.PROTECTION,
    "n": SealGroup.NOTE,
    "r": SealGroup.REPORTER,
}
STATES = {
    "identification": "AT_COMMUNE",
    "crime": "CRIME_INFO_RECEIVED",
    "child": "INFO_RECEIVED",
    "return": "BORDER_RECEIVED",
    "protection": "PROTECTION_ACTIVE",
    "shelter": "IN_FACILITY",
    "support:medical": "SUPPORT_REQUESTED",
}
COLUMNS = (*STATES, "reporter", "competent", "former")
LAWS = ("law-53-2024", "law-66-2011")
NO_PART = ("elsewhere", "next", "supervisor")
"""No part, and two that open no text."""


def by_digest() -> dict[str, dict[str, frozenset[SealGroup]]]:
    """Role → column → groups."""
    rows: dict[str, dict[str, frozenset[SealGroup]]] = {}
    for line in (HERE / "digest_table.txt").read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        role, cells = (part.strip() for part in line.split("|"))
        found = (frozenset(LETTERS[one] for one in cell if one != "-") for cell in cells.split())
        rows[role] = dict(zip(COLUMNS, found, strict=True))
    return rows


def standing_with(office: str, part: str, law: str = LAWS[0]) -> Standing:
    """A case of Lào Cai in which an office has one part, or none, and a stranger everything else."""
    carrier = LaneStanding(
        state=STATES["identification"],
        holder=office if part == "identification" else STRANGER,
        place="lao-cai",
        acting=(office,) if part == "competent" else (),
    )
    lanes = {"identification": carrier}
    if part in STATES and part != "identification":
        lanes[part] = LaneStanding(state=STATES[part], holder=office, place="lao-cai", ended=False)
    return Standing(
        reporter=office if part == "reporter" else STRANGER,
        lanes=lanes,
        past=(office,) if part == "former" or part in STATES else (),
        proposed=(office,) if part == "next" else (),
        supervisors=(office,) if part == "supervisor" else (),
        regime_procedure=law,
        route="self_report",
    )


def text_disagreements() -> Iterator[str]:
    """Where the groups that an office opens differ from the digest; every compared case is one role, part and law."""
    table = by_digest()
    for law in LAWS:
        for role in Role:
            office = f"{role}/lao-cai"
            for part in (*COLUMNS, *NO_PART):
                expected = table[role].get(part, frozenset[SealGroup]())
                found = RIGHTS.readable_groups(office, standing_with(office, part, law))
                if found != expected:
                    yield f"{law} {role} {part}: {sorted(found)} instead of {sorted(expected)}"


def compared() -> int:
    """How many cases `text_disagreements` compares."""
    return len(LAWS) * len(Role) * (len(COLUMNS) + len(NO_PART))


def lane(state: str, holder: str, **more: object) -> LaneStanding:
    """A lane at Lào Cai."""
    return LaneStanding.model_validate({"state": state, "holder": holder, "place": "lao-cai", **more})


def ended_parts() -> dict[str, tuple[str, Standing]]:
    """Name → (office, case in which its part is over). It opens at most the name, and looks at nothing."""
    commune, health, facility, there = "commune/lao-cai", "health_authority/lao-cai", "facility/lao-cai", STRANGER
    carried = {"identification": lane("SUPPORT_AGENCY_RECEIVED", there)}
    usual = {"regime_procedure": LAWS[0], "route": "self_report", "past": (there,)}

    def case(reporter: str = there, **more: object) -> Standing:
        return Standing.model_validate({"reporter": reporter, "lanes": carried, **usual, **more})

    behind = {"state": "SUPPORT_ENDED", "place": "lao-cai", "elsewhere": True, "ended": True}
    given = LaneStanding(
        state="SUPPORT_AGENCY_RECEIVED",
        holder=there,
        place="lao-cai",
        tenures=(Tenure(office=health, since=EARLY, until=RECEIVED), Tenure(office=there, since=RECEIVED)),
    )
    safe = {"state": "PROTECTION_ENDED", "place": "lao-cai", "elsewhere": True, "ended": True}
    closed = {"state": "SUPPORT_REQUESTED", "place": "lao-cai", "elsewhere": True, "ended": False}
    return {
        "the receiver has what it reported": (commune, case(commune, received_at=RECEIVED)),
        "the case has left its reporter": (commune, case(commune, left=True)),
        "it handed its lane over": (health, case(lanes={"identification": given}, past=(there, health))),
        "its lane ended where the case no longer is": (
            health,
            case(lanes={**carried, "support:medical": {**behind, "holder": health}}, past=(there, health)),
        ),
        "the closing ended its lane where the case no longer is": (
            health,
            case(
                lanes={**carried, "support:medical": {**closed, "holder": health}},
                past=(there, health),
                status="closed",
            ),
        ),
        "it sheltered her before she went elsewhere": (
            facility,
            case(
                lanes={**carried, "shelter": {**safe, "state": "FACILITY_LEFT", "holder": facility}},
                past=(there, facility),
            ),
        ),
        "it was competent where a lane ended": (
            health,
            case(lanes={**carried, "support:medical": {**behind, "holder": there, "acting": (health,)}}),
        ),
        "it is dissolved": (commune, case(commune, dissolved=(commune,), past=(there, commune))),
    }


LOOKING = (
    "casework.propose_handover",
    "intake.record_screening",
    "protection.get_protection",
    "support.list_requests",
    "vault.access_log",
)
"""Operations by which an office would follow the case after its part."""


def ended_disagreements() -> Iterator[str]:
    """Where an office whose part is over would see more than the name."""
    for name, (office, standing) in ended_parts().items():
        if not RIGHTS.readable_groups(office, standing) <= {SealGroup.IDENTITY}:
            yield f"{name}: opens {sorted(RIGHTS.readable_groups(office, standing))}"
        if RIGHTS.looks(office, standing):
            yield f"{name}: looks"
        yield from (f"{name}: {one}" for one in LOOKING if RIGHTS.decide(office, one, standing))
        lanes = (one for one in ("protection", "shelter") if one in standing.lanes)
        yield from (f"{name}: sees {one}" for one in lanes if RIGHTS.sees_lane(office, standing, one))


def protective_disagreements() -> Iterator[str]:
    """Where who does not protect now would see how a person is protected, or by whom."""
    police, commune, facility = "provincial_police/lao-cai", "commune/lao-cai", "facility/lao-cai"
    lanes = {
        "identification": lane("AT_COMMUNE", commune),
        "protection": lane("PROTECTION_ACTIVE", police, ended=False),
        "shelter": lane("IN_FACILITY", facility, ended=False),
    }
    standing = Standing(
        reporter=commune,
        lanes=lanes,
        past=(commune, police, facility),
        regime_procedure=LAWS[0],
        route="self_report",
    )
    sees = {office: RIGHTS.sees_protection(office, standing) for office in (police, commune, facility)}
    if sees != {police: True, commune: False, facility: False}:
        yield f"how she is protected: {sees}"
    if RIGHTS.protectors_hidden_from(commune, standing) != {police, facility}:
        yield "the commune learns who protects her"
    if SealGroup.PROTECTION in RIGHTS.readable_groups(commune, standing):
        yield "the commune opens a text of protection"
    over = {**lanes, "protection": lane("PROTECTION_ENDED", police, ended=True)}
    ended = standing.model_copy(update={"lanes": over})
    if SealGroup.PROTECTION in RIGHTS.readable_groups(police, ended):
        yield "who protected her opens her address after the end"
