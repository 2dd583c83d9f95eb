"""Since when the person whom a minor accompanies is identified, as far as the case of the minor says it. Pure.

The minor keeps the support of the former law with that person (`packs/composed.toml`). The status of that person is in
another case; this case knows only the day that an office states in it.
"""

from collections.abc import Iterable
from datetime import datetime

from regulations.case import Fact, Opening
from regulations.clocks import legal_day
from regulations.legal_time import midnight
from regulations.local import LocalState
from regulations.pack import Pack

ADULT_IDENTIFIED = "adult_identified_on"
"""Attribute of a step of the identification of a minor who accompanies somebody: the day on which that person was
identified, for example `2025-06-20`."""


def adult_identified(pack: Pack, opening: Opening, facts: Iterable[Fact]) -> datetime | None:
    """The beginning of the day on which the person was identified whom the minor accompanies; None if nobody says it.

    Args:
        pack: that of the report. A duty of a local pack says nothing here.
        opening: the report.
        facts: in order of occurrence; of two that say it the last one counts.
    """
    states = pack.lanes[pack.identification_lane].by_code
    of_lane = (fact for fact in facts if fact.lane == pack.identification_lane)
    stated = (fact for fact in of_lane if not isinstance(states.get(fact.state), LocalState))
    days = [day for fact in stated if (day := legal_day(fact.attributes.get(ADULT_IDENTIFIED))) is not None]
    return midnight(days[-1]) if days and opening.accompanies else None
