"""The law under which a case is folded. The statement that reads a case also reads which amendment is the newest.

A process keeps laws in memory by the hash of their chain, so it never takes an older law for the newest. A case that
was last folded under an older law is folded anew before anything else is done with it.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace

from pydantic import BaseModel, ConfigDict

from casework.amendments import moves, office_moves, repository
from casework.amendments.law import AmendmentRecord, Law, broken, law_of
from casework.amendments.moves import Refolded
from casework.domain.case_file import CaseFile, Stored
from casework.domain.records import CaseRecord
from casework.errors import OfficesDiffer, PackDiffers
from kit.uow import Tx
from regulations import Library, NoPack, Pack, PackError, PackMissing
from regulations.office_changes import ChangesRefused

log = logging.getLogger(__name__)
LAWS_KEPT = 16


class Mark(BaseModel):
    """The newest signed amendment: its number, and its chain hash, which covers all amendments before it."""

    model_config = ConfigDict(frozen=True)

    seq: int
    head: str


class Document(Stored):
    """A case and its file, as `casework.repository` gives both."""

    case: CaseRecord
    snapshot_version: int | None = None
    law: Mark | None = None

    @property
    def one_snapshot(self) -> bool:
        """Whether all was read at one instant. If not, the case waited for a lock and changed after the rest was read.

        A re-fold without moves changes only the number of the law.
        """
        return self.snapshot_version == self.case.version and (self.law.seq if self.law else 0) >= self.case.law_seq


class BeforeOpening(BaseModel):
    """What is read before a case is opened: the newest signed amendment, and whether the case is open already."""

    law: Mark | None
    known: bool


class LawBook:
    """Finds the law under which a case is folded, and keeps the laws that this process has used.

    Args:
        library: the installed packs.
    """

    def __init__(self, library: Library) -> None:
        self.library = library
        self._package = law_of(library.world)
        self._laws: dict[str, Law] = {}

    async def at(self, tx: Tx, mark: Mark | None) -> Law:
        """The law of this mark; without a mark, the law of the package."""
        if mark is None:
            return self._package
        if mark.head not in self._laws:
            rows = await repository.signed(tx.session, mark.seq)
            signed = [AmendmentRecord.model_validate_json(row) for row in rows]
            if (wrong := broken(signed)) is not None:
                log.error("the signed amendment %s is not as it was signed", wrong)
            while len(self._laws) >= LAWS_KEPT:
                self._laws.pop(next(iter(self._laws)))
            self._laws[mark.head] = self._law_of(signed)
        return self._laws[mark.head]

    def _law_of(self, signed: Sequence[AmendmentRecord]) -> Law:
        try:
            return law_of(self.library.world, signed)
        except ChangesRefused as error:
            log.error("the signed changes of the offices do not fit the directory of this release: %s", error)
            raise OfficesDiffer from None

    async def current(self, tx: Tx) -> Law:
        """The law as it is now."""
        found = await repository.mark(tx.session)
        return await self.at(tx, Mark.model_validate_json(found) if found else None)

    def pinned(self, pack_id: str, pack_hash: str | None) -> Pack:
        """The version of a pack to which a case is pinned; without a hash, the version of the package.

        Raises:
            PackDiffers: it is not installed here or cannot be read. This is an alarm: no other version may be used.
        """
        try:
            return self.library.pack(pack_id, pack_hash)
        except (NoPack, PackMissing, PackError) as error:
            what = "a version of the regulation pack %s that a case is pinned to is not installed or cannot be read: %s"
            log.error(what, pack_id, error)
            raise PackDiffers from None

    def beside(self, pack_id: str, content_hash: str | None) -> Pack | None:
        """The pack beside that of a case (`World.beside`), in this version; raises as `pinned` does."""
        other = self.library.world.beside(pack_id)
        return self.pinned(other, content_hash) if other is not None else None

    def file_under(self, document: Document, law: Law) -> CaseFile:
        """The file of a case under a law.

        A case that is not behind the law keeps its version of the pack. So does a case whose facts contradict the
        amended version, because it could not be folded with that one.
        """
        case = document.case
        stays = self._file(document, case, law)
        if case.law_seq >= law.seq:
            return stays
        behind = stays.case.model_copy(update={"law_seq": law.seq})
        wanted = law.version_of(case.pack_id, case.pack_hash), self._wanted_beside(stays.case, law)
        if wanted == (case.pack_hash, stays.case.beside_hash):
            return replace(stays, case=behind)
        pinned = behind.model_copy(update={"pack_hash": wanted[0], "beside_hash": wanted[1]})
        moved = self._file(document, pinned, law)
        return moved if moves.folds(moved) else replace(stays, case=behind)

    def _file(self, document: Document, case: CaseRecord, law: Law) -> CaseFile:
        """The file of a case with the packs to which it is pinned.

        A case of an earlier release is not pinned to the second pack yet: it gets the newest version of it.
        """
        pinned = case.beside_hash or self._wanted_beside(case, law)
        beside = self.beside(case.pack_id, pinned)
        now = case.model_copy(update={"beside_hash": beside.content_hash if beside else None})
        return CaseFile(now, document, self.pinned(case.pack_id, case.pack_hash), law.world, beside)

    def _wanted_beside(self, case: CaseRecord, law: Law) -> str | None:
        """Content hash of the newest version of the pack beside that of a case, or of the version it is pinned to."""
        other = law.world.beside(case.pack_id)
        return law.version_of(other, case.beside_hash) if other else None

    def untouched(self, document: Document, law: Law) -> bool:
        """Whether a fold under a law, newer than that of the case, would find the rows that are stored.

        "No" may also mean that only the fold can tell: if something was paused, or the pack has another version.
        """
        case, since = document.case, law.since(document.case.law_seq)
        if law.version_of(case.pack_id, case.pack_hash) != case.pack_hash:
            return False
        if self._wanted_beside(case, law) != case.beside_hash:
            return False
        if changes := [one for one in since if one is not None]:
            named = office_moves.named_by(document, law.world.directory)
            if any(one.touches(law.world.directory, *named) for one in changes):
                return False
        if len(changes) == len(since):
            return True
        return not document.pauses and moves.due_as_stored(self._file(document, case, law).law, document.clocks)

    def refolded(self, tx: Tx, document: Document, law: Law) -> Refolded:
        """A locked case that is behind a law, folded under it. Nothing is written yet."""
        before = document.case
        return moves.refold(self.file_under(document, law), before.pack_hash, law, tx.now, before.beside_hash)
