"""Who does a step, the fact of it, and refusals by conditions that the table of rights cannot express."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from casework.domain.case_file import CaseFile
from casework.domain.records import FactRecord
from casework.domain.standing import living_holder
from contracts.ids import new_id, role_of
from contracts.problems import Forbidden
from kit.auth import Principal
from kit.uow import Tx
from regulations.case import FactKind
from regulations.legal_time import legal_date


class Author(BaseModel):
    """Who does a step: the office and the opaque id of its person or system."""

    model_config = ConfigDict(frozen=True)

    office: str
    actor: str

    @classmethod
    def of(cls, principal: Principal) -> "Author":
        """The author that is signed in."""
        return cls(office=principal.office, actor=principal.actor)

    @property
    def role(self) -> str:
        """The role of the office."""
        return role_of(self.office)


def fact_by(
    author: Author,
    tx: Tx,
    file: CaseFile,
    kind: FactKind,
    occurred_at: datetime,
    *,
    lane: str = "",
    state: str = "",
    attributes: Mapping[str, Any] | None = None,
    fact_id: str | None = None,
) -> FactRecord:
    """A new fact of the case, stated by the author and recorded now. `fact_id`: if it has one already."""
    return FactRecord(
        fact_id=fact_id or new_id("fact"),
        case_id=file.case.case_id,
        seq=file.case.next_seq,
        kind=kind,
        lane=lane,
        state=state,
        occurred_at=occurred_at,
        recorded_at=tx.now,
        office=author.office,
        actor=author.actor,
        attributes=dict(attributes or {}),
    )


def office_only(office: str, *allowed: str | None) -> None:
    """Refuse (403) every office but these."""
    if office not in allowed:
        raise Forbidden


def holder_only(file: CaseFile, author: Author, lane: str, now: datetime, *others: str | None) -> None:
    """Refuse (403) every office but the holder of a lane and `others`. A successor counts as its dissolved office."""
    directory, today = file.world.directory, legal_date(now)
    allowed = [directory.living(one, today) for one in others if one]
    office_only(author.office, living_holder(directory, file.state.lanes.get(lane), today), *allowed)
