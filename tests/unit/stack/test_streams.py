"""What the supervisor reads out of the monitor's report on streams."""

from typing import Any

from contracts.topology import BUCKETS, DURABLES, STREAMS
from stack.ports import free_base
from stack.streams import lacking, missing


def report(streams: dict[str, list[str]]) -> dict[str, Any]:
    """As NATS answers `/jsz?streams=true&consumers=true`."""
    details = [
        {"name": name, "consumer_detail": [{"name": one} for one in durables]} for name, durables in streams.items()
    ]
    return {"account_details": [{"name": "$G", "stream_detail": details}]}


def whole() -> dict[str, list[str]]:
    names = [*STREAMS, *(bucket.stream for bucket in BUCKETS)]
    return {name: [each.name for each in DURABLES if each.stream == name] for name in names}


def test_nothing_lacks_where_all_is():
    assert lacking(report(whole())) == []


def test_a_missing_stream_lacks_with_its_durables():
    streams = whole()
    durables = streams.pop("INTAKE_EVENTS")
    assert lacking(report(streams)) == ["INTAKE_EVENTS", *durables]


def test_a_missing_bucket_lacks():
    streams = whole()
    streams.pop("KV_standings")
    assert lacking(report(streams)) == ["KV_standings"]


def test_a_missing_durable_lacks_alone():
    streams = whole()
    gone = streams["INTAKE_EVENTS"].pop()
    assert lacking(report(streams)) == [gone]


def test_an_empty_server_lacks_everything():
    assert len(lacking({})) == len(STREAMS) + len(BUCKETS) + len(DURABLES)


def test_a_server_that_does_not_answer_is_left_alone():
    assert missing(free_base()) == []
