"""The collector chains what every service hands over; `python -m vault.audit` finds what is not as it was written."""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from contracts.ids import new_id
from contracts.problems import Unavailable
from contracts.standing import Restriction
from kit.crypto import write_private
from kit.http.looks import EntryOut, TakeIn, TakeOut
from regulations import Library
from regulations.restricted import digest_of
from stack.processes import python
from stack.stack import Stack
from stack.trial import Trial
from tests.integration.in_process import NOW, House, house, standing
from tests.integration.vault.reading import POLICE, case_of, identity
from vault.audit import repository
from vault.audit.__main__ import Verified, verify
from vault.audit.collector import GIVEN_UP, OWN, Collector
from vault.audit.start import audit_uow
from vault.chain import GENESIS
from vault.settings import Settings

pytestmark = pytest.mark.stack


class Service:
    """A service of the test's own, whose entries become visible when the test says so."""

    def __init__(self) -> None:
        self.there: dict[int, EntryOut] = {}
        self.newest: int | None = None
        self.is_down = False

    def add(self, *numbers: int, **fields: Any) -> list[EntryOut]:
        """Entries with these numbers."""
        made = [entry(number, **fields) for number in numbers]
        self.there |= {one.seq: one for one in made}
        return made

    async def hand_over(self, given: TakeIn) -> TakeOut:
        """As `kit.http.looks`."""
        if self.is_down:
            raise Unavailable
        seqs = sorted(one for one in self.there if one > given.after or one in given.missing)
        newest = self.newest if self.newest is not None else max(self.there, default=0)
        return TakeOut(entries=[self.there[one] for one in seqs[:500]], newest=newest)


def entry(number: int, **fields: Any) -> EntryOut:
    usual: dict[str, Any] = {
        "seq": number,
        "id": new_id("look"),
        "at": NOW,
        "caller": POLICE,
        "actor": "actor-1",
        "on_behalf_of": None,
        "operation": "casework.get_case",
        "about": None,
        "part": None,
        "several": None,
        "items": [],
        "ground": ["holder"],
        "purpose": None,
        "answer": 200,
        "refusal": None,
    }
    return EntryOut.model_validate(usual | fields)


@pytest_asyncio.fixture(loop_scope="session", name="fresh")
async def _fresh(stack: Trial, tmp_path: Any) -> AsyncIterator[House]:
    """A house for each test: each does harm to its chains."""
    async with house(stack.stack, tmp_path) as made:
        yield made


def collector(house: House, **services: Service) -> Collector:
    sources = {name: one.hand_over for name, one in services.items()}
    return Collector(audit(house), house.master, sources)


def audit(house: House) -> Any:
    settings = house.vault.state.settings
    assert isinstance(settings, Settings)
    return audit_uow(house.vault.state, settings.audit_database_url)


async def verified(house: House, kept: tuple[int, str] | None = None) -> Verified:
    async with audit(house)() as tx:
        await repository.one_view(tx)
        return await verify(tx, house.master, kept)


async def chain(house: House, name: str) -> list[tuple[int, str]]:
    """Number and entry id of each link."""
    rows = await house.vault.sql("SELECT seq, look FROM vault.look_links WHERE chain = $1 ORDER BY seq", name)
    return [(row["seq"], row["look"]) for row in rows]


async def test_entries_of_every_service_stand_in_the_chain_of_their_case(fresh: House) -> None:
    case_id = new_id("case")
    casework, support = Service(), Service()
    [one, two] = casework.add(1, 2, about=case_id)
    [three] = support.add(1, about=case_id, operation="support.list_requests")
    [lists] = support.add(2, operation="support.list_referrals", several=4)
    assert await collector(fresh, casework=casework, support=support).round() == 4
    assert await chain(fresh, case_id) == [(1, one.id), (2, two.id), (3, three.id)]
    assert await chain(fresh, "support") == [(1, lists.id)]
    assert (await verified(fresh)).findings == []


async def test_an_entry_that_is_seen_late_is_chained_and_none_twice(fresh: House) -> None:
    """A transaction that took its number first may be committed last."""
    service = Service()
    service.add(1, 3)
    one = collector(fresh, casework=service)
    assert await one.round() == 2
    late = service.add(2)
    assert [await one.round(), await one.round()] == [1, 0]
    assert (await chain(fresh, "casework"))[-1] == (3, late[0].id)
    assert (await verified(fresh)).gaps == {}


