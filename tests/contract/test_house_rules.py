"""Rules of this house that no linter knows, each with the trouble that it keeps away."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import group_of

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("contracts", "regulations", "kit", "casefile", "client", "stack", "cli", "services")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py") if "versions" not in path.parts)
CITATION = re.compile(
    r"\b(?:Law|Decree|Resolution|Circular|TT|TTLT|NĐ)\s\d|\b(?:Arts?|[Aa]rticles?|Điều|[Cc]lauses?)\.?\s\(?\d"
    r"|\bLaw on [A-Z]|\b(?:Civil|Penal|Procedure) Code|BLTTHS|BLHS|Luật |Nghị định|Thông tư|Quy chế"
)
"""Names a text of the law. Only the data of `regulations` does: packs, calendar, directory."""
WORKFLOW_BANS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "uuid.uuid4",
    "uuid4",
    "asyncio.wait",
    "asyncio.as_completed",
}
WORKFLOW_BANNED_MODULES = {"time", "random", "secrets"}


def streams_are_never_declared(call: ast.Call, where: str) -> bool:
    """A stream that a client declares gets the client's defaults: its limits, window and description are lost."""
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    if name_of(call.func).endswith("JStream"):
        declare = keywords.get("declare")
        return not (isinstance(declare, ast.Constant) and declare.value is False)
    stream = keywords.get("stream")
    return name_of(call.func).endswith(".subscriber") and isinstance(stream, ast.Constant)


def only_kit_publishes(call: ast.Call, where: str) -> bool:
    """An event that is not in the outbox is lost when the process dies between commit and publication."""
    return name_of(call.func).endswith(".publish") and not where.startswith("kit/")


def days_are_counted_by_the_pack(call: ast.Call, where: str) -> bool:
    """A number of days in code is a legal limit nobody can cite, in the wrong time zone, without holidays."""
    if not where.startswith(("services/", "kit/")) or not name_of(call.func).endswith("timedelta"):
        return False
    return bool(call.args) or any(keyword.arg in {"days", "weeks"} for keyword in call.keywords)


def only_the_unit_of_work_commits(call: ast.Call, where: str) -> bool:
    """State and outbox row are one transaction; whoever commits in the middle tears them apart."""
    name = name_of(call.func)
    if where.startswith("services/"):
        return name.endswith(".commit")
    return name.endswith("session.commit") and where != "kit/kit/uow.py"


def workflows_are_deterministic(call: ast.Call, where: str) -> bool:
    """A replay must do what the first run did: Temporal's own clock, ids and order only."""
    name = name_of(call.func)
    return "/workflows/" in where and (name in WORKFLOW_BANS or name.partition(".")[0] in WORKFLOW_BANNED_MODULES)


def an_id_of_an_office_is_not_cut(call: ast.Call, where: str) -> bool:
    """Only the role may be read from it (`contracts.ids.role_of`); a word after the slash is no place."""
    cuts = name_of(call.func).rpartition(".")[2] in {"partition", "rpartition", "split", "rsplit", "index", "find"}
    at_slash = any(isinstance(one, ast.Constant) and one.value == "/" for one in call.args)
    return cuts and at_slash and where not in CUT_ADDRESSES


CUT_ADDRESSES = {
    "contracts/contracts/ids.py",
    "regulations/regulations/directory.py",  # the one that builds the ids
    "regulations/regulations/units/register.py",  # the rest cut names of files, addresses and JSON pointers
    "kit/kit/client.py",
    "kit/kit/http/docs_page.py",
    "kit/kit/telemetry/safe.py",
    "client/client/answers.py",
    "client/client/openapi.py",
}


RULES: tuple[Callable[[ast.Call, str], bool], ...] = (
    streams_are_never_declared,
    only_kit_publishes,
    days_are_counted_by_the_pack,
    an_id_of_an_office_is_not_cut,
    only_the_unit_of_work_commits,
    workflows_are_deterministic,
)


def name_of(node: ast.expr) -> str:
    """The dotted name of what is called; what is not a name is shown as `?`."""
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def broken(source: str, where: str, rule: Callable[[ast.Call, str], bool]) -> Iterator[str]:
    """Places that break the rule."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and rule(node, where):
            yield f"{where}:{node.lineno}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_its_rules(rule: Callable[[ast.Call, str], bool]):
    found = [place for path in SOURCES for place in broken(path.read_text(), str(path.relative_to(ROOT)), rule)]
    assert not found, f"{rule.__doc__} Broken at {', '.join(found)}"


@pytest.mark.parametrize(
    ("rule", "where", "bad", "good"),
    [
        (streams_are_never_declared, "kit/kit/bus.py", 'JStream("EV")', 'JStream("EV", declare=False)'),
        (
            streams_are_never_declared,
            "kit/kit/bus.py",
            'b.subscriber("s", stream="EV")',
            'b.subscriber("s", stream=ev)',
        ),
        (only_kit_publishes, "services/a/a/service.py", "broker.publish(x)", "tx.emit(x)"),
        (days_are_counted_by_the_pack, "services/a/a/domain.py", "timedelta(days=3)", "timedelta(seconds=3)"),
        (
            days_are_counted_by_the_pack,
            "services/a/a/domain.py",
            "datetime.timedelta(3)",
            "datetime.timedelta(hours=3)",
        ),
        (an_id_of_an_office_is_not_cut, "services/a/a/domain.py", 'office.partition("/")', "role_of(office)"),
        (an_id_of_an_office_is_not_cut, "cli/a.py", 'office.rsplit("/", 1)[-1]', 'path.split(".")'),
        (only_the_unit_of_work_commits, "services/a/a/service.py", "tx.session.commit()", "tx.session.flush()"),
        (only_the_unit_of_work_commits, "kit/kit/handled.py", "session.commit()", "connection.commit()"),
        (workflows_are_deterministic, "services/a/a/workflows/b.py", "datetime.now(UTC)", "workflow.now()"),
        (workflows_are_deterministic, "services/a/a/workflows/b.py", "time.monotonic()", "workflow.time()"),
    ],
)
def test_the_rules_see_what_they_are_for(rule: Callable[[ast.Call, str], bool], where: str, bad: str, good: str):
    assert list(broken(bad, where, rule))
    assert not list(broken(good, where, rule))


def test_no_code_names_a_text_of_the_law() -> None:
    """A citation in code stays when the law changes, and nobody who compares a pack with its texts looks there."""
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in SOURCES
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if CITATION.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    "text", ["Law 53/2024 Arts 28", "Decree 62/2012", "Điều 8", "article 417(2)", "TT 35/2013", "Civil Code 2015"]
)
def test_a_citation_is_seen(text: str) -> None:
    assert CITATION.search(f'"""As {text} has it."""')


def test_who_asks_for_the_stack_of_the_run_is_in_its_group(request: pytest.FixtureRequest) -> None:
    """Else another process of `make test` would start a second one."""
    marked = [item for item in request.session.items if item.get_closest_marker("stack")]
    asking = {item.nodeid for item in marked if "stack" in getattr(item, "fixturenames", ())}
    assert not [nodeid for nodeid in asking if group_of(nodeid) != "stack"]
