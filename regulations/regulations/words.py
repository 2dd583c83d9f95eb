"""How a rule is said in words, in English and Vietnamese."""

from datetime import date

from regulations.model import Rule, Verified

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


def limit_vi(rule: Rule) -> str:
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


def read(row: Verified) -> str:
    """Who compared a rule with its text, and when: `digest 2026-11-21`; empty where nobody did."""
    return f"{row.verified_by} {row.verified_on}" if row.verified_by else ""


def day_name(day: date) -> str:
    """`Tue 2026-02-10`."""
    return f"{day:%a} {day.isoformat()}"
