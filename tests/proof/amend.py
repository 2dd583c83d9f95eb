"""The law is amended while thousands of cases are open: due dates are right, each office is notified once."""

import asyncio
import json
import os
import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.converter import WorkflowSerializationContext

from casework.workflows.ports import CLOCKS_CHANGED, WaitSet
from client.services import Services
from neove.law.shared.amending import PROPOSER, SIGNER, AmendmentRegister
from neove.law.shared.moves import Moves, gathered
from neove.law.shared.naive import last_day
from regulations.calendar import AmendedDay, Calendar, DayKind
from regulations.legal_time import legal_date, midnight
from stack.trial import Trial, trial
from tests.integration.waiting import eventually
from tests.library import LIBRARY
from tests.load import opened
from tests.load.figures import Row, Section
from tests.load.house import parked, settled, sql, temporal_client

NAME = "amend"
CASES = int(os.environ.get("NEOVE_PROOF_CASES", "5000"))
"""At full size; a small try names fewer."""
LATEST_SECONDS = 15.0
PATIENCE_SECONDS = 900.0
LOOK_SECONDS = 0.5
"""Between two looks, because each counts all cases."""
HISTORIES = 200
DECISION = "1/QĐ-TTg (invented)"
NONDETERMINISM = re.compile(r"TMPRL1100|[Nn]on-?determinis")
NOTE = (
    "The cases are opened by events in intake's outbox (no report over HTTP, no name in the vault); from there on all "
    "is as always: bus, register, arming. A working day that lies before the due dates becomes a day off, by two "
    "persons over HTTP as `neove calendar import --sign` does it; later it becomes plain again. Wrong: a stored due "
    "instant that is not what a second counter of days, written apart, makes of the amended calendar. Seconds until "
    "the last case: between two instants that the register keeps. All workflows notified: Temporal has confirmed every "
    f"message; the newest set of waits is then read in up to {HISTORIES} histories."
)
_CLOCKS = "SELECT c.case_id, k.pack_id, c.body FROM casework.clocks c JOIN casework.cases k USING (case_id)"
_LINES = "SELECT case_id, lane FROM casework.journal WHERE kind = 'amended' AND ref = $1"
_NOTICES = "SELECT office, count(*) FROM notify.notices WHERE amendment_id = $1 GROUP BY office"
_BEHIND = "SELECT count(*) FROM casework.cases WHERE NOT closed AND law_seq < $1"
_EARLIEST = "SELECT case_id, min(at) FROM casework.waits WHERE case_id = ANY($1) GROUP BY case_id"


@dataclass(frozen=True)
class Due:
    """One stored clock: in which case and lane, whose, when due, and when it should be."""

    case_id: str
    lane: str
    office: str
    due_at: datetime | None
    expected: datetime | None


@dataclass(frozen=True)
class Applied:
    """What became of one amendment.

    `preview`: all pages before the signature, and `preview_seconds` for them; `seconds`: from the signature to the last
    case; `armed_seconds`: until the workflows know; `cpu_seconds`: what the worker has worked by then, and by then.
    """

    amendment_id: str
    seq: int
    preview: Moves
    seconds: float
    armed_seconds: float
    cpu_seconds: tuple[float, float]
    preview_seconds: float


async def prove(cases: int = CASES) -> Section:
    """On a stack of its own."""
    with trial() as running:
        rows = await amended_and_back(running, cases)
    return Section(NAME, "The law amended while cases are open", rows, NOTE)


async def amended_and_back(running: Trial, cases: int) -> list[Row]:
    """The whole show; every row of it but the seconds must hold on any machine."""
    await opened.open_cases(running.stack, cases, PATIENCE_SECONDS)
    package = LIBRARY.world.calendar
    day = a_coming_day(package)
    first = await dues(running, package)
    there = await amend(running, day, "off")
    changed = await dues(running, package.amended([_day(day, "off")], DECISION))
    known = await _known_to_temporal(running, moved(first, changed))
    rows = await _amended_rows(running, there, first, changed)
    back = await amend(running, day, "plain")
    last = await dues(running, package)
    other = sum(last.get(clock) != due for clock, due in first.items()) + len(last.keys() - first.keys())
    return [
        *rows,
        Row("workflows looked at that hold the newest waits", *known),
        Row("taken back: last case", f"{back.seconds:.1f} s after the signature"),
        Row("taken back: due dates other than at first", str(other), "0", not other),
        *await _trouble_rows(running, [there, back]),
    ]


