"""Traces across HTTP: one span per request, named by the route, continued from the caller, about its case."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from opentelemetry import propagate, trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from contracts.ids import new_id
from kit.http import APIRouter, Call, Response, build_app, operation
from kit.state import State
from kit.telemetry.correlation import CorrelationOnEverySpan
from kit.telemetry.setup import TraceparentOnly
from kit.telemetry.spans import SafeExporter

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
router = APIRouter()


@operation(router, "GET", "/v1/cases/{case_id}", "get_case")
async def get_case(call: Call) -> Response:
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return Response(carrier["traceparent"] + carrier.get("tracestate", ""))


@pytest.fixture
async def traced(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[httpx.AsyncClient, InMemorySpanExporter]]:
    """A client and what has been exported; the global provider is put back."""
    memory = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(CorrelationOnEverySpan())
    provider.add_span_processor(SimpleSpanProcessor(SafeExporter(memory)))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    usual = propagate.get_global_textmap()
    propagate.set_global_textmap(TraceparentOnly())
    transport = httpx.ASGITransport(build_app("casework", [router], state))
    async with httpx.AsyncClient(transport=transport, base_url="http://casework.test") as client:
        yield client, memory
    propagate.set_global_textmap(usual)


def only(memory: InMemorySpanExporter) -> ReadableSpan:
    (span,) = memory.get_finished_spans()
    return span


async def test_a_request_is_one_span_in_the_callers_trace(
    traced: tuple[httpx.AsyncClient, InMemorySpanExporter], signed: Callable[..., dict[str, str]]
) -> None:
    client, memory = traced
    case_id = new_id("case")
    headers = signed() | {"traceparent": CALLER, "tracestate": "vendor=NguyenThiBia", "baggage": "who=NguyenThiBia"}
    response = await client.get(f"/v1/cases/{case_id}?name=NguyenThiBia", headers=headers)
    span = only(memory)
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == CALLER.split("-")[1]
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == CALLER.split("-")[2]
    assert span.name == "GET /v1/cases/{case_id}"
    assert dict(span.attributes or {}) == {
        "case.id": case_id,
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": "/v1/cases/{case_id}",
    }
    assert response.text.startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert "Nguyen" not in response.text + span.to_json()


async def test_an_unknown_path_is_not_shown(traced: tuple[httpx.AsyncClient, InMemorySpanExporter]) -> None:
    client, memory = traced
    response = await client.get("/v1/people/NguyenThiBia")
    span = only(memory)
    assert (span.name, "Nguyen" in span.to_json()) == ("GET", False)
    assert response.json()["trace_id"] == f"{span.context.trace_id:032x}" if span.context else False


async def test_health_makes_no_span(traced: tuple[httpx.AsyncClient, InMemorySpanExporter]) -> None:
    client, memory = traced
    await client.get("/healthz/live")
    assert memory.get_finished_spans() == ()
