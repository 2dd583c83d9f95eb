"""What the supervisor reads out of the monitor's report on streams."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from contracts.topology import BUCKETS, DURABLES, STREAMS
from stack.ports import Ports, free_base
from stack.stack import Stack
from stack.streams import NAMES, NUMBERS, StreamKeeper, lacking, missing, numbers_of


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
    assert missing(free_base()) is None
    assert numbers_of(free_base()) is None


class Monitor:
    """Answers as the monitor of a NATS server with these streams, and notes what it was asked."""

    def __init__(self, port: int) -> None:
        self.streams, self.asked = whole(), list[str]()
        monitor = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                monitor.asked.append(self.path)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(monitor.answer(self.path)).encode())

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", port), Handler)

    def answer(self, path: str) -> dict[str, Any]:
        numbers = {"streams": len(self.streams), "consumers": sum(map(len, self.streams.values()))}
        return numbers | (report(self.streams) if path == NAMES else {})


class Looking(StreamKeeper):
    """Counts how often it would apply the topology."""

    applied = 0

    def _begin(self) -> None:
        self.applied += 1


@pytest.fixture
def ports() -> Ports:
    return Ports(of={"nats_monitor": free_base()})


@pytest.fixture
def monitor(ports: Ports) -> Iterator[Monitor]:
    made = Monitor(ports["nats_monitor"])
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def keeper(ports: Ports, tmp_path: Path) -> Looking:
    return Looking(Stack(state=tmp_path, ports=ports))


def test_names_are_asked_for_once_while_the_numbers_stay(monitor: Monitor, keeper: Looking):
    for _ in range(3):
        keeper.look()
    assert monitor.asked == [NUMBERS, NAMES, NUMBERS, NUMBERS]
    assert keeper.applied == 0


def test_what_is_missing_is_made_at_the_next_look_and_until_it_is_there(monitor: Monitor, keeper: Looking):
    keeper.look()
    monitor.streams["INTAKE_EVENTS"].pop()
    keeper.look()
    keeper.look()
    assert keeper.applied == 2
    monitor.streams = whole()
    keeper.look()
    assert keeper.applied == 2


def test_another_stream_in_the_place_of_a_lost_one_is_noticed_later(
    monitor: Monitor, keeper: Looking, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("stack.streams.NAMES_SECONDS", 0.0)
    keeper.look()
    monitor.streams["FOREIGN"] = monitor.streams.pop("INTAKE_EVENTS")
    keeper.look()
    assert keeper.applied == 1
