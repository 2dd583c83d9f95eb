"""The id that joins the spans and log lines of all services: of the case that the work is about, for example.

It travels as `subject` of an event's envelope, as the path parameter `case_id` and as the id of a workflow. Spans show
it as `case.id`, log lines as `case_id`.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import Span, SpanProcessor

from kit.telemetry.safe import is_opaque_id

ATTRIBUTE = "case.id"
"""Of spans."""
FIELD = "case_id"
"""Of log lines and of paths."""
WORKFLOW_ID = "temporalWorkflowID"
_correlation: ContextVar[str | None] = ContextVar("correlation", default=None)


def correlate(correlation_id: str) -> None:
    """Put this id on every span and log line of the task from now on. A text that is no opaque id is ignored."""
    if is_opaque_id(correlation_id):
        _correlation.set(correlation_id)
        trace.get_current_span().set_attribute(ATTRIBUTE, correlation_id)


def correlation() -> str | None:
    """The id that spans and log lines get here."""
    return _correlation.get()


@contextmanager
def uncorrelated() -> Generator[None]:
    """Around one request, message or activity: it starts without an id, and its own id ends with it."""
    token = _correlation.set(None)
    try:
        yield
    finally:
        _correlation.reset(token)


class CorrelationOnEverySpan(SpanProcessor):
    """Puts the correlation id on every span that starts; the id of a workflow is one, where none is set."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Called by the SDK."""
        found = _correlation.get() or (span.attributes or {}).get(WORKFLOW_ID)
        if isinstance(found, str) and is_opaque_id(found):
            span.set_attribute(ATTRIBUTE, found)
