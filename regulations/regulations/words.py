"""Says a rule in words, in English and in Vietnamese."""

from datetime import date

from regulations.model import BINDING, VERIFIED, Confidence, Rule, Verified

UNITS = {
    "hour": ("hour", "giờ"),
    "day": ("day", "ngày"),
    "working_day": ("working day", "ngày làm việc"),
    "month": ("month", "tháng"),
    "year": ("year", "năm"),
    "school_year": ("school year", "năm học"),
}


SURE_VI: dict[str, str] = {
    "verified text": "đã đối chiếu văn bản",
    "as enacted, amended wording not seen": "theo bản khi ban hành, chưa xem được nội dung sửa đổi",
    "secondary summary": "theo nguồn thứ cấp, chưa xem được văn bản",
    "inferred": "suy luận, văn bản không nêu rõ",
    "unverified": "chưa kiểm chứng",
    "not found": "chưa tìm được văn bản",
}
"""Confidence → the same in Vietnamese."""


def limit(rule: Rule) -> str:
    """The length of a rule in words, for example `3 working days`, `at once` or `no number`."""
    if rule.amount is None:
        at_once = _after(rule, "at once when a term ends", "at once", "at once")
        return at_once if rule.unit == "immediate" else "no number"
    word = UNITS[rule.unit][0]
    return f"{rule.amount} {word}{'' if rule.amount == 1 else 's'}{_after(rule, ' before', ' at most')}"


def limit_vi(rule: Rule) -> str:
    """The length in Vietnamese, for example `3 ngày làm việc`, `ngay` or `không nêu thời hạn`."""
    if rule.amount is None:
        at_once = _after(rule, "ngay khi hết thời hạn", "ngay", "ngay")
        return at_once if rule.unit == "immediate" else "không nêu thời hạn"
    return f"{_after(rule, 'trước ', 'tối đa ')}{rule.amount} {UNITS[rule.unit][1]}"


def _after(rule: Rule, lead: str, ceiling: str, other: str = "") -> str:
    return {"lead_time": lead, "ceiling": ceiling}.get(rule.kind, other)


def conditions(rule: Rule) -> str:
    """The conditions of a rule in words; empty if it always applies."""
    said = {"facts from": rule.valid_from, "facts before": rule.valid_to}
    said = {name: day for name, day in said.items() if day} | rule.applies.model_dump(exclude_defaults=True)
    return "; ".join(f"{name} {_said(value)}" for name, value in said.items())


def effect(confidence: Confidence) -> str:
    """What follows from a confidence for the clock, after the confidence itself; empty for verified text."""
    if confidence == VERIFIED:
        return ""
    return ": it runs and can be breached" if confidence in BINDING else ": it reminds, it never breaches"


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, tuple) else str(value)  # pyright: ignore[reportUnknownArgumentType]


def read(row: Verified) -> str:
    """By which reading and when a rule was compared with its text, for example `digest 2026-11-21`; else empty."""
    return f"{row.verified_by} {row.verified_on}" if row.verified_by else ""


def day_name(day: date) -> str:
    """A date with its day of the week, for example `Tue 2026-02-10`."""
    return f"{day:%a} {day.isoformat()}"
