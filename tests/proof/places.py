"""Twenty places and two hundred who want one at the same moment: nobody is sold a place that is not there."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Coroutine, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx

from stack.trial import Trial, trial
from tests.load.desk import HEALTH, Desk, report
from tests.load.figures import Row, Section
from tests.load.house import settled, value

NAME = "places"
Result = TypeVar("Result")
PROVIDER, OFFICE, KIND, PLACES = "lao-cai-facility", "facility/lao-cai", "essential_needs", 20
"""A stay: its place is free again when the support ends, not when it was first given."""
CASES, GIVEN_BACK = 200, 5
AT_ONCE = 8
NOTE = (
    "Referrals of as many cases to one provider, proposed over HTTP. Then its office accepts all of them at once, each "
    "on a connection of its own; some who were taken in leave, and all others are accepted once more. A full house "
    "answers `409 no-place`. Oversold: places taken, or referrals that hold one, above the places that there are."
)
_HELD = "SELECT count(*) FROM support.referrals WHERE provider = $1 AND kind = $2 AND holds_place"
_TAKEN = "SELECT taken FROM support.places WHERE provider = $1 AND kind = $2"
_ACCEPTED = "SELECT count(*) FROM casework.facts WHERE lane = $1 AND state = 'REFERRAL_ACCEPTED'"


async def prove(cases: int = CASES) -> Section:
    """Propose, accept all at once, give some places back, accept once more.

    Args:
        cases: more than the places and those given back.
    """
    pool = httpx.Limits(max_connections=cases + AT_ONCE)
    with trial() as running:
        async with Desk(running.endpoints, http=httpx.AsyncClient(timeout=60, trust_env=False, limits=pool)) as desk:
            referrals = await _in_turns(_proposed(desk) for _ in range(cases))
            await settled(running.stack, 120)
            first = await _accept_all(desk, referrals)
            rows = [*_answered(f"{cases} at once", first, PLACES), await _oversold(running, "after it")]
            inside = [one for one, answer in first.items() if answer == "accepted"]
            await _in_turns(_leaves(desk, one) for one in inside[:GIVEN_BACK])
            again = await _accept_all(desk, [one for one in referrals if one not in inside])
            rows += [*_answered(f"{GIVEN_BACK} left", again, GIVEN_BACK), await _oversold(running, "in the end")]
            await settled(running.stack, 120)
        facts = int(await value(running.stack, "casework", _ACCEPTED, f"support:{KIND}"))
    accepted = Row(
        "acceptances in the case register", str(facts), str(PLACES + GIVEN_BACK), facts == PLACES + GIVEN_BACK
    )
    return Section(NAME, "Places of a provider", [*rows, accepted], NOTE)


async def _in_turns(calls: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """Do all of it, some at a time."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(call: Coroutine[Any, Any, Result]) -> Result:
        async with turns:
            return await call

    return list(await asyncio.gather(*map(one, calls)))


async def _proposed(desk: Desk) -> str:
    """A referral of a new case."""
    case_id = await desk.report(report(), HEALTH)
    now = {"occurred_at": datetime.now(UTC).isoformat()}
    path = f"/v1/cases/{case_id}"
    await desk.send("POST", "support", f"{path}/needs", HEALTH, {"needs": [KIND], **now}, also=(404,))
    asked = await desk.send("POST", "support", f"{path}/referrals", HEALTH, {"kind": KIND, "provider": PROVIDER, **now})
    return str(asked.body["referral_id"])


async def _leaves(desk: Desk, referral_id: str) -> None:
    """What was given is recorded, then the stay ends."""
    for path, more in (("/v1/deliveries", {}), ("/v1/endings", {"reason": "Lý do bịa."})):
        body = {"referral_id": referral_id, "occurred_at": datetime.now(UTC).isoformat(), **more}
        await desk.send("POST", "support", path, OFFICE, body)


async def _accept_all(desk: Desk, referrals: Sequence[str]) -> dict[str, str]:
    """Referral → `accepted`, or status and slug of the refusal. Each is sent once, and never repeated."""
    signed = await desk.signed(OFFICE)
    now = datetime.now(UTC).isoformat()

    async def accept(referral_id: str) -> str:
        url = f"{desk.endpoints.services['support']}/v1/referrals/{referral_id}/answer"
        headers = {"Idempotency-Key": secrets.token_hex(12), **signed}
        answer = await desk.http.post(url, json={"accept": True, "occurred_at": now}, headers=headers)
        if answer.is_success:
            return "accepted"
        return f"{answer.status_code} {str(answer.json().get('type', '')).rpartition('/')[2]}"

    return dict(zip(referrals, await asyncio.gather(*map(accept, referrals)), strict=True))


def _answered(when: str, answers: dict[str, str], places: int) -> list[Row]:
    counted = Counter(answers.values())
    faults = sum(times for answer, times in counted.items() if answer.startswith("5"))
    full, refused = counted["409 no-place"], max(len(answers) - places, 0)
    other = ", ".join(f"{times} × {answer}" for answer, times in counted.items() if answer[:3] not in ("acc", "409"))
    return [
        Row(f"{when}: accepted", str(counted["accepted"]), str(places), counted["accepted"] == places),
        Row(f"{when}: refused with `no-place`", f"{full}{other and f' ({other})'}", str(refused), full == refused),
        Row(f"{when}: answered with a fault (5xx)", str(faults), "0", not faults),
    ]


async def _oversold(running: Trial, when: str) -> Row:
    taken = int(await value(running.stack, "support", _TAKEN, PROVIDER, KIND))
    held = int(await value(running.stack, "support", _HELD, PROVIDER, KIND))
    over = max(taken, held) - PLACES
    return Row(f"oversold, {when}", f"{max(over, 0)} ({held} hold a place of {PLACES})", "0", over <= 0)
