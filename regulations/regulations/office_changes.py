"""Dated changes of the offices: what is founded, dissolved, merged, or given to another office. Pure.

A directory with changes is another directory; the one before stays as it is. A list of changes is taken as a whole or
refused as a whole, with every reason. The order of the rows does not count: their days do.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.ids import OfficeRef, role_of
from contracts.times import Day
from regulations.directory import COORDINATING_ROLE, Directory
from regulations.model import Label
from regulations.offices import Office
from regulations.places import Place
from regulations.toml_files import content_hash

MERGED_KINDS = ("commune", "province")


class _Change(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    on: Day = Field(description="First day on which it holds.")


class Founded(_Change):
    """A new office begins."""

    kind: Literal["founded"]
    office: OfficeRef = Field(description="Id of the new office; only its role may be read from it.")
    place: str = Field(description="Where it is.")
    serves: tuple[str, ...] | None = Field(
        default=None, description="Places for which it has its role. Default: its place; none for an organisation."
    )
    name: Label | None = None


class Dissolved(_Change):
    """An office ends."""

    kind: Literal["dissolved"]
    office: OfficeRef
    successor: OfficeRef | None = Field(
        default=None, description="Office that takes over. Default: the one that has the role at its place then."
    )


class Merged(_Change):
    """A commune or a province becomes part of another one, and its offices end with it."""

    kind: Literal["merged"]
    place: str
    into: str = Field(description="A place of the same kind; a commune of the same province.")


class Given(_Change):
    """A role at a place goes to another office of this role. The office that had it keeps the lanes that it holds."""

    kind: Literal["given"]
    role: str
    place: str
    office: OfficeRef


OfficeChange = Annotated[Founded | Dissolved | Merged | Given, Field(discriminator="kind")]
Change = Founded | Dissolved | Merged | Given
_ORDER = (Dissolved, Merged, Founded, Given)
"""On one day what ends comes before what begins."""


class ChangesRefused(ValueError):
    """Changes that cannot be taken; `reasons` has one line for each mistake."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(dict.fromkeys(reasons))
        super().__init__("; ".join(self.reasons))


def amended(directory: Directory, changes: Sequence[Change], decision: str) -> Directory:
    """The directory with these changes. A change that the directory has already is passed over.

    Args:
        directory: stays as it is.
        changes: in any order.
        decision: number of the decision that orders them; part of the version.

    Raises:
        ChangesRefused: some cannot be taken; then none is.
    """
    found, reasons = directory, list(_twice(changes))
    for change in sorted(changes, key=lambda one: (one.on, _ORDER.index(type(one)))):
        if _is_so(found, change):
            continue
        if mistakes := list(_mistakes(found, change)):
            reasons += mistakes
        else:
            found = _with(found, change)
    if not reasons:
        reasons += [reason for one in changes for reason in _not_lasting(found, one)]
    if reasons:
        raise ChangesRefused(reasons)
    if found is directory:
        return directory
    content = [directory.version, decision, [one.model_dump(mode="json") for one in changes]]
    found.version = content_hash({"changes": content})
    return found


def _twice(changes: Sequence[Change]) -> Iterator[str]:
    seen: set[tuple[str, ...]] = set()
    for one in changes:
        key = _about(one)
        if key in seen:
            yield f"{' at '.join(key[1:])} stands twice"
        seen.add(key)


def _about(one: Change) -> tuple[str, ...]:
    match one:
        case Merged():
            return "place", one.place
        case Given():
            return "given", one.role, one.place
        case _:
            return one.kind, one.office


# what is wrong


def _is_so(directory: Directory, one: Change) -> bool:
    """Whether the directory has this change already, for example because a later release has it in its files."""
    match one:
        case Founded():
            known = directory.office(one.office)
            return known is not None and known.valid_from == one.on
        case Dissolved():
            known = directory.office(one.office)
            return known is not None and known.valid_to == one.on and known.successor == one.successor
        case Merged():
            place, into = directory.place(one.place), directory.place(one.into)
            goes = place is not None and into is not None and place.successors == (into.code,)
            return goes and place is not None and place.valid_to == one.on
        case Given():
            return directory.place(one.place) is not None and directory.at(one.role, one.place, one.on) == one.office


