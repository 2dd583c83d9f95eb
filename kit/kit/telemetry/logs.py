"""JSON lines on standard output. The template of a line is code and stays; arguments and exceptions are looked at."""

import json
import logging
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, cast

from opentelemetry import trace

from kit.telemetry import safe
from kit.telemetry.correlation import FIELD, correlation

OURS = frozenset({"__main__", "contracts", "kit", "neove"})
TRUSTED = frozenset({"alembic", "nats", "sqlalchemy", "temporalio", "uvicorn"})
"""Libraries whose templates were looked at. Of any other only logger, place and class of exception are written."""
QUIET = ("httpx", "httpcore", "sqlalchemy.engine", "faststream", "asyncio")


class JsonLines(logging.Formatter):
    """`time level service logger message case_id trace_id span_id place error`."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service
        self._ours = OURS | TRUSTED | {service}

    def format(self, record: logging.LogRecord) -> str:
        """One line; never raises, because the fallback of `logging` would print the arguments."""
        span = trace.get_current_span().get_span_context()
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": self._message(record),
            FIELD: correlation(),
            "trace_id": trace.format_trace_id(span.trace_id) if span.is_valid else None,
            "span_id": trace.format_span_id(span.span_id) if span.is_valid else None,
        }
        if record.exc_info and record.exc_info[1]:
            line["error"] = safe.error(record.exc_info[1])
        if record.levelno >= logging.WARNING:
            line["place"] = f"{record.module}:{record.lineno}"
        return json.dumps({name: value for name, value in line.items() if value is not None})

    def _message(self, record: logging.LogRecord) -> str:
        template = record.msg
        if not isinstance(template, str) or not template.isascii() or record.name.partition(".")[0] not in self._ours:
            return safe.error_type(template) if isinstance(template, BaseException) else safe.WITHHELD
        try:
            return template % _words(record.args) if record.args else template
        except (TypeError, ValueError, KeyError):
            return template


def _words(args: Any) -> Any:
    if isinstance(args, Mapping):
        return {name: safe.word(value) for name, value in cast(Mapping[str, Any], args).items()}
    return tuple(safe.word(value) for value in args)


def setup_logs(service: str) -> None:
    """Log through `JsonLines` only, also faults that Python would print with their texts or not at all."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for logger in logging.Logger.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):  # libraries bring handlers of their own, which print all
            logger.handlers.clear()
            logger.propagate = True
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").disabled = True
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = False
    log = logging.getLogger("kit.process")

    def at_end(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.critical("the process ends on a fault", exc_info=(kind, error, traceback))

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value:
            log.critical("a thread ends on a fault", exc_info=args.exc_value)

    def unraisable(args: "sys.UnraisableHookArgs") -> None:
        log.error("a fault that nobody could catch", exc_info=args.exc_value)

    sys.excepthook = at_end
    threading.excepthook = in_thread
    sys.unraisablehook = unraisable
