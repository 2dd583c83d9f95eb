"""A restricted case and break-glass in the vault: the person decides, and the instant; both are in the access log."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.ids import new_id
from contracts.standing import OpenedCase, Restriction
from regulations.restricted import digest_of
from tests.integration.in_process import NOW, House, standing
from tests.integration.vault.reading import GUARD, NAME, PHONE, POLICE, case_of, identity, log_of

pytestmark = pytest.mark.stack
CLINIC, ABOVE = "facility/thai-nguyen", "steering_committee/thai-nguyen"
GLASS = "glass_" + "a" * 26
REASON = "Cấp cứu (bịa ra)."


def shut_out(*subjects: str, **more: Any) -> Restriction:
    return Restriction(salt="case", persons=tuple(digest_of("case", one) for one in subjects), **more)


def opened(*reasons: str) -> OpenedCase:
    persons = tuple(digest_of(GLASS, one) for one in ("doctor", "nurse"))
    until = NOW + timedelta(minutes=30)
    return OpenedCase(
        break_glass_id=GLASS,
        office=CLINIC,
        persons=persons,
        since=NOW,
        until=until,
        reviewer=ABOVE,
        reasons=reasons,
    )


@pytest.fixture(autouse=True)
def _at_now(house: House) -> None:  # pyright: ignore[reportUnusedFunction]
    house.clock.set(NOW)


async def test_who_is_shut_out_reads_nothing_and_the_try_is_logged(house: House) -> None:
    case_id, refs = await case_of(house, restriction=shut_out("kin"))
    unknown = await identity(house, new_id("case"), f"{POLICE}#kin")
    refused = await identity(house, case_id, f"{POLICE}#kin")
    own = ("instance", "trace_id")
    same = [{name: one for name, one in answer.json().items() if name not in own} for answer in (unknown, refused)]
    assert (refused.status_code, same[0]) == (404, same[1])
    text = {"ref": refs["statement"], "purpose": "verification"}
    assert (await house.vault.post(f"/v1/cases/{case_id}/text", f"{POLICE}#kin", text)).status_code == 404
    assert (await house.vault.post(f"/v1/cases/{case_id}/access-log", f"{POLICE}#kin")).status_code == 404
    assert (await identity(house, case_id, f"{POLICE}#lan")).json()["full_name"] == NAME
    outcomes = [(caller, operation, outcome) for caller, operation, outcome, *_ in await log_of(house, case_id)]
    assert outcomes[1:] == [
        (POLICE, "vault.read_identity", "denied"),
        (POLICE, "vault.read_text", "denied"),
        (POLICE, "vault.access_log", "denied"),
        (POLICE, "vault.read_identity", "done"),
    ]


async def test_a_closed_case_opens_to_who_was_named(house: House) -> None:
    named = {POLICE: (digest_of("case", "lan"),)}
    case_id, _ = await case_of(house, restriction=shut_out(closed=True, members=named))
    for who, status in ((f"{POLICE}#lan", 200), (f"{POLICE}#minh", 404), (f"{GUARD}#anybody", 404)):
        assert (await identity(house, case_id, who)).status_code == status, who


async def test_break_glass_opens_identity_and_contact_for_its_minutes(house: House) -> None:
    case_id, refs = await case_of(house, opened=(opened(),))
    for subject in ("doctor", "nurse"):
        answer = await identity(house, case_id, f"{CLINIC}#{subject}", purpose="contact")
        assert answer.status_code == 200, answer.text
        assert (answer.json()["full_name"], answer.json()["phone"]) == (NAME, PHONE)
        assert "reporter_name" not in answer.json()
    assert (await identity(house, case_id, f"{CLINIC}#doctor", "reporter_name", purpose="contact")).status_code == 403
    assert (await identity(house, case_id, f"{CLINIC}#colleague", purpose="contact")).status_code == 403
    text = {"ref": refs["statement"], "purpose": "verification"}
    assert (await house.vault.post(f"/v1/cases/{case_id}/text", f"{CLINIC}#doctor", text)).status_code == 403
    house.clock.advance(timedelta(minutes=29, seconds=59))
    assert (await identity(house, case_id, f"{CLINIC}#doctor", purpose="contact")).status_code == 200
    house.clock.advance(timedelta(seconds=1))
    assert (await identity(house, case_id, f"{CLINIC}#doctor", purpose="contact")).status_code == 403, (
        "it ended by itself"
    )


async def test_who_reviews_reads_the_reason_alone_however_late(house: House) -> None:
    case_id, refs = await case_of(house)
    body = {"group": "note", "texts": [REASON], "opened_by": CLINIC}
    [reason] = (await house.vault.post(f"/v1/cases/{case_id}/seals", "service/casework", body)).json()["refs"]
    await house.vault.stand(case_id, standing(opened=(opened(reason),)), version=2)
    house.clock.advance(timedelta(days=3))

    async def reads(who: str, ref: str) -> tuple[int, str | None]:
        answer = await house.vault.post(f"/v1/cases/{case_id}/text", who, {"ref": ref, "purpose": "supervision"})
        return answer.status_code, answer.json().get("text")

    assert await reads(f"{ABOVE}#chair", reason) == (200, REASON)
    assert (await reads(f"{ABOVE}#chair", refs["statement"]))[0] == 403
    assert (await reads(f"{CLINIC}#doctor", reason))[0] == 403
    assert (await identity(house, case_id, f"{ABOVE}#chair", purpose="supervision")).status_code == 403
    await house.vault.stand(case_id, standing(), version=3)
    assert (await reads(f"{ABOVE}#chair", reason))[0] == 403, "it was reviewed"