def a_coming_day(calendar: Calendar) -> date:
    """One of the next two working days, which lie in every term of three that begins now; no exception of its week."""
    first = calendar.next_working(legal_date(datetime.now(UTC)) + timedelta(days=1))
    second = calendar.next_working(first + timedelta(days=1))
    return next(day for day in (second, first) if day not in calendar.by_date)


async def amend(running: Trial, day: date, kind: DayKind) -> Applied:
    """Propose, preview, sign as a second person, and wait until every open case and every workflow follows."""
    rows = [_day(day, kind).model_dump(mode="json")]
    return await follow(running, {"kind": "calendar", "rows": rows})


async def follow(running: Trial, content: Mapping[str, Any]) -> Applied:
    """As `amend`, for an amendment of any content."""
    first, second = _people(running)
    fields = {"decision": DECISION, "reason": "A proof at full size.", **content}
    proposed = await asyncio.to_thread(first.propose, fields)
    amendment_id, asked = str(proposed["amendment_id"]), time.monotonic()
    preview = await asyncio.to_thread(lambda: gathered(first.preview_pages(amendment_id)))
    shown, worked = time.monotonic(), _cpu_seconds(running)
    signed = await asyncio.to_thread(second.sign, amendment_id, str(proposed["content_hash"]))
    began = time.monotonic()
    applied = await asyncio.to_thread(_until_applied, second, amendment_id)
    folded = _cpu_seconds(running) - worked
    await settled(running.stack, PATIENCE_SECONDS)
    return Applied(
        amendment_id=amendment_id,
        seq=int(signed["effective_seq"]),
        preview=preview,
        seconds=(_instant(applied["applied_at"]) - _instant(signed["signed"]["at"])).total_seconds(),
        armed_seconds=time.monotonic() - began,
        cpu_seconds=(folded, _cpu_seconds(running) - worked),
        preview_seconds=shown - asked,
    )


def _people(running: Trial) -> tuple[AmendmentRegister, AmendmentRegister]:
    """Who proposes, and who signs."""
    where = running.endpoints
    first, second = (Services(where.services, where.issuer, actor=actor) for actor in (PROPOSER, SIGNER))
    return AmendmentRegister(first), AmendmentRegister(second)


def _cpu_seconds(running: Trial) -> float:
    """CPU time of the process that folds again and sends the waits to the workflows."""
    times = running.process("casework-worker").cpu_times()
    return times.user + times.system


def _until_applied(register: AmendmentRegister, amendment_id: str) -> Mapping[str, Any]:
    def applied() -> Mapping[str, Any] | None:
        found = register.get(amendment_id)
        return found if found["applied_at"] is not None else None

    found = eventually(applied, PATIENCE_SECONDS, LOOK_SECONDS)
    assert found is not None
    return found


async def dues(running: Trial, calendar: Calendar) -> dict[str, Due]:
    """Clock → what is stored, and what the plain counter makes of it."""
    found: dict[str, Due] = {}
    for row in await sql(running.stack, "casework", _CLOCKS):
        body = json.loads(row["body"])
        stored = _instant(body["due_at"]) if body["due_at"] else None
        found[body["clock_id"]] = Due(
            row["case_id"], body["lane"], body["office"], stored, expected(row["pack_id"], body, calendar)
        )
    return found


def expected(pack_id: str, clock: Mapping[str, Any], calendar: Calendar) -> datetime | None:
    """When a clock should be due, by the plain counter.

    Raises:
        AssertionError: the counter does not know such a clock; the proof opens none.
    """
    amount, unit, begun = clock["amount"], clock["unit"], _instant(clock["started_at"])
    assert not clock["pauses"], clock
    assert clock["kind"] not in ("lead_time", "extension"), clock
    if unit == "immediate":
        return begun
    if amount is None:
        return None
    if unit == "hour":
        return begun + timedelta(hours=amount)
    roll = LIBRARY.pack(pack_id).profiles[clock["profile"]]
    rolls = roll.days if unit == "day" else roll.months
    return midnight(last_day(amount, unit, legal_date(begun), rolls=rolls, rows=calendar.rows) + timedelta(days=1))


def moved(before: Mapping[str, Due], after: Mapping[str, Due]) -> dict[str, Due]:
    """The clocks that are due at another instant than before."""
    return {clock: due for clock, due in after.items() if clock in before and before[clock].due_at != due.due_at}


