"""What a restriction keeps from the inbox of a caller, and from the systems of an office (ADR 0040).

It is judged by the standing that the last notices of a case were made from. Every read of a case is decided on the
bucket, so a notice that is shown a moment too long opens nothing.
"""

from collections.abc import Callable, Iterable, Mapping

from casefile.start import person_of
from contracts.standing import Standing
from kit.auth import Principal
from kit.uow import Tx
from notify import repository
from notify.domain.notices import NewNotice
from notify.models import Notice
from regulations.restricted import admits, is_shut_out

TOLD = "standing"
"""Kind of the projection with the standing that the last notices of a case were made from: a notice tells what is new
since. No right is decided on it; it only keeps notices away."""
READS = "notify.list_inbox"


async def hidden_from(tx: Tx, principal: Principal, case_ids: Iterable[str]) -> Callable[[Notice], bool]:
    """Whether a notice about one of these cases is kept from the caller.

    Who is only asked to take a closed case over has a notice without the case, and must see it.
    """
    found, office, person = await standings(tx, case_ids), principal.office, person_of(principal)
    out = {case_id for case_id, one in found.items() if is_shut_out(one.restriction, office, person)}
    closed = {case_id for case_id, one in found.items() if not admits(one, office, person, READS)}
    return lambda notice: notice.case_id in out or (notice.case_shown and notice.case_id in closed)


async def standings(tx: Tx, case_ids: Iterable[str]) -> dict[str, Standing]:
    """The standings of those of these cases that are restricted."""
    bodies = await repository.restricted(tx, TOLD, sorted(set(case_ids)))
    return {case_id: Standing.model_validate(body) for case_id, body in bodies.items()}


def goes_out(found: Mapping[str, Standing], notice: NewNotice) -> bool:
    """Whether a notice may go to the webhooks and mailboxes of its office: these have no person who could be named.

    Args:
        found: the restricted cases among those of the notices.
    """
    standing = found.get(notice.case_id)
    if standing is None or standing.restriction is None:
        return True
    if is_shut_out(standing.restriction, notice.office, None):
        return False
    return not (standing.restriction.closed and notice.case_shown)
