"""An agency's system and its mail server are away for ten minutes under load: all is delivered after it, in order."""

import asyncio
import re
import runpy
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from notify.settings import Settings
from stack.config import ROOT
from stack.trial import Trial, trial
from tests.integration.notify.receivers import Call, MailServer, Receiver
from tests.load.desk import HEALTH, Desk
from tests.load.figures import Row, Section, busiest_second, out_of_order, percentile
from tests.load.house import settled, sql, until, value
from tests.load.steady import Reckoning, Steady

NAME = "webhook"
MINUTES, BEFORE_MINUTES = 10.0, 2.0
CLIENTS, PAUSE = 2, 0.25
WARM_SECONDS, AFTER_SECONDS = 10, 30
"""Of load that is not compared; of load that goes on after the first message that came again."""
SLOWER = 1.25
HANDED_OVER = "SUPPORT_AGENCY_NOTIFIED"
"""The step after which the agency has work in a case."""
SAMPLE = runpy.run_path(str(ROOT / "docs/samples/webhook_receiver.py"))
FLOOD = int(Settings.model_fields["rate_per_second"].default + Settings.model_fields["in_flight"].default)
"""Requests in one second that notify's shipped settings allow: its rate, and what it may have saved up."""
_MESSAGES = "SELECT delivery_id, case_id, state FROM notify.deliveries WHERE channel = $1 AND target = $2 ORDER BY seq"
_PENDING = "SELECT count(*) FROM notify.deliveries WHERE state = 'pending'"


@dataclass
class Agency:
    """The agency's own system: answers 204 to what the sample for agencies finds genuine, 401 to all else."""

    secrets: list[str] = field(default_factory=list[str])
    refused: int = 0

    def answer(self, call: Call) -> tuple[int, dict[str, str]]:
        """As `tests.integration.notify.receivers.Answer`."""
        try:
            SAMPLE["verify"](self.secrets, call.headers, call.body, time.time())
        except SAMPLE["NotOurs"]:
            self.refused += 1
            return 401, {}
        return 204, {}


async def prove(minutes: float = MINUTES, before: float = BEFORE_MINUTES) -> Section:
    """Before, away, back.

    Args:
        minutes: for which nothing listens. before: minutes of load that steps are compared with.
    """
    agency, mail = Agency(), MailServer()
    target = Receiver(agency.answer)
    await asyncio.gather(target.start(), mail.start())
    with tempfile.TemporaryDirectory() as folder, trial(**_smtp(mail.port, Path(folder))) as running:
        hook = await _registered(running, target.url, agency)
        async with Steady(running, CLIENTS, PAUSE) as load:
            await asyncio.sleep(before * 60)
            gone = await _stop(target, mail)
            await asyncio.sleep(minutes * 60)
            back = await _start(target, mail)
            await _first_again(target, minutes)
            await asyncio.sleep(AFTER_SECONDS)
        await _all_out(running, minutes)
        reckoning = await load.reckon(120)
        rows = [
            *_messages(await sql(running.stack, "notify", _MESSAGES, "webhook", hook), target.calls, load, agency),
            *_return([call.at - back for call in target.calls if call.at >= back]),
            *_steps(load.took, gone, back, reckoning),
            _mails(await sql(running.stack, "notify", _MESSAGES, "email", HEALTH), mail.mails),
        ]
    await _stop(target, mail)
    note = (
        f"{CLIENTS} clients report and record steps; `{HEALTH}` has a webhook and a mailbox. After {before:g} minutes "
        f"neither of its servers listens for {minutes:g} minutes. Signatures are judged by `docs/samples/"
        "webhook_receiver.py`. Events are what notify has for this target, compared by id with what came."
    )
    return Section(NAME, "An agency's system away", rows, note)


def _smtp(port: int, folder: Path) -> dict[str, str]:
    addresses = folder / "addresses.toml"
    addresses.write_text(f'[addresses]\n"{HEALTH}" = ["tro-giup@lao-cai.example"]\n')
    settings = {"HOST": "127.0.0.1", "PORT": str(port), "STARTTLS": "false"}
    named = {f"NOTIFY_SMTP_{name}": setting for name, setting in settings.items()}
    return {**named, "NOTIFY_EMAIL_ADDRESSES_FILE": str(addresses)}


ABOVE = "steering_committee/lao-cai"
"""The office above the one whose webhook it is: it confirms it as the second person."""


