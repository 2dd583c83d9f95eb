"""Applies `contracts.topology` to a NATS server, compares a server with it, and derives each user's permissions.

Services never declare a stream or a durable: the client libraries rewrite an existing stream and silently ignore a
changed durable. An operator applies the topology; a service compares and refuses to consume on drift.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from contracts.limits import EVERY_SERVICE, LimitReached, limits_subject
from contracts.topology import (
    ADVISORY_STREAM,
    BUCKETS,
    DURABLES,
    PARKED_STREAM,
    PRODUCERS,
    RETIRED,
    STREAMS,
    Bucket,
    Durable,
    stream_of,
)

DAY_SECONDS = 86_400.0
EVENT_AGE_SECONDS = 400 * DAY_SECONDS
ADVISORY_AGE_SECONDS = 90 * DAY_SECONDS
DUPLICATE_WINDOW_SECONDS = 120.0
MAX_MESSAGE_BYTES = 262_144
_MISSING = ": missing"


class Drift(RuntimeError):
    """The server is not as `contracts.topology` says. Consuming from it could lose or misplace events."""

    def __init__(self, differences: list[str]) -> None:
        super().__init__("; ".join(differences))
        self.differences = differences

    @property
    def names(self) -> str:
        """What differs, fit for a log line: names without values."""
        return ":".join(dict.fromkeys(line.split()[1].rstrip(":") for line in self.differences))


@dataclass
class _BucketConfig(StreamConfig):
    """With the field for atomic batches, which nats-py 2.16 does not know."""

    allow_atomic: bool | None = None


class Missing(Drift):
    """Nothing differs, but durables are missing: an outage that ends when the topology is applied again."""


def inbox_prefix(user: str) -> str:
    """Prefix of a user's reply subjects, so that no service can read another's answers."""
    return f"_INBOX_{user}"


async def apply(
    nats: Client,
    streams: Mapping[str, tuple[str, ...]] = STREAMS,
    durables: Iterable[Durable] = DURABLES,
    replicas: int = 1,
    buckets: Iterable[Bucket] = BUCKETS,
    retired: Iterable[tuple[str, str]] = RETIRED,
) -> list[str]:
    """Create or change streams, buckets and durables so that they are as declared; only retired durables are deleted.

    Args:
        nats: connected as a user who may do that.
        streams: stream → subjects.
        durables: the durable consumers.
        replicas: of each stream; 3 in a cluster.
        buckets: key-value buckets.
        retired: (stream, durable) that an earlier release had.

    Returns:
        What was different before, one line each; empty if nothing had to be done.
    """
    # Any: the methods' further parameters have no types
    js: Any = jetstream(nats)
    wanted = [_stream_config(name, subjects, replicas) for name, subjects in streams.items()]
    wanted += [_bucket_config(bucket, replicas) for bucket in buckets]
    changes: list[str] = []
    for config in wanted:
        found = await _stream_differences(js, config)
        if found is None:
            await js.add_stream(config)
            changes.append(f"stream {config.name}: created")
        elif found:
            await js.update_stream(config)
            changes += found
    for durable in durables:
        found = await _durable_differences(js, durable)
        if found:
            await js.add_consumer(durable.stream, _consumer_config(durable))
            changes += found
    return changes + [line for stream, name in retired for line in await _delete_durable(js, stream, name)]


async def _delete_durable(js: JetStreamContext, stream: str, name: str) -> list[str]:
    try:
        await js.delete_consumer(stream, name)
    except NotFoundError:
        return []
    return [f"durable {name}: deleted"]


async def differences(nats: Client, durables: Iterable[Durable]) -> list[str]:
    """How these durables differ on the server from what is declared; empty if they do not.

    Args:
        nats: connected as any user who may ask for their info.
        durables: to look at.
    """
    js = jetstream(nats)
    return [line for durable in durables for line in await _durable_differences(js, durable)]


async def check(nats: Client, durables: Iterable[Durable]) -> None:
    """Raise `Drift` if these durables are not as declared; its kind `Missing` if some are missing and none differs."""
    if found := await differences(nats, durables):
        raise (Missing if all(line.endswith(_MISSING) for line in found) else Drift)(found)


def jetstream(nats: Client) -> JetStreamContext:
    """JetStream of a connection."""
    return nats.jetstream()  # pyright: ignore[reportUnknownMemberType]  # its options have no types


def permissions(service: str) -> dict[str, Any]:
    """The `permissions` block of a service's NATS user: its own events, durables, buckets and inbox; no more."""
    own = [durable for durable in DURABLES if durable.service == service]
    counts = limits_subject(service)
    allowed = [counts, LimitReached.nats_subject(), *(f"$JS.API.STREAM.INFO.{one}" for one in streams_of(service))]
    if service in PRODUCERS:
        allowed.append(f"evt.{service}.>")
    for durable in own:
        path = f"{durable.stream}.{durable.name}"
        allowed += [
            f"$JS.API.CONSUMER.INFO.{path}",
            f"$JS.API.CONSUMER.MSG.NEXT.{path}",
            f"$JS.ACK.{path}.>",  # servers before 2.14
            f"$JS.ACK.*.*.{path}.>",  # with domain and account
            f"parked.{durable.name}",
        ]
    allowed += [subject for bucket in BUCKETS for subject in _rights_in(bucket, service)]
    return {"publish": {"allow": allowed}, "subscribe": {"allow": [f"{inbox_prefix(service)}.>", counts]}}


