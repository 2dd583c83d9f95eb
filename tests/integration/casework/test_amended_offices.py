"""Two communes of one province are merged while cases are open: proposed, previewed, signed, and under every case."""

from typing import Any

import pytest

from casework import older_standings
from casework.amendments import publishing
from contracts.events.casework import AmendmentApplied
from regulations.rights import Relation
from regulations.signed_offices import SignedOffices
from tests.integration.casework.amending import Amending, slug
from tests.integration.casework.in_process import HEALTH
from tests.library import LIBRARY, RIGHTS, place_of

pytestmark = pytest.mark.stack

OLD, NEW, OTHER = (f"commune/{place_of(word)}" for word in ("sa-pa", "muong-khuong", "y-ty"))
CHANGE = {"kind": "merged", "place": "sa-pa", "into": "muong-khuong", "on": "2026-11-20"}
DECISION: dict[str, Any] = {
    "kind": "offices",
    "decision": "NQ 1/NQ-UBTVQH",
    "reason": "Two communes",
    "rows": [],
    "changes": [CHANGE],
}
EVE = "2026-11-19T09:00:00+07:00"
ID = "identification"


def deciding(**given: Any) -> dict[str, Any]:
    """The merger, or other changes."""
    return {**DECISION, **given}


async def opened(law: Amending, office: str, word: str) -> str:
    """A case that a commune reported and holds since the day before the merger."""
    return await law.cases.opened(EVE, office=office, commune=word)


async def page(law: Amending, amendment: dict[str, Any]) -> dict[str, Any]:
    answer = await law.ask("GET", f"/{amendment['amendment_id']}/preview?limit=100")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def law_seqs(law: Amending) -> dict[str, int]:
    rows = await law.cases.http.sql("SELECT case_id, law_seq FROM casework.cases")
    return {row["case_id"]: row["law_seq"] for row in rows}


async def test_what_a_preview_shows_is_what_the_signature_brings_and_no_holder_is_wrong(law: Amending) -> None:
    moving = [await opened(law, OLD, "sa-pa") for _ in range(3)]
    staying = [await opened(law, NEW, "muong-khuong"), await opened(law, OTHER, "y-ty")]
    before = {case_id: await law.cases.rows(case_id) for case_id in staying}
    amendment = await law.propose(**deciding())
    seen = await page(law, amendment)
    assert {one["case_id"] for one in seen["offices"]} == set(moving)
    assert (seen["cases"], seen["cases_moved"]) == (5, 3)
    lanes = [one for one in seen["offices"] if one["what"] == "lane"]
    assert {(one["from_office"], one["to_office"]) for one in lanes} == {(OLD, NEW)}
    assert {"lane", "work", "right"} <= {one["what"] for one in seen["offices"]}
    assert {(await law.cases.standing(one)).lanes[ID].holder for one in moving} == {OLD}, "a preview stores nothing"
    assert (await law.sign(amendment)).status_code == 200
    told = await law.applied(amendment)
    assert told["clocks_moved"] == len(seen["offices"]) + len(seen["items"])
    assert (told["cases_moved"], told["cases_behind"]) == (3, 0)
    for case_id in moving:
        standing = await law.cases.standing(case_id)
        assert standing.lanes[ID].holder == NEW
        assert OLD not in (standing.lanes[ID].acting or ())
    assert {case_id: await law.cases.rows(case_id) for case_id in staying} == before, "only their number of the law"
    assert set((await law_seqs(law)).values()) == {1}
    work = await law.cases.http.sql("SELECT office FROM casework.work WHERE office = $1", OLD)
    assert work == [], "no line of work is left with the office that ended"


async def test_the_standing_is_published_and_each_office_is_told_once(law: Amending) -> None:
    cases = [await opened(law, OLD, "sa-pa") for _ in range(2)]
    shown = {case_id: await law.cases.shown(case_id) for case_id in cases}
    amendment = await law.signed(**deciding())
    await law.applied(amendment)
    await law.applied(amendment)
    for case_id in cases:
        assert len(await law.cases.shown(case_id)) == len(shown[case_id]) + 1
    told = await law.events(AmendmentApplied.event_type())
    assert [(one["office"], one["cases"]) for one in told] == [(NEW, 2)]


async def test_the_new_office_holds_and_the_old_one_reads_until_a_later_fact(law: Amending) -> None:
    case_id = await opened(law, OLD, "sa-pa")
    await law.applied(await law.signed(**deciding()))
    standing = await law.cases.standing(case_id)
    assert Relation.HOLDER in RIGHTS.relations(NEW, standing, ID)
    assert (await law.cases.case(case_id, NEW))["lanes"][ID]["holder"] == OLD, "it held the lane at the newest fact"
    assert (await law.cases.http.get(f"/v1/cases/{case_id}", OLD)).status_code == 200, "it enters late what it did"
    late = await law.cases.fact(case_id, OLD, "SUPPORT_AGENCY_NOTIFIED", "2026-11-20T09:30:00+07:00")
    assert late.status_code == 403, "it states nothing of a day after its end"
    await law.cases.stated(case_id, (NEW, "SUPPORT_AGENCY_NOTIFIED", "2026-11-20T09:40:00+07:00"))
    assert (await law.cases.http.get(f"/v1/cases/{case_id}", OLD)).status_code == 403
    assert (await law.cases.case(case_id, NEW))["case_id"] == case_id


async def test_what_the_old_office_did_on_the_eve_is_entered_after_its_end(law: Amending) -> None:
    case_id = await opened(law, OLD, "sa-pa")
    await law.applied(await law.signed(**deciding()))
    await law.cases.stated(case_id, (OLD, "SUPPORT_AGENCY_NOTIFIED", "2026-11-19T16:00:00+07:00"))
    assert (await law.cases.case(case_id, HEALTH))["lanes"][ID]["holder"] == HEALTH