async def test_a_number_that_never_comes_is_noted(fresh: House) -> None:
    service = Service()
    service.add(1, 3)
    one = collector(fresh, casework=service)
    await one.round()
    fresh.clock.advance(GIVEN_UP + timedelta(seconds=1))
    await one.round()
    found = await verified(fresh)
    assert (found.gaps, found.findings) == ({"casework": 1}, [])


async def test_a_service_that_was_restored_is_fetched_from_its_beginning(fresh: House) -> None:
    service = Service()
    service.add(1, 2, 3)
    one = collector(fresh, casework=service)
    await one.round()
    del service.there[3]
    await one.round()  # notices
    again = service.add(3)
    assert await one.round() == 1
    assert (await chain(fresh, "casework"))[-1] == (4, again[0].id)
    assert (await verified(fresh)).gaps == {"casework": 1}


async def test_a_service_that_is_down_holds_up_no_other(fresh: House) -> None:
    down, up = Service(), Service()
    down.is_down = True
    up.add(1)
    assert await collector(fresh, casework=down, support=up).round() == 1


async def test_two_collectors_at_once_chain_each_entry_once(fresh: House) -> None:
    service = Service()
    service.add(*range(1, 41))
    await asyncio.gather(*(collector(fresh, casework=service).round() for _ in range(4)))
    assert [seq for seq, _ in await chain(fresh, "casework")] == list(range(1, 41))
    assert (await verified(fresh)).findings == []


@asynccontextmanager
async def chained(house: House) -> AsyncIterator[str]:
    """A case with five links, sealed in two rounds; and another one, so that the seals say something of both."""
    case_id, other = new_id("case"), new_id("case")
    service = Service()
    service.add(1, 2, 3, about=case_id)
    one = collector(house, casework=service)
    await one.round()
    service.add(4, 5, about=case_id)
    service.add(6, about=other)
    await one.round()
    assert (await verified(house)).findings == []
    yield case_id


HARM = {
    "flip": ("UPDATE vault.look_links SET actor = 'x' WHERE chain = '{}' AND seq = 3", [(3, "changed")]),
    "drop": ("DELETE FROM vault.look_links WHERE chain = '{}' AND seq = 2", [(2, "missing")]),
    "swap": (
        "UPDATE vault.look_links SET seq = seq + 100 WHERE chain = '{0}' AND seq IN (2, 4); "
        "UPDATE vault.look_links SET seq = 106 - seq WHERE chain = '{0}' AND seq > 100",
        [(2, "swapped"), (3, "swapped"), (4, "swapped"), (5, "swapped")],
    ),
    "cut": ("DELETE FROM vault.look_links WHERE chain = '{}' AND seq > 3", [(4, "cut off")]),
    "cut to nothing": ("DELETE FROM vault.look_links WHERE chain = '{}'", [(1, "cut off")]),
}


@pytest.mark.parametrize("harm", HARM)
async def test_what_is_not_as_it_was_written_is_found(fresh: House, harm: str) -> None:
    async with chained(fresh) as case_id:
        statement, expected = HARM[harm]
        await fresh.vault.script(statement.format(case_id))
        found = {(one.seq, one.what) for one in (await verified(fresh)).findings if one.where == case_id}
        assert found <= set(expected)
        assert expected[0] in found


async def test_a_chain_cut_off_together_with_its_seal_is_found_by_who_kept_the_seal(fresh: House) -> None:
    async with chained(fresh) as case_id:
        number, _, stored = (await verified(fresh)).seal.partition(":")
        await fresh.vault.script(
            f"DELETE FROM vault.look_links WHERE seq > 3 OR chain <> '{case_id}'; "
            f"DELETE FROM vault.look_seals WHERE number = {number}"
        )
        assert (await verified(fresh)).findings == []  # nobody who has only the database could know
        [found] = (await verified(fresh, (int(number), stored))).findings
        assert (found.where, found.seq, found.what) == ("seals", int(number), "cut off")


