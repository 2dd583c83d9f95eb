"""A side of an open proposal or transfer ends: its successor goes on, and without one the proposer is told."""

from datetime import timedelta
from typing import Any

import pytest

from casework.amendments import refold
from casework.service import transfers
from tests.integration.casework.amending import Amending, slug
from tests.integration.casework.in_process import ELSEWHERE
from tests.integration.casework.test_amended_offices import EVE, ID, NEW, OLD, OTHER, deciding, opened, page

pytestmark = pytest.mark.stack

INTO_OTHER = {"kind": "merged", "place": "sa-pa", "into": "y-ty", "on": "2026-11-20"}
INTO_NEW = {**INTO_OTHER, "into": "muong-khuong"}
GONE = {"kind": "dissolved", "office": OLD, "on": "2026-11-20"}
NOW = "2026-11-20T09:30:00+07:00"


async def proposed(law: Amending) -> tuple[str, str]:
    """(case, hand-over) that one commune proposed to the one that will end."""
    case_id = await opened(law, NEW, "muong-khuong")
    body = {"lane": ID, "to": OLD, "reason": "returns_home", "occurred_at": EVE}
    answer = await law.cases.post(f"/v1/cases/{case_id}/handovers", NEW, **body)
    assert answer.status_code == 200, answer.text
    return case_id, answer.json()["handover_id"]


async def changed(law: Amending, change: dict[str, Any]) -> list[dict[str, Any]]:
    """Sign a change of the offices and fold every case under it; what its preview showed of proposals."""
    amendment = await law.propose(**deciding(changes=[change]))
    seen = [one for one in (await page(law, amendment))["offices"] if one["what"] == "proposal"]
    assert (await law.sign(amendment)).status_code == 200
    await law.applied(amendment)
    return seen


async def answer(law: Amending, handover_id: str, office: str, *, accept: bool) -> Any:
    body: dict[str, Any] = {"accept": accept, "occurred_at": NOW, **({} if accept else {"reason": "no_capacity"})}
    return await law.cases.post(f"/v1/handovers/{handover_id}/answer", office, **body)


async def incoming(law: Amending, office: str, what: str = "handovers") -> list[dict[str, Any]]:
    return (await law.cases.http.get(f"/v1/{what}?direction=incoming", office)).json()["items"]


@pytest.mark.parametrize("accept", [True, False])
async def test_the_successor_of_the_receiver_is_asked_and_answers(law: Amending, accept: bool) -> None:
    case_id, handover_id = await proposed(law)
    before = len(await law.cases.changes(case_id))
    (seen,) = await changed(law, INTO_OTHER)
    assert (seen["ref"], seen["from_office"], seen["to_office"]) == (handover_id, OLD, OTHER)
    told = (await law.cases.changes(case_id))[before:]
    assert [one["standing"]["proposed"] for one in told] == [[OTHER]], "notify asks the successor once"
    assert [one["handover_id"] for one in await incoming(law, OTHER)] == [handover_id]
    assert await incoming(law, OLD) == []
    assert (await answer(law, handover_id, OLD, accept=accept)).status_code == 403
    assert (await answer(law, handover_id, OTHER, accept=accept)).status_code == 200
    holder = OTHER if accept else NEW
    assert (await law.cases.standing(case_id)).lanes[ID].holder == holder
    lines = [one for one in await law.cases.timeline(case_id, holder) if one["kind"].startswith("handover_")]
    assert [(one["kind"], one["details"]["to"]) for one in lines] == [
        ("handover_proposed", OLD),
        ("handover_passed", OTHER),
        (f"handover_{'accepted' if accept else 'declined'}", OTHER),
    ]


async def test_the_successor_answers_before_its_case_is_folded_again(law: Amending) -> None:
    case_id, handover_id = await proposed(law)
    await law.signed(**deciding(changes=[INTO_OTHER]))
    assert (await answer(law, handover_id, OTHER, accept=True)).status_code == 200
    assert (await law.cases.standing(case_id)).lanes[ID].holder == OTHER


async def test_without_a_successor_the_proposal_ends_and_the_proposer_is_told_once(law: Amending) -> None:
    case_id, handover_id = await proposed(law)
    (seen,) = await changed(law, GONE)
    assert (seen["ref"], seen["to_office"]) == (handover_id, None)
    while await refold.take_batch(law.cases.uow, law.cases.book):
        pass
    told = [(one["kind"], one["stage"], one["office"], one["lane"]) for one in await law.cases.raised(case_id)]
    assert told == [("no_receiver", "no-receiver", NEW, ID)]
    assert (await law.cases.standing(case_id)).proposed == ()
    assert slug(await answer(law, handover_id, NEW, accept=True)) == (403, "not-your-case")
    again = {"lane": ID, "to": OTHER, "reason": "returns_home", "occurred_at": NOW}
    assert (await law.cases.post(f"/v1/cases/{case_id}/handovers", NEW, **again)).status_code == 200


async def test_two_offices_that_became_one_hand_nothing_over_to_each_other(law: Amending) -> None:
    case_id, handover_id = await proposed(law)
    await changed(law, INTO_NEW)
    shown = await law.cases.case(case_id, NEW)
    assert [(one["handover_id"], one["state"]) for one in shown["handovers"]] == [(handover_id, "void")]
    assert shown["lanes"][ID]["holder"] == NEW
    assert await law.cases.raised(case_id) == []


async def transferred(law: Amending, sender: str, word: str, to: str) -> tuple[str, str]:
    """(case, transfer) that is proposed."""
    case_id = await opened(law, sender, word)
    body = {"lanes": [ID], "to": to, "reason": "returns_home", "occurred_at": EVE}
    answer = await law.cases.post(f"/v1/cases/{case_id}/transfers", sender, **body)
    assert answer.status_code == 200, answer.text
    return case_id, answer.json()["transfer_id"]


