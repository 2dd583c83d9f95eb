"""Open cases of all kinds, made over HTTP: every way in which a report opens a case, and scenarios that are cut short.

It speaks to the stack of an older commit, so it imports nothing of the project: only that stack's `neove` command is
called, in a process of its own. A scenario never closes its cases; one that is cut leaves its work half done.
"""

import json
import os
import re
import secrets
import subprocess
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

LAWS = {"law-66-2011": "2025-05-12T09:00:00+07:00", "law-53-2024": "2026-11-16T09:00:00+07:00"}
"""Pack → when its cases were reported."""
PROVINCES = ("lang-son", "quang-ngai", "lao-cai", "ha-noi")
"""Tried in this order for an office of a role; every role has one in one of them."""
NOWHERE = {"mission": "abroad", "hotline_111": "ha-noi", "consular": "ha-noi"}
ANYBODY = "facility"
"""Reports where the openings name no role."""
CUT: dict[str, tuple[int | None, ...]] = {
    "11-crime-information-extended": (4, 7, 11, None),
    "14-correction-and-withdrawal": (8, None),
    "15-mother-and-accompanying-child": (5, None),
    "16-handover-declined-then-accepted": (5, None),
    "decided-on-signs": (5, 8, None),
    "entry-announced": (5, None),
    "facility-ceiling": (5, None),
    "foreign-victim": (5, None),
    "former-province": (4, None),
    "not-confirmed": (7, None),
    "protection-urgent": (2, 6, 9, None),
    "return-via-mission": (5, 9, None),
    "support-declined-then-fallback": (6, 15, None),
    "transfer-between-provinces": (4, 12, 14, 16, None),
}
"""Scenario → after how many steps it is left; None: it is played to its end. Others are played to their end, once."""
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.1
WHY = ("--decision", "QĐ 1/QĐ-TTg (bịa ra)", "--reason", "Bài thử nâng cấp")
WEBHOOK = "http://127.0.0.1:9/hook"
"""Nothing listens there, so deliveries wait."""
HEALTH, COMMUNE, POLICE = "health_authority/lao-cai", "commune/lao-cai", "provincial_police/lao-cai"
ABOVE = "steering_committee/lao-cai"
"""The office above the health authority, which signs its steps second."""


class Refused(Exception):
    """A call was not accepted."""


@dataclass
class Old:
    """A running stack of an older commit.

    Args:
        checkout: its repository; the state is `.neove` in it, the interpreter `.venv/bin/python`.
        kinds: case → what it is, in words.
    """

    checkout: Path
    kinds: dict[str, str] = field(default_factory=dict[str, str])
    _tokens: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def state(self) -> Path:
        """Its state directory."""
        return self.checkout / ".neove"

    @property
    def endpoints(self) -> dict[str, Any]:
        """Where everything listens."""
        return json.loads((self.state / "endpoints.json").read_text())

    def neove(self, *words: str | Path) -> str:
        """Call its command; gives what it prints.

        Raises:
            Refused: the command failed.
        """
        command = [self.checkout / ".venv/bin/neove", *words]
        environment = {**os.environ, "NEOVE_STATE": str(self.state), "COLUMNS": "200"}
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=300)
        if done.returncode:
            raise Refused(f"neove {' '.join(map(str, words))}: {done.stdout}\n{done.stderr}")
        return done.stdout

    def token(self, office: str) -> str:
        """A token of an office."""
        if office not in self._tokens:
            answer = httpx.post(f"{self.endpoints['issuer']}/token", json={"office": office}, trust_env=False)
            self._tokens[office] = answer.raise_for_status().json()["access_token"]
        return self._tokens[office]

    def send(self, method: str, service: str, path: str, office: str, body: Any = None, patient: bool = True) -> Any:
        """One call, repeated while the bus has not brought what it needs; gives the body of the answer.

        Raises:
            Refused: it was not accepted in time.
        """
        headers = {"Authorization": f"Bearer {self.token(office)}", "Idempotency-Key": secrets.token_hex(12)}
        url, until = self.endpoints["services"][service] + path, time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = httpx.request(method, url, json=body, headers=headers, timeout=30, trust_env=False)
            if answer.is_success:
                return answer.json()
            if not patient or answer.status_code not in {404, 503} or time.monotonic() > until:
                raise Refused(f"{method} {service}{path} as {office}: {answer.status_code} {answer.text}")
            time.sleep(PAUSE_SECONDS)  # the pace of a client that tries again


