"""The law by which dates are counted now: that of the running stack, with what was signed there, else the package's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from neove.law.shared import amending
from neove.law.shared.packs import LIBRARY, chosen, regulations_dir
from regulations import Library, NoPack, Pack, PackError, PackMissing
from regulations.calendar import AmendedDay, Calendar
from stack.config import Failure


@dataclass(frozen=True)
class LawInForce:
    """Packs by id, the calendar, and in words whose law it is."""

    packs: Mapping[str, Pack]
    calendar: Calendar
    whose: str


def in_force() -> LawInForce:
    """The law in force on the running stack; where no stack answers, the law of this package.

    Raises:
        Failure: a version that was signed on the stack cannot be read here.
    """
    shipped = LawInForce(chosen(), LIBRARY.world.calendar, "")
    try:
        found = amending.register().all()
    except Failure as error:
        return replace(shipped, whose=f"the law as shipped in this package; no running stack was asked: {error}")
    signed = [one for one in found["items"] if one["state"] == "signed"]
    packs = dict(shipped.packs)
    for one in sorted(signed, key=lambda one: one["effective_seq"]):
        if one["kind"] == "pack":
            packs[one["pack_id"]] = _version(one["pack_id"], one["pack_hash"])
    amended = f"{len(signed)} signed amendment{'' if len(signed) == 1 else 's'}"
    broken = "" if found["chain"]["ok"] else ", of which one is not as it was signed (neove law amendments)"
    whose = f"the law in force on the running stack: this package with {amended}{broken}"
    return LawInForce(packs, calendar_of(shipped.calendar, signed), whose)


def calendar_of(calendar: Calendar, amendments: Iterable[Mapping[str, Any]]) -> Calendar:
    """The calendar of a release with the days of the signed amendments of a running stack.

    Args:
        calendar: of this release. amendments: as `list_amendments` gives them.
    """
    signed = [one for one in amendments if one["state"] == "signed" and one.get("rows")]
    for one in sorted(signed, key=lambda one: one["effective_seq"]):
        calendar = calendar.amended([AmendedDay.model_validate(row) for row in one["rows"]], one["decision"])
    return calendar


def _version(pack_id: str, content_hash: str) -> Pack:
    folder = regulations_dir()
    try:
        return Library(folder).pack(pack_id, content_hash)
    except (NoPack, PackMissing, PackError):
        where = f"{folder} does not have it; name the folder of the stack in NEOVE_REGULATIONS"
        raise Failure(f"The stack signed {pack_id} with the hash {content_hash[:16]}, and {where}.") from None
