"""Sets up traces and logs, once per process."""

import os
from pathlib import Path

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.propagators.textmap import CarrierT, Getter, default_getter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider, sampling
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import NonRecordingSpan, SpanContext
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from kit.telemetry.correlation import CorrelationOnEverySpan
from kit.telemetry.logs import setup_logs
from kit.telemetry.spans import FileExporter, SafeExporter

_provider: TracerProvider | None = None


def setup(service: str, *, logs: bool = True) -> None:
    """Traces and logs of this process. A second call does nothing.

    Args:
        service: its name in spans and lines.
        logs: False leaves logging as it is, for commands that speak to a terminal.
    """
    global _provider  # noqa: PLW0603 - OpenTelemetry knows one provider per process as well
    if _provider is not None:
        return
    if logs:
        setup_logs(service)
    _provider = provider(service, exporters())
    trace.set_tracer_provider(_provider)
    propagate.set_global_textmap(TraceparentOnly())


class TraceparentOnly(TraceContextTextMapPropagator):
    """W3C trace context without `tracestate`, in which a caller could send anything on through our systems."""

    def extract(
        self, carrier: CarrierT, context: Context | None = None, getter: Getter[CarrierT] = default_getter
    ) -> Context:
        """The context that the caller is in."""
        found = super().extract(carrier, context, getter)
        caller = trace.get_current_span(found).get_span_context()
        bare = SpanContext(caller.trace_id, caller.span_id, caller.is_remote, caller.trace_flags)
        return trace.set_span_in_context(NonRecordingSpan(bare), found) if caller.trace_state else found


def shutdown() -> None:
    """Sends what is still held back."""
    if _provider is not None:
        _provider.shutdown()


def provider(service: str, to: list[SpanExporter]) -> TracerProvider:
    """A tracer provider whose exporters see nothing but what is allowed.

    Every trace is taken unless `OTEL_TRACES_SAMPLER` says otherwise: a caller's flag must not hide our work.
    """
    sampler = None if os.environ.get("OTEL_TRACES_SAMPLER") else sampling.ALWAYS_ON
    made = TracerProvider(sampler=sampler, resource=Resource.create({"service.name": service}))
    made.add_span_processor(CorrelationOnEverySpan())
    for exporter in to:
        made.add_span_processor(BatchSpanProcessor(SafeExporter(exporter)))
    return made


def exporters() -> list[SpanExporter]:
    """The exporters that the environment asks for."""
    found: list[SpanExporter] = []
    if path := os.environ.get("NEOVE_SPANS_FILE"):
        found.append(FileExporter(Path(path)))
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        # Only here: it draws in an HTTP client that a process without a collector does not need.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        found.append(OTLPSpanExporter())
    return found
