"""Reads the directory: `places.toml`, `offices.toml`, and what only the demonstration has (`demonstration.toml`)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from importlib.resources.abc import Traversable

from pydantic import BaseModel, ConfigDict, Field

from contracts.ids import OfficeRef, role_of
from regulations.directory import Directory
from regulations.model import Label
from regulations.offices import ALL, Division, Group, Office, Role
from regulations.places import ABROAD, NATION, Alias, Place, Places
from regulations.toml_files import PackError, parse, read, root
from regulations.unit_places import UnitPlaces, titled
from regulations.units import Units, load_units
from regulations.units.register import TWO_LEVELS_FROM

PLACES, OFFICES, DEMONSTRATION = "places.toml", "offices.toml", "demonstration.toml"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Province(_Part):
    code: str
    number: str = Field(description="Official number of a province that exists today.")
    name: Label


class _Country(_Part):
    code: str
    name: Label
    seat: str


class _PlacesFile(_Part):
    province: tuple[_Province, ...]
    country: tuple[_Country, ...] = ()
    division: tuple[Division, ...] = Field(min_length=1)
    group: tuple[Group, ...] = ()


class _Row(_Part):
    """An office that does not follow from role and place, or differs from what follows."""

    ref: OfficeRef
    place: str
    serves: tuple[str, ...] | None = Field(default=None, description="Default: its place.")
    unplaced_in: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successor: OfficeRef | None = None
    name: Label | None = None


class _OfficesFile(_Part):
    role: tuple[Role, ...]
    office: tuple[_Row, ...] = ()


class _Word(_Part):
    word: str
    province: str
    name: str
    unit: str = Field(description="Id of the commune since 1 July 2025.")
    former: str | None = Field(default=None, description="Id of the commune before; default: that of `unit`.")
    remote: bool | None = None


class _Post(_Part):
    code: str
    commune: str
    name: str


class _Demonstration(_Part):
    at_commune: tuple[str, ...] = ()
    at_district: tuple[str, ...] = ()
    in_province: tuple[str, ...] = ()
    home: dict[str, str] = Field(default_factory=dict)
    place: tuple[_Word, ...] = ()
    post: tuple[_Post, ...] = ()
    office: tuple[_Row, ...] = ()


def load_directory(folder: Traversable | None = None) -> Directory:
    """The directory of this package, or of another folder. A folder without `demonstration.toml` has no demonstration.

    Raises:
        PackError: a file is wrong, or names an unknown place, group, role or office.
    """
    folder = folder or root() / "directory"
    places = parse(_PlacesFile, read(folder / PLACES), f"directory/{PLACES}")
    table = parse(_OfficesFile, read(folder / OFFICES), f"directory/{OFFICES}")
    shown = _Demonstration()
    if (folder / DEMONSTRATION).is_file():
        shown = parse(_Demonstration, read(folder / DEMONSTRATION), f"directory/{DEMONSTRATION}")
    tree = _tree(places, shown)
    roles = {role.code: role for role in table.role}
    groups = {group.code: group for group in places.group}
    _check_roles(roles, tree, groups)
    rows = [*_rows(table.office, OFFICES, roles, tree), *_rows(shown.office, DEMONSTRATION, roles, tree)]
    rows += _short(shown, roles, tree)
    _check_rows(rows)
    return Directory(tree, roles, rows, places.division, groups)


def _tree(file: _PlacesFile, shown: _Demonstration) -> Places:
    """The places that exist, those that have ended, and those of the demonstration."""
    units = load_units()
    atlas = UnitPlaces(units)
    found = [
        Place(NATION, "nation", name=Label(vi="Việt Nam", en="Viet Nam")),
        Place(ABROAD, "abroad", ((None, NATION),), name=Label(vi="Ngoài nước", en="Abroad")),
        *(_province(one, units) for one in file.province),
        *(_ended(file.division)),
        *(Place(one.code, "country", ((None, ABROAD),), name=one.name) for one in file.country),
        *(Place(one.code, "post", _communes_of(shown, one.commune), name=_same(one.name)) for one in shown.post),
    ]
    codes = [place.code for place in found]
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        raise PackError(f"directory/{PLACES}: a place stands twice: {twice}")
    seats = {one.seat: Alias(one.code) for one in file.country}
    words = {one.word: Alias(one.unit, one.former) for one in shown.place}
    remote = {
        code: one.remote for one in shown.place if one.remote is not None for code in (one.unit, one.former) if code
    }
    tree = Places(found, {**seats, **words}, atlas, remote)
    _check_places(file, tree)
    _check_words(shown, tree)
    return tree


_IN_NATION = ((None, NATION),)


def _province(one: _Province, units: Units) -> Place:
    unit = units.unit(f"34-{one.number}")
    title = titled(unit.kind, unit.name) if unit is not None and one.name.vi == unit.name else None
    return Place(one.code, "province", _IN_NATION, name=one.name, title=title, number=one.number)


def _communes_of(shown: _Demonstration, word: str) -> tuple[tuple[date | None, str], ...]:
    """The commune in which a post lies: before 1 July 2025 that of the former map, in which it lay in a district."""
    found = next((one for one in shown.place if one.word == word), None)
    if found is None or found.former is None:
        return ((None, found.unit if found else word),)
    return ((None, found.former), (TWO_LEVELS_FROM, found.unit))


def _same(name: str) -> Label:
    return Label(vi=name, en=name)


def _ended(divisions: Iterable[Division]) -> Iterator[Place]:
    for division in divisions:
        for one in division.ended:
            yield Place(
                one.code,
                "province",
                _IN_NATION,
                valid_to=division.valid_from,
                successors=(one.successor,),
                name=one.name,
                title=titled("tỉnh", one.name.vi),
            )


def _check_words(shown: _Demonstration, tree: Places) -> None:
    """Refuse a word for a commune that does not exist, or that lies in another province."""
    for one in shown.place:
        place = tree.get(one.unit)
        if place is None or tree.get(one.former or one.unit) is None or place.parent(date.max) != one.province:
            raise PackError(f"directory/{DEMONSTRATION}: {one.word} is no commune of {one.province}")


def _check_places(file: _PlacesFile, tree: Places) -> None:
    known = tree.kept
    named = {name for group in file.group for name in group.members}
    for place in known.values():
        named.update(place.successors, (code for _, code in place.parents))
    if unknown := sorted(name for name in named if tree.get(name) is None):
        raise PackError(f"directory/{PLACES}: unknown places {unknown}")
    for place in known.values():
        for code in place.successors:
            if place.valid_to and not known[code].exists(place.valid_to):
                raise PackError(f"directory/{PLACES}: {place.code}: {code} does not outlast it")
        _check_no_ring(place, tree)


def _check_no_ring(place: Place, tree: Places) -> None:
    """Refuse a place that lies in itself, over others or not."""
    above, seen = {code for _, code in place.parents}, set[str]()
    while above:
        if place.code in above:
            raise PackError(f"directory/{PLACES}: {place.code} lies in itself")
        seen |= above
        found = (tree.get(one) for one in above)
        above = {code for one in found if one is not None for _, code in one.parents} - seen


def _check_roles(roles: Mapping[str, Role], tree: Places, groups: Mapping[str, Group]) -> None:
    for role in roles.values():
        homes = {*role.places, *([role.national] if role.national else [])}
        others = {name for name in (role.successor, role.supervisor, role.fallback) if name}
        lost = {home for home in homes if tree.get(home) is None}
        if unknown := sorted((lost - groups.keys() - {ALL}) | (others - roles.keys())):
            raise PackError(f"directory/{OFFICES}: {role.code}: unknown {unknown}")


def _rows(rows: Iterable[_Row], file: str, roles: Mapping[str, Role], tree: Places) -> Iterator[Office]:
    for row in rows:
        role = roles.get(role_of(row.ref))
        serves = row.serves if row.serves is not None else (row.place,)
        places = [tree.get(word) for word in (row.place, *serves, *([row.unplaced_in] if row.unplaced_in else []))]
        codes = [place.code for place in places if place is not None]
        if role is None or len(codes) < len(places):
            raise PackError(f"directory/{file}: {row.ref}: unknown role or place")
        end = min((day for day in (row.valid_to, role.valid_to) if day), default=None)
        begin = max((day for day in (row.valid_from, role.valid_from) if day), default=None)
        served = tuple(codes[1 : 1 + len(serves)])
        yield Office(row.ref, role.code, codes[0], served, row.unplaced_in, begin, end, row.successor, row.name)


def _short(shown: _Demonstration, roles: Mapping[str, Role], tree: Places) -> Iterator[Office]:
    """The offices with short ids: `commune/lao-cai` of one commune, `facility/lao-cai`, those of ended provinces."""
    if not (shown.at_commune or shown.at_district or shown.in_province):
        return
    provinces = list(tree.of_kind("province"))
    words = {one.word: one for one in shown.place}
    living = {one.code for one in provinces if one.valid_to is None}
    if shown.home.keys() != living or not set(shown.home.values()) <= words.keys():
        raise PackError(f"directory/{DEMONSTRATION}: [home] names one known commune for each province of today")
    for one in provinces:
        home = words.get(shown.home.get(one.code, ""))
        communes = tuple(code for code in (home.unit, home.former) if code) if home else ()
        before = tree.get(home.former) if home and home.former else None
        districts = (before.parents[0][1],) if before is not None else ()
        for role in shown.at_commune:
            yield _of_role(roles[role], one, communes)
        for role in shown.at_district:
            yield _of_role(roles[role], one, districts)
        for role in shown.in_province:
            yield _of_role(roles[role], one, (one.code,))


def _of_role(role: Role, province: Place, serves: tuple[str, ...]) -> Office:
    """An office with a short id. It is at the first place that it serves, and takes what is only in its province."""
    end = min((day for day in (role.valid_to, province.valid_to) if day), default=None)
    ref, place = f"{role.code}/{province.code}", serves[0] if serves else province.code
    return Office(ref, role.code, place, serves, province.code, role.valid_from, end)


def _check_rows(rows: Iterable[Office]) -> None:
    """Refuse two offices with one id, or for one role and place at one time."""
    seen: set[str] = set()
    served: dict[tuple[str, str], list[Office]] = {}
    for row in rows:
        if row.ref in seen:
            raise PackError(f"directory: {row.ref} stands twice")
        seen.add(row.ref)
        for code in row.serves:
            others = served.setdefault((row.role, code), [])
            if one := next((other for other in others if _together(other, row)), None):
                raise PackError(f"directory: {one.ref} and {row.ref} are one role at one place, {code}")
            others.append(row)


def _together(one: Office, other: Office) -> bool:
    """Whether two offices exist on one day."""
    first_ends = one.valid_to is None or other.valid_from is None or other.valid_from < one.valid_to
    other_ends = other.valid_to is None or one.valid_from is None or one.valid_from < other.valid_to
    return first_ends and other_ends
