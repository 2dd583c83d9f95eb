"""What a case says of its person and what may prove otherwise later: the route and the nationality.

The report states both. A fact of the identification lane may state another one, for example that the person proves to
be foreign (`StateSpec.nationality`, `RouteChange`). It counts from the instant of the fact on: rules that apply to the
person from there on start their clocks, and lanes that a report by the new route opens are opened (`learning.py`).
What was done stays, and so does a breach.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from contracts.events.intake import Nationality, known_nationality
from regulations.case import Opening
from regulations.model import BINDING, Applies, RouteChange, StateSpec
from regulations.pack import Pack

UNLIKE = ("nationality-unknown", "route-unlike-nationality")
"""Flags of `unlike`."""


@dataclass(frozen=True)
class Person:
    """Route and nationality at one instant of the fold.

    `inferred`: the route is not that of the report, and no text read says that such a person has it.
    """

    route: str
    nationality: Nationality
    inferred: bool = False

    @classmethod
    def reported(cls, opening: Opening) -> "Person":
        """As the report says it."""
        return cls(opening.route, known_nationality(opening.nationality, foreign=opening.foreign))

    @property
    def foreign(self) -> bool:
        """Whether the person is known to be foreign. Without a known nationality, and stateless, a person is not."""
        return self.nationality == "foreign"

    def fits(self, applies: Applies) -> bool:
        """Whether the person meets the conditions of a rule about route and nationality."""
        return (not applies.route or self.route in applies.route) and applies.foreign in (None, self.foreign)

    def after(self, pack: Pack, opening: Opening, spec: StateSpec, seen: Collection[str]) -> "Person":
        """The person after a fact of the identification lane; `seen`: what the lane reached until then, and this."""
        change = _change_after(pack, self.route, spec.code, seen)
        after = replace(self, nationality=spec.nationality or self.nationality)
        if change is None:
            return after
        back = change.restores and opening.route not in change.routes
        route = opening.route if back else change.routes[self.route]
        inferred = route != opening.route and (self.inferred or change.confidence not in BINDING)
        return replace(after, route=route, inferred=inferred)


def _change_after(pack: Pack, route: str, code: str, seen: Collection[str]) -> RouteChange | None:
    """The first row that fits a fact."""
    fits = (one for one in pack.route_changes if code in one.on and route in one.routes)
    return next((one for one in fits if not one.after or not set(one.after).isdisjoint(seen)), None)


def unlike(pack: Pack, person: Person) -> Iterator[str]:
    """Flags: the nationality is not known, or the person has a route that is for persons of another nationality."""
    if person.nationality == "unknown":
        yield UNLIKE[0]
    states = pack.lanes[pack.identification_lane].states
    says = {state.code for state in states if state.nationality == person.nationality and not state.moves}
    if any(person.route in change.routes for change in pack.route_changes if not says.isdisjoint(change.on)):
        yield UNLIKE[1]
