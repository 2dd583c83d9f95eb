"""The case that the work at hand is about: on every span and every log line, so that one case can be followed."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import Span, SpanProcessor

from kit.telemetry.safe import is_opaque_id

CASE_ID = "case.id"
WORKFLOW_ID = "temporalWorkflowID"
_case: ContextVar[str | None] = ContextVar("case", default=None)


def bind_case(case_id: str) -> None:
    """From here on in this task: spans and log lines are about this case. What is no opaque id is ignored."""
    if is_opaque_id(case_id):
        _case.set(case_id)
        trace.get_current_span().set_attribute(CASE_ID, case_id)


def current_case() -> str | None:
    """The case that is bound here."""
    return _case.get()


@contextmanager
def no_case() -> Generator[None]:
    """Around one request, message or activity: starts unbound, and forgets what was bound inside."""
    token = _case.set(None)
    try:
        yield
    finally:
        _case.reset(token)


class CaseOnEverySpan(SpanProcessor):
    """Puts `case.id` on every span that starts while a case is bound; a case's workflow has the id of the case."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Called by the SDK."""
        case_id = _case.get() or (span.attributes or {}).get(WORKFLOW_ID)
        if isinstance(case_id, str) and is_opaque_id(case_id):
            span.set_attribute(CASE_ID, case_id)
