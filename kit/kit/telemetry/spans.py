"""Exporters behind the allow-list, and one that appends JSON lines to a file."""

import json
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Link, SpanContext, Status

from kit.telemetry import safe


def trace_id() -> str:
    """The current trace, 32 hexadecimal digits (all zero when there is none)."""
    return trace.format_trace_id(trace.get_current_span().get_span_context().trace_id)


class SafeExporter(SpanExporter):
    """Hands on copies that hold only what the allow-list knows."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Called by the SDK."""
        return self._inner.export([cleaned(span) for span in spans])

    def shutdown(self) -> None:
        """Called by the SDK."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Called by the SDK."""
        return self._inner.force_flush(timeout_millis)


def cleaned(span: ReadableSpan) -> ReadableSpan:
    """A copy without unknown attributes, texts of exceptions and statuses, and vendors' trace state."""
    return ReadableSpan(
        name=safe.span_name(span.name),
        context=_bare(span.context),
        parent=_bare(span.parent),
        resource=_resource(span.resource),
        attributes=safe.attributes(span.attributes),
        events=[_event(event) for event in span.events],
        links=[Link(link_context, {}) for link in span.links if (link_context := _bare(link.context))],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


@lru_cache(maxsize=4)
def _resource(given: Resource) -> Resource:
    """A process has one."""
    return Resource({k: v for k, v in given.attributes.items() if k.startswith(safe.RESOURCE_PREFIXES)})


def _event(event: Event) -> Event:
    return Event(safe.span_name(event.name), safe.attributes(event.attributes), event.timestamp)


def _bare(context: SpanContext | None) -> SpanContext | None:
    return context and SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)


class FileExporter(SpanExporter):
    """One JSON object a line: `trace_id span_id parent_id name kind service start end status attributes events`.

    `start` and `end` are nanoseconds since 1970. Processes may share the file: a batch is one append.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Called by the SDK."""
        try:
            os.write(self._file, "".join(json.dumps(_line(span)) + "\n" for span in spans).encode())
        except OSError:
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Called by the SDK."""
        os.close(self._file)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing is held back here."""
        return True


def _line(span: ReadableSpan) -> dict[str, Any]:
    context = span.context
    return {
        "trace_id": trace.format_trace_id(context.trace_id) if context else "",
        "span_id": trace.format_span_id(context.span_id) if context else "",
        "parent_id": trace.format_span_id(span.parent.span_id) if span.parent else None,
        "name": span.name,
        "kind": span.kind.name.lower(),
        "service": span.resource.attributes.get("service.name"),
        "start": span.start_time,
        "end": span.end_time,
        "status": span.status.status_code.name.lower(),
        "attributes": dict(span.attributes or {}),
        "events": [{"name": e.name, "at": e.timestamp, "attributes": dict(e.attributes or {})} for e in span.events],
    }
