"""Use cases of the vault. Each runs in the caller's transaction. What was attempted is recorded by `kit.looks`."""

from dataclasses import dataclass
from datetime import datetime

from contracts.codes import SealGroup
from contracts.ids import new_id
from contracts.problems import Forbidden, NotFound
from contracts.sealing import FIELD_GROUPS, IdentityField, SealAnswer, SealInput
from kit.crypto import KeyRing, Tampered
from kit.uow import Tx
from vault import repository
from vault.domain import look_up_tokens
from vault.errors import ReasonNeeded, WrongMasterKey
from vault.keys import CaseKey, IndexKey
from vault.models import Reason, SealedText
from vault.reader import Reader
from vault.repository import BeforeSealing
from vault.why import LASTS, REASON, Why

NUMBERS = frozenset({IdentityField.BIRTH_YEAR, IdentityField.BIRTH_MONTH})


@dataclass
class Attempt:
    """One attempt on one case, for the entry of its request; `purpose` and `items` are filled in once known."""

    case_id: str
    caller: str
    actor: str
    operation: str
    purpose: str | None = None
    items: tuple[str, ...] = ()
    on_behalf_of: str | None = None


async def groups(tx: Tx, case_id: str) -> dict[str, frozenset[SealGroup]]:
    """The group of each text of a case, by its reference, and the groups of each reason, by its id."""
    texts = {ref: frozenset({SealGroup(group)}) for ref, group in await repository.groups(tx, case_id)}
    reasons = await repository.groups_of_reasons(tx, case_id)
    return texts | {reason_id: frozenset(map(SealGroup, groups)) for reason_id, groups in reasons.items()}


