"""Read and lock the file of a case, under the law as it is now."""

from collections.abc import Sequence

from casework import repository
from casework.amendments.book import Document, LawBook
from casework.amendments.refold import write_refolded
from casework.domain.case_file import CaseFile
from casework.errors import UnknownCase
from contracts.standing import Standing
from kit.uow import Tx


async def lock(tx: Tx, book: LawBook, case_id: str) -> CaseFile:
    """The file of a case under the law as it is now, locked until the end of the transaction.

    A case that was last folded under an older law is folded anew first, as a step of its own.

    Raises:
        UnknownCase: 404. PackDiffers: the version of its pack is not installed here, 503.
    """
    document = await _locked(tx, case_id)
    law = await book.at(tx, document.law)
    if document.case.law_seq < law.seq:
        await write_refolded(tx, law, [book.refolded(tx, document, law)])
        document = await _locked(tx, case_id)
    return book.file_under(document, law)


async def lock_free(tx: Tx, book: LawBook, case_ids: Sequence[str]) -> dict[str, CaseFile]:
    """Lock those of these cases that no other transaction has locked or has just changed; the others need `lock`.

    It waits for no lock, so it can lock many cases at once without a deadlock. Raises `PackDiffers` as `lock` does.
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
        document = await _lock_once(tx, case_id)  # the lock waited for another change; now its rows are visible too
    return document


async def _lock_once(tx: Tx, case_id: str) -> Document:
    document = await repository.lock_case(tx.session, case_id)
    if document is None:
        raise UnknownCase
    return Document.model_validate_json(document)


async def read(tx: Tx, book: LawBook, case_id: str) -> CaseFile:
    """The file of a case, only for reading. Stored lanes, clocks and waits are not in it. Raises as `lock` does."""
    document = await repository.read_case(tx.session, case_id)
    if document is None:
        raise UnknownCase
    found = Document.model_validate_json(document)
    return book.file_under(found, await book.at(tx, found.law))


async def standing_of(tx: Tx, case_id: str) -> Standing:
    """The stored standing of a case, without its file. Raises `UnknownCase`."""
    found = await repository.standings(tx.session, [case_id])
    if case_id not in found:
        raise UnknownCase
    return Standing.model_validate_json(found[case_id])


def stored_standing(file: CaseFile) -> Standing:
    """The stored standing, on which rights are decided. Raises `UnknownCase` for a case that is not opened yet."""
    if file.stored.standing is None:
        raise UnknownCase
    return file.stored.standing
