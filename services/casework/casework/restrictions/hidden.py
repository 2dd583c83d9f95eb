"""What the lists of an office leave out for a caller, because a restriction keeps it from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from casefile.start import person_of
from casework.domain.records import RestrictionRecord
from casework.domain.restricting import names
from casework.members.service import roster
from casework.restrictions import repository
from contracts.ids import role_of
from contracts.standing import Standing
from kit.auth import Principal
from kit.uow import Tx
from regulations.legal_time import legal_date
from regulations.restricted import admits, is_shut_out

SEES = "casework.get_case"


@dataclass(frozen=True)
class Hidden:
    """Attributes:
    cases: that are closed to the caller. shut_out: those of them from which the caller is shut out, so that not even a
        signature is asked of it. signings: id of the signing of a restriction that names the caller → its case.
    """

    cases: frozenset[str] = frozenset()
    shut_out: frozenset[str] = frozenset()
    signings: Mapping[str, str] = field(default_factory=dict[str, str])


NOTHING = Hidden()


async def hidden_from(tx: Tx, principal: Principal) -> Hidden:
    """What is hidden from a caller. There are few restricted cases, so all of them are looked at."""
    office, person = principal.office, person_of(principal)
    cases: set[str] = set()
    out: set[str] = set()
    signings: dict[str, str] = {}
    for row in await repository.restricted(tx.session, office):
        if row.kind == "signing":
            if names(RestrictionRecord.model_validate_json(row.body), office, person.subject):
                signings[row.id] = row.case_id
            continue
        standing = Standing.model_validate_json(row.body)
        if is_shut_out(standing.restriction, office, person):
            out.add(row.id)
        if not admits(standing, office, person, SEES):
            cases.add(row.id)
    return Hidden(frozenset(cases), frozenset(out), signings)


async def kept_from(tx: Tx, office: str, subject: str) -> frozenset[str]:
    """The cases that are closed to a member of an office."""
    position = (await roster(tx, office)).position(subject, legal_date(tx.now))
    return (await hidden_from(tx, Principal(office, role_of(office), subject, position=position or ""))).cases
