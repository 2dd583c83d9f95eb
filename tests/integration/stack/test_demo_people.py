"""The demo people on a stack of their own: imported as often as one likes, and let in as members."""

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from client.tokens import Issuer
from stack.demo_people import FILE, DemoPeople
from stack.import_people import bring
from stack.trial import Trial
from tests.integration.waiting import eventually
from tests.own_stack import own_stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]

PEOPLE = DemoPeople.load(FILE)
OFFICE, HEALTH = "commune/lao-cai", "health_authority/lao-cai"


@pytest.fixture(scope="module")
def peopled() -> Iterator[Trial]:
    """A stack as `neove up` starts it."""
    with own_stack(NEOVE_PEOPLE=str(FILE)) as running:
        bring(PEOPLE, running.stack.issuer_url, running.url("casework"))
        yield running


def asked(stack: Trial, office: str, person: str | None = None, actor: str | None = None) -> httpx.Response:
    """The members of the office, as a person of the office or as its system."""
    token = Issuer(stack.stack.issuer_url, actor=actor, person=person).office(office)
    with stack.client(service="casework") as client:
        return client.get(f"/v1/offices/{office}/members", headers={"Authorization": f"Bearer {token}"})


def asked_as_nobody(stack: Trial, office: str) -> bool:
    """Whether an actor that stands in no list is refused."""
    return asked(stack, office, actor="9").status_code == 401


def test_everybody_of_the_file_is_let_in_and_so_is_the_system_of_the_office(peopled: Trial) -> None:
    for office, people in PEOPLE.by_office.items():
        assert asked(peopled, office).status_code == 200
        for one, _ in people:
            assert asked(peopled, office, person=one.id).status_code == 200
        names = {member["name"] for member in asked(peopled, office).json()["members"]}
        assert names >= {one.name for one, _ in people}
        # A service remembers for a minute that an office has no list.
        refused = partial(asked_as_nobody, peopled, office)
        assert eventually(refused, 70, pause=0.5), "a number is nobody there"
    assert asked(peopled, "commune_police/lang-son", actor="9").status_code == 200, "an office without a list"


def test_the_next_start_imports_them_again_and_changes_nothing(peopled: Trial) -> None:
    before = {office: asked(peopled, office).json() for office in PEOPLE.by_office}
    up = [str(Path(sys.executable).with_name("neove")), "up"]
    environment = {**os.environ, "NEOVE_STATE": str(peopled.state)}
    shown = subprocess.run(up, env=environment, check=True, capture_output=True, text=True).stdout
    assert f"Demo people of {OFFICE} (--person): nghiem, vi-du" in shown
    assert {office: asked(peopled, office).json() for office in PEOPLE.by_office} == before
    [absence] = before[HEALTH]["absences"]
    assert absence["deputy"] in {one.subject for one, _ in PEOPLE.by_office[HEALTH]}
    assert [one["name"] for one in before[HEALTH]["members"] if one["absent"]] == ["Hoàng Minh Họa"]


def test_the_system_of_the_office_signs_in_with_client_credentials(peopled: Trial) -> None:
    form = {"grant_type": "client_credentials", "resource": "urn:neove:casework"}
    url = f"{peopled.stack.issuer_url}/token"
    token = httpx.post(url, data=form, auth=(OFFICE, "demo"), trust_env=False).raise_for_status().json()
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    with peopled.client(service="casework") as client:
        assert client.get("/v1/work", headers=headers).status_code == 200