async def _amended_rows(
    running: Trial, there: Applied, first: Mapping[str, Due], changed: Mapping[str, Due]
) -> list[Row]:
    went = moved(first, changed)
    cases = {due.case_id for due in went.values()}
    wrong = [sum(due.due_at != due.expected for due in one.values()) for one in (first, changed)]
    should = sum(first[clock].expected != due.expected for clock, due in changed.items())
    behind = (await sql(running.stack, "casework", _BEHIND, there.seq))[0][0]
    lines = sorted(tuple(row) for row in await sql(running.stack, "casework", _LINES, there.amendment_id))
    lanes = sorted({(due.case_id, due.lane) for due in went.values()})
    notices = {row["office"]: row["count"] for row in await sql(running.stack, "notify", _NOTICES, there.amendment_id)}
    once = notices == dict.fromkeys((due.office for due in went.values()), 1)
    return [
        Row("open cases; clocks", f"{len({due.case_id for due in first.values()}):,}; {len(first):,}"),
        Row("due dates that are to move", f"{should:,}", "> 0", should > 0),
        Row("preview, all pages", f"{there.preview_seconds:.1f} s"),
        Row(
            "clocks previewed; moved",
            f"{len(there.preview.items):,}; {len(went):,}",
            "equal",
            len(there.preview.items) == len(went),
        ),
        Row(
            "cases previewed; moved",
            f"{there.preview.cases_moved:,}; {len(cases):,}",
            "equal",
            there.preview.cases_moved == len(cases),
        ),
        Row("wrong due dates before; after", f"{wrong[0]}; {wrong[1]}", "0; 0", not any(wrong)),
        Row("open cases left under the law of before", str(behind), "0", not behind),
        Row(
            "signature → last case folded anew",
            f"{there.seconds:.1f} s",
            f"≤ {LATEST_SECONDS:g} s",
            there.seconds <= LATEST_SECONDS,
        ),
        Row("signature → all workflows notified", f"{there.armed_seconds:.1f} s"),
        Row("CPU time of the worker by the one; by the other", "{:.1f} s; {:.1f} s".format(*there.cpu_seconds)),
        Row("lines in timelines", f"{len(lines):,}", "one for each lane of a case that moved", lines == lanes),
        Row(
            f"notices for {len(set(notices))} offices",
            str(sum(notices.values())),
            "one an office",
            once and bool(notices),
        ),
    ]


async def _known_to_temporal(running: Trial, went: Mapping[str, Due]) -> tuple[str, str, bool]:
    """Of a sample of the moved cases: how many workflows will wake at the earliest open instant, or before it."""
    cases = sorted({due.case_id for due in went.values()})
    sample = random.Random(NAME).sample(cases, min(HISTORIES, len(cases)))
    earliest = {row[0]: row[1] for row in await sql(running.stack, "casework", _EARLIEST, sample)}
    client = await temporal_client(running.stack)
    wakes = {case_id: await _wakes_at(client, case_id) for case_id in earliest}
    known = sum(at is not None and at <= earliest[case_id] for case_id, at in wakes.items())
    return f"{known} of {len(sample)}", "all", known == len(sample) > 0


async def _wakes_at(client: Client, case_id: str) -> datetime | None:
    """The earliest instant of the set of waits that the workflow was sent last; None where none was."""
    found = None
    context = WorkflowSerializationContext(client.namespace, case_id)
    converter = client.data_converter.with_context(context)
    async for event in client.get_workflow_handle(case_id).fetch_history_events():
        signal = event.workflow_execution_signaled_event_attributes
        if signal.signal_name == CLOCKS_CHANGED:
            (waits,) = await converter.decode(signal.input.payloads, [WaitSet])
            found = waits.next_at
    return found


async def _trouble_rows(running: Trial, amendments: list[Applied]) -> list[Row]:
    """What must not have happened on the way."""
    client = await temporal_client(running.stack)
    failed = 0
    found = [run.id async for run in client.list_workflows("ExecutionStatus = 'Running'", limit=HISTORIES)]
    for workflow_id in found:
        async for event in client.get_workflow_handle(workflow_id).fetch_history_events():
            failed += event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
    log = (running.logs / "casework-worker.log").read_text(errors="replace")
    complaints = len(NONDETERMINISM.findall(log))
    aside = await parked(running.stack)
    return [
        Row("non-determinism in the worker's log", str(complaints), "0", not complaints),
        Row(f"failed workflow tasks in {len(found)} histories", str(failed), "0", not failed),
        Row(f"messages put aside, {len(amendments)} amendments", str(aside), "0", not aside),
    ]


def _day(day: date, kind: DayKind) -> AmendedDay:
    return AmendedDay(date=day, kind=kind, name="Ngày của bài thử", status="confirmed")


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
