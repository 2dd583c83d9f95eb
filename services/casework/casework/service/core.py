"""The heart: lock a case, fold it with a change, write what follows. API, consumers and waits all go through here."""

import logging

from pydantic import BaseModel, ConfigDict

from casework import repository
from casework.domain.file import CaseFile, Change, Stored
from casework.domain.projecting import Projected, project
from casework.domain.records import CaseRecord
from casework.errors import PackDiffers, UnknownCase
from contracts.events.casework import CaseChanged, TransferChanged
from contracts.problems import Forbidden
from contracts.regulations import NoPack, Pack, load_pack, load_world
from contracts.standing import Standing
from kit.uow import Tx

log = logging.getLogger(__name__)


class _Document(Stored):
    """A case and its file, as `repository` gives both."""

    case: CaseRecord
    snapshot_version: int | None = None


class Author(BaseModel):
    """Who does a step: the office and the opaque id of its person or system."""

    model_config = ConfigDict(frozen=True)

    office: str
    actor: str

    @property
    def role(self) -> str:
        """Kind of the office."""
        return self.office.partition("/")[0]


async def lock(tx: Tx, case_id: str) -> CaseFile:
    """The file of a case, locked until the end of the transaction.

    Raises:
        UnknownCase: 404. PackDiffers: the installed pack is not the one that the case is pinned to.
    """
    document = await _locked(tx, case_id)
    if document.snapshot_version != document.case.version:
        document = await _locked(tx, case_id)  # another change was waited for; now its rows are seen too
    return _file(document)


async def _locked(tx: Tx, case_id: str) -> _Document:
    document = await repository.lock_case(tx.session, case_id)
    if document is None:
        raise UnknownCase
    return _Document.model_validate_json(document)


async def read(tx: Tx, case_id: str) -> CaseFile:
    """The file of a case to look at; raises as `lock` does. Stored lanes, clocks and waits are not in it."""
    document = await repository.read_case(tx.session, case_id)
    if document is None:
        raise UnknownCase
    return _file(_Document.model_validate_json(document))


def standing_of(file: CaseFile) -> Standing:
    """The stored standing, on which rights are decided."""
    if file.stored.standing is None:
        raise UnknownCase
    return file.stored.standing


async def apply(tx: Tx, file: CaseFile, change: Change) -> Projected:
    """Fold a locked file with a change and write what follows; tells the other services.

    Raises:
        Contradiction: 409; nothing is stored.
    """
    after = project(file, change, tx.now)
    await write(tx, after, announce=True)
    return after


async def write(tx: Tx, after: Projected, *, announce: bool) -> None:
    """Write a projected file; `announce` sends `CaseChanged`. Each step of a transfer is sent as well."""
    case = after.file.case
    await repository.write_file(tx.session, after.columns, after.rows)
    if announce:
        tx.emit(CaseChanged(case_id=case.case_id, case_version=case.version, standing=after.standing))
    for transfer in after.moved:
        tx.emit(
            TransferChanged(
                case_id=case.case_id,
                transfer_id=transfer.transfer_id,
                transfer_version=transfer.version,
                state=transfer.state,
                from_office=transfer.from_office,
                to_office=transfer.to_office,
                lanes=tuple(transfer.lanes),
                changed_at=tx.now,
            )
        )


def office_only(office: str, *allowed: str | None) -> None:
    """Refuse (403) every office but these: a right narrower than the table of rights can say."""
    if office not in allowed:
        raise Forbidden


def pinned(pack_id: str, pack_hash: str) -> Pack:
    """The pack that a case is pinned to.

    Raises:
        PackDiffers: it is not installed, or not as it was: an alarm. Nothing may be folded with another.
    """
    try:
        pack = load_pack(pack_id)
    except NoPack:
        log.error("regulation pack %s is not installed", pack_id)
        raise PackDiffers from None
    if pack.content_hash != pack_hash:
        log.error("regulation pack %s is not the one that a case is pinned to", pack_id)
        raise PackDiffers
    return pack


def _file(document: _Document) -> CaseFile:
    case = document.case
    return CaseFile(case, document, pinned(case.pack_id, case.pack_hash), load_world())
