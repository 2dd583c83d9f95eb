"""Back-off, rest and rate."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.domain.pace import FAILURES_TO_REST, Bucket, Health, Pace

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
PACE = Pace(first_seconds=5, cap_seconds=3600, give_up_hours=240, rate_per_second=10, in_flight=4)
GAPS = st.lists(st.floats(0, 5, allow_nan=False), min_size=1, max_size=60)


@pytest.mark.parametrize(("failures", "seconds"), [(1, 5), (2, 10), (5, 80), (11, 3600), (1000, 3600)])
def test_pauses_double_up_to_the_cap(failures: int, seconds: float) -> None:
    assert PACE.backoff(failures, 0.5) == timedelta(seconds=seconds)
    assert PACE.backoff(failures, 0) == timedelta(seconds=seconds * 0.8)
    assert PACE.backoff(failures, 1) == timedelta(seconds=seconds * 1.2)


@pytest.mark.parametrize(("refused", "hours"), [(False, 240), (True, 24)])
def test_it_gives_up_after_days(refused: bool, hours: int) -> None:
    assert not PACE.gives_up(NOW, NOW + timedelta(hours=hours - 1), refused=refused)
    assert PACE.gives_up(NOW, NOW + timedelta(hours=hours), refused=refused)


def test_a_target_that_fails_rests_longer_and_longer_and_is_asked_gently() -> None:
    health, now, pauses = Health(), NOW, list[float]()
    for _ in range(16):
        health.failed(now, PACE, 0.5, None)
        pauses.append((health.rests_until - now).total_seconds() if health.rests_until else 0)
        now = health.rests_until or now
    assert pauses[: FAILURES_TO_REST + 2] == [0, 0, 5, 10, 20]
    assert pauses[-1] == 3600
    assert health.failing
    assert health.answered()
    assert (health.failing, health.rests(now), health.answered()) == (False, False, False)


@pytest.mark.parametrize(("asked", "seconds"), [(0.0, 0), (30.0, 30), (1e9, 3600)])
def test_it_rests_as_long_as_it_asks_but_not_for_ever(asked: float, seconds: float) -> None:
    health = Health()
    health.failed(NOW, PACE, 0.5, asked)
    assert health.rests(NOW + timedelta(seconds=seconds - 0.001)) is (seconds > 0)
    assert not health.rests(NOW + timedelta(seconds=seconds))


@given(GAPS, st.integers(1, 10), st.floats(0.5, 50))
def test_no_span_of_time_sees_more_than_burst_and_rate(gaps: list[float], burst: int, rate: float) -> None:
    bucket, now, sent = Bucket(rate, burst), 0.0, list[float]()
    for gap in gaps:
        now += gap
        sent.append(now + bucket.take(now))
    for first in range(len(sent)):
        for last in range(first, len(sent)):
            assert last - first + 1 <= burst + rate * (sent[last] - sent[first]) + 1e-6


def test_an_idle_bucket_gives_its_burst_at_once_and_then_its_rate() -> None:
    bucket = Bucket(2, 3)
    assert [bucket.take(100.0) for _ in range(5)] == [0, 0, 0, 0.5, 1.0]
