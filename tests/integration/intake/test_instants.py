"""A report whose instant, birth date or birth year lies at the ends of time is refused, and never fails."""

import pytest

from tests.integration.in_process import House
from tests.integration.intake.reports import COMMUNE, persons, report

pytestmark = pytest.mark.stack


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_a_report_at_the_ends_of_time_is_refused(house: House, instant: str) -> None:
    assert (await house.intake.post("/v1/reports", COMMUNE, report(occurred_at=instant))).status_code == 422
    born = report(persons__0__birth_date=instant[:10])
    assert (await house.intake.post("/v1/reports", COMMUNE, born)).status_code == 422


@pytest.mark.parametrize("year", [-1, 0, 10_000, 10**12])
async def test_a_birth_year_without_sense_is_refused(house: House, year: int) -> None:
    born = persons({}, {"birth_year": year, "accompanies": "A"})
    del born[1]["birth_date"]
    assert (await house.intake.post("/v1/reports", COMMUNE, report(persons=born))).status_code == 422
