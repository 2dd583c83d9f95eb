"""Documents keep step with the code: every link, path, name and command in them exists, every slug is explained."""

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from contracts.events import EVENTS
from contracts.topology import DURABLES
from kit.settings import AuthSettings, LimitSettings
from neove.__main__ import app
from tests.contract import problems_page, rights_page

ROOT = Path(__file__).resolve().parents[2]
ADRS = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
HEADINGS = ["## Context", "## Decision", "## Consequences", "## Alternatives", "## References"]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
WRITTEN = [page for page in PAGES if "process" not in page.parts and page.stem not in {"proof", "performance"}]
"""Pages that people write; the others are written by a command from the code."""

PACKAGES = ("contracts", "regulations", "kit", "casefile", "client", "stack", "neove")
SERVICES = tuple(sorted(path.parent.name for path in (ROOT / "services").glob("*/pyproject.toml")))
FOLDERS = {*PACKAGES, *SERVICES, "cli", "services", "tests", "docs", "deploy", ".ci", ".neove"}
ROOT_FILES = re.compile(r"(?:README|CONTRIBUTING)\.md|Makefile|pyproject\.toml|requirements\.lock")
NOT_IN_THE_REPOSITORY = {
    ".neove/",  # the state directory of a running stack; git ignores it
    ".neove/keys",
    ".neove/logs/",
}
NOT_A_NAME_OF_CODE = {
    "casework.claims",  # tables, written `schema.table`
    "casework.journal",
}
GLOSSARY = """
    case, fact, lane, state, holder, clock, wait, fold, pack, rule, regime, standing, part, hand-over, transfer, gap,
    duty, attention, escalation, sweep, re-fold, amendment, seal, reference, group, purpose, office, role, place,
    reason in words, directory, calendar, outbox, relay, handled events, parked message, stream, durable, topology,
    timeline, work line, queue, assignee, notice, provider, access token, audience, level of sign-in, deny list, number,
    alias, own reference
"""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def codes(text: str) -> Iterator[str]:
    """What stands as code: each line of a block, each span in backticks."""
    blocks = re.compile(r"^ *```[\s\S]*?^ *```|^(?: {4}(?! *[-*\d])[^\n]*\n)+", re.MULTILINE)
    for block in blocks.findall(text):
        yield from block.splitlines()
    yield from re.findall(r"`([^`\n]+)`", blocks.sub("", text))