async def test_the_command_says_the_same_and_ends_with_status_1(fresh: House, stack: Trial) -> None:
    async with chained(fresh) as case_id:
        code, said = command(fresh, stack.stack)
        assert (code, said["findings"], said["entries"]) == (0, [], 6)
        number, stored = said["seal"].split(":")
        assert (int(number), len(stored)) == (said["seals"], len(GENESIS))
        await fresh.vault.script(HARM["flip"][0].format(case_id))
        assert command(fresh, stack.stack)[0] == 1
        code, said = command(fresh, stack.stack, f"99:{GENESIS}")
        assert {one["what"] for one in said["findings"]} == {"changed", "cut off"}


def command(house: House, stack: Stack, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Status and answer of `python -m vault.audit`."""
    given = house.vault.state.settings
    assert isinstance(given, Settings)
    own = {"VAULT_AUDIT_DATABASE_URL": given.audit_database_url, "VAULT_MASTER_KEY_FILE": str(given.master_key_file)}
    given.master_key_file.unlink(missing_ok=True)
    write_private(given.master_key_file, house.master.dump())
    environment = {**os.environ, **stack.environment("vault"), **own}
    asked = subprocess.run(
        python("vault.audit", *arguments), env=environment, capture_output=True, text=True, check=False
    )
    assert asked.stdout, asked.stderr
    return asked.returncode, json.loads(asked.stdout)


async def test_the_role_of_the_audit_changes_nothing_that_is_chained(fresh: House) -> None:
    async with chained(fresh):
        for statement in ("UPDATE vault.look_links SET actor = 'x'", "DELETE FROM vault.look_links",
                          "UPDATE vault.look_seals SET links = 0", "DELETE FROM vault.look_seals",
                          "DELETE FROM vault.look_gaps", "SELECT * FROM vault.sealed_texts",
                          "SELECT * FROM vault.case_keys"):  # fmt: skip
            with pytest.raises(Exception, match="permission denied"):
                async with audit(fresh)() as tx:
                    await tx.execute(text(statement), {})


async def test_a_head_sees_what_a_member_did_and_the_office_above_sees_no_protection(fresh: House) -> None:
    case_id, _ = await case_of(fresh)
    await identity(fresh, case_id, f"{POLICE}#act_2", "full_name")
    await identity(fresh, case_id, f"{POLICE}#act_3", "full_name")
    one = fresh.vault.state.get(Collector)
    await one.take(OWN)
    service = Service()
    service.add(1, about=case_id, operation="protection.get_protection", actor="act_2")
    await collector(fresh, protection=service).round()
    asked = {"office": POLICE, "actor": "act_2"}
    asked |= {"since": (NOW - timedelta(hours=1)).isoformat(), "until": (NOW + timedelta(hours=1)).isoformat()}

    async def ask(**claims: str) -> Any:
        headers = {"Authorization": f"Bearer {fresh.vault.token(**claims)}"}
        return await fresh.vault.client.post("/v1/looks/by-person", json=asked, headers=headers)

    seen = (await ask(office=POLICE, sub="boss", position="head")).json()
    shown = {(one["operation"], one["about"]) for one in seen["items"]}
    assert shown == {("vault.read_identity", case_id), ("protection.get_protection", case_id)}
    assert (await ask(office=POLICE, sub="act_2", position="officer")).status_code == 403
    assert (await ask(office="provincial_police/ha-noi", sub="boss", position="head")).status_code == 403
    above = fresh.vault.state.get(Library).world.directory.supervisor(POLICE, NOW.date())
    seen = (await ask(office=above, sub="above", position="officer")).json()
    assert {(one["operation"], one["about"]) for one in seen["items"]} == {
        ("vault.read_identity", case_id),
        ("hidden", None),
    }
    closed = Restriction(salt="case", persons=(digest_of("case", "boss"),))
    await fresh.vault.stand(case_id, standing(restriction=closed), version=2)
    assert (await ask(office=POLICE, sub="boss", position="head")).json()["items"] == []
    assert len((await ask(office=POLICE, sub="auditor", position="auditor")).json()["items"]) == 2
    logged = await fresh.vault.sql("SELECT answer FROM vault.looks WHERE operation = 'vault.list_looks' ORDER BY seq")
    assert [row["answer"] for row in logged] == [200, 403, 403, 200, 200, 200]
