"""Every role × part × group × purpose, in both laws, against a table written by hand (`purposes_table.txt`)."""

import shutil
from collections.abc import Mapping
from datetime import date
from importlib.resources import as_file
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.codes import Purpose, Role
from contracts.standing import LaneStanding, Standing
from regulations.catalogue import PAST, REPORT
from regulations.library import Library
from regulations.loader import parsed_pack, read_pack
from regulations.pack import Pack
from regulations.purposes import named_parts, purposes_of
from regulations.rights import Rights
from regulations.toml_files import PackError, root
from tests.library import LIBRARY, RIGHTS, numbered_anew, told
from tests.unit.regulations.test_properties import WORLD, Walk, walks

LAWS = ("law-53-2024", "law-66-2011")
LETTERS = dict(zip("icsehunrp", ("identity", "contact", "statement", "evidence", "health", "support", "note",
                                 "reporter", "protection"), strict=True))  # fmt: skip
NOBODY = {"provider", "steering_committee", "ministry", "admin"}
STRANGER, TODAY = "commune/tay-ninh", date(2027, 7, 1)
MANY = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Table = Mapping[tuple[str, str], set[tuple[str, str]]]


def table() -> Table:
    """(role, part) → the pairs of group and purpose that are allowed."""
    found: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for line in (Path(__file__).parent / "purposes_table.txt").read_text("utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        roles, parts, given = (part.split() for part in line.split("|"))
        pairs = {
            (LETTERS[letter], purpose) for purpose, letters in (one.split(":") for one in given) for letter in letters
        }
        for role in roles:
            for part in parts:
                assert (role, part) not in found, (role, part)
                found[role, part] = pairs
    return found


TABLE = table()
PARTS = ("identification", "crime", "child", "return", "protection", "shelter", "fund", REPORT, PAST)
SUPPORT = tuple(lane for lane in LIBRARY.pack(LAWS[0]).lanes if lane.startswith("support:"))


def expected(role: str, part: str) -> set[tuple[str, str]]:
    """The row of the table for a lane of support, too."""
    family = "support" if part.startswith("support:") else part
    return TABLE.get((role, part), TABLE.get((role, family), set()))


def first_open_state(law: str, lane: str) -> str:
    """A state of the lane in which the lane goes on."""
    return next(state.code for state in LIBRARY.pack(law).lanes[lane].states if not state.terminal)


def standing_of(law: str, office: str, part: str) -> Standing:
    """A case in which an office has this one part."""
    lane = LaneStanding(state=first_open_state(law, "identification"), holder=STRANGER, place="lao-cai")
    lanes = {"identification": lane}
    if part not in (REPORT, PAST):
        lanes[part] = LaneStanding(state=first_open_state(law, part), holder=office, place="lao-cai")
    return Standing(
        reporter=office if part == REPORT else "facility/tay-ninh",
        lanes=lanes,
        past=(office,) if part == PAST else (),
        regime_procedure=law,
        route="self_report",
    )


def pairs(office: str, standing: Standing, rights: Rights = RIGHTS) -> set[tuple[str, str]]:
    """Group and purpose of everything that an office may open."""
    given = purposes_of(rights, office, standing)
    return {(str(group), str(purpose)) for group, purposes in given.items() for purpose in purposes}


def test_the_table_names_every_role_that_opens_anything() -> None:
    assert {role for role, _ in TABLE} == set(Role) - NOBODY


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("role", sorted(Role))
def test_each_role_with_each_part(law: str, role: str) -> None:
    office = f"{role}/lao-cai"
    for part in (*PARTS, *SUPPORT):
        if part in LIBRARY.pack(law).lanes or part in (REPORT, PAST):
            assert pairs(office, standing_of(law, office, part)) == expected(role, part), part


@pytest.mark.parametrize("law", LAWS)
def test_who_is_competent_opens_by_the_lane_in_which_it_is(law: str) -> None:
    police, health = "provincial_police/lao-cai", "health_authority/lao-cai"
    for lane in ("identification", "crime"):
        case = standing_of(law, STRANGER, lane)
        acting = case.lanes[lane].model_copy(update={"acting": (police, health)})
        case = case.model_copy(update={"lanes": {**case.lanes, lane: acting}})
        for office in (police, health):
            assert named_parts(RIGHTS, office, case) == {lane}
            assert pairs(office, case) == expected(office.partition("/")[0], lane)


@pytest.mark.parametrize("law", LAWS)
def test_without_a_part_nothing_is_opened_for_anything(law: str) -> None:
    for role in Role:
        assert pairs(f"{role}/ha-noi", standing_of(law, "commune/lao-cai", "identification")) == set()


def without(pack: Pack, *codes: str) -> Pack:
    """The pack without some rows of the table; without names, without the whole table."""
    left = {code: row for code, row in pack.purposes.items() if codes and code not in codes}
    return pack.model_copy(update={"purposes": left})


class Lacking(Library):
    """The law without some rows."""

    def __init__(self, *codes: str) -> None:
        super().__init__()
        self._codes = codes

    def pack(self, pack_id: str, content_hash: str | None = None) -> Pack:
        """As `Library.pack`."""
        return without(LIBRARY.pack(pack_id, content_hash), *self._codes)


EMPTY = Rights(Lacking())


def test_without_a_table_nothing_is_opened_for_anything() -> None:
    for role, part in TABLE:
        if part in (*PARTS, "support:legal_aid"):
            office = f"{role}/lao-cai"
            assert pairs(office, standing_of(LAWS[0], office, part), EMPTY) == set()


def test_a_row_that_is_gone_takes_what_it_gave_with_it() -> None:
    office = "provincial_police/lao-cai"
    case = standing_of(LAWS[0], office, "crime")
    rights = Rights(Lacking("criminal-investigation"))
    lost = pairs(office, case) - pairs(office, case, rights)
    assert {purpose for _, purpose in lost} == {Purpose.CRIMINAL_INVESTIGATION}


def parts_that_could_be(office: str, standing: Standing) -> set[str]:
    """Every part that a reader of the standing could grant the office, also one that is over."""
    lanes = {
        code for code, one in standing.lanes.items() if office in (one.holder, one.entering) or office in one.acting
    }
    whole = {REPORT: office == standing.reporter, PAST: office in (standing.reporter, *standing.past) or bool(lanes)}
    return lanes | {word for word, holds in whole.items() if holds}


@MANY
@given(walks(), st.data())
def test_nothing_is_opened_without_a_row_of_the_table(walk: Walk, data: st.DataObject) -> None:
    """Over generated histories: everything that may be opened stands in the table written by hand."""
    standing = told(walk.fold(), TODAY)
    known = {standing.reporter, *standing.past, *standing.holders()}
    known |= {office for lane in standing.lanes.values() for office in lane.acting}
    office = data.draw(st.sampled_from(sorted(known)))
    role = office.partition("/")[0]
    rows = [expected(role, part) for part in parts_that_could_be(office, standing)]
    assert pairs(office, standing) <= set[tuple[str, str]]().union(*rows)
    assert not pairs(office, standing, EMPTY)


@MANY
@given(walks(), st.data())
def test_a_purpose_opens_no_group_that_the_office_may_not_open(walk: Walk, data: st.DataObject) -> None:
    standing = told(walk.fold(), TODAY)
    role, place = data.draw(st.sampled_from(sorted(Role))), data.draw(st.sampled_from(["lang-son", "ha-noi"]))
    office = f"{role}/{place}"
    assert {group for group, _ in pairs(office, standing)} <= RIGHTS.readable_groups(office, standing)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the present law's pack, with a number of its own."""
    with as_file(root() / "packs" / LAWS[0]) as source:
        return numbered_anew(Path(shutil.copytree(source, tmp_path / LAWS[0])))


@pytest.mark.parametrize(
    ("old", "new", "told_as"),
    [
        ('"commune",', '"village",', r"identification: unknown roles \['village'\]"),
        ('lanes = ["past"]', 'lanes = ["later"]', r"identification-past: unknown lanes \['later'\]"),
        ('"support:*"', '"supports:*"', r"support: unknown lanes \['supports:\*'\]"),
        ('purpose = "supervision"', 'purpose = "curiosity"', "purposes.supervision.purpose"),
        ('code = "legal-aid"', 'code = "support"', "purposes.toml: purpose of one code stands twice"),
        ('groups = ["reporter"]', 'groups = ["note"]', r"hotline_111: may open \['reporter'\], but has no purpose"),
    ],
)
def test_a_mistake_in_the_table_is_told(folder: Path, old: str, new: str, told_as: str) -> None:
    file = folder / "purposes.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(PackError, match=told_as):
        read_pack(folder, WORLD)


def test_a_version_of_before_the_table_is_read_with_that_of_the_package(folder: Path) -> None:
    (folder / "purposes.toml").unlink()
    assert parsed_pack(folder).purposes == LIBRARY.pack(LAWS[0]).purposes