def anchors(page: Path) -> set[str]:
    """Where a link into a page may lead."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def exists(path: str) -> bool:
    """Whether a path of the repository is there; `*` and `<…>` stand for any name, `{a,b}` for each."""
    if found := re.search(r"\{([^}]*)\}", path):
        return all(exists(path.replace(found[0], one)) for one in found[1].split(","))
    pattern = re.sub(r"<[^>]*>", "*", path).rstrip("/")
    return any(True for _ in ROOT.glob(pattern))


def resolves(dotted: str, operations: set[str]) -> bool:
    """Whether `package.module.name` can be imported, or is an operation `service.operationId`."""
    if dotted in operations or dotted in NOT_A_NAME_OF_CODE:
        return True
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            fields = getattr(found, "model_fields", {}) | getattr(found, "__annotations__", {})
            if not hasattr(found, part) and part not in fields:
                return False
            found = getattr(found, part, None)
        return True
    return False


@pytest.mark.parametrize("path", ADRS, ids=lambda path: path.stem)
def test_adr_has_its_headings_and_names_a_test_that_exists(path: Path) -> None:
    text = path.read_text()
    assert [line for line in text.splitlines() if line.startswith("## ")] == HEADINGS
    assert len(text.splitlines()) <= 70, "one page"
    references = re.findall(r"`((?:tests/|\.ci/)[\w./-]+)`", text.split("## References")[1])
    assert references, "an ADR names the test or rule that holds it"
    for reference in references:
        assert (ROOT / reference).exists(), reference


def test_every_refusal_is_explained() -> None:
    assert (ROOT / "docs/problems.md").read_text() == problems_page.text(), "run: make schemas"


def test_the_rights_page_says_what_the_table_and_the_packs_say() -> None:
    assert rights_page.PAGE.read_text() == rights_page.text(), "run: make schemas"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    wrong: list[str] = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            wrong.append(target)
    assert not wrong


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_every_path_is_one_of_the_repository(page: Path) -> None:
    spans = re.findall(r"`([^`\s]+)`", page.read_text(encoding="utf-8"))
    paths = [one for one in spans if ROOT_FILES.fullmatch(one) or ("/" in one and one.partition("/")[0] in FOLDERS)]
    assert not [one for one in paths if one not in NOT_IN_THE_REPOSITORY and not exists(one)]


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_every_dotted_name_can_be_imported(page: Path) -> None:
    documents = [json.loads(path.read_text()) for path in sorted((ROOT / "contracts/schemas/openapi").glob("*.json"))]
    services = [path.stem for path in sorted((ROOT / "contracts/schemas/openapi").glob("*.json"))]
    operations = {
        f"{service}.{operation['operationId']}"
        for service, document in zip(services, documents, strict=True)
        for methods in document["paths"].values()
        for operation in methods.values()
    }
    wanted = "|".join((*PACKAGES, *SERVICES))
    dotted = re.findall(rf"`((?:{wanted})\.\w[\w.]*)(?:\([^`]*\))?`", page.read_text(encoding="utf-8"))
    assert not [one for one in dotted if not resolves(one, operations)]


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_every_command_and_option_of_neove_exists(page: Path) -> None:
    wrong: list[str] = []
    for line in codes(page.read_text(encoding="utf-8")):
        for words in re.findall(r"(?:^|[\s(/])neove ([^|)`;&]+)", line.partition(" #")[0]):
            if not _is_command(typer.main.get_command(app), words.split()):
                wrong.append(line)
    assert not wrong


def _is_command(command: Any, words: list[str]) -> bool:
    while hasattr(command, "commands") and words and re.fullmatch(r"[a-z-]+", words[0]):
        command = command.commands.get(words.pop(0))
        if command is None:
            return False
    options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    return given <= options | {"--help"}


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_every_target_of_make_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    wrong: list[str] = []
    for line in codes(page.read_text(encoding="utf-8")):
        for words in re.findall(r"(?:^|\s)make ((?:[a-z-]+ ?)+)(?=$|[#|&;A-Z\"]| )", line):
            wrong.extend(word for word in words.split() if word not in targets)
    assert not wrong


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_every_variable_of_the_environment_is_read_somewhere(page: Path) -> None:
    named = set(re.findall(r"`[^`\n]*?(NEOVE_[A-Z_]*[A-Z])", page.read_text(encoding="utf-8")))
    sources = [*(ROOT / "stack").rglob("*.py"), *(ROOT / "casefile").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    read = "".join(path.read_text(encoding="utf-8") for path in [*sources, *(ROOT / "kit").rglob("*.py")])
    assert not {name for name in named if name not in read}


def test_the_page_for_operators_names_every_setting_of_sign_in() -> None:
    table = re.findall(r"^\| (`[A-Z_`, ]+) \|", (ROOT / "docs/operations.md").read_text(encoding="utf-8"), re.MULTILINE)
    named = [name.lower() for row in table for name in re.findall(r"`(\w+)`", row)]
    more = ["max_connections", "max_connections_of_one", "vault_resource", "vault_scope"]
    more += ["vault_audit_database_url", "vault_services", "vault_services_scopes"]
    assert sorted(named) == sorted([*AuthSettings.model_fields, *LimitSettings.model_fields, *more])


def test_the_readme_leads_to_every_page() -> None:
    linked = {target.partition("#")[0].rstrip("/") for target in re.findall(r"\]\(([^)\s]+)\)", _readme())}
    pages = {name_of(page) for page in (ROOT / "docs").glob("*.md")}
    assert pages | {"CONTRIBUTING.md", "docs/adr", "docs/process/README.md"} <= linked


def test_the_second_paragraph_of_the_readme_leads_to_the_glossary() -> None:
    paragraphs = [one for one in _readme().split("\n\n") if not one.startswith("#")]
    assert "(docs/glossary.md)" in paragraphs[1]


def test_the_readme_says_what_each_service_sends_and_hears() -> None:
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|([^|]*)\|$", _readme(), re.MULTILINE)
    said = {service: [set(re.findall(r"`([\w.]+)`", cell)) for cell in cells] for service, *cells in rows}
    sent = {one: {event.name for event in EVENTS if event.producer == one} for one in SERVICES}
    heard = {one: {durable.event.name for durable in DURABLES if durable.service == one} for one in SERVICES}
    assert said == {one: [sent[one], heard[one]] for one in SERVICES}


def test_the_glossary_explains_every_word() -> None:
    text = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    entries = dict(re.findall(r"^### (.+)\n((?:(?!#).*\n?)*)", text, re.MULTILINE))
    assert {word.strip() for word in GLOSSARY.split(",")} <= entries.keys()
    for word, body in entries.items():
        assert re.search(r"^Tiếng Việt: \*\*.+\*\*", body, re.MULTILINE), f"{word} has no Vietnamese"
        assert re.search(r"`[\w./{},-]+/[\w./{},-]*`", body), f"{word} does not say where it lives"


def _readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")
