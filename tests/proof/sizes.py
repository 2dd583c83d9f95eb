"""How much there is of everything, and whether the arrows between the parts still run one way."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from stack.config import ROOT
from tests.load.figures import Row, Section

NAME = "sizes"
COUNTED = frozenset({".py", ".toml", ".yaml", ".md", ".sh", ".json"})
LONGEST_FILE = 400
LONGEST_FUNCTION = 25
SHOWN = 3


async def prove() -> Section:
    """Count."""
    files = [path for path in _tracked() if path.suffix in COUNTED and path.is_file()]
    python = [path for path in files if path.suffix == ".py"]
    rows = [_folder(name, files) for name in sorted({path.relative_to(ROOT).parts[0] for path in files})]
    lengths = sorted(((_lines(path), path) for path in python), reverse=True)
    functions = sorted(
        (found for path in python if "versions" not in path.parts for found in _functions(path)), reverse=True
    )
    biggest = ", ".join(f"`{path.relative_to(ROOT)}` {count}" for count, path in lengths[:SHOWN])
    longest = ", ".join(f"`{name}` {count}" for count, name in functions[:SHOWN])
    return Section(
        NAME,
        "Sizes",
        [
            *rows,
            Row("biggest Python files, lines", biggest, f"aim {LONGEST_FILE}"),
            Row("biggest functions without migrations, lines", longest, f"aim {LONGEST_FUNCTION}"),
            _arrows(),
        ],
    )


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return sorted({ROOT / line for line in listed.stdout.splitlines()})


def _folder(name: str, files: list[Path]) -> Row:
    inside = [path for path in files if path.relative_to(ROOT).parts[0] == name]
    code = sum(_lines(path) for path in inside if path.suffix == ".py")
    every = sum(_lines(path) for path in inside)
    return Row(f"`{name}`: lines of Python, of everything, files", f"{code:,}, {every:,}, {len(inside)}")


def _lines(path: Path) -> int:
    return len(path.read_bytes().splitlines())


def _functions(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield node.end_lineno - node.lineno + 1, f"{path.relative_to(ROOT)}:{node.name}"


def _arrows() -> Row:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, check=False, capture_output=True, text=True)
    line = next((line for line in done.stdout.splitlines() if line.startswith("Contracts:")), "did not run")
    return Row("`lint-imports`", line, "0 broken", done.returncode == 0)
