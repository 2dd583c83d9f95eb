"""Two communes of a province are merged while thousands of cases of all its communes are open: nothing is with the old
office, nothing else moves, and the preview showed exactly what the signature brings.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice
from typing import Any

from contracts.events.intake import CaseOpened
from contracts.ids import new_id
from regulations.legal_time import legal_date
from stack.trial import Trial, trial
from tests.library import LIBRARY, place_of
from tests.load.figures import Row, Section
from tests.load.house import parked, sql
from tests.load.opened import LONGEST_AGO, open_reports
from tests.proof.amend import LATEST_SECONDS, PATIENCE_SECONDS, Applied, follow

NAME = "merger"
CASES = int(os.environ.get("NEOVE_PROOF_CASES", "5000"))
"""At full size; a small try names fewer."""
PROVINCE, FROM, INTO = "lao-cai", place_of("sa-pa"), place_of("muong-khuong")
MOMENT = timedelta(minutes=1)
"""From the newest report until it is entered."""
REPORTS = (
    ("self_report", "commune"),
    ("self_report", "commune_police"),
    ("rescued", "commune_police"),
    ("self_report", "health_authority"),
)
"""Route and reporting role, in turn, in each commune: its own offices and one of the province hold lanes there."""
NOTE = (
    "The cases are opened by events in intake's outbox, in turn in every commune of Lào Cai, by its People's "
    "Committee, its police and the health authority of the province. Then a commune becomes part of another one, by "
    "two persons over HTTP. Previewed and applied: each lane, line of work, open clock and right to act that comes "
    "to another office, compared one by one with what stands in the timelines. Wrong: a holder, a line of work or "
    "an open clock whose office is not the one of before, or for an office of the merged commune the one of the "
    "same role in the other; this is read from the ids, without the directory. Seconds until the last case: between "
    "two instants that the register keeps."
)
Held = Mapping[tuple[str, str, str], str | None]
_HELD = """
SELECT p.key AS case_id, 'holder' AS what, l.key AS ref, l.value->>'holder' AS office
  FROM casework.projections p, jsonb_each(p.body->'lanes') l WHERE p.kind = 'standing'
UNION ALL SELECT case_id, 'work', work_id, office FROM casework.work
UNION ALL SELECT case_id, 'clock', clock_id, office FROM casework.clocks
  WHERE body->>'met_at' IS NULL AND body->>'void_at' IS NULL
"""
_NAMING = """
SELECT count(*) FROM casework.projections p, jsonb_each(p.body->'lanes') l WHERE p.kind = 'standing'
  AND (l.value->>'holder' LIKE '%/' || $1 OR l.value->'acting' @? ('$[*] ? (@ like_regex "/' || $1 || '$")')::jsonpath)
