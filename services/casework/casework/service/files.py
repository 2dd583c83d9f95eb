"""Read the file of a case under the law as it is now, to look at it or to change it."""

from collections.abc import Sequence

from casework import repository
from casework.amendments.book import Document, LawBook
from casework.amendments.refold import write_refolded
from casework.domain.case_file import CaseFile
from casework.errors import UnknownCase
from contracts.standing import Standing
from kit.idempotency import NO_KEY, Once
from kit.uow import Overtaken, Tx


async def take(tx: Tx, book: LawBook, case_id: str, once: Once = NO_KEY) -> CaseFile:
    """The file of a case under the law as it is now, for a change of the case.

    In a transaction that holds locks the case is locked until its end. Otherwise the write finds out whether the case
    or the law changed since (`casework.repository.write_file`).
    A case that was last folded under an older law is folded anew first, as a step of its own.

    Args:
        once: of the request; the answer that was kept for its key is `stored.answered`.

    Raises:
        UnknownCase: 404. PackDiffers: the version of its pack is not installed here, 503.
        Overtaken: the case must be folded anew first, and the transaction holds no locks.
    """
    document = await _taken(tx, case_id, once)
    law = await book.at(tx, document.law)
    if document.case.law_seq < law.seq:
        if not tx.locks:
            raise Overtaken
        await write_refolded(tx, law, [book.refolded(tx, document, law)])
        document = await _taken(tx, case_id, once)
    return book.file_under(document, law)


async def lock(tx: Tx, book: LawBook, case_id: str) -> CaseFile:
    """As `take`, in a transaction that holds locks: no other transaction changes the case until its end."""
    assert tx.locks, "without locks the case may change before it is written"
    return await take(tx, book, case_id)


async def lock_free(tx: Tx, book: LawBook, case_ids: Sequence[str]) -> dict[str, CaseFile]:
    """Lock those of these cases that no other transaction has locked or has just changed; the others need `take`.

    It waits for no lock, so it can lock many cases at once without a deadlock. Raises `PackDiffers` as `take` does.
    """
    files: dict[str, CaseFile] = {}
    for text in await repository.lock_free(tx.session, list(case_ids)):
        document = Document.model_validate_json(text)
        case, law = document.case, await book.at(tx, document.law)
        if document.one_snapshot and case.law_seq >= law.seq:
            files[case.case_id] = book.file_under(document, law)
    return files


async def _taken(tx: Tx, case_id: str, once: Once) -> Document:
    document = await _take_once(tx, case_id, once)
    if not document.one_snapshot:
        document = await _take_once(tx, case_id, once)  # it waited for another change; now its rows are visible too
    return document


async def _take_once(tx: Tx, case_id: str, once: Once) -> Document:
    load = repository.lock_case if tx.locks else repository.load_case
    document = await load(tx, case_id, once.asked)
    if document is None:
        raise UnknownCase
    return Document.model_validate_json(document)


async def read(tx: Tx, book: LawBook, case_id: str) -> CaseFile:
    """The file of a case, only for reading. Stored lanes, clocks and waits are not in it. Raises as `take` does."""
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
