"""Checks of `purposes.toml`: what sealed text may be opened for."""

from collections.abc import Iterator, Set

from regulations.catalogue import WHOLE_CASE
from regulations.lanes import FAMILY
from regulations.pack import Pack


def purpose_mistakes(pack: Pack, roles: Set[str]) -> Iterator[str]:
    """Mistakes in the table. `roles`: codes of the directory.

    A role that may open a group by `confidentiality.toml` has a purpose for it: otherwise nobody of it could open it.
    """
    families = {lane.partition(":")[0] + FAMILY for lane in pack.lanes if ":" in lane}
    for row in pack.purposes.values():
        if unknown := sorted(set(row.roles) - roles):
            yield f"{row.code}: unknown roles {unknown}"
        if unknown := sorted(set(row.lanes) - pack.lanes.keys() - families - WHOLE_CASE):
            yield f"{row.code}: unknown lanes {unknown}"
    for role, sight in pack.confidentiality.items():
        opened = {str(group) for group, grade in sight.sees.items() if grade in ("full", "own")}
        given = {str(group) for row in pack.purposes.values() if role in row.roles for group in row.groups}
        if without := sorted(opened - given):
            yield f"{role}: may open {without}, but has no purpose for it"