"""
_LINES = "SELECT case_id, lane, details FROM casework.journal WHERE kind = 'amended' AND ref = $1"
_VERSIONS = "SELECT case_id, commune, version FROM casework.cases"
_BEHIND = "SELECT count(*) FROM casework.cases WHERE NOT closed AND law_seq < $1"
_NOTICES = "SELECT office, count(*) FROM notify.notices WHERE amendment_id = $1 GROUP BY office"


async def prove(cases: int = CASES) -> Section:
    """On a stack of its own."""
    with trial() as running:
        rows = await merged(running, cases)
    return Section(NAME, "Two communes merged while cases are open", rows, NOTE)


async def merged(running: Trial, cases: int) -> list[Row]:
    """The whole show; every row of it but the seconds must hold on any machine."""
    places, now = communes(), datetime.now(UTC).replace(microsecond=0)
    await open_reports(running.stack, list(islice(reports(places, cases, now), cases)), PATIENCE_SECONDS)
    before, versions = await held(running), await _versions(running)
    change = {"kind": "merged", "place": FROM, "into": INTO, "on": merger_day(now).isoformat()}
    applied = await follow(running, {"kind": "offices", "changes": [change]})
    after = await held(running)
    moving = {case_id for case_id, (commune, _) in versions.items() if commune == FROM}
    now = await _versions(running)
    shifted = {case_id for case_id, (_, version) in versions.items() if version != now[case_id][1]}
    return [
        Row("communes; open cases; of them in the merged commune", f"{len(places)}; {len(versions):,}; {len(moving)}"),
        *_moved_rows(applied, await _applied(running, applied), moving, shifted),
        *_held_rows(before, after),
        *await _end_rows(running, applied),
    ]


def communes() -> Sequence[str]:
    """Every commune of the province today."""
    directory, today = LIBRARY.world.directory, legal_date(datetime.now(UTC))
    every = (one for one in directory.places.of_kind("commune") if one.exists(today))
    return sorted(one.code for one in every if directory.province(one.code, today) == PROVINCE)


def merger_day(now: datetime) -> date:
    """The day of the oldest report. What an office breached on a day before the merger stays its own breach."""
    return legal_date(now - LONGEST_AGO - MOMENT)


def reports(places: Sequence[str], cases: int, now: datetime) -> Iterator[CaseOpened]:
    """Reports of the last hours before `now`, in turn in each commune."""
    directory = LIBRARY.world.directory
    whose = [(route, role, place) for route, role in REPORTS for place in places]
    for number, (route, role, place) in enumerate(cycle(whose)):
        yield CaseOpened(
            case_id=new_id("case"),
            report_id=new_id("rep"),
            route=route,
            channel="rescue" if route == "rescued" else "in_person",
            office=str(directory.at(role, place, legal_date(now))),
            actor="act_proof",
            territory=PROVINCE,
            commune=place,
            occurred_at=now - MOMENT - LONGEST_AGO * ((number % cases) / cases),
            recorded_at=now,
            age_band="adult",
        )


async def held(running: Trial) -> Held:
    """(case, what, which) → the office that has it: of each lane, line of work and open clock."""
    rows = await sql(running.stack, "casework", _HELD)
    return {(row["case_id"], row["what"], row["ref"]): row["office"] for row in rows}


def expected(office: str | None) -> str | None:
    """Who has it after the merger, read from the id alone."""
    role, _, code = (office or "").partition("/")
    return f"{role}/{INTO}" if code == FROM else office


def wrong(before: Held, after: Held) -> int:
    """What is not with the office that should have it, or is gone.

    A lane that came to another office brings a new line of work, because that office must acknowledge it, in place of
    a line for a lane without any other.
    """
    new = sum(key[1] != "work" or not str(after[key]).endswith(f"/{INTO}") for key in after.keys() - before.keys())
    gone = sum(key[1] != "work" or ":lane:" not in key[2] for key in before.keys() - after.keys())
    return new + gone + sum(after[key] != expected(before[key]) for key in before.keys() & after.keys())


def _moved_rows(applied: Applied, written: Counter[Any], moving: set[str], shifted: set[str]) -> Iterator[Row]:
    shown = Counter(
        (one["case_id"], one["lane"], one["what"], one["ref"], one["from_office"], one["to_office"])
        for one in applied.preview.offices
    )
    same = shown == written and bool(shown)
    yield Row("previewed; applied", f"{shown.total():,}; {written.total():,}", "equal, one by one", same)
    for what in ("lane", "work", "clock", "right"):
        yield Row(f"of them: {what}", f"{sum(number for key, number in shown.items() if key[2] == what):,}")
    cases = applied.preview.cases_moved
    yield Row("cases previewed; changed", f"{cases}; {len(shifted)}", "equal", cases == len(shifted))
    yield Row("cases of the merged commune unchanged", str(len(moving - shifted)), "0", not moving - shifted)
    yield Row("cases of other communes changed", str(len(shifted - moving)), "0", not shifted - moving)
    yield Row("clocks that are due at another instant", str(len(applied.preview.items)), "0", not applied.preview.items)
    yield Row("preview, all pages", f"{applied.preview_seconds:.1f} s")


def _held_rows(before: Held, after: Held) -> Iterator[Row]:
    for what in ("holder", "work", "clock"):
        here, there = ({key: office for key, office in one.items() if key[1] == what} for one in (before, after))
        found = wrong(here, there)
        yield Row(f"of {len(here):,}: {what} with a wrong office", str(found), "0", not found and bool(here))


async def _end_rows(running: Trial, applied: Applied) -> list[Row]:
    naming = (await sql(running.stack, "casework", _NAMING, FROM))[0][0]
    behind = (await sql(running.stack, "casework", _BEHIND, applied.seq))[0][0]
    rows = await sql(running.stack, "notify", _NOTICES, applied.amendment_id)
    notices = {row["office"]: row["count"] for row in rows}
    told = {one["to_office"] for one in applied.preview.offices if one["what"] != "right"}
    aside = await parked(running.stack)
    return [
        Row("lanes in standings where an office of the merged commune holds or acts", str(naming), "0", not naming),
        Row("open cases left under the offices of before", str(behind), "0", not behind),
        Row(
            "signature → last case folded anew",
            f"{applied.seconds:.1f} s",
            f"≤ {LATEST_SECONDS:g} s",
            applied.seconds <= LATEST_SECONDS,
        ),
        Row("signature → all workflows notified", f"{applied.armed_seconds:.1f} s"),
        Row("CPU time of the worker by the one; by the other", "{:.1f} s; {:.1f} s".format(*applied.cpu_seconds)),
        Row(
            f"notices for {len(notices)} offices",
            str(sum(notices.values())),
            "one an office",
            notices == dict.fromkeys(told, 1),
        ),
        Row("messages put aside", str(aside), "0", not aside),
    ]


async def _applied(running: Trial, applied: Applied) -> Counter[Any]:
    """What the timelines say came to another office, as the preview shows it."""
    rows = await sql(running.stack, "casework", _LINES, applied.amendment_id)
    return Counter(
        (row["case_id"], row["lane"], one["what"], one["ref"], one["from"], one["to"])
        for row in rows
        for one in json.loads(row["details"]).get("offices", ())
    )


async def _versions(running: Trial) -> dict[str, tuple[str, int]]:
    """Case → its commune and its version."""
    rows = await sql(running.stack, "casework", _VERSIONS)
    return {row["case_id"]: (row["commune"], row["version"]) for row in rows}
