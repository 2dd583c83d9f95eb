"""An amendment of the law: proposed, previewed, signed by a second person, and then under every case."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from casework import models
from casework.amendments import refold
from casework.service.waits import fire
from contracts.events.casework import AmendmentApplied, ClocksMoved
from kit import migrations
from tests.integration.casework.amending import (
    DUE,
    FIRST,
    LATER,
    MONDAY,
    SECOND,
    Amending,
    proposal,
    slug,
)
from tests.integration.casework.in_process import HEALTH

pytestmark = pytest.mark.stack


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
    after = await fire(law.cases.uow, law.cases.book, case_id, due)
    told = [one for one in await law.cases.raised(case_id) if one["rule"] == "B-SELF-04" and one["kind"] == "breach"]
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

    async def fold_anew() -> None:
        while await refold.take_batch(law.cases.uow, law.cases.book, 2):
            pass

    answers = await asyncio.gather(*(law.cases.fact(case_id, *done) for case_id in moving), fold_anew(), fold_anew())
    assert [answer.status_code for answer in answers[:6]] == [200] * 6
    told = await law.applied(amendment)
    assert (told["cases_behind"], told["cases_moved"]) == (0, 6)
    assert [await law.stored_due(case_id) for case_id in moving] == [[LATER]] * 6


async def test_a_refold_that_was_cut_off_goes_on_where_it_was(law: Amending, monkeypatch: pytest.MonkeyPatch) -> None:
    moving = [await law.running() for _ in range(4)]
    amendment = await law.signed()
    assert await refold.take_batch(law.cases.uow, law.cases.book, 1) == 1

    async def dies(*_: Any) -> None:
        raise ConnectionError("killed before the commit")

    with monkeypatch.context() as broken:
        broken.setattr(refold, "write_refolded", dies)
        with pytest.raises(Exception, match="does not answer"):
            await refold.take_batch(law.cases.uow, law.cases.book, 2)
    assert not await refold.finish(law.cases.uow)
    assert (await law.events(AmendmentApplied.event_type())) == []
    told = await law.applied(amendment)
    assert told["cases_moved"] == 4
    lines = await law.cases.http.sql("SELECT case_id, lane FROM casework.journal WHERE kind = 'amended'")
    assert len(lines) == len({(line["case_id"], line["lane"]) for line in lines}), "each case once"
    assert [await law.stored_due(case_id) for case_id in moving] == [[LATER]] * 4


async def test_each_office_is_told_once_how_much_of_its_work_moved(law: Amending) -> None:
    for _ in range(2):
        await law.running()
    amendment = await law.propose()
    mine = [item for item in await law.preview(amendment) if item["office"] == HEALTH]
    await law.sign(amendment)
    await law.applied(amendment)
    await refold.finish(law.cases.uow)
    told = [one for one in await law.events(AmendmentApplied.event_type()) if one["office"] == HEALTH]
    assert [(one["amendment_id"], one["moved"], one["cases"]) for one in told] == [
        (amendment["amendment_id"], len(mine), 2)
    ]


async def test_a_case_that_does_not_move_is_only_marked(law: Amending) -> None:
    case_id = await law.running()
    before = await law.cases.rows(case_id)
    far = {**proposal()["rows"][0], "date": "2028-03-15"}
    await law.applied(await law.signed(rows=[far]))
    assert await law.cases.rows(case_id) == before
    [row] = await law.cases.http.sql("SELECT law_seq FROM casework.cases WHERE case_id = $1", case_id)
    assert row["law_seq"] == 1


async def test_its_workflow_hears_of_a_case_only_if_it_must_wake_earlier(law: Amending) -> None:
    case_id = await law.running()
    await law.cases.pass_time(case_id, timedelta(days=3, hours=10))
    await law.applied(await law.signed())
    assert await law.events(ClocksMoved.event_type()) == [], "it wakes at the former instant and finds the later one"
    await law.cases.pass_time(case_id, timedelta(hours=4, minutes=30))
    waits = await law.cases.waits(case_id)
    await law.applied(await law.signed(rows=proposal("plain")["rows"]))
    [event] = await law.events(ClocksMoved.event_type())
    assert event["case_id"] == case_id
    earlier = await law.cases.waits(case_id)
    assert earlier.next_at is not None
    assert waits.next_at is not None
    assert earlier.next_at < waits.next_at


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
