"""Generated data: every operation of every OpenAPI document, called as it should be and as it should not.

Schemathesis makes the data from the documents; every case is sent once as each office. Every second one that fits the
schema gets words that mean something here (a real case, a lane, a recent date), so that it goes further than the door.
Nothing may come back as a fault (5xx, also not 503), and what breaks the schema must be refused (4xx).
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import requests
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode, Response, openapi

from client.services import Services
from contracts.codes import Role
from contracts.ids import role_of
from neove.player.runs import play_once
from neove.player.scenario import load
from neove.shared.terminal import Exit
from stack.trial import Trial, trial
from tests.library import LIBRARY, RIGHTS
from tests.load.figures import Row, Section
from tests.unit.regulations.test_rights import SITUATIONS, standing_of, table

NAME = "fuzz"
PLACE = "lao-cai"
IN_PROOF = 12
"""Cases of each kind for each operation at full size."""
SEED = Path(__file__).parent / "seed.yaml"
JUDGED = frozenset({"path", "query", "body"})
"""Parts of a request in which wrong data must be refused; unknown headers are nobody's business."""


@dataclass
class Tally:
    """What came back."""

    operations: int = 0
    sent: int = 0
    accepted: int = 0
    wrong: int = 0  # requests with data that breaks the schema
    faults: list[str] = field(default_factory=list[str])
    taken: list[str] = field(default_factory=list[str])  # wrong data that was accepted

    def note(self, office: str, case: Case, response: Response) -> None:
        """Judges one answer."""
        self.sent += 1
        self.accepted += response.status_code < 400
        line = f"{office} {case.method} {case.formatted_path} → {response.status_code}: {case.as_curl_command()[:600]}"
        if response.status_code >= 500:
            self.faults.append(line)
        if is_wrong(case):
            self.wrong += 1
            if response.status_code < 400:
                self.taken.append(line)


def is_wrong(case: Case) -> bool:
    """Whether a part of the request breaks the schema, and still does as it is sent: `false` in a URL is a word."""
    parts = case.meta.components if case.meta else {}
    wrong = {place.value for place, part in parts.items() if part.mode is GenerationMode.NEGATIVE} & JUDGED
    return bool(wrong - {"query"}) or ("query" in wrong and not _words_of_other_types(case))


def _words_of_other_types(case: Case) -> bool:
    """Whether a query parameter that takes text was given something else, which is text on its way."""
    kinds = {one["name"]: one["schema"] for one in case.operation.definition.raw.get("parameters", [])}
    takes_text = {name for name, kind in kinds.items() if '"string"' in json.dumps(kind)}
    return any(name in takes_text and not isinstance(value, str) for name, value in case.query.items())


def fuzz(running: Trial, offices: Sequence[str], each: int, seconds: float) -> Tally:
    """Call every operation of every service.

    Args:
        offices: each case is sent as each of them. each: right and wrong cases for each operation.
        seconds: in all; what is left is shared by the operations still to come, the last ones are never left out.
    """
    tally, known = Tally(), some_ids(running)
    todo = list(_operations(running))
    end = monotonic() + seconds
    with requests.Session() as session:
        session.trust_env = False
        for done, (url, operation) in enumerate(todo):
            share = (end - monotonic()) / (len(todo) - done)
            stop = monotonic() + share
            for number, case in enumerate(_cases(operation, each)):
                if number >= 2 and monotonic() > stop:
                    break
                _make_sense(case, known, deep=number % 4 < 2)
                for office in offices:
                    signed = {"Authorization": f"Bearer {running.token(office)}"}
                    tally.note(office, case, case.call(base_url=url, session=session, headers=signed, timeout=15))
            tally.operations += 1
    return tally


def _operations(running: Trial) -> Iterator[tuple[str, Any]]:
    """(URL of the service, operation) of everything that is documented. Signing in is ours, not Schemathesis's."""
    for url in running.endpoints.services.values():
        document: dict[str, Any] = httpx.get(f"{url}/openapi.json", trust_env=False, timeout=15).json()
        document["components"].pop("securitySchemes")
        for item in document["paths"].values():
            for operation in item.values():
                operation.pop("security", None)
        for found in openapi.from_dict(document).get_all_operations():
            yield url, found.ok()


