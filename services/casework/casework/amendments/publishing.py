"""Shows the signed changes of the offices to the other services: one document in a bucket (ADR 0021)."""

import json
import logging

from casework.amendments import repository
from casework.errors import OfficesRefused
from contracts.topology import OFFICES
from kit import projections
from kit.uow import Tx
from regulations.signed_offices import KEY, MAX_BYTES, SignedChanges, SignedOffices

NEARLY_FULL = 0.75
"""From this part of the document on, every signature writes a warning into the log."""
log = logging.getLogger(__name__)


async def publish(tx: Tx) -> None:
    """Show all signed changes. Needs the lock of the signatures. Raises `OfficesRefused` if they are too many."""
    rows = await repository.of_offices(tx.session)
    signed = SignedOffices(amendments=tuple(SignedChanges.model_validate_json(row) for row in rows))
    body = signed.model_dump(mode="json", exclude_none=True)
    size = len(json.dumps(body))
    if size > MAX_BYTES:
        raise OfficesRefused(errors=[{"loc": "changes", "msg": "so many changes are for a release of the directory"}])
    if size > NEARLY_FULL * MAX_BYTES:
        log.warning("the signed changes of the offices take %d of %d bytes", size, MAX_BYTES)
    version = await _version(tx)
    await projections.put(tx, OFFICES.kind, KEY, version, body)
    tx.show(OFFICES, KEY, version)


async def publish_missed(tx: Tx) -> bool:
    """Show changes that a process of an older release signed, which did not show them; whether there were some.

    Raises:
        OfficesRefused: they are too many.
    """
    await repository.lock_signing(tx.session)
    shown = (await projections.get(tx, OFFICES.kind, [KEY])).get(KEY)
    if shown is not None and shown.version >= await _version(tx):
        return False
    await publish(tx)
    return True


async def _version(tx: Tx) -> int:
    """Of the document with all signed changes; the migration wrote the first one without any."""
    return await repository.newest_of_offices(tx.session) + 1
