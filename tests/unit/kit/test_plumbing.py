"""The parts of kit's data and bus half that need no server."""

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import MetaData
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Field

from contracts.events.intake import CasesLinked
from contracts.problems import Invalid, NotFound, Refused, Unavailable
from contracts.topology import BACKOFF_SECONDS, DURABLES, PARKED_STREAM, PRODUCERS, Durable
from kit import tables, topology
from kit.bus import Bus
from kit.clock import FixedClock, SystemClock
from kit.db import server_settings, table_base, translated
from kit.idempotency import RequestKey
from kit.settings import NatsSettings
from kit.settle import Delivery, _slug  # pyright: ignore[reportPrivateUsage]


def test_a_fixed_clock_moves_only_when_told() -> None:
    clock = FixedClock(datetime(2026, 3, 1, 7, tzinfo=timezone(timedelta(hours=7))))
    assert clock.now() == datetime(2026, 3, 1, tzinfo=UTC)
    assert clock.now().tzinfo is UTC
    clock.advance(timedelta(hours=1))
    assert clock.now().hour == 1
    with pytest.raises(ValueError, match="aware"):
        clock.set(datetime(2026, 3, 1))  # noqa: DTZ001  # that is what is refused
    assert SystemClock().now().tzinfo is UTC


def test_two_services_may_have_tables_of_the_same_name() -> None:
    bases = [table_base("one"), table_base("two")]
    made: list[Any] = []
    for base in bases:

        class Case(base, table=True):  # pyright: ignore[reportGeneralTypeIssues, reportUntypedBaseClass]
            __tablename__ = "cases"
            id: int | None = Field(default=None, primary_key=True)
            at: datetime

        made.append(Case)
    assert [base.metadata.schema for base in bases] == ["one", "two"]
    assert [list(base.metadata.tables) for base in bases] == [["one.cases"], ["two.cases"]]
    assert made[0].__table__.primary_key.name == "pk_cases"


def test_kits_tables_go_into_a_schema() -> None:
    metadata = MetaData(schema="one")
    tables.install(metadata)
    assert sorted(metadata.tables) == ["one.idempotency", "one.inbox", "one.looks", "one.outbox", "one.projections"]
    with pytest.raises(ValueError, match="schema"):
        tables.install(MetaData())


