"""One span per SQL statement: its text with placeholders, never its parameters."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode
from sqlalchemy import Connection, event
from sqlalchemy.engine import ExceptionContext, ExecutionContext
from sqlalchemy.ext.asyncio import AsyncEngine

from kit.telemetry import safe

SPAN = "_kit_span"
UNTRACED = "untraced"
"""Option of a statement that looks for work again and again, and nearly always finds none: it gets no span."""
tracer = trace.get_tracer("kit.sql")


def trace_engine(engine: AsyncEngine) -> None:
    """Makes a span of every statement of this engine.

    Written out because the published instrumentation stops before SQLAlchemy 2.1.
    """
    sync = engine.sync_engine
    event.listen(sync, "before_cursor_execute", _before)
    event.listen(sync, "after_cursor_execute", _after)
    event.listen(sync, "handle_error", _failed)


@contextmanager
def sql_span(statement: str, database: str | None) -> Generator[None]:
    """The span of a statement that SQLAlchemy does not see (`kit.direct`)."""
    span = _started(statement, database)
    try:
        yield
    except BaseException as error:
        _ended_by(span, error)
        raise
    span.end()


def _before(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: ExecutionContext, many: bool
) -> None:
    if not context.execution_options.get(UNTRACED):
        setattr(context, SPAN, _started(statement, connection.engine.url.database))


def _after(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: ExecutionContext, many: bool
) -> None:
    span: Span | None = getattr(context, SPAN, None)
    if span:
        span.end()


def _failed(failure: ExceptionContext) -> None:
    span: Span | None = getattr(failure.execution_context, SPAN, None)
    if span:
        _ended_by(span, failure.original_exception)


def _started(statement: str, database: str | None) -> Span:
    verb = statement.lstrip().partition(" ")[0].upper()
    attributes = {
        "db.system.name": "postgresql",
        "db.namespace": database or "",
        "db.operation.name": verb,
        safe.SQL_TEXT: statement,
    }
    return tracer.start_span(verb if verb.isalpha() else "SQL", kind=SpanKind.CLIENT, attributes=attributes)


def _ended_by(span: Span, error: BaseException) -> None:
    span.set_status(StatusCode.ERROR)
    span.set_attribute("error.type", type(error).__name__)
    span.end()
