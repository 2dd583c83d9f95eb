"""One case as one office works on it. Holds what every step of a case needs, inside one transaction."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from casefile import standing as standings
from casefile.errors import CaseIsClosed
from casefile.sealing import Sealer
from contracts.codes import SealGroup
from contracts.events.facts import FactStated
from contracts.ids import new_id
from contracts.standing import Standing
from kit.auth import Principal
from kit.http import Call
from kit.uow import Tx
from regulations import Library, Pack, World
from regulations.composed import Composed, Governed
from regulations.entitled import Recipient, recipient_of
from regulations.lane_law import LaneLaw
from regulations.legal_time import legal_date
from regulations.rights import Rights
from regulations.stating import check_may_state, may_state_by

FactT = TypeVar("FactT", bound=FactStated)


@dataclass(frozen=True)
class CaseContext:
    """A case, the office that works on it, and the law that the case is pinned to.

    Attributes:
        tx: the transaction of the step.
        principal: the caller.
        case_id: of the case.
        standing: how each office is related to the case.
        rights: the decision on rights, with the library of the law.
        sealer: seals texts about the person.
        adult: of a minor who accompanies somebody, the standing of that person's case, if it is known.
    """

    tx: Tx
    principal: Principal
    case_id: str
    standing: Standing
    rights: Rights
    sealer: Sealer
    adult: Standing | None = None

    @property
    def office(self) -> str:
        """The office of the caller."""
        return self.principal.office

    @property
    def library(self) -> Library:
        """The library in which the law is looked up."""
        return self.rights.library

    @cached_property
    def pack(self) -> Pack:
        """The law of the case's procedure, in the version that the case is pinned to."""
        return self.library.pack_of(self.standing)

    @property
    def world(self) -> World:
        """Calendar and office directory."""
        return self.library.world

    @cached_property
    def law(self) -> Composed:
        """The packs of the case: that of its report, and the one beside it."""
        return self.library.law_of(self.standing)

    @property
    def person(self) -> Recipient:
        """What a right to support depends on."""
        return recipient_of(self.world, self.standing, self.adult)

    def pack_for(self, lane: str, state: str, occurred_at: datetime) -> Pack:
        """The pack that governs a step of a lane at an instant."""
        found, standing = self.standing.lanes.get(lane), self.standing
        law = LaneLaw(pack=standing.laws.get(lane, standing.regime_procedure), ground="report", since=occurred_at)
        held = Governed(found.state, law, found.stood) if found else None
        identified_at = self.person.at(occurred_at).identified_at
        return self.law.pack(self.law.governing(lane, state, occurred_at, identified_at, held).pack)

    def may_state(self, lane: str, state: str, occurred_at: datetime) -> bool:
        """Whether the pack lets the office state this on that day; casework checks the same again."""
        on, pack = legal_date(occurred_at), self.pack_for(lane, state, occurred_at)
        return may_state_by(pack, self.world.directory, self.standing, self.office, lane, state, on)

    def check_may_state(self, lane: str, state: str, occurred_at: datetime) -> None:
        """Raises `Forbidden` (403) where `may_state` is false, or `CaseIsElsewhere` where the office may propose it."""
        on, pack = legal_date(occurred_at), self.pack_for(lane, state, occurred_at)
        check_may_state(pack, self.world.directory, self.standing, self.office, lane, state, on)

    def check_open(self) -> None:
        """Raises `CaseIsClosed` (409) for a closed case."""
        if self.standing.status == "closed":
            raise CaseIsClosed()

    async def seal(self, group: SealGroup, text: str | None) -> str | None:
        """The reference of a text; None if there is no text. Raises `Unavailable` (503) while the vault is down."""
        if text is None:
            return None
        [ref] = await self.sealer.seal_texts(self.case_id, group, [text], self.office)
        return ref

    def signed(self, occurred_at: datetime) -> dict[str, Any]:
        """The columns that every row of a step has: case, office and actor, instants."""
        return {
            "case_id": self.case_id,
            "office": self.office,
            "actor": self.principal.actor,
            "occurred_at": occurred_at,
            "recorded_at": self.tx.now,
        }

    def state(
        self,
        kind: type[FactT],
        lane: str,
        state: str,
        occurred_at: datetime,
        ref: str | None = None,
        **attributes: str | bool | int,
    ) -> FactT:
        """State a step as a fact of the case: emit its event.

        Args:
            kind: the event of the service.
            lane, state: what is stated.
            occurred_at: when it happened.
            ref: reference of the sealed text that belongs to the step.
            attributes: codes, flags and numbers that rules ask for.
        """
        fact = kind(
            **self.signed(occurred_at),
            fact_id=new_id("fact"),
            lane=lane,
            state=state,
            documents=(ref,) if ref is not None else (),
            attributes=attributes,
        )
        self.tx.emit(fact)
        return fact


async def case_of(call: Call, tx: Tx, case_id: str, *, sensitive: bool = False) -> CaseContext:
    """The case that a call is about. Does not decide the right.

    Args:
        call: the request.
        tx: its transaction.
        case_id: of the case.
        sensitive: the call reads statements, protection, or where the person is (`casefile.standing`).

    Raises:
        NotFound: 404, an unknown case. Unavailable: 503, its standing cannot be read now.
    """
    standing = await standings.of(call, case_id, sensitive=sensitive)
    adult = await standings.of_another(call, standing.accompanies) if standing.accompanies else None
    return CaseContext(tx, call.principal, case_id, standing, call.get(Rights), call.get(Sealer), adult)
