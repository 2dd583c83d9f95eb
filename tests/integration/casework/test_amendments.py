"""An amendment of the law: proposed, previewed, signed by a second person, and then under every case."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from importlib.resources import as_file
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from casework import models
from casework.service import amending, fire
from contracts.events.casework import AmendmentApplied, ClocksMoved
from contracts.regulations import load_pack
from contracts.regulations.loader import install_pack, use_installed
from contracts.regulations.toml import root
from kit import migrations
from neove.stack.trial import Trial
from tests.integration.casework.register import COMMUNE, GUARD, HEALTH, Register, register

pytestmark = pytest.mark.stack

NATIONAL = "steering_committee/ha-noi"
FIRST, SECOND = "actor-1", "actor-2"
MONDAY = "2026-11-23"
"""The last day of B-SELF-04 in a case of Friday the 20th; the Tuesday after it is off already."""
DUE, LATER = "2026-11-24T00:00:00+07:00", "2026-11-26T00:00:00+07:00"
STEPS = (
    (COMMUNE, "AT_COMMUNE", "2026-11-20T09:10:00+07:00"),
    (COMMUNE, "SUPPORT_AGENCY_NOTIFIED", "2026-11-20T09:20:00+07:00"),
    (HEALTH, "SUPPORT_AGENCY_RECEIVED", "2026-11-20T09:30:00+07:00"),
)


@pytest_asyncio.fixture(loop_scope="session")
async def law(stack: Trial) -> AsyncIterator["Amending"]:
    """The register on a database of its own: an amendment concerns every case in it."""
    async with register(stack.stack) as cases:
        yield Amending(cases)


@pytest.fixture
def installed(tmp_path: Path) -> Any:
    """A folder of installed packs that this process looks into."""
    use_installed(tmp_path / "regulations")
    yield tmp_path / "regulations"
    use_installed(None)


class Amending:
    """The register and the steps of an amendment."""

    def __init__(self, cases: Register) -> None:
        self.cases = cases

    async def ask(
        self, method: str, path: str, body: Any = None, *, office: str = NATIONAL, actor: str = FIRST, **h: str
    ):
        """Any request as a person of an office."""
        token = self.cases.http.issuer.token(office=office, sub=actor)
        headers = {"Authorization": f"Bearer {token}", **h}
        return await self.cases.http.client.request(method, f"/v1/amendments{path}", json=body, headers=headers)

    async def propose(self, **given: Any) -> dict[str, Any]:
        """A proposal, accepted; by default Monday is off."""
        answer = await self.ask("POST", "", proposal(**given))
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def sign(
        self, amendment: dict[str, Any], *, actor: str = SECOND, content: str | None = None
    ) -> httpx.Response:
        """The answer to a signature."""
        body = {"content_hash": content or amendment["content_hash"]}
        return await self.ask("POST", f"/{amendment['amendment_id']}/sign", body, actor=actor)

    async def signed(self, **given: Any) -> dict[str, Any]:
        """A proposal that was signed."""
        answer = await self.sign(await self.propose(**given))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def preview(self, amendment: dict[str, Any], limit: int = 2) -> list[dict[str, Any]]:
        """All that it would move, page by page."""
        items: list[dict[str, Any]] = []
        cursor = ""
        while cursor is not None:
            query = f"?limit={limit}" + (f"&cursor={cursor}" if cursor else "")
            answer = await self.ask("GET", f"/{amendment['amendment_id']}/preview{query}")
            assert answer.status_code == 200, answer.text
            items, cursor = items + answer.json()["items"], answer.json()["next"]
        return items

    async def applied(self, amendment: dict[str, Any], batch: int = 2) -> dict[str, Any]:
        """Re-fold until nothing is left; what `get_amendment` says then."""
        while await amending.take_batch(self.cases.uow, batch):
            pass
        assert await amending.finish(self.cases.uow)
        return (await self.ask("GET", f"/{amendment['amendment_id']}")).json()

    async def running(self) -> str:
        """A case whose B-SELF-04 runs until Monday."""
        case_id = await self.cases.opened("2026-11-20T08:00:00+07:00")
        await self.cases.stated(case_id, *STEPS)
        return case_id

    async def due(self, case_id: str) -> str | None:
        """When B-SELF-04 is due, as an office sees it."""
        return (await self.cases.case(case_id, HEALTH))["clocks"]["B-SELF-04"]["due_at"]

    async def stored_due(self, case_id: str) -> list[str]:
        """The same as stored."""
        statement = "SELECT body->>'due_at' AS due FROM casework.clocks WHERE case_id = $1 AND rule = 'B-SELF-04'"
        return [row["due"] for row in await self.cases.http.sql(statement, case_id)]

    async def events(self, kind: str) -> list[dict[str, Any]]:
        """Data of the events of one kind, oldest first."""
        rows = await self.cases.http.sql("SELECT data FROM casework.outbox WHERE type = $1 ORDER BY seq", kind)
        return [json.loads(row["data"])["data"] for row in rows]


def proposal(day: str = "off", **given: Any) -> dict[str, Any]:
    """Monday is off (or `day`)."""
    row = {"date": MONDAY, "kind": day, "name": "Nghỉ bù", "status": "confirmed"}
    usual = {"kind": "calendar", "decision": "1/2026/QD-TTg", "reason": "A swap of days", "rows": [row]}
    return {**usual, **given}


def slug(answer: httpx.Response) -> tuple[int, str]:
    """Status and slug of a refusal."""
    return answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]


async def test_the_models_and_the_migrated_database_agree(law: Amending) -> None:
    owner = str(law.cases.http.state.settings.owner_database_url)
    assert await asyncio.to_thread(migrations.check, "casework", owner, models.Base.metadata) == []


async def test_what_a_preview_shows_is_what_the_signature_moves(law: Amending) -> None:
    moving = [await law.running() for _ in range(3)]
    await law.cases.opened("2026-11-20T08:00:00+07:00")
    before = await law.cases.rows(moving[0])
    amendment = await law.propose()
    seen = await law.preview(amendment)
    assert await law.cases.rows(moving[0]) == before, "a preview stores nothing"
    assert {item["case_id"] for item in seen} >= set(moving)
    [one] = [item for item in seen if (item["case_id"], item["rule"]) == (moving[0], "B-SELF-04")]
    assert (one["from_at"], one["to_at"]) == ("2026-11-23T17:00:00Z", "2026-11-25T17:00:00Z")
    assert (one["effect"], one["office"]) == ("later", HEALTH)
    assert one["why"] == [f"{MONDAY} off: Nghỉ bù (1/2026/QD-TTg)"]
    assert (await law.sign(amendment)).status_code == 200
    told = await law.applied(amendment)
    assert told["clocks_moved"] == len(seen)
    assert told["cases_moved"] == len({item["case_id"] for item in seen})
    assert (told["cases_behind"], told["cases_open"], told["applied_at"] is not None) == (0, 4, True)
    assert [await law.stored_due(case_id) for case_id in moving] == [[LATER]] * 3


async def test_from_the_signature_on_every_reader_sees_the_new_law(law: Amending) -> None:
    case_id = await law.running()
    assert await law.due(case_id) == DUE
    await law.signed()
    assert await law.due(case_id) == LATER, "also before the re-fold came to this case"
    assert await law.stored_due(case_id) == [DUE]


async def test_the_timeline_tells_what_moved_and_by_which_amendment(law: Amending) -> None:
    case_id = await law.running()
    amendment = await law.signed()
    await law.applied(amendment)
    lines = [line for line in await law.cases.timeline(case_id, HEALTH) if line["kind"] == "amended"]
    assert {line["ref"] for line in lines} == {amendment["amendment_id"]}
    moved = {one["rule"]: one for line in lines for one in line["details"]["moved"]}
    assert moved["B-SELF-04"]["effect"] == "later"
    assert len(lines) == len({line["lane"] for line in lines}), "one line for each lane"


async def test_a_wait_of_the_old_instant_does_not_fire(law: Amending) -> None:
    case_id = await law.running()
    waits = await law.cases.waits(case_id)
    await law.signed()
    law.cases.clock.advance(timedelta(days=3, hours=14))
    due = waits.due(law.cases.clock.now())
    after = await fire(law.cases.uow, case_id, due)
    told = [one for one in await law.cases.told(case_id) if one["rule"] == "B-SELF-04" and one["kind"] == "breach"]
    assert told == []
    assert after.version > waits.version
    assert await law.stored_due(case_id) == [LATER]


async def test_a_breach_that_was_told_is_withdrawn_by_the_amendment(law: Amending) -> None:
    case_id = await law.running()
    await law.cases.pass_time(case_id, timedelta(days=3, hours=14))
    amendment = await law.propose()
    [one] = [item for item in await law.preview(amendment) if item["rule"] == "B-SELF-04"]
    assert one["effect"] == "no_longer_breached"
    await law.sign(amendment)
    await law.applied(amendment)
    statement = "SELECT * FROM casework.claims WHERE case_id = $1 AND stage = 'breach' AND rule = 'B-SELF-04'"
    [claim] = await law.cases.http.sql(statement, case_id)
    assert claim["withdrawn_by"] == amendment["amendment_id"]
    assert (await law.cases.case(case_id, HEALTH))["clocks"]["B-SELF-04"]["state"] == "running"


async def test_who_proposed_cannot_sign_and_what_is_signed_is_what_was_read(law: Amending) -> None:
    amendment = await law.propose()
    assert slug(await law.sign(amendment, actor=FIRST)) == (403, "same-person")
    assert slug(await law.sign(amendment, content="0" * 64)) == (409, "other-content")
    assert (await law.sign(amendment)).status_code == 200
    assert slug(await law.sign(amendment)) == (409, "already-signed")
    answer = await law.ask("GET", f"/{amendment['amendment_id']}/preview")
    assert slug(answer) == (409, "already-signed")
    other = await law.propose()
    assert (await law.ask("POST", f"/{other['amendment_id']}/withdraw", {})).json()["state"] == "withdrawn"
    assert slug(await law.sign(other)) == (409, "amendment-withdrawn")


@pytest.mark.parametrize("office", ["steering_committee/lao-cai", HEALTH, "admin/ha-noi"])
async def test_only_the_national_office_amends(law: Amending, office: str) -> None:
    amendment = await law.propose()
    path = f"/{amendment['amendment_id']}"
    for method, where in (
        ("GET", ""),
        ("POST", ""),
        ("GET", path),
        ("GET", f"{path}/preview"),
        ("POST", f"{path}/sign"),
    ):
        answer = await law.ask(method, where, {} if method == "POST" else None, office=office, actor=SECOND)
        assert slug(answer) == (403, "not-your-case"), (method, where)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rows": []},
        {"rows": proposal()["rows"] * 2},
        {"pack_id": "law-53-2024"},
        {"kind": "pack", "rows": [], "pack_id": "law-53-2024"},
        {"reason": "x" * 401},
        {"rows": [{**proposal()["rows"][0], "kind": "holiday"}]},
    ],
)
async def test_a_proposal_that_says_no_one_thing_is_refused(law: Amending, wrong: dict[str, Any]) -> None:
    answer = await law.ask("POST", "", {**proposal(), **wrong})
    assert answer.status_code == 422, answer.text


async def test_a_repeated_request_proposes_and_signs_once(law: Amending) -> None:
    first, again = [await law.ask("POST", "", proposal(), **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert first.json() == again.json()
    assert len((await law.ask("GET", "")).json()["items"]) == 1


async def test_a_step_takes_its_case_along_and_the_refold_passes_it_over(law: Amending) -> None:
    case_id, other = await law.running(), await law.running()
    amendment = await law.signed()
    await law.cases.stated(case_id, (HEALTH, "INITIAL_CHECK_DONE", "2026-11-20T10:00:00+07:00"))
    rows = await law.cases.http.sql("SELECT case_id, law_seq FROM casework.cases")
    assert {row["case_id"]: row["law_seq"] for row in rows} == {case_id: 1, other: 0}
    kinds = [line["kind"] for line in await law.cases.timeline(case_id, HEALTH)]
    assert kinds.count("amended") >= 1
    told = await law.applied(amendment)
    assert told["cases_moved"] == 2, "moved by whoever came first"


async def test_a_fact_and_the_refold_at_the_same_time(law: Amending) -> None:
    moving = [await law.running() for _ in range(6)]
    amendment = await law.signed()
    done = (HEALTH, "INITIAL_CHECK_DONE", "2026-11-20T10:00:00+07:00")

    async def refold() -> None:
        while await amending.take_batch(law.cases.uow, 2):
            pass

    answers = await asyncio.gather(*(law.cases.fact(case_id, *done) for case_id in moving), refold(), refold())
    assert [answer.status_code for answer in answers[:6]] == [200] * 6
    told = await law.applied(amendment)
    assert (told["cases_behind"], told["cases_moved"]) == (0, 6)
    assert [await law.stored_due(case_id) for case_id in moving] == [[LATER]] * 6


async def test_a_refold_that_was_cut_off_goes_on_where_it_was(law: Amending, monkeypatch: pytest.MonkeyPatch) -> None:
    moving = [await law.running() for _ in range(4)]
    amendment = await law.signed()
    assert await amending.take_batch(law.cases.uow, 1) == 1

    async def dies(*_: Any) -> None:
        raise ConnectionError("killed before the commit")

    with monkeypatch.context() as broken:
        broken.setattr(amending, "take_along", dies)
        with pytest.raises(Exception, match="does not answer"):
            await amending.take_batch(law.cases.uow, 2)
    assert not await amending.finish(law.cases.uow)
    assert (await law.events(AmendmentApplied.event_type())) == []
    told = await law.applied(amendment)
    assert told["cases_moved"] == 4
    assert len(await law.events(ClocksMoved.event_type())) == 4, "each case once"
    assert [await law.stored_due(case_id) for case_id in moving] == [[LATER]] * 4


async def test_each_office_is_told_once_how_much_of_its_work_moved(law: Amending) -> None:
    for _ in range(2):
        await law.running()
    amendment = await law.propose()
    mine = [item for item in await law.preview(amendment) if item["office"] == HEALTH]
    await law.sign(amendment)
    await law.applied(amendment)
    await amending.finish(law.cases.uow)
    told = [one for one in await law.events(AmendmentApplied.event_type()) if one["office"] == HEALTH]
    assert [(one["case_id"], one["moved"], one["cases"]) for one in told] == [(amendment["amendment_id"], len(mine), 2)]


async def test_a_case_that_does_not_move_is_only_marked(law: Amending) -> None:
    case_id = await law.running()
    before = await law.cases.rows(case_id)
    far = {**proposal()["rows"][0], "date": "2028-03-15"}
    await law.applied(await law.signed(rows=[far]))
    assert await law.cases.rows(case_id) == before
    [row] = await law.cases.http.sql("SELECT law_seq FROM casework.cases WHERE case_id = $1", case_id)
    assert row["law_seq"] == 1


async def test_amending_back_gives_the_dates_of_before(law: Amending) -> None:
    case_id = await law.running()
    query = "SELECT clock_id, body->>'due_at' AS due FROM casework.clocks WHERE case_id = $1 ORDER BY 1"
    before = await law.cases.http.sql(query, case_id)
    await law.applied(await law.signed())
    assert await law.cases.http.sql(query, case_id) != before
    await law.applied(await law.signed(rows=proposal("plain")["rows"]))
    assert await law.cases.http.sql(query, case_id) == before


async def test_the_chain_shows_a_change_of_the_past(law: Amending) -> None:
    for _ in range(2):
        await law.signed()
    whole = (await law.ask("GET", "")).json()["chain"]
    assert whole == {"ok": True, "signed": 2, "broken_at": None}
    first = (await law.ask("GET", "")).json()["items"][0]
    await law.cases.http.sql("UPDATE casework.amendments SET decision = '2/2026/QD-TTg' WHERE effective_seq = 1")
    shown = (await law.ask("GET", "")).json()["chain"]
    assert shown == {"ok": False, "signed": 2, "broken_at": first["amendment_id"]}


async def test_the_service_itself_cannot_rewrite_what_was_proposed(law: Amending) -> None:
    await law.propose()
    for statement in ("UPDATE casework.amendments SET decision = 'x'", "DELETE FROM casework.amendments"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await law.cases.http.sql(statement, runtime=True)


# another version of a pack


def version(tmp_path: Path, installed: Path, old: str, new: str, file: str = "identification.toml") -> str:
    """Installs the pack with one text replaced; its hash."""
    with as_file(root() / "packs" / "law-53-2024") as source:
        shutil.copytree(source, tmp_path / "law-53-2024")
    path = tmp_path / "law-53-2024" / file
    content = path.read_text(encoding="utf-8")
    assert content.count(old) >= 1
    path.write_text(content.replace(old, new, 1), encoding="utf-8")
    return install_pack(tmp_path / "law-53-2024", installed).content_hash


def of_pack(pack_hash: str) -> dict[str, Any]:
    """A proposal of a version."""
    return {"kind": "pack", "rows": [], "pack_id": "law-53-2024", "pack_hash": pack_hash}


async def test_a_version_that_is_not_installed_is_refused(law: Amending) -> None:
    answer = await law.ask("POST", "", proposal(**of_pack("0" * 64)))
    assert slug(answer) == (422, "pack-not-installed")


async def test_an_amended_pack_is_pinned_by_open_and_new_cases(law: Amending, installed: Path, tmp_path: Path) -> None:
    case_id = await law.running()
    pack_hash = version(tmp_path, installed, *three_days_to_five())
    amendment = await law.propose(**of_pack(pack_hash))
    [one] = [item for item in await law.preview(amendment) if item["rule"] == "B-SELF-04"]
    assert (one["effect"], one["why"]) == ("later", ["B-SELF-04: 3 days → 5 days"])
    await law.sign(amendment)
    assert one["to_at"] == "2026-11-25T17:00:00Z"
    assert await law.due(case_id) == LATER
    told = await law.applied(amendment)
    assert told["clocks_moved"] == 1
    change = (await law.cases.changes(case_id))[-1]
    assert change["standing"]["pack_hash"] == pack_hash
    [row] = await law.cases.http.sql("SELECT pack_hash FROM casework.cases WHERE case_id = $1", case_id)
    assert row["pack_hash"] == pack_hash
    new = await law.running()
    assert await law.due(new) == LATER
    [row] = await law.cases.http.sql("SELECT pack_hash, law_seq FROM casework.cases WHERE case_id = $1", new)
    assert (row["pack_hash"], row["law_seq"]) == (pack_hash, 1)


def three_days_to_five() -> tuple[str, str]:
    """The amount of B-SELF-04 in the pack's file, and another one."""
    text = (root() / "packs" / "law-53-2024" / "identification.toml").read_text(encoding="utf-8")
    start = text.index('id = "B-SELF-04"')
    rule = text[start : text.index("[[", start)]
    assert "amount = 3" in rule
    return rule, rule.replace("amount = 3", "amount = 5")


