"""A name is planted wherever it could slip in; nothing of it may leave the process."""

import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Link, SpanContext, StatusCode, TraceState

from contracts.ids import new_id
from contracts.problems import Invalid
from kit import telemetry
from kit.telemetry import safe
from kit.telemetry.correlation import CorrelationOnEverySpan
from kit.telemetry.logs import JsonLines
from kit.telemetry.spans import FileExporter, SafeExporter

NAME, PLAIN = "Nguyễn Thị Bịa", "Nguyen Thi Bia"
ROOT = Path(__file__).resolve().parents[3]
CASE = new_id("case")


def test_every_attribute_that_kit_sets_may_leave_the_process() -> None:
    code = "".join(path.read_text() for path in ROOT.glob("kit/kit/*.py"))
    named = set(re.findall(r'"((?:messaging|neove|problem|http|db|error|event)\.[a-z_.]+)"', code))
    assert "messaging.operation" in named
    assert named <= safe.ATTRIBUTES.keys()


@pytest.fixture
def spans_file(tmp_path: Path) -> Path:
    return tmp_path / "spans.jsonl"


@pytest.fixture
def tracer(spans_file: Path) -> trace.Tracer:
    provider = TracerProvider()
    provider.add_span_processor(CorrelationOnEverySpan())
    provider.add_span_processor(SimpleSpanProcessor(SafeExporter(FileExporter(spans_file))))
    return provider.get_tracer("test")


def exported(path: Path) -> list[dict[str, Any]]:
    text = path.read_text("utf-8")
    for part in ("Nguy", "Bia", "B\\u1ecba", "Bịa"):
        assert part not in text
    return [json.loads(line) for line in text.splitlines()]


def test_a_planted_name_leaves_in_no_part_of_a_span(tracer: trace.Tracer, spans_file: Path) -> None:
    state = TraceState([("vendor", PLAIN.replace(" ", ""))])
    link = Link(SpanContext(1, 2, is_remote=True, trace_state=state), {"who": NAME})

    def step() -> None:
        span = trace.get_current_span()
        span.set_attribute("http.request.body", PLAIN)
        span.set_attribute("messaging.system", PLAIN)
        span.set_attribute("db.query.text", f"SELECT id FROM people WHERE name = '{PLAIN}'")
        span.set_attribute("case.id", PLAIN)
        span.add_event(NAME, {"full_name": NAME, "event.type": PLAIN})
        span.set_status(StatusCode.ERROR, NAME)
        try:
            raise KeyError(NAME)
        except KeyError as cause:
            raise ValueError(f"cannot read {PLAIN}") from cause

    attributes = {"name": NAME, "http.route": NAME}
    with suppress(ValueError), tracer.start_as_current_span("GET /v1/x", attributes=attributes, links=[link]):
        step()
    (line,) = exported(spans_file)
    assert line["attributes"] == {"db.query.text": "SELECT id FROM people WHERE name = ?"}
    assert [event["name"] for event in line["events"]] == ["[withheld]", "exception"]
    assert line["events"][1]["attributes"] == {"exception.type": "ValueError"}
    assert line["status"] == "error"


def test_a_planted_name_leaves_in_no_name_of_a_span(tracer: trace.Tracer, spans_file: Path) -> None:
    with tracer.start_as_current_span(f"GET /people/{NAME}"), tracer.start_as_current_span(f"GET /v1/cases/{CASE}"):
        pass
    assert [line["name"] for line in exported(spans_file)] == ["GET /v1/cases/*", "[withheld]"]


@pytest.mark.parametrize(
    ("statement", "kept"),
    [
        ("SELECT id\n  FROM cases WHERE id = $1", "SELECT id FROM cases WHERE id = $1"),
        ("SELECT 'O''Brien', 'x' ", "SELECT ?, ?"),
        ("SELECT 012345678 LIMIT 5", "SELECT ? LIMIT ?"),
        ("SELECT 'open", None),
        (r"SELECT E'\'x'", None),
        ("SELECT $$x$$", None),
        ("SELECT $tag$x$tag$", None),
        ("SELECT 'ệ'", None),
    ],
)
def test_statements_lose_their_literals(
    tracer: trace.Tracer, spans_file: Path, statement: str, kept: str | None
) -> None:
    tracer.start_span("SELECT", attributes={"db.query.text": statement}).end()
    assert exported(spans_file)[0]["attributes"].get("db.query.text") == kept


