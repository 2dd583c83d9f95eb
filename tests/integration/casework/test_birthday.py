"""The day on which a minor turns eighteen stays in the case: no other service, no office and no workflow gets it."""

from datetime import date, datetime

import pytest

from casework.service.waits import wait_set
from casework.workflows import search_attributes
from tests.integration.casework.in_process import COMMUNE, GUARD, HEALTH, CaseworkInProcess
from tests.integration.casework.test_opening_and_succession import AT_COMMUNE, NOTIFIED, RECEIVED

pytestmark = pytest.mark.stack
GROWN = date(2029, 3, 4)
SAID = ("2029-03-04", "2029-03-03T17:00", "2027-03-04", "2027-03-03T17:00")
"""The eighteenth and the sixteenth birthday, in legal time and in UTC."""
LEARNT = ("2030-07-09", "2030-07-08T17:00", "2028-07-09", "2028-07-08T17:00")
"""The same of a minor whose birth a step of the identification stated."""


async def minor(cases: CaseworkInProcess) -> list[str]:
    """A child whose birth the report stated, and a person whose birth a step of the identification stated."""
    known = await cases.opened(age_band="under_16", turns_18_on=GROWN)
    learnt = await cases.opened(age_band="unknown")
    await cases.stated(known, AT_COMMUNE, NOTIFIED, RECEIVED)
    await cases.stated(learnt, AT_COMMUNE, NOTIFIED)
    answer = await cases.fact(learnt, *RECEIVED, attributes={"turns_18_on": LEARNT[0]})
    assert answer.status_code == 200, answer.text
    return [known, learnt]


def holds(text: object, said: tuple[str, ...] = (*SAID, *LEARNT)) -> list[str]:
    return [day for day in said if day in str(text)]


async def test_the_day_is_kept_in_the_case_its_facts_and_its_clocks_only(cases: CaseworkInProcess) -> None:
    await minor(cases)
    assert await tables_with(cases, SAID) == {"cases", "clocks"}
    assert await tables_with(cases, LEARNT) == {"facts", "clocks"}


async def tables_with(cases: CaseworkInProcess, said: tuple[str, ...]) -> set[str]:
    tables = await cases.http.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'casework'")
    found = set[str]()
    for row in tables:
        rows = await cases.http.sql(f'SELECT to_jsonb(one)::text AS text FROM casework."{row["tablename"]}" one')
        found |= {row["tablename"] for one in rows if holds(one["text"], said)}
    return found


async def test_no_event_standing_answer_workflow_or_log_has_it(
    cases: CaseworkInProcess, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    for case_id in await minor(cases):
        query = "SELECT to_jsonb(one)::text AS text FROM casework.outbox one WHERE data->>'subject' = $1"
        sent = await cases.http.sql(query, case_id)
        assert sent, "its events, with their subjects and headers"
        assert not holds([row["text"] for row in sent])
        assert not holds(await for_temporal(cases, case_id))
        for office in (GUARD, COMMUNE, HEALTH):
            for path in ("", "/timeline", "/facts"):
                assert not holds((await cases.http.get(f"/v1/cases/{case_id}{path}", office)).text)
            clocks = (await cases.http.get(f"/v1/cases/{case_id}", office)).json().get("clocks", {})
            for clock in clocks.values():
                path = f"/v1/cases/{case_id}/clocks/explanation?clock_id={clock['clock_id']}"
                assert not holds((await cases.http.get(path, office)).text)
    assert caplog.text, "something was written"
    assert not holds(caplog.text)


async def for_temporal(cases: CaseworkInProcess, case_id: str) -> str:
    """What Temporal gets of a case: the waits, and the search attributes beside them."""
    found = await wait_set(cases.uow, case_id)
    assert found is not None
    assert found.waits
    attributes = [pair.value for pair in search_attributes.at_start(found).search_attributes]
    shown = [one.isoformat() if isinstance(one, datetime) else str(one) for one in attributes]
    return "\n".join([found.model_dump_json(), *shown])
