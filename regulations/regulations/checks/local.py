"""Checks of local packs: each names what the laws have, adds and never changes, and makes no limit longer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from regulations.checks.found import Found
from regulations.checks.lists import reading_mistakes
from regulations.checks.local_fit import file_of, misfits
from regulations.directory import Directory
from regulations.instruments import Instruments
from regulations.local import LocalPack, with_local
from regulations.pack import Pack


def local_findings(
    packs: Sequence[LocalPack], laws: Mapping[str, Pack], instruments: Instruments, directory: Directory
) -> Iterator[tuple[str, Found]]:
    """Every finding with its file.

    Args:
        packs: every version of every local pack.
        laws: pack id → pack, without what local packs add.
        instruments: that the packs may carry out.
        directory: in which their places and roles must be.
    """
    for one in packs:
        file = file_of(one)
        yield from ((file, found) for found in _head(one, laws, instruments, directory))
        yield from ((file, found) for found in _rows(one, laws, directory))
        for law in (laws[law] for law in one.laws if law in laws):
            yield from ((file, found) for found in _beside(one, law))
        yield from ((file, found) for found in _versions(one, packs))
        yield from ((file, found) for found in _neighbours(one, packs, directory))
    for law in laws.values():
        for file, mistake in misfits(law, packs):
            yield file, ("error", mistake)


def _head(one: LocalPack, laws: Mapping[str, Pack], instruments: Instruments, directory: Directory) -> Iterator[Found]:
    if one.instrument not in instruments.by_id:
        yield "error", f"unknown instrument {one.instrument}"
    if unknown := sorted(set(one.laws) - laws.keys()):
        yield "error", f"unknown laws {unknown}"
    if not directory.places.known(one.place, one.since):
        yield "error", f"there is no place {one.place} on {one.since}"
    if one.rule and one.since < one.entered:
        yield "error", "its clocks would start before the day of the release that brought it"
    if one.until is not None and one.until <= one.since:
        yield "error", "it ends before it begins"


def _rows(one: LocalPack, laws: Mapping[str, Pack], directory: Directory) -> Iterator[Found]:
    owned = {code for law in laws.values() if law.id not in one.laws for code in (*law.rules, *law.reporting)}
    for name in sorted({row.id for row in (*one.rule, *one.report)} & owned):
        yield "error", f"{name}: a rule of this id stands in a law"
    met = {code for row in one.rule for code in row.to}
    for duty in one.duty:
        if duty.code not in met:
            yield "error", f"{duty.code}: no rule is met by this duty"
    for row in one.rule:
        if (row.amount is None) != (row.unit in ("none", "immediate")):
            yield "error", f"{row.id}: a number and its unit go together"
        yield from _roles(row.id, row.informs, one, directory)
        for mistake in reading_mistakes(one.readings, row.id, row):
            yield "error", mistake
    for report in one.report:
        if (report.before is None) == (report.every_months is None):
            yield "error", f"{report.id}: either a day of the year or a number of months"
        yield from _roles(report.id, (*report.by, report.to), one, directory)
        for mistake in reading_mistakes(one.readings, report.id, report):
            yield "error", mistake


def _roles(name: str, roles: Iterable[str], one: LocalPack, directory: Directory) -> Iterator[Found]:
    for role in roles:
        if role not in directory.roles:
            yield "error", f"{name}: unknown role {role}"
        elif not _has(directory, role, one.place, one.since):
            yield "warning", f"{name}: {role} has no office in {one.place}"


def _has(directory: Directory, role: str, place: str, since: date) -> bool:
    """Whether a role of provinces has an office at a place, on the first day on which there can be one."""
    known, spec = directory.places.get(place), directory.roles[role]
    day = max(since, spec.valid_from or since)
    wide = known is None or known.kind in ("nation", "abroad")
    return wide or spec.level != "province" or directory.at(role, place, day) is not None


def _beside(one: LocalPack, law: Pack) -> Iterator[Found]:
    """What does not fit one of the laws that it adds to."""
    whole = with_local(law, [one])
    for row in one.rule:
        if row.id not in whole.rules:
            yield "error", f"{row.id}: in {law.id} nothing starts it or nothing ends it"
            continue
        known = whole.lanes[row.lane].by_code.keys()
        if unknown := sorted({*row.starts_on, *row.to, *row.voids_on} - known):
            yield "note", f"{row.id}: {law.id} has no {', '.join(unknown)}"


def _versions(one: LocalPack, packs: Sequence[LocalPack]) -> Iterator[Found]:
    """A rule of a version is the rule of the earlier version, or has another id: its running clocks go on."""
    before = [other for other in packs if other.id == one.id and other.since < one.since]
    known = {row.id: row for other in before for row in other.rule}
    for row in one.rule:
        if row.id in known and row != known[row.id]:
            yield "error", f"{row.id}: differs from the same rule of an earlier version; give it another id"


def _neighbours(one: LocalPack, packs: Sequence[LocalPack], directory: Directory) -> Iterator[Found]:
    """Another pack that starts clocks in the same lanes, places and days: a lane has one local pack."""
    for other in (other for other in packs if other.id in one.stands_for):
        if other.place not in directory.chain(one.place, max(one.since, other.since)):
            yield "error", f"stands for {other.id} of {other.place}, which is not around {one.place}"
    for other in packs:
        if other.id <= one.id or {one.id} & {*other.stands_for} or {other.id} & {*one.stands_for}:
            continue
        if not _meet(one, other, directory):
            continue
        if lanes := sorted({row.lane for row in one.rule} & {row.lane for row in other.rule}):
            yield "error", f"{other.id} starts clocks in the same lanes {lanes} at the same places"


def _meet(one: LocalPack, other: LocalPack, directory: Directory) -> bool:
    day = max(one.since, other.since)
    if any(pack.until is not None and pack.until <= day for pack in (one, other)):
        return False
    if not {*one.laws} & {*other.laws}:
        return False
    return one.place in directory.chain(other.place, day) or other.place in directory.chain(one.place, day)
