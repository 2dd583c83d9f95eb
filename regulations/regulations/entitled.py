"""Who may have which support at an instant. The answer depends only on what had happened by then. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.standing import Standing, StatusPeriod
from regulations.catalogue import Entitlement
from regulations.composed import Composed
from regulations.directory import Directory
from regulations.lane_law import LaneLaw
from regulations.legal_time import midnight
from regulations.places import ABROAD
from regulations.standings import IDENTIFICATION
from regulations.world import World


@dataclass(frozen=True)
class Recipient:
    """What a right to support depends on, instant by instant.

    Attributes:
        periods: the status of the person.
        foreign: neither a citizen nor a stateless permanent resident.
        adult: for a minor who accompanies somebody, the status of that person; empty if it is not known.
        adult_foreign: whether that person is foreign; None if it is not known.
    """

    periods: Sequence[StatusPeriod]
    foreign: bool = False
    adult: Sequence[StatusPeriod] = ()
    adult_foreign: bool | None = None

    def by_adult(self, instant: datetime) -> bool:
        """Whether a foreign minor has at an instant the rights of a citizen, as the person whom the minor accompanies.

        The law gives them to the minor with such a person and does not ask for the minor's own nationality. Who has a
        status of his or her own has it by his or her own nationality.
        """
        own = _at(self.periods, instant)
        follows = own is not None and own.status == "accompanying_u18"
        return follows and self.foreign and self.adult_foreign is False

    def at(self, instant: datetime) -> StatusPeriod:
        """The status that counts at an instant; of a minor who accompanies somebody, by the status of that person.

        The minor with a victim has the rights of such a minor, and the minor with anyone else those of that person. If
        nothing is known of that person, the minor counts as with a person in process. With the age of eighteen the
        rights as a minor end: the person then counts as not a victim, unless he or she has a status of his or her own.
        """
        own = _at(self.periods, instant)
        if own is None:
            return StatusPeriod(since=instant, status="in_process")
        if own.status != "accompanying_u18":
            return own
        if own.of_age:
            return own.model_copy(update={"status": "not_victim"})
        adult = _at(self.adult, instant)
        if adult is not None and adult.status == "victim":
            return own.model_copy(update={"identified_at": adult.identified_at})
        known = adult.status if adult is not None and adult.status in ("suspected", "not_victim") else "in_process"
        return own.model_copy(update={"status": known})


def _at(periods: Sequence[StatusPeriod], instant: datetime) -> StatusPeriod | None:
    """The last period that began by an instant, else the first one."""
    begun = [one for one in periods if one.since <= instant]
    return begun[-1] if begun else next(iter(periods), None)


def package_at(law: Composed, person: Recipient, at: datetime) -> LaneLaw:
    """The law of the support package of a person at an instant."""
    return law.of_package(at, person.at(at).identified_at)


def entitled(law: Composed, person: Recipient, kind: str, at: datetime) -> Entitlement:
    """Whether a person may have a kind of support at an instant.

    Args:
        law: the packs of the case.
        person: whose support it is.
        kind: kind of support; the same word as in the lane `support:<kind>`.
        at: of the request, the decision or the question.

    Raises:
        KeyError: the pack lists no such kind.
    """
    status, pack, by_adult = person.at(at), law.pack(package_at(law, person, at).pack), person.by_adult(at)
    foreign = person.foreign and not by_adult
    found = pack.entitlement(kind, status.status, foreign=foreign, abroad=status.abroad)
    reading = law.world.composition.companion
    return found.model_copy(update={"confidence": reading.confidence}) if by_adult and reading else found


def is_outside(directory: Directory, place: str) -> bool:
    """Whether a place lies outside the country, whichever day it is."""
    found = directory.place(place)
    return found is not None and (found.code == ABROAD or found.kind == "country")


def is_abroad(world: World, standing: Standing) -> bool:
    """Whether the person is still outside the country, by the place of the identification lane."""
    lane = standing.lanes.get(IDENTIFICATION)
    return lane is not None and is_outside(world.directory, lane.place)


def recipient_of(world: World, standing: Standing, adult: Standing | None = None) -> Recipient:
    """What the rights of the person of a case depend on, by its standing.

    Args:
        world: regimes and directory.
        standing: of the case.
        adult: of a minor who accompanies somebody, the standing of that person; None if it is not known.
    """
    if adult is None:
        return Recipient(_periods(world, standing), standing.foreign)
    return Recipient(_periods(world, standing), standing.foreign, _periods(world, adult), adult.foreign)


def _periods(world: World, standing: Standing) -> Sequence[StatusPeriod]:
    """The periods of a standing. One of an older release says only what holds now, and by which law."""
    if standing.periods or standing.status == "closed":
        return standing.periods
    regime = world.regime(standing.regime_support) if standing.regime_support else None
    begun = midnight(regime.valid_from) if regime else None
    now = {"status": standing.status, "identified_at": begun, "abroad": is_abroad(world, standing)}
    return (StatusPeriod.model_validate({"since": begun or midnight(world.regimes[0].valid_from), **now}),)
