"""The law that a case is folded with: which amendment is the newest comes with the case, in the same statement.

A process keeps the laws that it has met by the link of their chain, so an older one in memory is never taken for the
newest. A case that was last folded under an older law is folded anew before anything else is done with it.
"""

import logging
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from casework import repository, repository_law
from casework.domain import amending
from casework.domain.amending import Amended
from casework.domain.file import CaseFile, Stored
from casework.domain.law import AmendmentRecord, Law, broken, law_of
from casework.domain.projecting import Projected
from casework.domain.records import CaseRecord
from casework.errors import PackDiffers
from contracts.events.casework import CaseChanged, ClocksMoved, TransferChanged
from kit.uow import Tx
from regulations import Library, NoPack, Pack, PackError, PackMissing

log = logging.getLogger(__name__)
LAWS_KEPT = 16


class Mark(BaseModel):
    """The newest signed amendment: its number, and the link of the chain that stands for all of them."""

    model_config = ConfigDict(frozen=True)

    seq: int
    head: str


class Document(Stored):
    """A case and its file, as `repository` gives both."""

    case: CaseRecord
    snapshot_version: int | None = None
    law: Mark | None = None


class LawBook:
    """Finds the law that a case is folded with, and remembers the laws that this process has met.

    Args:
        library: of the installed packs.
    """

    def __init__(self, library: Library) -> None:
        self.library = library
        self._package = law_of(library.world)
        self._laws: dict[str, Law] = {}

    async def at(self, tx: Tx, mark: Mark | None) -> Law:
        """The law of this mark; None is the package's."""
        if mark is None:
            return self._package
        if mark.head not in self._laws:
            rows = await repository_law.signed(tx.session, mark.seq)
            signed = [AmendmentRecord.model_validate_json(row) for row in rows]
            if (wrong := broken(signed)) is not None:
                log.error("the signed amendment %s is not as it was signed", wrong)
            while len(self._laws) >= LAWS_KEPT:
                self._laws.pop(next(iter(self._laws)))
            self._laws[mark.head] = law_of(self.library.world, signed)
        return self._laws[mark.head]

    async def current(self, tx: Tx) -> Law:
        """The law as it is now."""
        found = await repository_law.mark(tx.session)
        return await self.at(tx, Mark.model_validate_json(found) if found else None)

    def pinned(self, pack_id: str, pack_hash: str | None) -> Pack:
        """The version of a pack that a case is pinned to; without a hash the package's.

        Raises:
            PackDiffers: it is not installed here, or cannot be read: an alarm. Nothing may be folded with another.
        """
        try:
            return self.library.pack(pack_id, pack_hash)
        except (NoPack, PackMissing, PackError) as error:
            what = "a version of the regulation pack %s that a case is pinned to is not installed or cannot be read: %s"
            log.error(what, pack_id, error)
            raise PackDiffers from None

    def file_under(self, document: Document, law: Law) -> CaseFile:
        """The file of a case under a law; one that is not behind it keeps its version of the pack.

        So does one whose facts contradict the amended version: its own is better than none.
        """
        case = document.case
        stays = CaseFile(case, document, self.pinned(case.pack_id, case.pack_hash), law.world)
        if case.law_seq >= law.seq:
            return stays
        wanted = law.version_of(case.pack_id, case.pack_hash)
        behind = case.model_copy(update={"law_seq": law.seq})
        if wanted == case.pack_hash:
            return CaseFile(behind, document, stays.pack, law.world)
        pack = self.pinned(case.pack_id, wanted)
        moved = CaseFile(behind.model_copy(update={"pack_hash": wanted}), document, pack, law.world)
        return moved if amending.folds(moved) else CaseFile(behind, document, stays.pack, law.world)

    def refolded(self, tx: Tx, document: Document, law: Law) -> Amended:
        """A locked case that is behind a law, folded under it; nothing is written yet."""
        return amending.refold(self.file_under(document, law), document.case.pack_hash, law, tx.now)


def tell(tx: Tx, after: Projected, *, announce: bool) -> None:
    """Tell the bus of a written file; `announce` sends `CaseChanged`. Each step of a transfer is sent as well."""
    case = after.file.case
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


async def take_along(tx: Tx, law: Law, cases: Sequence[Amended]) -> None:
    """Write locked cases that were folded under a newer law, all at once, and tell what moved."""
    same = [one.after.file.case.case_id for one in cases if not one.changed]
    if same:
        await repository_law.note_unmoved(tx.session, same, law.seq)
    changed = [one for one in cases if one.changed]
    if not changed:
        return
    await repository.write_files(
        tx.session, [one.after.columns for one in changed], rows_of([one.after for one in changed])
    )
    assert law.newest is not None, "cases are behind an amendment only"
    amendment_id = law.newest.amendment_id
    if moves := [row for one in changed for row in _moves(one, amendment_id)]:
        await repository_law.add_moves(tx.session, moves)
    for one in changed:
        tell(tx, one.after, announce=one.after.standing_changed)
        tx.emit(_clocks_moved(tx, one, amendment_id))


def rows_of(cases: Sequence[Projected]) -> dict[str, list[Any]]:
    """The rows of many cases by table; ids to delete with their case."""
    rows: dict[str, list[Any]] = {}
    for one in cases:
        case_id = one.file.case.case_id
        for name, values in one.rows.items():
            old = name.startswith("old_")
            rows.setdefault(name, []).extend({"case_id": case_id, "id": key} if old else key for key in values)
    return rows


def _moves(one: Amended, amendment_id: str) -> list[dict[str, object]]:
    key = {"amendment_id": amendment_id, "case_id": one.after.file.case.case_id, "told_at": None}
    return [{**key, "office": office, "moved": moved} for office, moved in one.by_office().items()]


def _clocks_moved(tx: Tx, one: Amended, amendment_id: str) -> ClocksMoved:
    case = one.after.file.case
    return ClocksMoved(
        case_id=case.case_id,
        case_version=case.version,
        amendment_id=amendment_id,
        moved=len(one.moved),
        offices=tuple(office for office in one.by_office() if office),
        moved_at=tx.now,
    )