def fill(old: Old, scenarios: Sequence[Path]) -> None:
    """Make all cases; `old.kinds` then names them. The law is amended in between, so that cases are folded anew."""
    hook = old.send("POST", "notify", "/v1/webhooks", HEALTH, {"url": WEBHOOK, "kinds": []})
    if hook.get("state") == "waiting":  # as of the release that asks for a second signature
        old.send("POST", "notify", f"/v1/webhooks/{hook['webhook_id']}/confirm", ABOVE, {})
    for pack_id, at in LAWS.items():
        for number, opening in enumerate(_openings(old, pack_id)):
            _open(old, pack_id, opening, at, number)
    _further(old)
    _play(old, [_cut(old, file, steps) for file in scenarios for steps in CUT.get(file.stem, (None,))])
    amend(old)


def amend(old: Old) -> None:
    """Sign a day off, and a version of the former law whose reminders come later than the package's."""
    days = old.state / "days.toml"
    row = 'date = 2026-12-31\nkind = "off"\nname = "Nghỉ (bịa ra)"\nstatus = "confirmed"'
    days.write_text(f"[[row]]\n{row}\n", encoding="utf-8")
    old.neove("calendar", "import", days, *WHY, "--no-preview", "--sign")
    (package,) = (old.state / "regulations/packs/law-66-2011").iterdir()
    draft = old.state / "law-66-2011"
    draft.mkdir()
    for file in package.glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        changed = text.replace("reminder_days = 7\n", "reminder_days = 8\n") if file.stem == "operational" else text
        (draft / file.name).write_text(changed, encoding="utf-8")
    old.neove("law", "amend", draft, *WHY, "--no-preview", "--sign")


def _openings(old: Old, pack_id: str) -> Iterator[tuple[str, str]]:
    """Route and reporting role, each way that a report opens a lane once."""
    seen: set[tuple[str, str]] = set()
    folder = next((old.state / "regulations/packs" / pack_id).iterdir())
    for row in tomllib.loads((folder / "openings.toml").read_text(encoding="utf-8"))["opening"]:
        role = next((role for role in row["reporters"] if role != "*"), ANYBODY)
        found = next(((route, role) for route in row["routes"] if (route, role) not in seen), None)
        if found is not None:
            seen.add(found)
            yield found


def _open(old: Old, pack_id: str, opening: tuple[str, str], at: str, number: int) -> None:
    route, role = opening
    for province in PROVINCES:
        office = f"{role}/{NOWHERE.get(role, province)}"
        try:
            taken = old.send("POST", "intake", "/v1/reports", office, _report(route, province, at, number))
        except (Refused, httpx.HTTPStatusError) as error:
            print(f"no case by {office}: {error}")
            continue
        old.kinds[taken["cases"]["A"]] = f"{pack_id}: {route}, reported by {role}"
        return


def _report(route: str, province: str, at: str, number: int) -> dict[str, Any]:
    born = {"birth_date": "2014-06-01"} if number % 5 == 4 else {"birth_year": 1980 + number % 25}
    return {
        "channel": "in_person",
        "route": route,
        "occurred_at": at,
        "place": {"province": province},
        "persons": [
            {"ref": "A", "full_name": f"Thử Thị Nâng Cấp {number}", "sex": "female", "nationality": "VN", **born}
        ],
        "narrative": "Lời kể bịa ra để thử nâng cấp.",
        "indicators": ["sold"],
        "immediate_needs": ["food"],
        "reporter": {"anonymous": False, "name": "Người Báo Thử"},
        "safe_contact": {"channels": ["in_person"], "note": "Chỉ gặp trực tiếp."},
    }


