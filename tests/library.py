"""The law of the package for tests: one library, read once a run."""

from datetime import date

from contracts.standing import Standing
from regulations import CaseState, Library, unit_places
from regulations.rights import Rights
from regulations.standings import placed

# Tests ask for all of the 14,000 communes and districts again and again. A service asks for few.
unit_places._REMEMBERED = 20_000  # pyright: ignore[reportPrivateUsage]
LIBRARY = Library()
RIGHTS = Rights(LIBRARY)


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
