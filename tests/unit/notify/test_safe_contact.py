"""The gate: nothing reaches a person outside the channel, the hours and the wording that they allowed."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.codes import ContactChannel
from contracts.ids import new_id
from notify.channels.sms import NoSms
from notify.domain.safe_contact import (
    SENDABLE,
    TEXTS,
    ContactRules,
    Permitted,
    Wording,
    is_quiet,
    permit,
)
from notify.service.people import may_reach, send_sms
from regulations.legal_time import LEGAL_TIME

TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
INSTANTS = st.floats(1.5e9, 2.2e9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
CHANNELS = st.sampled_from(sorted(ContactChannel))
HOURS = st.one_of(st.just((None, None)), st.tuples(TIMES, TIMES))


def rules_of(
    channels: set[ContactChannel], hours: tuple[time | None, time | None], wordings: set[Wording]
) -> ContactRules:
    """Rules of drawn parts."""
    return ContactRules(frozenset(channels), hours[0], hours[1], frozenset(wordings))


RULES = st.builds(rules_of, st.sets(CHANNELS), HOURS, st.sets(st.sampled_from(sorted(Wording))))


def at(text: str) -> datetime:
    """An instant of 20 November 2026, by the legal clock."""
    return datetime.combine(date(2026, 11, 20), time.fromisoformat(text), LEGAL_TIME).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "end", "instant", "quiet"),
    [
        ("18:00", "08:00", "17:59:59", False),
        ("18:00", "08:00", "18:00", True),
        ("18:00", "08:00", "23:59:59", True),
        ("18:00", "08:00", "00:00", True),
        ("18:00", "08:00", "07:59:59", True),
        ("18:00", "08:00", "08:00", False),
        ("08:00", "17:00", "07:59", False),
        ("08:00", "17:00", "12:00", True),
        ("08:00", "17:00", "17:00", False),
        ("00:00", "06:00", "00:00", True),
        ("22:00", "00:00", "23:00", True),
        ("22:00", "00:00", "00:00", False),
        ("08:00", "08:00", "12:00", True),
    ],
)
def test_quiet_hours_are_legal_time_and_may_span_midnight(start: str, end: str, instant: str, quiet: bool) -> None:
    rules = ContactRules(frozenset(), time.fromisoformat(start), time.fromisoformat(end))
    assert is_quiet(rules, at(instant)) is quiet


@given(RULES, CHANNELS, INSTANTS, st.sampled_from(sorted(Wording)), st.sampled_from(["vi", "en", "fr"]))
def test_what_passes_is_allowed_in_every_respect(
    rules: ContactRules, channel: ContactChannel, instant: datetime, wording: Wording, language: str
) -> None:
    passed = permit(rules, channel, instant, wording, language)
    allowed = (
        channel in rules.channels & SENDABLE
        and not is_quiet(rules, instant)
        and wording in rules.wordings
        and language in TEXTS[wording]
    )
    assert isinstance(passed, Permitted) is allowed
    if isinstance(passed, Permitted):
        assert passed.text == TEXTS[wording][language]
        assert may_reach(rules, channel, instant)


@given(TIMES, TIMES, INSTANTS)
def test_each_minute_is_quiet_or_in_the_complement(start: time, end: time, instant: datetime) -> None:
    rules, other = ContactRules(frozenset(), start, end), ContactRules(frozenset(), end, start)
    assert start == end or is_quiet(rules, instant) is not is_quiet(other, instant)


@given(TIMES, TIMES, INSTANTS)
def test_the_zone_that_an_instant_is_written_in_changes_nothing(start: time, end: time, instant: datetime) -> None:
    rules = ContactRules(frozenset(), start, end)
    assert is_quiet(rules, instant) is is_quiet(rules, instant.astimezone(LEGAL_TIME))
    assert is_quiet(rules, instant) is is_quiet(rules, instant + timedelta(hours=24))


@given(CHANNELS, INSTANTS)
def test_who_allowed_nothing_is_not_reached(channel: ContactChannel, instant: datetime) -> None:
    assert not may_reach(ContactRules(frozenset()), channel, instant)


def test_half_a_range_is_no_range() -> None:
    with pytest.raises(ValueError, match="beginning and an end"):
        ContactRules(frozenset(), quiet_from=time(18))


def test_nobody_else_can_make_a_permitted_message() -> None:
    with pytest.raises(ValueError, match="only `permit`"):
        Permitted(ContactChannel.SMS, "anything", at("12:00"), object())


def test_no_wording_betrays_a_case() -> None:
    for texts in TEXTS.values():
        for text in texts.values():
            assert not any(word in text.lower() for word in ("case", "hồ sơ", "victim", "nạn nhân", "công an", "neove"))


class Recorder(NoSms):
    """Remembers what it was handed."""

    def __init__(self) -> None:
        self.sent: list[Permitted] = []

    async def send(self, message: Permitted, to: str) -> None:
        """Part of the interface."""
        self.sent.append(message)


async def test_a_short_message_goes_through_the_gate_only() -> None:
    sms, to = Recorder(), new_id("ref")
    rules = ContactRules(frozenset({ContactChannel.SMS}), time(18), time(8))
    assert await send_sms(sms, rules, to, Wording.CALL_BACK, at("20:00")) == "quiet-hours"
    assert await send_sms(sms, rules, to, Wording.REMEMBER_APPOINTMENT, at("12:00")) == "wording-not-allowed"
    phone = ContactRules(frozenset({ContactChannel.PHONE}))
    assert await send_sms(sms, phone, to, Wording.CALL_BACK, at("12:00")) == "channel-not-allowed"
    assert sms.sent == []
    assert await send_sms(sms, rules, to, Wording.CALL_BACK, at("12:00")) is None
    assert [one.text for one in sms.sent] == [TEXTS[Wording.CALL_BACK]["vi"]]
    await NoSms().send(sms.sent[0], to)