def _mistakes(directory: Directory, one: Change) -> Iterator[str]:
    match one:
        case Founded():
            yield from _of_founded(directory, one)
        case Dissolved():
            yield from _of_dissolved(directory, one)
        case Merged():
            yield from _of_merged(directory, one)
        case Given():
            yield from _of_given(directory, one)


def _of_founded(directory: Directory, one: Founded) -> Iterator[str]:
    role = directory.roles.get(role_of(one.office))
    unknown = [word for word in (one.place, *(one.serves or ())) if not _is_place(directory, word, one.on)]
    yield from (f"{one.office}: no place {word} on {one.on}" for word in unknown)
    if role is None:
        yield f"{one.office}: unknown role"
        return
    if directory.office(one.office) is not None:
        yield f"{one.office}: there is or was an office with this id"
    if role.valid_to is not None and role.valid_to <= one.on:
        yield f"{one.office}: its role ends on {role.valid_to}, before the office begins"
    for code in () if unknown else _served(directory, one):
        for other in directory.direct(role.code, code):
            if other.valid_to is None or other.valid_to > one.on:
                yield f"{other.ref} and {one.office} would be two offices of one role at {code}"


def _of_dissolved(directory: Directory, one: Dissolved) -> Iterator[str]:
    office = directory.office(one.office)
    if office is None:
        yield f"{one.office}: unknown office"
    elif office.valid_to is not None:
        yield f"{one.office}: it ends on {office.valid_to} already"
    elif office.valid_from is not None and one.on <= office.valid_from:
        yield f"{one.office}: it would end on {one.on}, before it begins"
    elif one.successor and role_of(one.successor) not in (office.role, directory.roles[office.role].successor):
        yield f"{one.successor} has another role than {office.ref}, so it cannot take over its lanes"


def _of_merged(directory: Directory, one: Merged) -> Iterator[str]:
    place, into = directory.place(one.place), directory.place(one.into)
    if place is None or into is None:
        yield from (f"unknown place {word}" for word in (one.place, one.into) if directory.place(word) is None)
    elif place.code == into.code:
        yield f"{place.code} would lie in itself"
    elif place.kind != into.kind or place.kind not in MERGED_KINDS:
        yield f"{place.code}, a {place.kind}, cannot become part of {into.code}, a {into.kind}"
    elif place.valid_to is not None:
        yield f"{place.code}: it ends on {place.valid_to} already"
    elif place.valid_from is not None and one.on <= place.valid_from:
        yield f"{place.code}: it would end on {one.on}, before it begins"
    elif directory.province(into.code, one.on) != directory.province(place.code, one.on) and place.kind == "commune":
        yield f"{into.code} lies in another province than {place.code}"


def _of_given(directory: Directory, one: Given) -> Iterator[str]:
    if one.role not in directory.roles:
        yield f"unknown role {one.role}"
    if not _is_place(directory, one.place, one.on):
        yield f"{one.role}: no place {one.place} on {one.on}"
    if directory.office(one.office) is None:
        yield f"{one.office}: unknown office"
    elif role_of(one.office) != one.role:
        yield f"{one.office} has another role than {one.role}"


def _not_lasting(directory: Directory, one: Change) -> Iterator[str]:
    """What takes over must exist on that day, with all changes."""
    match one:
        case Dissolved() if one.successor is not None:
            heir, what = directory.office(one.successor), one.office
        case Merged():
            heir, what = directory.place(one.into), one.place
        case Given():
            heir, what = directory.office(one.office), f"{one.role} at {one.place}"
        case _:
            return
    name = one.successor if isinstance(one, Dissolved) else one.into if isinstance(one, Merged) else one.office
    if heir is None:
        yield f"{what}: unknown successor {name}"
    elif not heir.exists(one.on):
        yield f"{what}: {name} does not exist on {one.on}"


def _is_place(directory: Directory, word: str, on: date) -> bool:
    place = directory.place(word)
    return place is not None and place.exists(on)


# the directory with one change


