"""The heart: lock a case, fold it with a change, write what follows. API, consumers and waits all go through here."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from casework import repository
from casework.domain.file import CaseFile, Change
from casework.domain.projecting import Projected, project
from casework.domain.records import CorrectionRecord, FactRecord
from casework.domain.standing import living_holder
from casework.errors import UnknownCase
from casework.service.law import Document, LawBook, rows_of, take_along, tell
from contracts.events.casework import FactCorrected
from contracts.problems import Forbidden
from contracts.standing import Standing
from kit.uow import Tx
from regulations.legal_time import legal_date


class Author(BaseModel):
    """Who does a step: the office and the opaque id of its person or system."""

    model_config = ConfigDict(frozen=True)

    office: str
    actor: str

    @property
    def role(self) -> str:
        """Kind of the office."""
        return self.office.partition("/")[0]


async def lock(tx: Tx, book: LawBook, case_id: str) -> CaseFile:
    """The file of a case, locked until the end of the transaction, under the law of now.

    A case that was last folded under an older law is folded anew first, as a step of its own.

    Raises:
        UnknownCase: 404. PackDiffers: its version of the pack is not installed here.
    """
    document = await _locked(tx, case_id)
    law = await book.at(tx, document.law)
    if document.case.law_seq < law.seq:
        await take_along(tx, law, [book.refolded(tx, document, law)])
        document = await _locked(tx, case_id)
    return book.file_under(document, law)


async def lock_free(tx: Tx, book: LawBook, case_ids: Sequence[str]) -> dict[str, CaseFile]:
    """The files of those cases that are free and as this transaction sees them, locked; the others are left to `lock`.

    Waiting for nobody, it may lock many at once without a deadlock. Raises `PackDiffers` as `lock` does.
    """
    files: dict[str, CaseFile] = {}
    for text in await repository.lock_free(tx.session, list(case_ids)):
        document = Document.model_validate_json(text)
        case, law = document.case, await book.at(tx, document.law)
        if document.snapshot_version == case.version and case.law_seq >= law.seq:
            files[case.case_id] = book.file_under(document, law)
    return files


async def _locked(tx: Tx, case_id: str) -> Document:
    document = await _lock_once(tx, case_id)
    if document.snapshot_version != document.case.version:
        document = await _lock_once(tx, case_id)  # another change was waited for; now its rows are seen too
    return document


async def _lock_once(tx: Tx, case_id: str) -> Document:
    document = await repository.lock_case(tx.session, case_id)
    if document is None:
        raise UnknownCase
    return Document.model_validate_json(document)


async def read(tx: Tx, book: LawBook, case_id: str) -> CaseFile:
    """The file of a case to look at; raises as `lock` does. Stored lanes, clocks and waits are not in it."""
    document = await repository.read_case(tx.session, case_id)
    if document is None:
        raise UnknownCase
    found = Document.model_validate_json(document)
    return book.file_under(found, await book.at(tx, found.law))


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
    for correction in change.corrections:
        if fact := file.fact(correction.fact_id):
            tx.emit(_corrected(correction, fact))
    return after


def _corrected(correction: CorrectionRecord, fact: FactRecord) -> FactCorrected:
    """For the services, one of which may have stated the fact and keep a record of its own."""
    return FactCorrected(
        case_id=correction.case_id,
        fact_id=fact.fact_id,
        correction_id=correction.correction_id,
        lane=fact.lane,
        state=fact.state,
        withdrawn=correction.withdrawn,
        occurred_at=correction.occurred_at,
        recorded_at=correction.recorded_at,
    )


async def write(tx: Tx, after: Projected, *, announce: bool) -> None:
    """Write a projected file; `announce` sends `CaseChanged`. Each step of a transfer is sent as well."""
    await repository.write_file(tx.session, after.columns, after.rows)
    tell(tx, after, announce=announce)


async def write_waits(tx: Tx, cases: Sequence[Projected]) -> None:
    """Write projected files that state nothing new, in one statement; telling is left to the caller."""
    await repository.write_files(tx.session, [one.columns for one in cases], rows_of(cases))


def office_only(office: str, *allowed: str | None) -> None:
    """Refuse (403) every office but these: a right narrower than the table of rights can say."""
    if office not in allowed:
        raise Forbidden


def holder_only(file: CaseFile, author: Author, lane: str, now: datetime, *others: str | None) -> None:
    """Refuse (403) all but whoever acts as holder of a lane, and `others`; successors stand for dissolved offices."""
    directory, today = file.world.directory, legal_date(now)
    allowed = [directory.living(one, today) for one in others if one]
    office_only(author.office, living_holder(directory, file.state.lanes.get(lane), today), *allowed)