async def test_a_case_that_contradicts_the_amended_pack_keeps_its_own(
    law: Amending, installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = await law.running()
    pack_hash = version(tmp_path, installed, *three_days_to_five())
    amendment = await law.propose(**of_pack(pack_hash))
    own = load_pack("law-53-2024").content_hash
    folds = amending.amending.folds
    monkeypatch.setattr(amending.amending, "folds", lambda file: file.pack.content_hash == own and folds(file))
    assert [(item["case_id"], item["effect"]) for item in await law.preview(amendment)] == [(case_id, "keeps")]
    await law.sign(amendment)
    await law.applied(amendment)
    assert await law.due(case_id) == DUE
    [line] = [line for line in await law.cases.timeline(case_id, GUARD) if line["kind"] == "amended"]
    assert line["details"] == {"keeps": "law-53-2024", "hash": own}


async def test_without_the_amended_version_a_process_changes_nothing(
    law: Amending, installed: Path, tmp_path: Path
) -> None:
    case_id = await law.running()
    await law.signed(**of_pack(version(tmp_path, installed, *three_days_to_five())))
    use_installed(None)
    assert slug(await law.cases.fact(case_id, HEALTH, "INITIAL_CHECK_DONE", "2026-11-20T10:00:00+07:00")) == (
        503,
        "pack-differs",
    )
