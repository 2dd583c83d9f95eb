"""Figures of a measurement, the machine that they were taken on, and the Markdown page of both."""

import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import psutil

from stack.config import ROOT
from stack.postgres import installation
from stack.processes import program


@dataclass(frozen=True)
class Row:
    """One line of a result.

    Args:
        what: that was measured or shown.
        figure: what came out, with units.
        wanted: the budget or what must hold; empty where the figure is only shown.
        holds: whether it holds; none where nothing is asked.
    """

    what: str
    figure: str
    wanted: str = ""
    holds: bool | None = None

    @property
    def verdict(self) -> str:
        """A word for the last column."""
        return {True: "holds", False: "**does not hold**", None: "-"}[self.holds]


@dataclass(frozen=True)
class Section:
    """Rows that belong together, in the order of showing.

    Args:
        name: by which it is asked for alone.
        title: above its rows.
        rows: what came out.
        note: how it was measured, where that is not plain.
    """

    name: str
    title: str
    rows: Sequence[Row]
    note: str = ""

    @property
    def failed(self) -> list[Row]:
        """The rows that do not hold."""
        return [row for row in self.rows if row.holds is False]

    def markdown(self) -> str:
        """Heading, note and table."""
        lines = [f"## {self.title}", "", *([self.note, ""] if self.note else []), "| What | Figure | Wanted | |"]
        lines += ["|---|---|---|---|"]
        lines += [f"| {row.what} | {row.figure} | {row.wanted} | {row.verdict} |" for row in self.rows]
        return "\n".join([*lines, ""])


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie; by the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def out_of_order(came: Iterable[str], events: Iterable[tuple[str, str]]) -> int:
    """Messages that came for the first time before an earlier message of the same case.

    Args:
        came: ids as they came, with repetitions. events: (id, case) in the order in which they were emitted.
    """
    place = {found: number for number, found in enumerate(dict.fromkeys(came))}
    by_case: dict[str, list[int]] = {}
    for message, case in events:
        if message in place:
            by_case.setdefault(case, []).append(place[message])
    return sum(later < earlier for places in by_case.values() for earlier, later in pairwise(places))


def busiest_second(instants: Iterable[float]) -> int:
    """The greatest number of instants (seconds) that lie within less than one second of each other."""
    ordered, most, first = sorted(instants), 0, 0
    for last, at in enumerate(ordered):
        while at - ordered[first] >= 1:
            first += 1
        most = max(most, last - first + 1)
    return most


def machine() -> str:
    """One paragraph: when, on what, with which versions."""
    cpu = next((line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")), platform.machine())
    memory = psutil.virtual_memory().total / 2**30
    servers = {
        "PostgreSQL": _said(installation() / "pginstall/bin/postgres", "--version").rpartition(" ")[2],
        "NATS": _said(program("nats-server"), "--version").rpartition(" ")[2],
        "Temporal": _said(program("temporal"), "--version").removeprefix("temporal version "),
    }
    wheels = ("fastapi", "faststream", "sqlmodel", "asyncpg", "temporalio")
    versions = [f"{name} {found}" for name, found in servers.items()] + [f"{one} {version(one)}" for one in wheels]
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {_commit()}, {os.cpu_count()} × {cpu}, {memory:.0f} GB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, as "
        f"{'root' if os.geteuid() == 0 else 'an ordinary user'}, load average {load:.1f}. {', '.join(versions)}."
    )


def write(path: Path, title: str, how: str, sections: Sequence[Section]) -> None:
    """Write a page of results; sections of an earlier run that were not run again stay, with their own machine."""
    kept = _sections_of(path)
    for section in sections:
        kept[section.title] = f"{section.markdown()}\nMeasured: {machine()}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"# {title}\n\n{how}\n\n" + "\n".join(kept.values()))


def _sections_of(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    found = path.read_text().split("\n## ")[1:]
    return {text.partition("\n")[0]: f"## {text.rstrip()}\n" for text in found}


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []


def _said(command: Path, *arguments: str) -> str:
    done = subprocess.run([command, *arguments], check=False, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[0] if done.stdout.strip() else "?"


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    return done.stdout.strip() or "?"
