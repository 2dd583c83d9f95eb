"""Sealed text of a case that no event confirmed: nothing of it is destroyed before its owner abandoned it twice."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import intake.__main__
import vault.__main__
import vault.consumers
import vault.models
from contracts.ids import new_id
from kit import migrations
from kit.runtime import Service
from stack.trial import Trial
from tests.integration.in_process import House, database, standing
from tests.integration.intake.reports import GUARD, report
from tests.integration.one_service import down
from tests.integration.vault.test_on_the_bus import POLICE, Desk, opened
from tests.integration.vault.test_read import NAME, identity, log_of

pytestmark = pytest.mark.stack

DAY = timedelta(days=1)
LIST, WORD = "/v1/unconfirmed-cases", "/v1/unconfirmed-cases/word"


class PassDone(Exception):
    """Raised where a background task would pause."""


@pytest.fixture
def pass_of(monkeypatch: pytest.MonkeyPatch, house: House) -> Callable[[], Awaitable[None]]:
    """Runs one round of every background task of intake and of the vault."""

    async def pause(seconds: float) -> None:
        raise PassDone

    async def run() -> None:
        services: tuple[ModuleType, ...] = (intake.__main__, vault.__main__)
        for module, running in zip(services, (house.intake, house.vault), strict=True):
            service: Service = module.SERVICE
            for task in service.background:
                monkeypatch.setitem(task.__globals__, "asyncio", SimpleNamespace(sleep=pause))  # type: ignore[attr-defined]
                with pytest.raises(PassDone):
                    await task(running.state)

    return run


@pytest.fixture(autouse=True)
async def _fresh(house: House):  # pyright: ignore[reportUnusedFunction]
    """No other case, and the clock as it was."""
    await house.vault.sql("DELETE FROM vault.case_keys")
    started = house.clock.now()
    yield
    house.clock.set(started)
    house.net.fault = lambda request: None


async def reported(house: House) -> str:
    """A case that intake committed, and of which no event reached the vault."""
    answer = await house.intake.post(
        "/v1/reports", GUARD, report(persons=[{**report()["persons"][0], "full_name": NAME}])
    )
    return answer.json()["cases"]["A"]


async def sealed(house: House, service: str = "intake", case_id: str = "", group: str = "statement") -> str:
    """A case for which something is sealed, and that intake did not commit."""
    case_id = case_id or new_id("case")
    body = {"group": group, "texts": ["Lời bịa để thử."], "opened_by": GUARD}
    answer = await house.vault.post(f"/v1/cases/{case_id}/seals", f"service/{service}", body)
    assert answer.status_code == 200, answer.text
    return case_id


async def known(house: House) -> None:
    """A later case whose event came by the bus."""
    await Desk(vault.consumers.register, house.vault).deliver("vault__on_case_opened", opened(await sealed(house)))


async def left(house: House, case_id: str) -> tuple[int, int, int]:
    """Keys, texts and digests of a case."""
    counts = [
        await house.vault.sql(f"SELECT count(*) AS n FROM vault.{table} WHERE case_id = $1", case_id)
        for table in ("case_keys", "sealed_texts", "look_ups")
    ]
    return counts[0][0]["n"], counts[1][0]["n"], counts[2][0]["n"]


async def binned(house: House) -> set[str]:
    """The cases in the bin."""
    query = "SELECT case_id FROM vault.case_keys WHERE known_at IS NULL AND abandoned_at IS NOT NULL"
    return {row["case_id"] for row in await house.vault.sql(query)}


async def test_a_reported_case_whose_event_was_parked_keeps_its_identity(house: House, pass_of: Any) -> None:
    case_id = await reported(house)
    for _ in range(3):
        await known(house)
        house.clock.advance(40 * DAY)
        await pass_of()
    await house.vault.stand(case_id, standing())
    assert (await identity(house, case_id, POLICE, "full_name")).json() == {"full_name": NAME}


async def test_without_the_word_of_intake_nothing_is_destroyed(house: House, pass_of: Any) -> None:
    case_id = await sealed(house)
    before = await left(house, case_id)
    house.net.fault = down
    for _ in range(3):
        await known(house)
        house.clock.advance(400 * DAY)
        await pass_of()
    assert await left(house, case_id) == before


async def test_an_abandoned_case_lies_in_the_bin_before_it_is_destroyed(house: House, pass_of: Any) -> None:
    case_id = await sealed(house)
    before = await left(house, case_id)
    house.clock.advance(timedelta(hours=23))
    await pass_of()
    assert await binned(house) == set(), "it may still be on its way"
    house.clock.advance(timedelta(hours=2))
    for days in (0, 1, 28):
        house.clock.advance(days * DAY)
        await pass_of()
        assert (await binned(house), await left(house, case_id)) == ({case_id}, before), days
    house.clock.advance(2 * DAY)
    assert await left(house, case_id) == before, "the time alone destroys nothing"
    await pass_of()
    assert await left(house, case_id) == (0, 0, 0)
    logged = [(entry[0], entry[1], entry[4]) for entry in await log_of(house, case_id)]
    assert logged == [
        ("service/intake", "vault.seal", [logged[0][2][0]]),
        ("service/intake", "vault.settle_unconfirmed", ["binned"]),
        ("service/intake", "vault.settle_unconfirmed", ["destroyed"]),
    ]


@pytest.mark.parametrize("way", ["case.opened", "sealing", "word"])
async def test_a_case_comes_out_of_the_bin_whole(house: House, pass_of: Any, way: str) -> None:
    case_id = await sealed(house)
    before = await left(house, case_id)
    house.clock.advance(2 * DAY)
    await pass_of()
    assert await binned(house) == {case_id}
    desk = Desk(vault.consumers.register, house.vault)
    if way == "case.opened":
        await desk.deliver("vault__on_case_opened", opened(case_id))
    elif way == "sealing":
        await sealed(house, "support", case_id, "support")
        before = (before[0], before[1] + 1, before[2])
    else:
        assert (await house.vault.post(WORD, "service/intake", {"kept": [case_id]})).json()["kept"] == 1
        assert (await log_of(house, case_id))[-1][4] == ["kept"]
    for _ in range(3):
        house.clock.advance(40 * DAY)
        await pass_of()
        await house.vault.post(WORD, "service/intake", {"abandoned": [case_id]})
    assert (await binned(house), await left(house, case_id)) == (set(), before)


async def test_no_word_reaches_a_case_that_is_young_or_confirmed(house: House) -> None:
    young, confirmed = await sealed(house), await sealed(house)
    desk = Desk(vault.consumers.register, house.vault)
    await desk.deliver("vault__on_case_opened", opened(confirmed))
    word = {"abandoned": [young, confirmed, new_id("case")]}
    assert (await house.vault.post(WORD, "service/intake", word)).json() == {"kept": 0, "binned": 0, "destroyed": 0}
    assert (await house.vault.post(LIST, "service/intake")).json() == {"cases": [], "next": None}


async def test_every_page_is_asked_about(house: House, pass_of: Any) -> None:
    cases = {new_id("case") for _ in range(203)}
    insert = "INSERT INTO vault.case_keys (case_id, wrapped, created_at) SELECT unnest($1::text[]), ''::bytea, $2"
    await house.vault.sql(insert, sorted(cases), datetime(2026, 1, 1, tzinfo=UTC))
    await pass_of()
    assert await binned(house) == cases


@pytest.mark.parametrize(
    "caller", ["service/support", "service/casework", "service/vault", POLICE, GUARD, "admin/ha-noi"]
)
async def test_only_intake_is_asked_and_gives_its_word(house: House, caller: str) -> None:
    case_id = await sealed(house)
    house.clock.advance(2 * DAY)
    for path, body in ((LIST, {}), (WORD, {"abandoned": [case_id]}), (WORD, {"kept": [case_id]})):
        assert (await house.vault.post(path, caller, body)).status_code == 403
    assert (await house.vault.post(LIST, "service/intake")).json()["cases"] == [case_id]


async def test_the_migration_goes_back_and_forth(stack: Trial) -> None:
    async with database(stack.stack, "vault") as (_, owner):
        await asyncio.to_thread(migrations.downgrade, "vault", "vault", owner, "202611212218")
        assert await asyncio.to_thread(migrations.check, "vault", owner, vault.models.Base.metadata)
        await asyncio.to_thread(migrations.upgrade, "vault", "vault", owner)
        assert await asyncio.to_thread(migrations.check, "vault", owner, vault.models.Base.metadata) == []


async def test_a_word_that_says_both_is_refused(house: House) -> None:
    case_id = await sealed(house)
    word = {"abandoned": [case_id], "kept": [case_id]}
    assert (await house.vault.post(WORD, "service/intake", word)).status_code == 422
