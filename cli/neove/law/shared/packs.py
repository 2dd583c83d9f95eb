"""Finds the packs, rules and instants that a person types."""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from regulations import Library, Pack, Rule
from regulations.calendar import Calendar
from regulations.legal_time import LEGAL_TIME
from regulations.loader import read_pack
from regulations.toml_files import PackError
from stack.config import Failure, state_dir

LIBRARY = Library()
"""The packs, calendar and directory of the package. It reads a file when it is first asked for it."""


def regulations_dir() -> Path:
    """Folder of the installed versions of packs: `NEOVE_REGULATIONS`, else `regulations` in the state directory."""
    return Path(os.environ.get("NEOVE_REGULATIONS") or state_dir() / "regulations")


def of_package(calendar: Calendar) -> str:
    """Names the calendar that a command on files used."""
    return f"calendar {calendar.version} of the package; a running stack may have amended it: neove law amendments"


def chosen(names: list[str] | None = None) -> dict[str, Pack]:
    """The installed packs by id, or the named ones. A name is an id, or the folder of a draft.

    Raises:
        Failure: there is no such pack, or its files are wrong.
    """
    try:
        if not names:
            return LIBRARY.packs()
        return {name: _named(name) for name in names}
    except PackError as error:
        raise Failure(f"{error}; `neove law check` shows the line.") from None


def _named(name: str) -> Pack:
    installed = LIBRARY.packs()
    if name in installed:
        return installed[name]
    if (Path(name) / "pack.toml").is_file():
        return read_pack(Path(name), LIBRARY.world)
    raise Failure(f"There is no pack {name}; installed are {', '.join(installed)}. A draft is named by its folder.")


def holders_of(rule_id: str, packs: Mapping[str, Pack], pack: str | None = None) -> list[tuple[Pack, Rule]]:
    """The packs that hold a rule.

    Args:
        rule_id: of the rule.
        packs: by their ids.
        pack: only this one of them, or the folder of a draft.

    Raises:
        Failure: no pack does. The message gives the reason where `not_clocks.toml` has one.
    """
    found = packs.values() if pack is None else [packs[pack]] if pack in packs else chosen([pack]).values()
    held = [(one, one.rules[rule_id]) for one in found if rule_id in one.rules]
    if held or (held := _of_local(rule_id, pack)):
        return held
    if reason := LIBRARY.not_clocks.get(rule_id):
        raise Failure(f"{rule_id} ({LIBRARY.titles[rule_id].vi}) is in no pack. {reason}")
    if any(rule_id in one.reporting for one in found):
        raise Failure(f"{rule_id} is a report date, not a rule of a case: `neove law list --kind recurring`.")
    raise Failure(f"No pack has a rule {rule_id}.")


def _of_local(rule_id: str, pack: str | None) -> list[tuple[Pack, Rule]]:
    """The packs of the package to which a local pack adds a rule, with the rule."""
    whole = [LIBRARY.pack(one) for one in LIBRARY.ids if pack in (None, one)]
    return [(one, one.rules[rule_id]) for one in whole if rule_id in one.rules]


def instant(text: str) -> datetime:
    """A date (its midnight) or an instant; without an offset it is legal time.

    Raises:
        Failure: it is neither.
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Failure(f"{text} is neither a date (2026-02-10) nor an instant (2026-02-10T09:30).") from None
    return read if read.tzinfo else read.replace(tzinfo=LEGAL_TIME)
