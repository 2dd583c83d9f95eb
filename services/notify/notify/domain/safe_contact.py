"""The gate before every message to the person of a case: channel, hours and wording that they allowed. Pure.

A message in the wrong hands can cost a life, so every doubt is a refusal. An adapter that reaches people takes only a
`Permitted`, and only `permit` makes one.
"""

from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Literal

from contracts.codes import ContactChannel
from regulations.legal_time import LEGAL_TIME

SENDABLE = frozenset({ContactChannel.SMS, ContactChannel.EMAIL})
"""Channels that a machine can use; the others need somebody who looks whom they speak to."""
_GATE = object()

Refusal = Literal["channel-not-allowed", "not-a-machine-channel", "quiet-hours", "wording-not-allowed"]


class Wording(StrEnum):
    """The whole of what may ever be written to a person. None says who writes, why, or that there is a case."""

    CALL_BACK = "call_back"
    REMEMBER_APPOINTMENT = "remember_appointment"


TEXTS: dict[Wording, dict[str, str]] = {
    Wording.CALL_BACK: {
        "vi": "Khi nào tiện, bạn gọi lại số điện thoại bạn đã biết nhé.",
        "en": "When it suits you, please call back the number you know.",
    },
    Wording.REMEMBER_APPOINTMENT: {"vi": "Bạn nhớ lịch hẹn nhé.", "en": "Please remember your appointment."},
}


@dataclass(frozen=True)
class ContactRules:
    """How a person may be reached.

    Args:
        channels: that they allowed.
        quiet_from: local legal time from which nothing may arrive; may lie after `quiet_to`: then across midnight.
        quiet_to: the first minute that is allowed again. Equal to `quiet_from`: never.
        wordings: that they agreed to.
    """

    channels: frozenset[ContactChannel]
    quiet_from: time | None = None
    quiet_to: time | None = None
    wordings: frozenset[Wording] = frozenset({Wording.CALL_BACK})

    def __post_init__(self) -> None:
        if (self.quiet_from is None) != (self.quiet_to is None):
            raise ValueError("quiet hours have a beginning and an end")


@dataclass(frozen=True)
class Permitted:
    """A message that passed the gate at `at`; good for that minute, not for later."""

    channel: ContactChannel
    text: str
    at: datetime
    _gate: object = field(repr=False)

    def __post_init__(self) -> None:
        if self._gate is not _GATE:
            raise ValueError("only `permit` lets a message to a person pass")


def is_quiet(rules: ContactRules, at: datetime) -> bool:
    """Whether nothing may arrive at this instant (aware)."""
    start, end = rules.quiet_from, rules.quiet_to
    if start is None or end is None:
        return False
    local = at.astimezone(LEGAL_TIME).time()
    if start < end:
        return start <= local < end
    return local >= start or local < end


def may_reach(rules: ContactRules, channel: ContactChannel, at: datetime) -> bool:
    """Whether the person allowed to be reached this way at this instant (aware); by a machine or not."""
    return channel in rules.channels and not is_quiet(rules, at)


def permit(
    rules: ContactRules, channel: ContactChannel, at: datetime, wording: Wording, language: str = "vi"
) -> Permitted | Refusal:
    """The message that may be sent at this instant (aware), or why none may."""
    if channel not in rules.channels:
        return "channel-not-allowed"
    if channel not in SENDABLE:
        return "not-a-machine-channel"
    if not may_reach(rules, channel, at):
        return "quiet-hours"
    text = TEXTS.get(wording, {}).get(language)
    if wording not in rules.wordings or text is None:
        return "wording-not-allowed"
    return Permitted(channel, text, at, _GATE)
