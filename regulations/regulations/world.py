"""What a fold needs beside the pack: the calendar, the office directory, and which pack governs a date."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from contracts.problems import Invalid
from regulations.calendar import AmendedDay, Calendar
from regulations.composition import Composition
from regulations.directory import Directory
from regulations.legal_time import legal_date
from regulations.office_changes import Change, amended
from regulations.supplements import Supplements


class NoPack(Invalid):
    """No pack is installed for this date. 422, because the report is understood but its law is not recorded here."""

    slug, title = "no-pack-for-this-date", "The regulation of this date is not installed"


class Regime(BaseModel):
    """The dates that one pack governs: from `valid_from` until the day before `valid_to`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    valid_from: date
    valid_to: date | None = None
    rule_prefix: str = Field(description="Begins the ids of the rules that only this law has, for example `B-`.")
    shared_suffix: str = Field(description="Ends the ids of rules that both laws share in the list of read rules.")


class World(BaseModel):
    """Everything outside a pack that decides on dates and offices, and what no pack holds yet."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    calendar: Calendar
    directory: Directory
    regimes: tuple[Regime, ...]
    supplements: Supplements
    composition: Composition = Composition()

    def amended(self, days: Iterable[AmendedDay], decision: str) -> "World":
        """This world with the days of the calendar that a decision changes. A later amendment of a day wins."""
        return self.model_copy(update={"calendar": self.calendar.amended(days, decision)})

    def with_offices(self, changes: Sequence[Change], decision: str) -> "World":
        """This world with the changes of the offices that a decision orders.

        Raises:
            ChangesRefused: some cannot be taken; then none is.
        """
        return self.model_copy(update={"directory": amended(self.directory, changes, decision)})

    def regime(self, pack_id: str) -> Regime | None:
        """The regime of a pack; None for an unknown pack."""
        return next((regime for regime in self.regimes if regime.id == pack_id), None)

    def beside(self, pack_id: str) -> str | None:
        """Id of the pack that may govern a part of a case of this pack: that of the law after it, if there is one."""
        ids = [regime.id for regime in self.regimes]
        later = ids[ids.index(pack_id) + 1 :] if pack_id in ids else []
        return later[0] if later else None

    def regime_for(self, occurred_at: datetime) -> str:
        """Id of the pack that governs what happens at this instant, for example a report or an identification.

        Today's date plays no part. The pack may be not installed; then `Library.pack` raises `PackMissing`.

        Raises:
            NoPack: the instant lies before the first regime.
        """
        day = legal_date(occurred_at)
        for regime in self.regimes:
            if regime.valid_from <= day and (regime.valid_to is None or day < regime.valid_to):
                return regime.id
        raise NoPack(date=day.isoformat())
