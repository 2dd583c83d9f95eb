"""The offices that may sign in to a demonstration: every office of the directory, which may have tens of thousands."""

from datetime import UTC, date, datetime

from regulations.directory import Directory
from regulations.legal_time import legal_date


class DemoOffices:
    """The offices of a directory, dissolved ones too: such an office may still enter facts of its time."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def __contains__(self, office: str) -> bool:
        return self._directory.office(office) is not None

    def listed(self) -> set[str]:
        """The offices of provinces, countries and the nation, and those of the demonstration.

        Those of each commune are too many for a list.
        """
        rows, places = self._directory.rows.values(), self._directory.places.kept.values()
        wide = [place.code for place in places if place.kind in ("province", "country")]
        return {office.ref for office in rows} | {ref for place in wide for ref in self._acting(place)}

    def of(self, place: str) -> set[str]:
        """The offices that act at a place today, or acted there before they were dissolved, and those that lie in it.

        Of an unknown place, none.
        """
        directory, today = self._directory, _today()
        if directory.place(place) is None:
            return set()
        former = {ref for role in directory.roles for ref in directory.former(role, place, today)}
        inside = {one.ref for one in directory.rows.values() if directory.lies_in(one.place, place, today)}
        return self._acting(place) | former | inside

    def _acting(self, place: str) -> set[str]:
        directory, today = self._directory, _today()
        return {ref for role in directory.roles for ref in directory.offices_at(role, place, today)}


def _today() -> date:
    return legal_date(datetime.now(UTC))