async def step(law: Amending, transfer_id: str, what: str, office: str, **more: object) -> int:
    path = f"/v1/transfers/{transfer_id}/{what}"
    return (await law.cases.post(path, office, occurred_at=NOW, **more)).status_code


async def test_the_successor_of_the_receiver_takes_a_transfer_to_its_end(law: Amending) -> None:
    case_id, transfer_id = await transferred(law, NEW, "muong-khuong", OLD)
    (seen,) = await changed(law, INTO_OTHER)
    assert (seen["from_office"], seen["to_office"]) == (OLD, OTHER)
    (listed,) = await incoming(law, OTHER, "transfers")
    assert (listed["transfer_id"], listed["owed_by"]) == (transfer_id, OTHER)
    assert await step(law, transfer_id, "answer", OLD, accept=True) == 403
    assert await step(law, transfer_id, "answer", OTHER, accept=True) == 200
    assert (await law.cases.standing(case_id)).lanes[ID].holder == OTHER
    assert await step(law, transfer_id, "person-moved", OTHER) == 200
    assert await step(law, transfer_id, "file-received", OTHER) == 200
    assert await step(law, transfer_id, "close", NEW) == 200


async def test_the_successor_of_the_sender_goes_on_with_an_accepted_transfer(law: Amending) -> None:
    case_id, transfer_id = await transferred(law, OLD, "sa-pa", ELSEWHERE)
    eve = {"occurred_at": EVE, "accept": True}
    assert (await law.cases.post(f"/v1/transfers/{transfer_id}/answer", ELSEWHERE, **eve)).status_code == 200
    await changed(law, INTO_NEW)
    assert await step(law, transfer_id, "person-moved", OLD) == 403
    assert await step(law, transfer_id, "person-moved", NEW) == 200
    assert await step(law, transfer_id, "file-received", ELSEWHERE) == 200
    assert await step(law, transfer_id, "close", NEW) == 200
    assert (await law.cases.standing(case_id)).lanes[ID].holder == ELSEWHERE
    lines = [one["kind"] for one in await law.cases.timeline(case_id, ELSEWHERE)]
    assert lines.count("transfer_passed") == 1


async def test_a_transfer_that_nobody_is_left_to_answer_ends_and_its_sender_is_told_once(law: Amending) -> None:
    case_id, transfer_id = await transferred(law, NEW, "muong-khuong", OLD)
    await changed(law, GONE)
    (listed,) = (await law.cases.http.get("/v1/transfers?direction=outgoing", NEW)).json()["items"]
    assert (listed["transfer_id"], listed["state"]) == (transfer_id, "void")
    told = [(one["stage"], one["office"]) for one in await law.cases.raised(case_id)]
    assert told == [("no-receiver", NEW)]
    assert (await law.cases.standing(case_id)).lanes[ID].holder == NEW


async def test_a_transfer_whose_receiver_ends_on_the_way_ends_and_the_new_holder_may_transfer_the_case(
    law: Amending,
) -> None:
    case_id, transfer_id = await transferred(law, NEW, "muong-khuong", OLD)
    for what, body in (("answer", {"accept": True}), ("person-moved", {})):
        path, more = f"/v1/transfers/{transfer_id}/{what}", {"occurred_at": EVE, **body}
        assert (await law.cases.post(path, OLD, **more)).status_code == 200
    await changed(law, GONE)
    (listed,) = (await law.cases.http.get("/v1/transfers?direction=outgoing", NEW)).json()["items"]
    assert (listed["transfer_id"], listed["state"]) == (transfer_id, "void")
    told = [(one["kind"], one["office"]) for one in await law.cases.raised(case_id)]
    assert told == [("received", NEW), ("no_receiver", NEW)], "the reporter is told who accepts first, once"
    given = {"lane": ID, "to": OTHER, "occurred_at": NOW}
    path = f"/v1/cases/{case_id}/assignments"
    assert (await law.cases.post(path, "steering_committee/lao-cai", **given)).status_code == 200
    body = {"lanes": [ID], "to": ELSEWHERE, "reason": "returns_home", "occurred_at": NOW}
    assert (await law.cases.post(f"/v1/cases/{case_id}/transfers", OTHER, **body)).status_code == 200


async def test_a_transfer_between_two_offices_that_became_one_ends(law: Amending) -> None:
    case_id, transfer_id = await transferred(law, NEW, "muong-khuong", OLD)
    await changed(law, INTO_NEW)
    (listed,) = (await law.cases.http.get("/v1/transfers?direction=outgoing", NEW)).json()["items"]
    assert (listed["transfer_id"], listed["state"]) == (transfer_id, "void")
    assert (await law.cases.standing(case_id)).lanes[ID].holder == NEW
    assert await law.cases.raised(case_id) == []


async def test_what_fires_before_the_case_is_folded_again_is_stored_once(law: Amending) -> None:
    """The wait of the term, and the successor that takes the place of the receiver, change one row together."""
    case_id, handover_id = await proposed(law)
    other_id, transfer_id = await transferred(law, NEW, "muong-khuong", OLD)
    await law.signed(**deciding(changes=[INTO_OTHER]))
    await law.cases.pass_time(case_id, timedelta(days=8))
    waits = await transfers.wait_set(law.cases.uow, transfer_id)
    assert waits is not None
    await transfers.fire(law.cases.uow, law.cases.book, transfer_id, waits.due(law.cases.clock.now()))
    assert [one["handover_id"] for one in await incoming(law, OTHER) if one["state"] == "proposed"] == [handover_id]
    assert (await law.cases.standing(other_id)).lanes[ID].holder == NEW