def _with(directory: Directory, one: Change) -> Directory:
    match one:
        case Founded():
            role, place = role_of(one.office), _place(directory, one.place)
            served = _served(directory, one)
            past = {office.ref: office for code in served for office in directory.direct(role, code)}
            office = Office(one.office, role, place.code, served, None, one.on, directory.roles[role].valid_to)
            return _rebuilt(directory, {**past, one.office: replace(office, name=one.name)})
        case Dissolved():
            office = directory.office(one.office)
            assert office is not None, "checked before"
            return _rebuilt(directory, {office.ref: replace(office, valid_to=one.on, successor=one.successor)})
        case Merged():
            return _merged(directory, one)
        case Given():
            key = (one.role, _place(directory, one.place).code)
            rows = sorted({**dict(directory.given.get(key, ())), one.on: one.office}.items())
            return _rebuilt(directory, given={key: tuple(rows)})


def _rebuilt(
    directory: Directory,
    rows: Mapping[str, Office] = MappingProxyType({}),
    places: Iterable[Place] = (),
    given: Mapping[tuple[str, str], tuple[tuple[date, str], ...]] = MappingProxyType({}),
) -> Directory:
    """The directory with other rows for these offices, places of these codes, and roles given at these places."""
    return Directory(
        directory.places.amended(places),
        directory.roles,
        {**directory.rows, **rows}.values(),
        directory.divisions,
        directory.groups,
        {**directory.given, **given},
    )


def _place(directory: Directory, word: str) -> Place:
    place = directory.place(word)
    assert place is not None, "checked before"
    return place


def _served(directory: Directory, one: Founded) -> tuple[str, ...]:
    if one.serves is None:
        is_own = directory.roles[role_of(one.office)].level == "organisation"
        return () if is_own else (_place(directory, one.place).code,)
    return tuple(_place(directory, word).code for word in one.serves)


def _merged(directory: Directory, one: Merged) -> Directory:
    """An office that is a row ends with the last of its places; those that follow from the place end with it anyway."""
    ends = replace(_place(directory, one.place), valid_to=one.on, successors=(_place(directory, one.into).code,))
    rows: dict[str, Office] = {}
    for office in directory.rows.values():
        left = [code for code in office.serves if code != ends.code and _is_place(directory, code, one.on)]
        if ends.code in office.serves and not left and office.exists(one.on):
            rows[office.ref] = replace(office, valid_to=one.on)
    return _rebuilt(directory, rows, (ends,))


# what the changes touch


@dataclass(frozen=True)
class Touched:
    """What changes name.

    Attributes:
        places: whoever asks about one of these, or about a place in it, may get another answer.
        unplaced: the same for a province as such, but not for the communes in it.
        offices: ids of the offices that begin, end, or get a role.
    """

    places: frozenset[str]
    unplaced: frozenset[str]
    offices: frozenset[str]

    def touches(self, directory: Directory, places: Iterable[str], offices: Iterable[str]) -> bool:
        """Whether an answer about these places and offices may be another one with the changes.

        Args:
            directory: with the changes.
            places: codes of places or other words for them. offices: ids.
        """
        named = set(offices)
        if named & self.offices:
            return True
        homes = (directory.place_of(office) for office in named)
        for place in {*places, *(home for home in homes if home)}:
            if directory.places.around(place) & self.places or directory.places.became(place) & self.unplaced:
                return True
        return False


def touched(before: Directory, after: Directory, changes: Iterable[Change]) -> Touched:
    """What these changes touch: all that they name, and every office that is another row than before."""
    rows = [row for ref, row in after.rows.items() if before.rows.get(ref) != row]
    named = [word for one in changes for word in _named(one)]
    places = {code for row in rows for code in (row.place, *row.serves)}
    places |= {place.code for word in named if (place := after.place(word)) is not None}
    offices = {word for word in named if after.office(word) is not None} | {row.ref for row in rows}
    above = {name for role in after.roles.values() for name in (role.supervisor, role.fallback)} | {COORDINATING_ROLE}
    posts = [place for code in places if (place := after.place(code)) is not None and place.kind == "post"]
    places |= {code for post in posts for _, code in post.parents}
    places |= {row.unplaced_in for row in rows if row.unplaced_in and row.role in above}
    unplaced = {row.unplaced_in for row in rows if row.unplaced_in}
    return Touched(frozenset(places), frozenset(unplaced), frozenset(offices))


def _named(one: Change) -> tuple[str, ...]:
    match one:
        case Founded():
            return one.office, one.place, *(one.serves or ())
        case Dissolved():
            return (one.office, one.successor) if one.successor else (one.office,)
        case Merged():
            return one.place, one.into
        case Given():
            return one.place, one.office