async def test_a_step_before_the_refold_and_a_new_case_are_under_the_new_offices(law: Amending) -> None:
    case_id = await opened(law, OLD, "sa-pa")
    await law.signed(**deciding())
    await law.cases.stated(case_id, (NEW, "SUPPORT_AGENCY_NOTIFIED", "2026-11-20T09:40:00+07:00"))
    later = await law.cases.opened("2026-11-20T09:00:00+07:00", commune="sa-pa")
    standing = await law.cases.standing(later)
    assert NEW in (standing.lanes[ID].acting or ())
    assert OLD not in (standing.lanes[ID].acting or ())


async def test_a_change_is_signed_on_its_day_or_later_and_previewed_before(law: Amending) -> None:
    case_id = await opened(law, OLD, "sa-pa")
    amendment = await law.propose(**deciding(changes=[{**CHANGE, "on": "2026-11-21"}]))
    assert {one["case_id"] for one in (await page(law, amendment))["offices"]} == {case_id}
    assert slug(await law.sign(amendment)) == (409, "before-its-day")
    assert set((await law_seqs(law)).values()) == {0}


@pytest.mark.parametrize(
    "change",
    [
        {**CHANGE, "into": "atlantis"},
        {**CHANGE, "into": "dong-dang"},
        {"kind": "dissolved", "office": "commune/atlantis", "on": "2026-11-20"},
        {"kind": "founded", "office": "commune/moi", "place": "sa-pa", "on": "2026-11-20"},
    ],
)
async def test_a_wrong_change_is_refused_with_the_reason_and_nothing_is_stored(law: Amending, change: Any) -> None:
    right = {**CHANGE, "place": "y-ty"}
    answer = await law.ask("POST", "", deciding(changes=[right, change]))
    assert slug(answer) == (422, "offices-refused")
    assert answer.json()["errors"][0]["msg"]
    assert (await law.ask("GET", "")).json()["items"] == []


async def test_a_change_that_another_signature_made_wrong_is_refused_when_it_is_signed(law: Amending) -> None:
    first, second = await law.propose(**deciding()), await law.propose(**deciding(changes=[{**CHANGE, "into": "y-ty"}]))
    assert (await law.sign(first)).status_code == 200
    assert slug(await law.sign(second)) == (422, "offices-refused")


@pytest.mark.parametrize("wrong", [{"changes": []}, {"kind": "calendar"}, {"pack_id": "law-53-2024"}])
async def test_a_proposal_of_two_kinds_is_refused(law: Amending, wrong: dict[str, Any]) -> None:
    assert (await law.ask("POST", "", deciding(**wrong))).status_code == 422


FOUNDED = {"kind": "founded", "office": "facility/y-ty-moi", "place": "y-ty", "on": "2026-11-20"}
_DOCUMENT = "SELECT version, body FROM casework.projections WHERE kind = 'offices' AND key = 'signed'"
_SHOWN = "SELECT data->'version' AS n FROM casework.outbox WHERE stream = 'KV_offices' ORDER BY seq"


async def test_a_signature_shows_the_other_services_every_change_up_to_it(law: Amending) -> None:
    [before] = await law.cases.http.sql(_DOCUMENT)
    assert SignedOffices.model_validate_json(before["body"]).amendments == ()
    await law.signed()  # of the calendar: the offices stay as they are
    await law.signed(**deciding())
    await law.propose(**deciding(decision="NQ 2", changes=[{**CHANGE, "place": "muong-khuong", "into": "y-ty"}]))
    await law.signed(**deciding(decision="NQ 3", changes=[FOUNDED]))
    [shown] = await law.cases.http.sql(_DOCUMENT)
    signed = SignedOffices.model_validate_json(shown["body"])
    assert [one.decision for one in signed.amendments] == [DECISION["decision"], "NQ 3"]
    assert shown["version"] > before["version"]
    assert [int(row["n"]) for row in await law.cases.http.sql(_SHOWN)][-1] == shown["version"]
    async with law.cases.uow() as tx:
        directory = (await law.cases.book.current(tx)).world.directory
    assert signed.on_top_of(LIBRARY.world).directory.version == directory.version, "the services use the same offices"


async def test_more_changes_than_a_document_holds_are_for_a_release(
    law: Amending, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "MAX_BYTES", 100)
    assert slug(await law.sign(await law.propose(**deciding()))) == (422, "offices-refused")
    [kept] = await law.cases.http.sql(_DOCUMENT)
    assert SignedOffices.model_validate_json(kept["body"]).amendments == ()


async def test_a_warning_comes_before_the_document_is_full(
    law: Amending, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await law.signed(**deciding())
    assert "of the offices take" not in caplog.text
    monkeypatch.setattr(publishing, "MAX_BYTES", 330)
    await law.signed(**deciding(decision="NQ 3", changes=[FOUNDED]))
    assert "of the offices take" in caplog.text


_AS_BEFORE = """
UPDATE casework.projections SET version = 1, body = '{"amendments": []}' WHERE kind = 'offices'
"""


async def test_changes_that_an_older_process_signed_and_did_not_show_are_shown(law: Amending) -> None:
    await law.signed(**deciding())
    [right] = await law.cases.http.sql(_DOCUMENT)
    await law.cases.http.sql(_AS_BEFORE)
    await older_standings.show_missed(law.cases.uow)
    assert await law.cases.http.sql(_DOCUMENT) == [right]
    shown = await law.cases.http.sql(_SHOWN)
    assert int(shown[-1]["n"]) == right["version"]
    await older_standings.show_missed(law.cases.uow)
    assert await law.cases.http.sql(_SHOWN) == shown, "once"
