"""How each office is related to a case. Every service decides rights by it, and asks casework's bucket each time.

What was read is remembered (`kit.bucket`), so that steps in a case that is known here go on while NATS is away. Reads
of what says most about a person must not go on for long by a part that may have ended: they pass `sensitive`.
"""

import asyncio
from collections.abc import Callable, Iterable
from time import monotonic

from contracts.problems import Invalid, NotFound
from contracts.standing import Standing
from contracts.topology import STANDINGS
from kit import telemetry
from kit.bucket import Document, Reader, Source
from kit.http import Call

SENSITIVE_SECONDS = 60.0
"""Identity, statements, protection and providers of support are read by a remembered standing for at most so long."""
HEADER = STANDINGS.version_header


class Standings(Reader[Standing]):
    """The standings of cases, by the id of the case; arguments as for `Reader`."""

    def __init__(self, source: Source, now: Callable[[], float] = monotonic) -> None:
        super().__init__(source, STANDINGS, Standing.model_validate, now)

    async def newest(self, case_id: str, *, seen: int = 0, sensitive: bool = False) -> Document[Standing] | None:
        """The standing of a case with its version; None for a case of which casework has published none.

        Args:
            case_id: of the case.
            seen: a version that the caller has seen; an older one does not count.
            sensitive: the decision is on a read of identity, statements or protection.

        Raises:
            Unavailable: it can neither be read nor be remembered now (503).
        """
        telemetry.correlate(case_id)
        return await self.get(case_id, at_least=seen, remembered_seconds=SENSITIVE_SECONDS if sensitive else None)


async def of(call: Call, case_id: str, *, sensitive: bool = False) -> Standing:
    """The standing on which a call is decided: not older than the version in its header `Standing-Version`.

    Raises:
        NotFound: 404, an unknown case. Unavailable: 503. Invalid: 422, the header is no number.
    """
    found = await call.get(Standings).newest(case_id, seen=seen_by(call), sensitive=sensitive)
    if found is None:
        raise NotFound()
    return found.body


async def of_another(call: Call, case_id: str) -> Standing | None:
    """The standing of a case on which the rights in another case depend; None if casework has published none.

    Raises:
        Unavailable: 503.
    """
    found = await call.get(Standings).newest(case_id)
    return found.body if found is not None else None


async def restricted(call: Call, case_ids: Iterable[str]) -> dict[str, Standing]:
    """Those of these cases that are restricted, with their standings; for lists, which show no closed case.

    Raises:
        Unavailable: 503.
    """
    ids = sorted(set(case_ids))
    found = await asyncio.gather(*(of_another(call, case_id) for case_id in ids))
    return {case_id: one for case_id, one in zip(ids, found, strict=True) if one and one.restriction is not None}


def seen_by(call: Call) -> int:
    """The version of the standing that the caller has seen; 0 without the header."""
    given = call.request.headers.get(HEADER)
    if given is None:
        return 0
    if not (given.isascii() and given.isdigit() and len(given) <= 9):
        raise Invalid(f"{HEADER} is not a version.")
    return int(given)
