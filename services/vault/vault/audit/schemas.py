"""What the operations of the audit take and answer."""

from datetime import datetime

from pydantic import BaseModel, Field

from contracts.ids import Code, OfficeRef, OpaqueId
from contracts.times import Instant
from kit.http import Body
from vault.audit.chain import Link
from vault.chain import Entry
from vault.reader import HIDDEN
from vault.why import OPENS, REASON


class EntryOut(BaseModel):
    """One opening, sealing, look, step or attempt."""

    seq: int
    at: datetime
    caller: str = Field(description="An office, or `service/<name>`.")
    actor: Code
    on_behalf_of: OfficeRef | None = Field(description="The office for which a service sealed.")
    operation: Code
    outcome: Code
    purpose: Code | None
    reason_given: bool | None = Field(
        description="Whether the opening stands on a reason in words; null for what is no opening, and if it is hidden."
    )
    reason_id: OpaqueId | None = Field(description="For `vault.read_reason`, if your office may read the reason.")
    items: tuple[str, ...] = Field(description="Fields, groups or references that were asked for.")
    hash: str
    lane: str | None = Field(default=None, description="The lane that the right was decided on.")
    ground: tuple[str, ...] = Field(default=(), description="Relations by which the office had the right.")
    answer: int | None = Field(default=None, description="HTTP status; null in entries of an older release.")
    refusal: str | None = Field(default=None, description="Slug of the refusal.")

    @classmethod
    def of(cls, entry: Entry | Link, shown: Entry | Link, stored: str) -> "EntryOut":
        """An entry as a reader sees it (`shown`), with its hash; that a reason was given shows also without its id."""
        fields = {name: getattr(shown, name) for name in ENTRY}
        items, reason_id = _split(shown.items)
        fields |= {"items": items, "reason_id": reason_id, "reason_given": None, "hash": stored}
        if entry.operation in OPENS and shown.caller != HIDDEN:
            fields["reason_given"] = _split(entry.items)[1] is not None
        if isinstance(shown, Link):
            fields |= {"lane": shown.part, "ground": shown.ground, "answer": shown.answer, "refusal": shown.refusal}
        return cls.model_validate(fields)


ENTRY = ("seq", "at", "caller", "actor", "on_behalf_of", "operation", "outcome", "purpose")


def _split(items: tuple[str, ...]) -> tuple[tuple[str, ...], str | None]:
    """What was asked for, and the id of the reason on which the opening stands."""
    rest = tuple(item for item in items if not item.startswith(REASON))
    return rest, next((item.removeprefix(REASON) for item in items if item.startswith(REASON)), None)


class AccessLogQuery(Body):
    """How much, and from where: `cursor` is the `next` of the page before."""

    limit: int = Field(default=1000, ge=1, le=1000)
    cursor: int | None = Field(default=None, ge=0)


class AccessLogOut(BaseModel):
    """The log of a case, oldest first. Head and chain are of the whole log."""

    entries: list[EntryOut]
    next: int | None = Field(description="Cursor of the page that follows, where there is one.")
    head_hash: str = Field(description="Hash (64 digits) of the last entry; keep it to hold it against the log later.")
    intact: bool = Field(description="False where the recomputed chain differs from the stored one.")
    waiting: int = Field(default=0, description="Entries of the vault that are recorded and not in the chain yet.")


class LooksIn(Body):
    """Who, and when: from `since` to before `until`."""

    office: OfficeRef
    actor: Code = Field(description="The subject of the person, as the list of members has it.")
    since: Instant
    until: Instant
    limit: int = Field(default=100, ge=1, le=1000)
    cursor: str | None = Field(default=None, max_length=200, description="The `next` of the page before.")


class LookOut(BaseModel):
    """One request of the person."""

    at: datetime
    operation: Code
    about: str | None = Field(description="The case; null where it was about none alone.")
    lane: str | None
    several: int | None = Field(description="How many a list showed.")
    items: tuple[str, ...]
    ground: tuple[str, ...]
    purpose: str | None
    reason_id: OpaqueId | None = Field(description="Of the reason in words on which an opening stands.")
    answer: int
    refusal: str | None

    @classmethod
    def of(cls, link: Link, *, hides: bool) -> "LookOut":
        """Of a link; one that `hides` keeps only when it was and how it was answered."""
        about = None if link.chain == link.service else link.chain
        if hides:
            rest = {"about": None, "lane": None, "items": (), "ground": (), "purpose": None, "operation": HIDDEN}
            rest |= {"reason_id": None}
        else:
            items, reason_id = _split(link.items)
            rest = {"about": about, "lane": link.part, "items": items, "ground": link.ground}
            rest |= {"purpose": link.purpose, "reason_id": reason_id, "operation": link.operation}
        said = {"at": link.at, "several": link.several, "answer": link.answer, "refusal": link.refusal}
        return cls.model_validate({**said, **rest})


class LooksOut(BaseModel):
    """A page of what the person did, oldest first."""

    items: list[LookOut]
    next: str | None
