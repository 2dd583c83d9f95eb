"""The samples of `docs/file-formats.md` and `docs/scenarios.md` are accepted by the programs that read such files."""

import json
import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from casework.amendments.law import CHANGES
from client.openapi import Document
from intake.schemas import ReportIn
from kit.auth.deny_list import Denied
from kit.crypto import KeyRing
from neove.calendar.import_days import rows_of
from neove.offices.import_changes import changes_of
from neove.player.scenario import load
from notify.addresses import Addresses
from regulations.checks.local import local_findings
from regulations.four_eyes import FourEyes
from regulations.instruments import load_instruments
from regulations.local import LocalPack, with_local
from stack.demo_people import DemoPeople
from stack.import_people import members_of
from support import providers
from tests.library import LIBRARY

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/file-formats.md").read_text(encoding="utf-8")
SAMPLES = {name: text for _, name, text in re.findall(r"^```(\w+) (\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)}


@pytest.fixture
def write(tmp_path: Path):
    """Write a sample to a file and give its path."""

    def to_file(name: str, suffix: str) -> Path:
        path = tmp_path / f"{name}.{suffix}"
        path.write_text(SAMPLES[name], encoding="utf-8")
        return path

    return to_file


def test_every_sample_is_given_to_a_reader() -> None:
    known = {"days", "offices", "rule", "four_eyes", "providers", "addresses", "denied", "keys", "people", "scenario"}
    known |= {"local"}
    assert SAMPLES.keys() == known


def test_days(write) -> None:
    assert [row["kind"] for row in rows_of(write("days", "toml"), "QĐ 1/QĐ-TTg")] == ["off", "work", "plain"]


def test_changes_of_the_offices(write) -> None:
    file = write("offices", "toml")
    assert [one["kind"] for one in changes_of(file)] == ["merged", "dissolved", "founded", "given"]
    changes = CHANGES.validate_python(changes_of(file))
    LIBRARY.world.with_offices(changes, "NQ 1/NQ-HĐND")


def test_people(write) -> None:
    people = DemoPeople.load(write("people", "toml"))
    assert [one["position"] for one in members_of(people, "commune/lao-cai")] == ["head", "officer", "system"]


@pytest.mark.parametrize("name", ["days", "offices", "rule"])
def test_the_help_shows_the_same_sample(name: str) -> None:
    assert (files("neove") / "samples" / f"{name}.toml").read_text(encoding="utf-8") == SAMPLES[name]


def test_every_field_of_the_sample_rule_is_explained() -> None:
    (rule,) = tomllib.loads(SAMPLES["rule"])["rule"]
    explained = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE))))
    assert rule.keys() == explained


def test_local_pack() -> None:
    pack = LocalPack.model_validate({**tomllib.loads(SAMPLES["local"]), "content_hash": "invented"})
    found = local_findings([*LIBRARY.local, pack], LIBRARY.packs(), load_instruments(), LIBRARY.world.directory)
    assert [message for _, (level, message) in found if level == "error"] == []
    assert "MAU-01" in with_local(LIBRARY.packs()["law-53-2024"], [pack]).rules


def test_four_eyes() -> None:
    assert FourEyes.model_validate(tomllib.loads(SAMPLES["four_eyes"])) == LIBRARY.four_eyes


def test_providers(write) -> None:
    (provider,) = providers.load(write("providers", "toml"), LIBRARY.world.directory).provider
    assert [offer.until for offer in provider.offers] == ["ended", "delivered"]


def test_addresses(write) -> None:
    assert len(Addresses.load(write("addresses", "toml")).of["provincial_police/lao-cai"]) == 2


def test_denied(write) -> None:
    denied = Denied.load(write("denied", "toml"))
    assert (len(denied.subjects), len(denied.tokens)) == (1, 1)


def test_keys(write) -> None:
    assert KeyRing.load(write("keys", "json")).primary == "k2"


def test_scenario(write) -> None:
    report, *others = load(write("scenario", "yaml")).steps
    assert len(others) == 2
    document = Document(json.loads((ROOT / "contracts/schemas/openapi/intake.json").read_text(encoding="utf-8")))
    fields = {"occurred_at": report.at, **report.fields}
    ReportIn.model_validate(document.operations["submit_report"].request(fields).body)


def test_the_grammar_of_scenarios_is_a_scenario(tmp_path: Path) -> None:
    text = (ROOT / "docs/scenarios.md").read_text(encoding="utf-8")
    path = tmp_path / "grammar.yaml"
    path.write_text(text.partition("```yaml\n")[2].partition("```")[0], encoding="utf-8")
    assert len(load(path).steps) == 3