def _cases(operation: Any, each: int) -> list[Case]:
    """Right and wrong cases in turn: the first two are one of each."""
    kinds = [_generated(operation, mode, each) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)]
    return [case for pair in zip(*kinds, strict=False) for case in pair] + kinds[0][len(kinds[1]) :]


def _generated(operation: Any, mode: GenerationMode, each: int) -> list[Case]:
    found: list[Case] = []

    @settings(
        max_examples=each,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(operation.as_strategy(generation_mode=mode))
    def collect(case: Case) -> None:
        found.append(case)

    with suppress(Unsatisfiable):  # an operation without input has nothing that could be wrong
        collect()
    return found


def _make_sense(case: Case, known: dict[str, Any], *, deep: bool) -> None:
    """Puts known ids into the path where it is right, and, where the body is right and `deep`, known words into it."""
    parts = {place.value: part.mode for place, part in (case.meta.components if case.meta else {}).items()}
    if parts.get("path") is not GenerationMode.NEGATIVE:
        for name in case.path_parameters.keys() & known.keys():
            case.path_parameters[name] = known[name]
    if deep and isinstance(case.body, dict) and parts.get("body") is not GenerationMode.NEGATIVE:
        for name in case.body.keys() & known.keys():
            case.body[name] = known[name]


def some_ids(running: Trial) -> dict[str, Any]:
    """What `seed.yaml` leaves behind, by the names of parameters, and words that fit it."""
    where = running.endpoints
    played = play_once(Services(where.services, where.issuer), load(SEED))
    if played.code is not Exit.OK:
        raise RuntimeError(f"{SEED.name}: {played.trouble or played.results[-1]}")
    return {
        **played.names,
        "lane": "identification",
        "lanes": ["identification"],
        "state": "INITIAL_CHECK_DONE",
        "to": "health_authority/thai-nguyen",
        "kind": "medical",
        "provider": "lao-cai-facility",
        "occurred_at": (datetime.now(UTC) - timedelta(days=1)).isoformat(),
    }


def all_offices() -> list[str]:
    """One office of every role that exists today; of Lào Cai where there is one."""
    directory, today = LIBRARY.world.directory, datetime.now(UTC).date()
    found: dict[str, str] = {}
    for role in directory.roles:
        named = (directory.at(role, PLACE, today), *(one.ref for one in directory.rows.values() if one.role == role))
        living = (ref for ref in named if ref and (office := directory.office(ref)) and office.exists(today))
        if (first := next(living, None)) is not None and role_of(first) == role:
            found[role] = first
    return list(found.values())


async def prove(each: int = IN_PROOF, seconds: float = 1800) -> Section:
    """All roles, at full size, on a stack of its own; arguments as of `fuzz`."""
    return await asyncio.to_thread(_prove, each, seconds)


def _prove(each: int, seconds: float) -> Section:
    offices = all_offices()
    with trial() as running:
        tally = fuzz(running, offices, each, seconds)
    for line in [*tally.faults, *tally.taken][:20]:
        print(line)
    return Section(
        NAME,
        "Data that nobody thought of",
        [
            Row(
                "operations, roles of all, requests",
                f"{tally.operations}, {len(offices)} of {len(Role)}, {tally.sent:,}",
            ),
            Row("answered with a fault (5xx)", str(len(tally.faults)), "0", not tally.faults),
            Row(f"wrong data accepted, of {tally.wrong:,}", str(len(tally.taken)), "0", not tally.taken),
            _rights(),
        ],
        "Schemathesis makes the data from each service's OpenAPI document; each is sent by an office of every role "
        f"that has one today: {', '.join(sorted(one.partition('/')[0] for one in offices))}.",
    )


def _rights() -> Row:
    """Every role in every situation of every operation, as decided, against the table that was written by hand."""
    decided, wrong = 0, list[str]()
    for operation, (roles, by_situation) in table().items():
        for role, situation in product(Role, SITUATIONS):
            decided += 1
            office = f"{role}/lao-cai"
            if RIGHTS.decide(office, operation, standing_of(office, situation)) != (
                role in roles & by_situation[situation]
            ):
                wrong.append(f"{operation} {role} {situation}")
    print(*wrong, sep="\n", end="\n" * bool(wrong))
    return Row(f"rights that differ from the table by hand, of {decided:,}", str(len(wrong)), "0", not wrong)