def test_the_case_is_on_every_span_that_starts_while_it_is_bound(tracer: trace.Tracer, spans_file: Path) -> None:
    with telemetry.uncorrelated():
        with tracer.start_as_current_span("outer"):
            telemetry.correlate(NAME)
            telemetry.correlate(CASE)
            tracer.start_span("inner").end()
        assert telemetry.correlation() == CASE
    assert telemetry.correlation() is None
    tracer.start_span("workflow", attributes={"temporalWorkflowID": CASE}).end()
    tracer.start_span("after").end()
    found = {line["name"]: line["attributes"].get("case.id") for line in exported(spans_file)}
    assert found == {"inner": CASE, "outer": CASE, "workflow": CASE, "after": None}


def test_a_line_of_the_file_says_who_when_and_under_whom(tracer: trace.Tracer, spans_file: Path) -> None:
    with tracer.start_as_current_span("outer"), tracer.start_as_current_span("inner"):
        pass
    inner, outer = exported(spans_file)
    assert inner["parent_id"] == outer["span_id"]
    assert inner["trace_id"] == outer["trace_id"]
    assert outer["parent_id"] is None
    assert outer["start"] <= inner["start"] <= inner["end"] <= outer["end"]


@pytest.fixture
def lines() -> Iterator[Any]:
    """`lines()`: what has been logged, parsed; a name in it is a failure."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines("casework"))
    root = logging.getLogger()
    root.addHandler(handler)

    def read() -> list[dict[str, Any]]:
        text = stream.getvalue()
        for part in ("Nguy", "Bia", "B\\u1ecba"):
            assert part not in text
        return [json.loads(line) for line in text.splitlines()]

    yield read
    root.removeHandler(handler)


def test_a_planted_name_leaves_in_no_line(lines: Any) -> None:
    log = logging.getLogger("casework.service")
    log.warning("read %s of %s at version %d", NAME, CASE, 3)
    log.warning("read %(who)s", {"who": PLAIN})
    log.warning("read", extra={"who": NAME})
    log.warning(f"read {NAME}")
    log.warning("%s", ValueError(PLAIN))
    log.warning(FileNotFoundError(2, "no such file", PLAIN))
    logging.getLogger("some.library").warning(f"input_value={PLAIN!r}")
    assert [line["message"] for line in lines()] == [
        f"read [withheld] of {CASE} at version 3",
        "read [withheld]",
        "read",
        "[withheld]",
        "ValueError",
        "FileNotFoundError(ENOENT)",
        "[withheld]",
    ]


@pytest.mark.parametrize("template", ["%d of them", "%s and %s", "%(who)s"])
def test_a_line_that_does_not_fit_its_arguments_is_written_without_them(template: str) -> None:
    record = logging.LogRecord("kit.test", logging.WARNING, "x.py", 1, template, (PLAIN,), None)
    assert json.loads(JsonLines("casework").format(record))["message"] == template


def test_an_exception_leaves_its_class_and_places_only(lines: Any) -> None:
    try:
        try:
            raise KeyError(NAME)
        except KeyError as cause:
            raise Invalid(f"cannot read {PLAIN}", who=PLAIN) from cause
    except Invalid:
        logging.getLogger("kit.test").exception("failed")
    (line,) = lines()
    assert [one["type"] for one in line["error"]] == ["contracts.problems.Invalid(invalid)", "KeyError"]
    assert "kit/test_telemetry.py:" in line["error"][0]["frames"][0]


def test_a_line_carries_trace_case_and_service(lines: Any, tracer: trace.Tracer) -> None:
    with telemetry.uncorrelated(), tracer.start_as_current_span("outer") as span:
        telemetry.correlate(CASE)
        logging.getLogger("kit.test").warning("here")
        assert telemetry.trace_id() == f"{span.get_span_context().trace_id:032x}"
    (line,) = lines()
    assert (line["service"], line["case_id"], line["level"]) == ("casework", CASE, "WARNING")
    assert len(line["trace_id"]) == 32
    assert line["time"].endswith("+00:00")
