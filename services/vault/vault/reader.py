"""What one office sees of the entries of an access log. The chain is checked before, on the whole entries."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from contracts.codes import SealGroup
from contracts.sealing import FIELD_GROUPS
from vault.audit.chain import Link
from vault.chain import Entry

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

    def shown(self, entry: Entry | Link, refs: Mapping[str, SealGroup]) -> Entry | Link:
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

    def _may_know(self, item: str, refs: Mapping[str, SealGroup]) -> bool:
        """Whether the reader may open what an item names; an item that names no text of the case tells nothing."""
        group = _group_of(item, refs)
        return group is None or group in self.groups


def _emptied(entry: Entry | Link) -> Entry | Link:
    bare = replace(entry, caller=HIDDEN, actor=HIDDEN, on_behalf_of=None, purpose=None, items=())
    return replace(bare, part=None, ground=()) if isinstance(bare, Link) else bare


def _group_of(item: str, refs: Mapping[str, SealGroup]) -> SealGroup | None:
    """The group of an item: `<group>.<field or reference>`, a group, a field or a reference."""
    name = item.partition(".")[0]
    if name in set(SealGroup):
        return SealGroup(name)
    by_field = {str(field): group for field, group in FIELD_GROUPS.items()}
    return by_field.get(item) or refs.get(item)