class Vault:
    """Seals and opens under one master key."""

    def __init__(self, master: KeyRing) -> None:
        self.master = self._master = master
        self._index: IndexKey | None = None

    async def check(self, tx: Tx) -> None:
        """Raise `WrongMasterKey` unless the loaded master key wraps this vault's keys."""
        await self._index_key(tx)

    async def seal(self, tx: Tx, attempt: Attempt, given: SealInput, *, identifies: bool) -> SealAnswer:
        """Seal the texts of one call.

        Args:
            attempt: for the log.
            given: texts that the caller may seal (`regulations.rights.may_seal`).
            identifies: the caller begins cases, and learns of other cases with the same identity.

        Raises:
            NotFound: nothing is sealed for this case yet, and the caller begins none.
        """
        index = await self._index_key(tx)
        case_id, items = attempt.case_id, given.items()
        tokens = look_up_tokens({name: text for _, name, text in items if name} if identifies else {})
        stored = index.stored(tokens)
        await repository.lock_to_seal(tx, case_id, [digest for _, digest in stored])
        before = await repository.before_sealing(tx, case_id, list(index.sought(tokens)))
        key = await self._key_for_sealing(tx, case_id, before, begins=identifies)
        refs = [new_id("ref") for _ in items]
        repository.put_texts(tx, [_row(tx, key, attempt, ref, *item) for ref, item in zip(refs, items, strict=True)])
        repository.put_look_ups(tx, case_id, stored)
        attempt.items = tuple(f"{group}.{name or ref}" for ref, (group, name, _) in zip(refs, items, strict=True))
        return SealAnswer(refs=refs, matches=before.matches)

    async def read_identity(
        self, tx: Tx, attempt: Attempt, fields: list[IdentityField] | None, why: Why
    ) -> tuple[dict[IdentityField, str | int | None], datetime | None]:
        """The newest value of each field asked for, or of every field; and until when the reason lasts.

        Raises:
            Forbidden, PurposeNotAllowed: one of them may not be opened, or not for this purpose. ReasonNeeded: a person
                gives none. Damaged: one of them is not as it was sealed.
        """
        attempt.items = tuple(dict.fromkeys(fields or ()))
        wanted = fields or why.fields()
        attempt.items = tuple(dict.fromkeys(wanted))
        groups = {FIELD_GROUPS[field] for field in wanted}
        why.check(groups)
        reason = await self._stand_on(tx, attempt.case_id, why, groups)
        found = await self._open(tx, attempt.case_id, await repository.newest_fields(tx, attempt.case_id, wanted))
        values = {IdentityField(text.name): value for text, value in found if text.name}
        until = _opened(attempt, reason)
        return {field: _typed(field, values.get(field)) for field in wanted if fields or field in values}, until

    async def read_text(self, tx: Tx, attempt: Attempt, ref: str, why: Why) -> tuple[str, datetime | None]:
        """One text; and until when the reason lasts.

        Raises:
            NotFound: the case has no such text. Forbidden, PurposeNotAllowed, ReasonNeeded, Damaged: as above.
        """
        attempt.items = (ref,)
        text = await repository.text_of(tx, attempt.case_id, ref)
        if text is None:
            raise NotFound()
        group = SealGroup(text.group)
        why.check({group})
        reason = await self._stand_on(tx, attempt.case_id, why, {group})
        [(_, value)] = await self._open(tx, attempt.case_id, [text])
        return value, _opened(attempt, reason)

    async def read_reason(self, tx: Tx, attempt: Attempt, reason_id: str, reader: Reader) -> str:
        """The words of one reason.

        Raises:
            NotFound: the case has no such reason. Forbidden: the reader may not open all of its groups, or may not
                learn of the office that gave it. Damaged: it is not as it was sealed.
        """
        attempt.items = (REASON + reason_id,)
        reason = await repository.reason(tx, attempt.case_id, reason_id)
        if reason is None:
            raise NotFound()
        if not reader.may_read(reason.office, frozenset(map(SealGroup, reason.groups))):
            raise Forbidden()
        key = await self._key(tx, attempt.case_id)
        return key.open(reason.sealed, ref=reason.reason_id, group=REASON, name=_given_by(reason))

    async def _stand_on(self, tx: Tx, case_id: str, why: Why, groups: set[SealGroup]) -> Reason | None:
        """The reason on which an opening stands: the one that is given now, or one of the same person that lasts.

        None for a system that gives none. Raises `ReasonNeeded`.
        """
        if why.reason is not None:
            return await self._give(tx, case_id, why, why.reason, groups)
        if not why.by_person:
            return None
        lasting = await repository.lasting_reason(tx, case_id, why, groups)
        if lasting is None:
            raise ReasonNeeded()
        return lasting

    async def _give(self, tx: Tx, case_id: str, why: Why, words: str, groups: set[SealGroup]) -> Reason:
        reason = Reason(
            reason_id=new_id("reason"),
            case_id=case_id,
            office=why.office,
            actor=why.actor,
            purpose=why.purpose,
            groups=sorted(groups),
            sealed=b"",
            given_at=tx.now,
            until=tx.now + LASTS if why.by_person else None,
        )
        key = await self._key(tx, case_id)
        reason.sealed = key.seal(words, ref=reason.reason_id, group=REASON, name=_given_by(reason))
        repository.put_reason(tx, reason)
        return reason

    async def _key(self, tx: Tx, case_id: str) -> CaseKey:
        """The case's key. Raises `NotFound` for a case for which nothing is sealed."""
        await self._index_key(tx)
        wrapped = await repository.case_key(tx, case_id)
        if wrapped is None:
            raise NotFound()
        return CaseKey.unwrap(self._master, case_id, wrapped)

    async def _open(self, tx: Tx, case_id: str, texts: list[SealedText]) -> list[tuple[SealedText, str]]:
        await self._index_key(tx)
        wrapped = await repository.case_key(tx, case_id) if texts else None
        if wrapped is None:
            return []
        key = CaseKey.unwrap(self._master, case_id, wrapped)
        return [(text, key.open(text.sealed, ref=text.ref, group=text.group, name=text.name)) for text in texts]

    async def _key_for_sealing(self, tx: Tx, case_id: str, before: BeforeSealing, *, begins: bool) -> CaseKey:
        """The case's key, made with the first text where the caller `begins` cases (the case is locked).

        A second sealing confirms the case: a service that seals again has found the case in its own database.
        """
        if before.wrapped is not None:
            if not before.confirmed:
                await repository.mark_known(tx, case_id)
            return CaseKey.unwrap(self._master, case_id, before.wrapped)
        if not begins:
            raise NotFound()
        key, wrapped = CaseKey.new(self._master, case_id)
        repository.put_case_key(tx, case_id, wrapped)
        return key

    async def _index_key(self, tx: Tx) -> IndexKey:
        """The index key, made when the vault is first used; unwrapping it proves the master key."""
        if self._index is not None:
            return self._index
        wrapped = await repository.index_key(tx)
        made_here = wrapped is None
        if wrapped is None:
            wrapped = await repository.put_index_key(tx, IndexKey.new(self._master))
        try:
            index = IndexKey.unwrap(self._master, wrapped)
        except Tampered:
            raise WrongMasterKey() from None
        if not made_here:  # one made in this transaction is remembered when it has been committed
            self._index = index
        return index


def _row(
    tx: Tx, key: CaseKey, attempt: Attempt, ref: str, group: SealGroup, name: IdentityField | None, text: str
) -> dict[str, object]:
    sealed = key.seal(text, ref=ref, group=group, name=name)
    return {
        "ref": ref,
        "case_id": key.case_id,
        "group": group,
        "name": name,
        "sealed": sealed,
        "sealed_by": attempt.caller,
        "sealed_at": tx.now,
    }


def _opened(attempt: Attempt, reason: Reason | None) -> datetime | None:
    """Note on which reason an opening stands; until when that one lasts, if it does."""
    if reason is None:
        return None
    attempt.items = (*attempt.items, REASON + reason.reason_id)
    return reason.until


def _given_by(reason: Reason) -> str:
    """The words are sealed together with it, so that they cannot be put under another name or purpose."""
    return f"{reason.office} {reason.actor} {reason.purpose}"


def _typed(field: IdentityField, value: str | None) -> str | int | None:
    return int(value) if value is not None and field in NUMBERS else value
