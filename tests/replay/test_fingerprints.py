"""The sequence of commands of each workflow, read from its source, is as it was when someone last decided about it.

Any edit that adds, removes, reorders or retargets an activity, a timer, an upsert or a renewal, or changes the
condition that guards one or the state that it looks at, fails here until `pytest tests/replay --record-fingerprints`.
The difference of the file is what the reviewer sees; whether running cases need `workflow.patched` is decided then
(ADR 0006). Catches what no recorded history happens to pass. Timeouts, retry policies and texts are free.
"""

import ast
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from casework.workflows import case, ports, search_attributes, transfer, waiting

STORED = Path(__file__).parent / "fingerprints.json"
COMMANDS = frozenset(
    {
        "continue_as_new",
        "deprecate_patch",
        "execute_activity",
        "execute_activity_method",
        "execute_child_workflow",
        "execute_local_activity",
        "execute_local_activity_method",
        "patched",
        "sleep",
        "start_activity",
        "start_activity_method",
        "start_child_workflow",
        "start_local_activity",
        "start_local_activity_method",
        "upsert_memo",
        "upsert_search_attributes",
        "wait_condition",
    }
)
WORKFLOWS = {ports.WORKFLOW: case, ports.TRANSFER_WORKFLOW: transfer}
"""The module of each; both wait as `waiting` says."""
NAMES = ("TASK_QUEUE", "WORKFLOW", "TRANSFER_WORKFLOW", "CLOCKS_CHANGED")
DECIDING = {ports: ("finished", "next_at", "due", "holds_any", "told"), search_attributes: ("changes",)}
"""Pure functions whose answer decides which command follows."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Commands(ast.NodeVisitor):
    """Collects `guard > guard: command(first argument)` of one function, in the order of the source."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._guards: list[str] = []

    def visit_If(self, node: ast.If) -> None:
        condition = ast.unparse(node.test)
        self.visit(node.test)
        self._under(f"if {condition}", node.body)
        self._under(f"if not ({condition})", node.orelse)

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        self._under(f"while {ast.unparse(node.test)}", node.body)

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.iter)
        self._under(f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}", node.body)

    def visit_Try(self, node: ast.Try) -> None:
        self._under("try", node.body)
        for handler in node.handlers:
            self._under(f"except {ast.unparse(handler.type) if handler.type else ''}".strip(), handler.body)
        self._under("finally", node.finalbody)

    def visit_Call(self, node: ast.Call) -> None:
        if name := _command(node):
            first = ast.unparse(node.args[0]) if node.args else ""
            timed = ", timeout" if any(keyword.arg == "timeout" for keyword in node.keywords) else ""
            self._note(f"{name}({first}{timed})")
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        if isinstance(node.targets[0], ast.Attribute):
            self._note(ast.unparse(node))

    def visit_Return(self, node: ast.Return) -> None:
        self.generic_visit(node)
        self._note("return")

    def visit_Raise(self, node: ast.Raise) -> None:
        self._note("raise")

    def _under(self, guard: str, body: list[ast.stmt]) -> None:
        self._guards.append(guard)
        for statement in body:
            self.visit(statement)
        self._guards.pop()

    def _note(self, what: str) -> None:
        self.lines.append(" > ".join([*self._guards, what]))


def _command(node: ast.Call) -> str | None:
    """`wait_condition` of `workflow.wait_condition(…)`, `self._fire` of a method of the workflow, else nothing."""
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        owner, name = node.func.value.id, node.func.attr
        if owner == "workflow" and name in COMMANDS:
            return name
        return f"self.{name}" if owner == "self" else None
    return node.func.id if isinstance(node.func, ast.Name) and node.func.id.startswith("_") else None


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def commands(source: str) -> dict[str, list[str]]:
    """Method → its commands; methods without any are left out."""
    found: dict[str, list[str]] = {}
    for function in functions(ast.parse(source)):
        collector = Commands()
        for statement in function.body:
            collector.visit(statement)
        found[function.name] = collector.lines
    return {name: lines for name, lines in found.items() if lines}


def body(module: ModuleType, name: str) -> list[str]:
    """The statements of a function without its docstring."""
    (function,) = (one for one in functions(ast.parse(inspect.getsource(module))) if one.name == name)
    skip = 1 if ast.get_docstring(function) is not None else 0
    return [line for statement in function.body[skip:] for line in ast.unparse(statement).splitlines()]


def fingerprint(workflow: ModuleType) -> dict[str, object]:
    return {
        "names": {name: getattr(ports, name) for name in NAMES},
        "commands": commands(inspect.getsource(workflow)),
        "waiting": commands(inspect.getsource(waiting)),
        "deciding": {name: body(module, name) for module, names in DECIDING.items() for name in names},
    }


def test_the_commands_are_as_recorded(request: pytest.FixtureRequest):
    now = json.dumps({name: fingerprint(module) for name, module in WORKFLOWS.items()}, indent=1) + "\n"
    if request.config.getoption("--record-fingerprints"):
        STORED.write_text(now, "utf-8")
    assert json.loads(now) == json.loads(STORED.read_text("utf-8")), "read ADR 0006, then --record-fingerprints"


EDITS = {
    "a timer is inserted": ("while not", "await workflow.sleep(1)\n        while not"),
    "an activity becomes a normal one": ("execute_local_activity_method(", "execute_activity_method("),
    "a guard is dropped": ("if self._open.holds_any(due):", "if True:"),
    "a timeout is dropped": (", timeout=within)", ")"),
    "an early end is added": (
        "    async def _fire(self",
        "    async def _fire(self): return\n    async def _fire2(self",
    ),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_an_edit_of_the_commands_is_found(edit: tuple[str, str]):
    source = inspect.getsource(waiting)
    assert edit[0] in source
    assert commands(source.replace(*edit, 1)) != commands(source)


def test_an_edit_of_a_timeout_or_a_text_is_free():
    source = inspect.getsource(waiting)
    edited = source.replace("calls.LOCAL_TIMEOUT", "calls.PATIENT_TIMEOUT").replace('"""Carries one', '"""Bears one')
    assert edited != source
    assert commands(edited) == commands(source)
