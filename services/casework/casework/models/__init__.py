"""Tables of casework (schema `casework`).

`facts`, `corrections`, `journal`, `office_particulars` and `member_changes` hold what was stated and are append-only:
the runtime role may not update or delete rows in them. In `amendments` it may update only the columns of the signature,
the withdrawal and the end; in `assignees` only those of the end.
`lanes`, `clocks`, `waits` and `work` follow from the facts by the fold; a change rewrites the rows that differ.
They have a column for everything by which SQL filters or orders. `body` is the whole row as the code wrote it, and is
compared to find changed rows. Each class has the name of its table, so that no `__tablename__` is needed.
"""

from casework.models.amendments import AmendmentMoves, Amendments
from casework.models.base import SCHEMA, Base
from casework.models.cases import (
    ALIAS_KEY,
    CLAIMABLE,
    NUMBER_KEY,
    BreakGlass,
    Cases,
    Claims,
    Clocks,
    Corrections,
    Countersignings,
    Facts,
    Handovers,
    Journal,
    Lanes,
    Pauses,
    Restrictions,
    Transfers,
    Waits,
    Work,
)
from casework.models.offices import Absences, Assignees, MemberChanges, Members, OfficeParticulars
from kit.tables import install

__all__ = [
    "ALIAS_KEY",
    "CLAIMABLE",
    "NUMBER_KEY",
    "SCHEMA",
    "Absences",
    "AmendmentMoves",
    "Amendments",
    "Assignees",
    "Base",
    "BreakGlass",
    "Cases",
    "Claims",
    "Clocks",
    "Corrections",
    "Countersignings",
    "Facts",
    "Handovers",
    "Journal",
    "Lanes",
    "MemberChanges",
    "Members",
    "OfficeParticulars",
    "Pauses",
    "Restrictions",
    "Transfers",
    "Waits",
    "Work",
]

install(Base.metadata)