def _rights_in(bucket: Bucket, service: str) -> list[str]:
    """Subjects that a service may publish to for a bucket.

    The key is the last word of the subject of a get, so a reader can get one document, but cannot ask for several.
    """
    get, write = f"$JS.API.DIRECT.GET.{bucket.stream}.{bucket.subject('*')}", bucket.subject("*")
    if service == bucket.writer:
        return [get, write, f"$JS.API.STREAM.PURGE.{bucket.stream}"]
    return [get] if service in bucket.readers else []


def streams_of(service: str) -> list[str]:
    """The streams that a service writes or reads."""
    names = [stream_of(service), stream_of(EVERY_SERVICE)] if service in PRODUCERS else [stream_of(EVERY_SERVICE)]
    names += [durable.stream for durable in DURABLES if durable.service == service]
    return [*dict.fromkeys(names), PARKED_STREAM]


def _stream_config(name: str, subjects: tuple[str, ...], replicas: int) -> StreamConfig:
    ages = {PARKED_STREAM: 0.0, ADVISORY_STREAM: ADVISORY_AGE_SECONDS}
    return StreamConfig(
        name=name,
        subjects=list(subjects),
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        max_age=ages.get(name, EVENT_AGE_SECONDS),
        max_msg_size=MAX_MESSAGE_BYTES,
        duplicate_window=DUPLICATE_WINDOW_SECONDS,
        num_replicas=replicas,
    )


def _bucket_config(bucket: Bucket, replicas: int) -> StreamConfig:
    """As NATS makes a key-value bucket, so that its own tools know it. Only the newest message of a key is kept."""
    return _BucketConfig(
        name=bucket.stream,
        subjects=[bucket.subject(">")],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_msgs_per_subject=1,
        max_age=0.0,
        max_msg_size=MAX_MESSAGE_BYTES,
        duplicate_window=DUPLICATE_WINDOW_SECONDS,
        num_replicas=replicas,
        allow_direct=True,
        allow_rollup_hdrs=True,
        deny_delete=True,
        allow_atomic=True,
    )


def _consumer_config(durable: Durable) -> ConsumerConfig:
    return ConsumerConfig(
        name=durable.name,
        durable_name=durable.name,
        filter_subject=durable.subject,
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=durable.ack_wait_seconds,
        max_deliver=durable.max_deliver,
        max_ack_pending=durable.max_ack_pending,
    )


async def _stream_differences(js: JetStreamContext, wanted: StreamConfig) -> list[str] | None:
    try:
        info = await js.stream_info(str(wanted.name))
    except NotFoundError:
        return None
    names = ("subjects", "retention", "storage", "max_age", "max_msg_size", "duplicate_window", "num_replicas")
    if wanted.max_msgs_per_subject == 1:  # a bucket
        names = (*names, "discard", "max_msgs_per_subject", "allow_direct", "allow_rollup_hdrs", "deny_delete")
    return _compare(f"stream {wanted.name}", wanted, info.config, names)


async def _durable_differences(js: JetStreamContext, durable: Durable) -> list[str]:
    try:
        info = await js.consumer_info(durable.stream, durable.name)
    except NotFoundError:
        return [f"durable {durable.name}{_MISSING}"]
    names = ("filter_subject", "deliver_policy", "ack_policy", "ack_wait", "max_deliver", "max_ack_pending")
    return _compare(f"durable {durable.name}", _consumer_config(durable), info.config, names)


def _compare(what: str, wanted: object, found: object, names: tuple[str, ...]) -> list[str]:
    pairs = [(name, getattr(wanted, name), getattr(found, name)) for name in names]
    return [f"{what}: {name} is {is_!r}, not {should!r}" for name, should, is_ in pairs if (should or 0) != (is_ or 0)]