def _cut(old: Old, file: Path, steps: int | None) -> Path:
    """The scenario with its first steps only, in a file whose name says so."""
    head, *rest = re.split(r"(?m)^(?=  - as: )", file.read_text(encoding="utf-8"))
    cut = old.state / (f"{file.stem}.yaml" if steps is None else f"{file.stem}, left after {steps} steps.yaml")
    cut.write_text("".join([head, *rest[:steps]]), encoding="utf-8")
    return cut


def _play(old: Old, files: Sequence[Path]) -> None:
    for run in json.loads(old.neove("play", "--json", *files))["runs"]:
        names: Mapping[str, Any] = run["remembered"]
        kind = Path(run["file"]).stem
        old.kinds.update({value: kind for value in names.values() if str(value).startswith("case_")})


def _further(old: Old) -> None:
    """What no scenario does: pauses, a case closed and opened again, a closed one, a screening, two reports of one."""
    for kind in ("a clock paused", "a clock paused and resumed"):
        case_id = _received(old, kind, datetime.now(UTC) - timedelta(hours=5))
        now = {"rule": "B-SELF-04", "occurred_at": datetime.now(UTC).isoformat()}
        old.send("POST", "casework", f"/v1/cases/{case_id}/clocks/pause", HEALTH, {**now, "basis": "force_majeure"})
        if kind.endswith("resumed"):
            now["occurred_at"] = datetime.now(UTC).isoformat()
            old.send("POST", "casework", f"/v1/cases/{case_id}/clocks/resume", HEALTH, now)
    for kind in ("closed", "closed and opened again"):
        case_id = _received(old, kind, datetime.now(UTC) - timedelta(hours=4))
        end = {"outcome": "withdrawn", "occurred_at": datetime.now(UTC).isoformat(), "reason": "Bịa ra."}
        stated = old.send("POST", "casework", f"/v1/cases/{case_id}/close", HEALTH, end)
        if signing_id := stated.get("signing_id"):
            signed = old.send("POST", "casework", f"/v1/signings/{signing_id}/sign", ABOVE, {})
            assert signed["state"] == "signed", signed
        if kind != "closed":
            again = {"occurred_at": datetime.now(UTC).isoformat(), "reason": "Bịa ra: trở lại."}
            old.send("POST", "casework", f"/v1/cases/{case_id}/reopen", HEALTH, again)
    case_id = _received(old, "screened", datetime.now(UTC) - timedelta(hours=3))
    answers = {"answers": {"locked_or_watched": "yes"}, "occurred_at": datetime.now(UTC).isoformat()}
    old.send("POST", "intake", f"/v1/cases/{case_id}/screenings", COMMUNE, answers)
    first = _received(old, "reported twice", datetime.now(UTC) - timedelta(hours=2), name="Thử Thị Hai Lần")
    second = _received(old, "reported twice", datetime.now(UTC) - timedelta(hours=1), name="Thử Thị Hai Lần")
    same = {"other_case_id": first, "same": True, "reason": "Cùng một người (bịa ra)."}
    old.send("POST", "intake", f"/v1/cases/{second}/duplicates", COMMUNE, same)


def _received(old: Old, kind: str, at: datetime, name: str | None = None) -> str:
    """A case that the commune reported and the health authority has received."""
    report = _report("self_report", "lao-cai", at.isoformat(), number=5 * len(old.kinds))
    report["persons"][0] |= {"full_name": name, "birth_year": 1999} if name else {}
    case_id = str(old.send("POST", "intake", "/v1/reports", COMMUNE, report)["cases"]["A"])
    steps = ((COMMUNE, "SUPPORT_AGENCY_NOTIFIED"), (HEALTH, "SUPPORT_AGENCY_RECEIVED"))
    for minutes, (office, state) in enumerate(steps, 1):
        fact = {"lane": "identification", "state": state, "occurred_at": (at + timedelta(minutes=minutes)).isoformat()}
        old.send("POST", "casework", f"/v1/cases/{case_id}/facts", office, {**fact, "note": "Ghi chú bịa ra."})
    old.kinds[case_id] = kind
    return case_id