async def _registered(running: Trial, url: str, agency: Agency) -> str:
    async with Desk(running.endpoints) as desk:
        hook = (await desk.send("POST", "notify", "/v1/webhooks", HEALTH, {"url": url})).body
        await desk.send("POST", "notify", f"/v1/webhooks/{hook['webhook_id']}/confirm", ABOVE, {})
    agency.secrets.append(hook["secret"])
    return str(hook["webhook_id"])


async def _stop(target: Receiver, mail: MailServer) -> float:
    await asyncio.gather(target.stop(), mail.stop())
    return asyncio.get_running_loop().time()


async def _start(target: Receiver, mail: MailServer) -> float:
    await asyncio.gather(target.start(), mail.start())
    return asyncio.get_running_loop().time()


async def _first_again(target: Receiver, minutes: float) -> None:
    """Notify finds out that the target is back: it may rest as long as the target was away."""
    target.came.clear()
    try:
        await asyncio.wait_for(target.came.wait(), 60 + 120 * minutes)
    except TimeoutError:
        print("nothing came after the return")  # what is missing is a row of the table


async def _all_out(running: Trial, minutes: float) -> None:
    """Wait until nothing waits: the mail server may be left to rest longer, and what waited takes its time."""
    await settled(running.stack, 120)

    async def none_waits() -> bool:
        return not await value(running.stack, "notify", _PENDING)

    try:
        await until(none_waits, 300 + 120 * minutes, "all messages are out")
    except AssertionError as late:
        print(late)  # what is missing is a row of the table


def _messages(events: Sequence[Any], calls: Sequence[Call], load: Steady, agency: Agency) -> list[Row]:
    """What came, against what notify has for the target and against the steps that the load made."""
    came, wanted = [call.id for call in calls], {event["delivery_id"] for event in events}
    strange, missing = len(set(came) - wanted), len(wanted - set(came))
    notified = {event["case_id"] for event in events}
    missing = {case for case, _, state in load.facts.values() if state == HANDED_OVER} - notified
    turned = out_of_order(came, [(event["delivery_id"], event["case_id"]) for event in events])
    delivered = f"{len(set(came) & wanted):,} of {len(wanted):,} ({len(notified):,} cases)"
    return [
        Row("delivered, of events", delivered, "all", bool(wanted) and not missing),
        Row("delivered that are no events", str(strange), "0", not strange),
        Row("cases with work for the agency of which it was not notified", str(len(missing)), "0", not missing),
        Row("delivered more than once", str(len(came) - len(set(came)))),
        Row("out of order in their case", str(turned), "0", not turned),
        Row("signatures that the sample refuses", str(agency.refused), "0", not agency.refused),
    ]


def _return(seconds: Sequence[float]) -> list[Row]:
    """How the messages came, in seconds after the return."""
    most = busiest_second(seconds)
    span = f"{min(seconds):.0f} s, {max(seconds):.0f} s" if seconds else "-"
    return [
        Row("back: first message, last message after", span),
        Row("back: most requests within one second", str(most), f"≤ {FLOOD}", most <= FLOOD),
    ]


def _steps(took: Sequence[tuple[float, float]], gone: float, back: float, reckoning: Reckoning) -> list[Row]:
    """Steps accepted while the agency was away, against those before."""
    warm = min(at for at, _ in took) + WARM_SECONDS
    before = [seconds for at, seconds in took if warm <= at < gone]
    away = [seconds for at, seconds in took if gone <= at < back]
    rows: list[Row] = []
    for share in (0.5, 0.95):
        then, now = percentile(before, share), percentile(away, share)
        figure = f"{1000 * now:.0f} ms, before {1000 * then:.0f} ms = {now / then:.2f} ×"
        rows.append(Row(f"a step while it was away, p{share * 100:.0f}", figure, f"≤ {SLOWER} ×", now <= SLOWER * then))
    counted = f"{len(away):,} of {reckoning.sent:,} facts and reports"
    return [*rows, Row("accepted while it was away; all there once in the end", counted, "all", reckoning.clean)]


def _mails(events: Sequence[Any], mails: Sequence[str]) -> Row:
    came = {found for mail in mails for found in re.findall(r"(?m)^Message-ID: <(\w+)@", mail)}
    lost = {event["delivery_id"] for event in events} - came
    figure = f"{len(lost)} of {len(events):,}; {len(mails) - len(came)} came more than once"
    return Row("mail lost", figure, "0", bool(events) and not lost)
