"""The law as it is now: the law of the package, with every signed amendment in the order of the signatures.

An amendment changes data: days of the calendar, the version of a pack, or the offices. Signed amendments are chained by
hashes, so that a later change of one of them shows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import TypeAdapter

from casework.domain.records import Instant, Record
from regulations import World
from regulations.calendar import AmendedDay
from regulations.office_changes import Change, OfficeChange, Touched, touched
from regulations.toml_files import content_hash

AmendmentState = Literal["proposed", "signed", "withdrawn"]
DAYS = TypeAdapter(tuple[AmendedDay, ...])
CHANGES = TypeAdapter(tuple[OfficeChange, ...])


class AmendmentRecord(Record):
    """An amendment as stored.

    `body`: `rows` of the calendar; or `pack_id`, `pack_hash` and `pack_version`; or `changes` of the offices.
    """

    amendment_id: str
    kind: Literal["calendar", "pack", "offices"]
    body: dict[str, Any]
    content_hash: str
    decision: str
    reason: str
    proposed_office: str
    proposed_actor: str
    proposed_at: Instant
    state: AmendmentState = "proposed"
    signed_office: str | None = None
    signed_actor: str | None = None
    signed_at: Instant | None = None
    effective_seq: int | None = None
    prev_hash: str | None = None
    chain_hash: str | None = None
    withdrawn_office: str | None = None
    withdrawn_actor: str | None = None
    withdrawn_at: Instant | None = None
    applied_at: Instant | None = None

    @property
    def days(self) -> tuple[AmendedDay, ...]:
        """The days of the calendar that it changes."""
        return DAYS.validate_python(self.body.get("rows", ()))

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes of the offices."""
        return CHANGES.validate_python(self.body.get("changes", ()))


def content_of(kind: str, body: Mapping[str, Any], decision: str, reason: str) -> str:
    """Hash of the content of a proposal. The signer states it, to show which content was read."""
    return content_hash({"kind": kind, "body": body, "decision": decision, "reason": reason})


_SIGNED = (
    "amendment_id",
    "kind",
    "body",
    "content_hash",
    "decision",
    "reason",
    "proposed_office",
    "proposed_actor",
    "proposed_at",
    "signed_office",
    "signed_actor",
    "signed_at",
    "effective_seq",
    "prev_hash",
)


def chained(amendment: AmendmentRecord) -> str:
    """The chain hash of a signed amendment, over everything that was signed and the chain hash before it."""
    return content_hash(amendment.model_dump(mode="json", include=set(_SIGNED)))


def broken(signed: Iterable[AmendmentRecord]) -> str | None:
    """Id of the first signed amendment that was changed after its signature; None if all are unchanged."""
    previous: str | None = None
    for number, one in enumerate(signed, start=1):
        content = content_of(one.kind, one.body, one.decision, one.reason)
        whole = (number, previous, content, chained(one))
        if (one.effective_seq, one.prev_hash, one.content_hash, one.chain_hash) != whole:
            return one.amendment_id
        previous = one.chain_hash
    return None


@dataclass(frozen=True)
class Law:
    """What a fold needs to know of the law.

    Attributes:
        seq: `effective_seq` of the newest amendment in it; 0 without amendments.
        world: calendar and directory.
        versions: pack id → content hash of its newest version, for the packs that were amended.
        newest: the newest amendment in it.
        touched: number of each amendment in it → what it touches; None if it does not change the offices.
    """

    world: World
    seq: int = 0
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    newest: AmendmentRecord | None = None
    touched: Mapping[int, Touched | None] = field(default_factory=dict[int, Touched | None])

    def amended(self, amendment: AmendmentRecord) -> "Law":
        """The law with one more amendment. An unsigned amendment gets the next number.

        Raises:
            ChangesRefused: it changes the offices in a way that cannot be taken.
        """
        seq = amendment.effective_seq or self.seq + 1
        world, versions, reach = self.world, self.versions, None
        match amendment.kind:
            case "calendar":
                world = world.amended(amendment.days, amendment.decision)
            case "pack":
                versions = {**versions, amendment.body["pack_id"]: amendment.body["pack_hash"]}
            case "offices":
                world = world.with_offices(amendment.changes, amendment.decision)
                reach = touched(self.world.directory, world.directory, amendment.changes)
        return Law(world, seq, versions, amendment, {**self.touched, seq: reach})

    def since(self, seq: int) -> list[Touched | None]:
        """What the amendments after this number touch."""
        return [reach for number, reach in self.touched.items() if number > seq]

    def version_of(self, pack_id: str, pinned: str | None = None) -> str | None:
        """Content hash of the newest version of a pack; `pinned` if the pack was never amended."""
        return self.versions.get(pack_id, pinned)


def law_of(world: World, signed: Sequence[AmendmentRecord] = ()) -> Law:
    """The law after these amendments.

    Args:
        world: calendar and directory of the package, without any amendment.
        signed: amendments in the order of their signatures.
    """
    law = Law(world)
    for amendment in signed:
        law = law.amended(amendment)
    return law