class Driver(Exception):
    """An error of the database driver."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def wrapped(sqlstate: str, *, lost: bool = False) -> DBAPIError:
    return DBAPIError("SELECT 1", {}, Driver(sqlstate), connection_invalidated=lost)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        OperationalError("SELECT 1", {}, Driver("")),
        wrapped("", lost=True),
        wrapped("40001"),
        wrapped("40P01"),
        wrapped("55P03"),
        wrapped("57014"),
        Driver("57P03"),
        Driver("53300"),
    ],
)
def test_a_database_that_is_away_or_gives_way_is_unavailable(error: Exception) -> None:
    with pytest.raises(Unavailable), translated():
        raise error


@pytest.mark.parametrize("error", [wrapped("23505"), wrapped("42P01"), KeyError("x"), Refused(), Driver("42501")])
def test_other_errors_pass_unchanged(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, translated():
        raise error
    assert raised.value is error


def test_the_search_path_finds_the_services_tables() -> None:
    from sqlalchemy import make_url

    path = server_settings(make_url("postgresql+asyncpg://u@h/intake"))["search_path"]
    assert path == '"intake", "$user"'


def test_a_request_key_stands_for_path_and_body() -> None:
    keys = [
        RequestKey.of("a/b", "o", "k", path, body)
        for path, body in (("/x", b"1"), ("/x", b"2"), ("/y", b"1"), ("/x1", b""))
    ]
    assert len({key.fingerprint for key in keys}) == 4
    assert RequestKey.of("a/b", "o", "k", "/x", b"1") == keys[0]


def delivery(number: int, durable: Durable) -> Delivery:
    metadata = SimpleNamespace(consumer=durable.name, num_delivered=number, sequence=SimpleNamespace(stream=7))
    message: Any = SimpleNamespace(raw_message=SimpleNamespace(metadata=metadata))
    return Delivery.of(message, {durable.name: durable})


def test_pauses_grow_and_the_last_delivery_is_known() -> None:
    [durable] = [each for each in DURABLES if each.name == "casework__on_cases_linked"]
    pauses = [delivery(number, durable).delay_seconds for number in range(1, durable.park_after)]
    assert pauses[: len(BACKOFF_SECONDS)] == list(BACKOFF_SECONDS)
    assert set(pauses[len(BACKOFF_SECONDS) :]) == {BACKOFF_SECONDS[-1]}
    assert not delivery(durable.max_deliver - 1, durable).is_last
    assert delivery(durable.max_deliver, durable).is_last


def test_what_is_down_is_waited_for_and_what_is_broken_is_parked() -> None:
    [durable] = [each for each in DURABLES if each.name == "casework__on_cases_linked"]
    late = delivery(durable.park_after, durable)
    assert not late.is_over("unavailable")
    assert late.is_over("internal")
    assert not delivery(durable.park_after - 1, durable).is_over("internal")
    assert delivery(1, durable).is_over("refused")


@pytest.mark.parametrize(
    ("error", "slug"),
    [
        (Unavailable(), "unavailable"),
        (Invalid(), "invalid"),
        (NotFound(), "not-found"),
        (UnicodeDecodeError("utf-8", b"", 0, 1, ""), "undecodable"),
        (ValueError(), "internal"),
        (KeyError(), "internal"),
    ],
)
def test_a_failure_has_a_slug(error: Exception, slug: str) -> None:
    assert _slug(error) == slug


async def test_a_bus_that_is_not_connected_refuses_to_publish_and_is_not_ready() -> None:
    settings = NatsSettings(nats_url="nats://127.0.0.1:1", nats_user="intake", nats_password=SecretStr("pw"))
    bus = Bus(settings, "intake")
    with pytest.raises(Unavailable):
        await bus.publish("INTAKE_EVENTS", CasesLinked.nats_subject(), b"{}", "id", {})
    assert not await bus.ready()
    await bus.stop()


NAMES = ("standings", "offices", "members")
STANDINGS, OFFICES, MEMBERS = (f"$JS.API.DIRECT.GET.KV_{one}.$KV.{one}.*" for one in NAMES)
WRITES = [subject for one in NAMES for subject in (f"$KV.{one}.*", f"$JS.API.STREAM.PURGE.KV_{one}")]
IN_BUCKETS = {
    "casework": [STANDINGS, OFFICES, MEMBERS, *WRITES],
    "reader": [STANDINGS, OFFICES, MEMBERS],
}


@pytest.mark.parametrize("service", sorted({durable.service for durable in DURABLES} | set(PRODUCERS)))
def test_a_nats_user_may_do_only_its_own_work(service: str) -> None:
    rights = topology.permissions(service)
    counts = f"limits.{service}"
    assert rights["subscribe"]["allow"] == [f"_INBOX_{service}.>", counts]
    assert {counts, "evt.limits.limit.reached.v1"} <= set(rights["publish"]["allow"])
    for subject in rights["publish"]["allow"]:
        own_durable = any(durable.name in subject for durable in DURABLES if durable.service == service)
        streams = [f"$JS.API.STREAM.INFO.{stream}" for stream in (*topology.streams_of(service), PARKED_STREAM)]
        own_bucket = subject in IN_BUCKETS.get(service, IN_BUCKETS["reader"])
        of_all = subject in (counts, "evt.limits.limit.reached.v1")
        assert own_durable or own_bucket or of_all or subject == f"evt.{service}.>" or subject in streams, subject


def test_drift_names_what_differs() -> None:
    drift = topology.Drift(["durable a__b: ack_wait is 9, not 5", "durable a__b: max_deliver is 1, not 2"])
    assert drift.names == "a__b"
