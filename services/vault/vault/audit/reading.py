"""What an access log shows: the entries of the older log, and the links behind them. Read as the vault's own role."""

from collections.abc import Sequence
from dataclasses import dataclass

from kit.crypto import KeyRing
from kit.uow import Tx
from vault.audit import repository
from vault.audit.chain import Link, wrong_in_chain
from vault.audit.collector import key_of
from vault.chain import GENESIS, Entry, first_broken
from vault.repository import entries


@dataclass(frozen=True)
class Log:
    """The log of a case.

    Attributes:
        entries: oldest first, each with its hash.
        intact: whether each follows from the one before. That the end is there, only `python -m vault.audit` can say.
        waiting: entries of the vault about the case that are recorded and not chained yet.
    """

    entries: Sequence[tuple[Entry | Link, str]]
    intact: bool
    waiting: int

    @property
    def head(self) -> str:
        """The hash of the last entry; 64 zeros where there is none."""
        return self.entries[-1][1] if self.entries else GENESIS


async def log_of(tx: Tx, master: KeyRing, case_id: str) -> Log:
    """The log of a case. Raises `WrongMasterKey`."""
    waiting = await repository.waiting(tx, case_id)  # first: what is chained meanwhile is then only counted twice
    older, links = await entries(tx, case_id), await repository.links_of(tx, case_id)
    begin = (older[-1][0].seq, older[-1][1]) if older else (0, GENESIS)
    key = await key_of(tx, master)
    wrong = wrong_in_chain(key, case_id, links, begin, (links[-1][0].seq, links[-1][1])) if key and links else []
    return Log([*older, *links], first_broken(older) is None and not wrong, waiting)
