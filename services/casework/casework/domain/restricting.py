"""The restriction of a case: what a second person has signed and nobody has lifted, all together (ADR 0040). Pure.

It belongs to the case and not to a lane, so hand-overs, transfers, corrections and a change of the offices leave it as
it is. `regulations.restricted` decides by it.
"""

from collections.abc import Iterable
from datetime import date

from casework.domain.case_file import CaseFile
from casework.domain.records import RestrictionRecord, SigningRecord
from contracts.standing import Restriction, Standing
from regulations.directory import Directory
from regulations.restricted import Person, digest_of, is_shut_out
from regulations.standings import IDENTIFICATION

RESTRICT, LIFT = "casework.restrict_case", "casework.lift_restriction"
OPERATIONS = (RESTRICT, LIFT)
STEPS = {RESTRICT: "RESTRICTED", LIFT: "RESTRICTION_LIFTED"}
"""What the signing of each names as its step."""
KINDS = ("restricted", "restriction_lifted")
"""Kinds of the lines of the timeline."""


def held(file: CaseFile) -> list[RestrictionRecord]:
    """What was signed and not lifted."""
    return [one for one in file.stored.restrictions if one.lifted_at is None]


def restriction_of(file: CaseFile, on: date) -> Restriction | None:
    """The restriction of a case on a day; None: it has none."""
    return combined(file.world.directory, file.case.case_id, held(file), on)


def combined(directory: Directory, case_id: str, records: Iterable[RestrictionRecord], on: date) -> Restriction | None:
    """What these records say together. The successor of a dissolved office has its named persons, and is shut out as it
    was.
    """
    found = [*records]
    if not found:
        return None
    members: dict[str, list[str]] = {}
    for one in found:
        for office, subjects in one.members.items():
            for name in _with_successor(directory, office, on):
                members.setdefault(name, []).extend(digest_of(case_id, subject) for subject in subjects)
    return Restriction(
        salt=case_id,
        closed=any(one.closes for one in found),
        members={office: tuple(sorted(set(digests))) for office, digests in sorted(members.items())},
        offices=tuple(sorted({name for one in found for name in shut_out(directory, one, on)})),
        persons=tuple(sorted({digest_of(case_id, subject) for one in found for subject in one.persons})),
    )


def shut_out(directory: Directory, one: RestrictionRecord, on: date) -> set[str]:
    """The offices that a record shuts out, with the successors of those that were dissolved."""
    return {name for office in one.offices for name in _with_successor(directory, office, on)}


def is_kept_out(file: CaseFile, office: str, on: date) -> bool:
    """Whether an office is shut out of a case, so that nothing of it is given to the office."""
    found = restriction_of(file, on)
    return found is not None and office in found.offices


def may_know(standing: Standing, record: RestrictionRecord, office: str, person: Person) -> bool:
    """Whether a caller who sees the case may know of this restriction: never one whom it shuts out, also when it waits
    for its signature and after it was lifted. Of an office that may not restrict the case nobody knows of it.
    """
    if names(record, office, person.subject):
        return False
    if is_shut_out(standing.restriction, office, person):
        return False
    carrying = standing.lanes.get(IDENTIFICATION)
    return office in (record.office, *standing.supervisors) or (carrying is not None and carrying.holder == office)


def asked_by(one: SigningRecord) -> RestrictionRecord | None:
    """The restriction that a signing asks for, or wants to lift; None if it is about anything else."""
    return RestrictionRecord.model_validate(one.body) if one.operation in OPERATIONS else None


def names(record: RestrictionRecord, office: str, subject: str) -> bool:
    """Whether a restriction shuts out this office, or this person. They must not learn of it."""
    return office in record.offices or subject in record.persons


def _with_successor(directory: Directory, office: str, on: date) -> tuple[str, ...]:
    living = directory.living(office, on)
    return (office,) if living in (None, office) else (office, str(living))
