"""The demo people: the page asks for them by name, and a person has one opaque subject in all its offices."""

import re
from pathlib import Path

import httpx
import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client

from stack.config import Failure
from stack.demo_offices import DemoOffices
from stack.demo_people import FILE, DemoPeople
from stack.import_people import members_of
from stack.issuer.app import build_app
from stack.issuer.provider import Issuer
from tests.library import LIBRARY
from tests.unit.stack.issuer.conftest import AUDIENCES, SERVICES
from tests.unit.stack.issuer.flow import CASEWORK, CHOICE, URL, claims_of, request_of

PEOPLE = DemoPeople.load(FILE)
OFFICE, TWO = "commune/lao-cai", "steering_committee/lao-cai"


@pytest.fixture
def provider(tmp_path: Path) -> Issuer:
    """With the demo people, for `portal` too."""
    offices = DemoOffices(LIBRARY.world.directory)
    return Issuer(URL, AUDIENCES, tmp_path / "keys" / "issuer.pem", SERVICES, offices, people=PEOPLE)


@pytest.fixture
def client(provider: Issuer) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(build_app(provider)), base_url=URL)


async def subject(client: httpx.AsyncClient, **body: str) -> str:
    answer = await client.post("/token", json=body)
    assert answer.status_code == 200, answer.text
    return str((await claims_of(client, answer.json()["access_token"], CASEWORK))["sub"])


def test_the_file_has_what_a_demonstration_needs() -> None:
    positions = {office: [serves.position for _, serves in people] for office, people in PEOPLE.by_office.items()}
    assert len({office.partition("/")[0] for office in positions}) >= 6, "offices of different roles"
    assert all(LIBRARY.world.directory.office(office) for office in positions)
    assert any(len(found) == 1 for found in positions.values()), "an office with one person"
    assert any("auditor" in found for found in positions.values())
    assert any(len(one.serves) == 2 for one in PEOPLE.person), "a person of two offices"
    assert any(serves.away and serves.away.deputy for one in PEOPLE.person for serves in one.serves)
    for office in positions:
        listed = members_of(PEOPLE, office)
        assert [one["position"] for one in listed if one["position"] != "auditor"], "somebody may act"
        assert listed[-1]["position"] == "system"


async def test_the_page_asks_for_the_name_after_the_office_without_a_script(
    client: httpx.AsyncClient, portal: AsyncOAuth2Client
) -> None:
    address, _ = request_of(portal)
    page = await client.post(address, data={**CHOICE, "office": OFFICE})
    assert page.status_code == 200
    assert "Nguyễn Thử Nghiệm – lãnh đạo" in page.text
    assert "Phạm Giả Định" not in page.text, "only the people of the office"
    assert "script" not in page.text
    [action] = re.findall(r'<form method="post" action="([^"]*)"', page.text)
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    assert fields == {"office": OFFICE, "level": "two-factors"}
    chosen = await client.post("/" + action.replace("&amp;", "&"), data={**fields, "person": "vi-du"})
    assert chosen.status_code == 303
    assert "code=" in chosen.headers["location"]


async def test_an_office_without_a_list_keeps_the_number_and_a_wrong_person_is_refused(
    client: httpx.AsyncClient, portal: AsyncOAuth2Client
) -> None:
    address, _ = request_of(portal)
    plain = await client.post(address, data={**CHOICE, "office": "provincial_police/thai-nguyen"})
    assert plain.status_code == 303
    for wrong in ("gia-dinh", "nobody", '"><b>'):
        answer = await client.post(address, data={**CHOICE, "office": OFFICE, "person": wrong})
        assert answer.status_code == 400
        assert "<b>" not in answer.text


async def test_a_person_has_one_subject_in_all_its_offices_and_it_says_nothing(client: httpx.AsyncClient) -> None:
    one, two = [await subject(client, office=office, person="vi-du") for office in (OFFICE, TWO)]
    assert one == two
    assert re.fullmatch(r"act_[a-z2-7]{26}", one)
    assert await subject(client, office=OFFICE, person="nghiem") != one


async def test_without_a_person_it_is_the_system_of_the_office_as_with_client_credentials(
    client: httpx.AsyncClient,
) -> None:
    form = {"grant_type": "client_credentials", "client_id": OFFICE, "client_secret": "demo", "resource": CASEWORK}
    token = (await client.post("/token", data=form)).json()["access_token"]
    system = (await claims_of(client, token, CASEWORK))["sub"]
    assert await subject(client, office=OFFICE) == system
    assert system in {one["subject"] for one in members_of(PEOPLE, OFFICE) if one["position"] == "system"}
    assert await subject(client, office=OFFICE, actor="1") != system


@pytest.mark.parametrize("more", [{"person": "nobody"}, {"person": "gia-dinh"}, {"person": "vi-du", "actor": "2"}])
async def test_nobody_else_gets_a_token(client: httpx.AsyncClient, more: dict[str, str]) -> None:
    answer = await client.post("/token", json={"office": OFFICE, **more})
    assert answer.status_code == 400
    assert "access_token" not in answer.text


@pytest.mark.parametrize(
    "text",
    [
        "person = 1",
        "[[person]]\nid = 'a'",
        "[[person]]\nid = 'a'\nname = 'A'\nserves = []\n[[person]]\nid = 'a'\nname = 'B'\nserves = []",
        "[[person]]\nid='a'\nname='A'\nserves=[{office='commune/lao-cai',position='boss'}]",
        "[[person]]\nid='a'\nname='A'\nserves=[{office='commune/lao-cai',position='head',away={since=2026-01-05,deputy='b'}}]",
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "people.toml").write_text(text)
    with pytest.raises(Failure, match=r"people\.toml"):
        DemoPeople.load(tmp_path / "people.toml")
