"""The use case of the look-up."""

from casefile.start import person_of
from casework.errors import Misheard
from casework.finding import repository
from casework.finding.schemas import FindQuery, FoundCase, FoundCases
from contracts.numbers import heard_alias, heard_number
from contracts.problems import NotFound
from contracts.standing import Standing
from kit.auth import Principal
from kit.uow import Tx
from regulations.rights import Rights

SEES = "casework.get_case"
"""The operation whose right decides whether an office finds a case."""


async def find(tx: Tx, rights: Rights, principal: Principal, query: FindQuery) -> FoundCases:
    """The cases with this number or alias that the caller may see.

    Raises:
        Misheard: 422, no case can have it. NotFound: 404, the same for an unknown case and for one of others.
    """
    read = await _standings(tx, query)
    standings = {case_id: Standing.model_validate_json(body) for case_id, body in read.items()}
    seen = rights.allowed(principal.office, SEES, standings, person=person_of(principal))
    seen -= {""}  # the empty id: no case was found
    if not seen:
        raise NotFound
    return FoundCases(items=[FoundCase(case_id=case_id) for case_id in sorted(seen)])


async def _standings(tx: Tx, query: FindQuery) -> dict[str, str]:
    if query.number is not None:
        if (key := heard_number(query.number)) is None:
            raise Misheard("Số hồ sơ không hợp lệ, đề nghị kiểm tra lại. (This is no number of a case: listen again.)")
        return await repository.by_number(tx.session, key)
    if (key := heard_alias(query.alias or "")) is None:
        raise Misheard("Bí danh không hợp lệ, đề nghị kiểm tra lại. (This is no alias of a person: listen again.)")
    return await repository.by_alias(tx.session, key)
