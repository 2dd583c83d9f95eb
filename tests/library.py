"""The law of the package for tests: one library, read once a run."""

import re
from datetime import date
from pathlib import Path

from contracts.standing import Standing
from regulations import CaseState, Library, Pack, unit_places
from regulations.calendar import AmendedDay
from regulations.catalogue import PauseText
from regulations.rights import Rights
from regulations.standings import placed


def stopping(pack: Pack, *rules: str, basis: str = "force_majeure") -> Pack:
    """A pack of the tests, in which a text says that a basis stops these limits, or every limit.

    The packs of the law have no such row.
    """
    limits = rules or tuple(rule.id for rule in pack.rules.values() if rule.amount is not None)
    text = PauseText(code=basis, stops=limits, citation="invented 1/2026", confidence="verified text")
    return pack.model_copy(update={"pause_texts": {**pack.pause_texts, basis: text}})


def decided(library: Library) -> Library:
    """A library in which somebody has decided what the package does not know: 23 November 2026 is worked, 28 is not.

    The cases of many tests have limits that end on these days.
    """
    days = [
        AmendedDay(date=day, kind="plain", name="Như thường lệ", status="confirmed")
        for day in (date(2026, 11, 23), date(2026, 11, 28))
    ]
    library.__dict__["_of_release"] = library.world.amended(days, "invented 1/2026")
    return library


class Stopping(Library):
    """The law as it is, but force majeure stops every limit."""

    def pack(self, pack_id: str, content_hash: str | None = None) -> Pack:
        """As `Library.pack`."""
        found = super().pack(pack_id, content_hash)
        return self._stopping.setdefault(found.content_hash, stopping(found))

    def __init__(self) -> None:
        super().__init__()
        self._stopping: dict[str, Pack] = {}


# Tests ask for all of the 14,000 communes and districts again and again. A service asks for few.
unit_places._REMEMBERED = 20_000  # pyright: ignore[reportPrivateUsage]
LIBRARY, DECIDED, STOPPING = Library(), decided(Library()), decided(Stopping())
RIGHTS = Rights(LIBRARY)


def numbered_anew(folder: Path) -> Path:
    """The folder of a copy of a pack, after it got a number of version that no release has, as a changed pack needs."""
    head = folder / "pack.toml"
    text = head.read_text(encoding="utf-8")
    head.write_text(re.sub(r'(?m)^version = "[^"]+"$', 'version = "2099.1.1"', text), encoding="utf-8")
    return folder


def acting(place: str, *roles: str, on: date = date(2026, 11, 20)) -> tuple[str, ...]:
    """The offices that have one of these roles at a place."""
    directory = LIBRARY.world.directory
    return tuple(office for role in roles for office in directory.offices_at(role, place, on))


def province_of(office: str) -> str:
    """The province of an office of the demonstration, or `abroad`; of an office of the nation the capital."""
    directory = LIBRARY.world.directory
    place = directory.place_of(office)
    if place is None or directory.is_abroad(place, date.max):
        return "abroad" if place else "ha-noi"
    known = directory.place(place)
    if known is not None and known.kind == "province":
        return known.code
    return directory.province(place, date.max) or "ha-noi"


def place_of(word: str) -> str:
    """Code of the place that a word of the demonstration names."""
    found = LIBRARY.world.directory.place(word)
    assert found is not None, word
    return found.code


def told(state: CaseState, on: date) -> Standing:
    """What every service is told of a folded case on a day, if no hand-over is proposed."""
    found = placed(LIBRARY.world.directory, state, state.past_holders, (), on)
    return Standing(
        reporter=state.opening.reporter,
        lanes=found.lanes,
        left=found.left,
        support=found.support,
        dissolved=found.dissolved,
        past=state.past_holders,
        regime_procedure=state.pack_id,
        route=state.opening.route,
    )
