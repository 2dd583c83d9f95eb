"""What one office sees of the entries of an access log. The chain is checked before, on the whole entries."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from contracts.codes import SealGroup
from contracts.sealing import FIELD_GROUPS
from contracts.standing import Standing
from regulations.lane_groups import PROTECTIVE_LANES
from regulations.rights import Rights
from vault.audit.chain import Link
from vault.chain import Entry
from vault.why import REASON

HIDDEN = "hidden"
"""Stands for caller and actor of an entry that the reader may not know, and for what was done about protection."""


@dataclass(frozen=True)
class Reader:
    """An office that reads the log of a case.

    Attributes:
        groups: that it may open.
        hidden: offices that it must not learn of.
        protects: it may know what was done about protection.
    """

    office: str
    groups: frozenset[SealGroup]
    hidden: frozenset[str]
    protects: bool = False

    @classmethod
    def of(cls, rights: Rights, office: str, standing: Standing) -> "Reader":
        """The office as it reads the log of a case. It knows of protection if it protects, or decides on that."""
        lanes = [lane for lane in PROTECTIVE_LANES if lane in standing.lanes]
        protects = any(rights.sees_lane(office, standing, lane) for lane in lanes)
        groups = rights.readable_groups(office, standing)
        return cls(office, groups, rights.protectors_hidden_from(office, standing), protects)

    def may_read(self, office: str, groups: frozenset[SealGroup]) -> bool:
        """Whether it may read the reason that an office gave for opening these groups."""
        return groups <= self.groups and office not in self.hidden

    def shown(self, entry: Entry | Link, refs: Mapping[str, frozenset[SealGroup]]) -> Entry | Link:
        """The entry as the reader may see it; `hash` and place in the log stay.

        An entry of its own is whole. Another one keeps only the items that the reader may open. If none of them is
        left, or if the office is one that it must not learn of, the entry keeps operation, outcome and time. Of what
        was done about protection, and the reader may not know, not even the operation is left.
        """
        if self.office in (entry.caller, entry.on_behalf_of):
            return entry
        items = tuple(item for item in entry.items if self._may_know(item, refs))
        if isinstance(entry, Link) and entry.is_about_protection and not self.protects:
            return replace(_emptied(entry), operation=HIDDEN)
        if (entry.items and not items) or not self.hidden.isdisjoint((entry.caller, entry.on_behalf_of)):
            return _emptied(entry)
        return replace(entry, items=items)

    def _may_know(self, item: str, refs: Mapping[str, frozenset[SealGroup]]) -> bool:
        """Whether the reader may open what an item names; an item that names no text of the case tells nothing."""
        return _groups_of(item, refs) <= self.groups


def _emptied(entry: Entry | Link) -> Entry | Link:
    bare = replace(entry, caller=HIDDEN, actor=HIDDEN, on_behalf_of=None, purpose=None, items=())
    return replace(bare, part=None, ground=()) if isinstance(bare, Link) else bare


def _groups_of(item: str, refs: Mapping[str, frozenset[SealGroup]]) -> frozenset[SealGroup]:
    """The groups of an item: `<group>.<field or reference>`, a group, a field, a reference, or `reason.<id>`."""
    name = item.partition(".")[0]
    if name in set(SealGroup):
        return frozenset({SealGroup(name)})
    by_field = {str(field): frozenset({group}) for field, group in FIELD_GROUPS.items()}
    return by_field.get(item) or refs.get(item.removeprefix(REASON)) or frozenset()
