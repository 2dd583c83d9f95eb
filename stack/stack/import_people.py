"""Imports the people of the demonstration into casework, as its administration: as an agency imports its own.

The same again changes nothing, so `neove up` does it after each start.
"""

import time
from datetime import date
from typing import Any

import httpx

from client.errors import ClientError
from client.tokens import Issuer
from stack.config import Failure
from stack.demo_people import Away, DemoPeople
from stack.issuer.signer import person

ADMINISTRATION = "admin/ha-noi"
SINCE = date(2026, 1, 1)
"""First day of everybody in the file."""
SECONDS, PAUSE_SECONDS = 30.0, 0.5
"""Casework lets in somebody new within seconds, and until then refuses the absence that this person states."""


def bring(people: DemoPeople, issuer_url: str, casework_url: str) -> None:
    """Import the people, and the system of each office, into casework.

    Raises:
        Failure: casework or the issuer does not take them.
    """
    with httpx.Client(base_url=casework_url, timeout=15, trust_env=False) as http:
        try:
            token = Issuer(issuer_url).office(ADMINISTRATION)
            for office in people.by_office:
                _post(http, f"/v1/offices/{office}/members", token, {"members": members_of(people, office)})
                for one, serves in people.by_office[office]:
                    if serves.away:
                        own = Issuer(issuer_url, person=one.id).office(office)
                        _post(http, f"/v1/offices/{office}/absences", own, _absence(people, serves.away))
        except (ClientError, httpx.HTTPError) as error:
            raise Failure(f"The demo people cannot be imported: {error}") from None


def members_of(people: DemoPeople, office: str) -> list[dict[str, Any]]:
    """The members of an office as `casework.import_members` takes them, with the system of the office."""
    system = {"subject": person(office, "system")["sub"], "name": f"Phần mềm của {office}", "position": "system"}
    listed = [
        {"subject": one.subject, "name": one.name, "position": serves.position}
        for one, serves in people.by_office[office]
    ]
    return [{**member, "valid_from": SINCE.isoformat()} for member in [*listed, system]]


def _absence(people: DemoPeople, away: Away) -> dict[str, Any]:
    deputy = {one.id: one.subject for one in people.person}.get(away.deputy or "")
    return {"valid_from": away.since.isoformat(), "valid_to": None, "deputy": deputy}


def _post(http: httpx.Client, path: str, token: str, body: dict[str, Any]) -> None:
    """One POST, repeated while casework is not ready or has not looked at the new list yet; each may be repeated."""
    until = time.monotonic() + SECONDS
    while True:
        answer = http.post(path, json=body, headers={"Authorization": f"Bearer {token}"})
        if answer.is_success:
            return
        if answer.status_code not in (401, 503) or time.monotonic() > until:
            raise Failure(f"Casework does not take the demo people: {answer.status_code} {answer.text}")
        time.sleep(PAUSE_SECONDS)  # casework gives no sign when it is ready or has looked
