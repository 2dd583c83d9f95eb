"""How a rule is said in words and how packs and rules are found; shared by the commands of `neove law`."""

import os
from datetime import date, datetime
from pathlib import Path

from contracts.regulations import Pack, Rule, packs
from contracts.regulations.arithmetic import LEGAL_TIME
from contracts.regulations.calendar import Calendar
from contracts.regulations.loader import not_clocks, read_pack
from contracts.regulations.model import Verified
from contracts.regulations.toml import PackError
from neove.config import Failure, state_dir

UNITS = {
    "hour": ("hour", "giờ"),
    "day": ("day", "ngày"),
    "working_day": ("working day", "ngày làm việc"),
    "month": ("month", "tháng"),
    "year": ("year", "năm"),
    "school_year": ("school year", "năm học"),
}
VERIFIED = "verified text"


def limit(rule: Rule) -> str:
    """The length in words: `3 working days`, `at once`, `no number`."""
    if rule.amount is None:
        return "at once" if rule.unit == "immediate" else "no number"
    word = UNITS[rule.unit][0]
    return f"{rule.amount} {word}{'' if rule.amount == 1 else 's'}{_after(rule, ' before', ' at most')}"


def thoi_han(rule: Rule) -> str:
    """The same in Vietnamese: `3 ngày làm việc`, `ngay`, `không nêu thời hạn`."""
    if rule.amount is None:
        return "ngay" if rule.unit == "immediate" else "không nêu thời hạn"
    return f"{_after(rule, 'trước ', 'tối đa ')}{rule.amount} {UNITS[rule.unit][1]}"


def _after(rule: Rule, lead: str, ceiling: str) -> str:
    return {"lead_time": lead, "ceiling": ceiling}.get(rule.kind, "")


def conditions(rule: Rule) -> str:
    """When the rule applies, in words; empty where it always does."""
    said = rule.applies.model_dump(exclude_defaults=True)
    return "; ".join(f"{name} {_said(value)}" for name, value in said.items())


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, tuple) else str(value)  # pyright: ignore[reportUnknownArgumentType]


def regulations_dir() -> Path:
    """Where versions of packs are installed beside those of the package: for the stack of this state, or as named."""
    return Path(os.environ.get("NEOVE_REGULATIONS") or state_dir() / "regulations")


def of_package(calendar: Calendar) -> str:
    """Which calendar a command that works on files reckoned with."""
    return f"calendar {calendar.version} of the package; a running stack may have amended it: neove law amendments"


def chosen(names: list[str] | None = None) -> dict[str, Pack]:
    """Installed packs by id, or those named: an id, or the folder of a draft.

    Raises:
        Failure: no such pack, or its files are wrong.
    """
    try:
        if not names:
            return packs()
        return {name: _named(name) for name in names}
    except PackError as error:
        raise Failure(f"{error}; `neove law check` names the line.") from None


def _named(name: str) -> Pack:
    installed = packs()
    if name in installed:
        return installed[name]
    if (Path(name) / "pack.toml").is_file():
        return read_pack(Path(name))
    raise Failure(f"There is no pack {name}; installed are {', '.join(installed)}. A draft is named by its folder.")


def read(row: Verified) -> str:
    """Who compared a rule with its text, and when: `digest 2026-11-21`; empty where nobody did."""
    return f"{row.verified_by} {row.verified_on}" if row.verified_by else ""


def holders_of(rule_id: str, pack: str | None = None) -> list[tuple[Pack, Rule]]:
    """The packs that hold a rule.

    Raises:
        Failure: none does; the reason is told where `not_clocks.toml` has one.
    """
    found = chosen([pack] if pack else None).values()
    held = [(one, one.rules[rule_id]) for one in found if rule_id in one.rules]
    if held:
        return held
    if reason := not_clocks().get(rule_id):
        raise Failure(f"{rule_id} is in no pack. {reason}")
    if any(rule_id in one.reporting for one in found):
        raise Failure(f"{rule_id} is a report date, not a rule of a case: `neove law list --kind recurring`.")
    raise Failure(f"No pack has a rule {rule_id}.")


def instant(text: str) -> datetime:
    """A date (its midnight) or an instant; without an offset it is legal time.

    Raises:
        Failure: it is neither.
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Failure(f"{text} is no date (2026-02-10) and no instant (2026-02-10T09:30).") from None
    return read if read.tzinfo else read.replace(tzinfo=LEGAL_TIME)


def day_name(day: date) -> str:
    """`Tue 2026-02-10`."""
    return f"{day:%a} {day.isoformat()}"
