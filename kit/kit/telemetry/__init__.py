"""Traces and logs that cannot hold personal data: what is not known to be safe does not leave the process.

`setup(service)` once per process. Spans go to `OTEL_EXPORTER_OTLP_ENDPOINT` and, as JSON lines, to the file
`NEOVE_SPANS_FILE`, each only when set; every exporter stands behind the allow-list of `safe.py`. Logs go to standard
output, one JSON object a line. Only W3C `traceparent` is carried on: baggage and vendors' state could hold anything.

House rule for log lines: a constant English template and arguments that are ids, codes or numbers
(`log.info("parked %s, attempt %d", event_id, attempts)`); other arguments and all texts of exceptions are withheld.
"""

from kit.telemetry import absent  # noqa: F401  # pyright: ignore[reportUnusedImport]  # before all that loads OpenTelemetry
from kit.telemetry.correlation import correlate, correlation, uncorrelated
from kit.telemetry.setup import TraceparentOnly, setup, shutdown
from kit.telemetry.spans import trace_id
from kit.telemetry.sql import sql_span, trace_engine

__all__ = [
    "TraceparentOnly",
    "correlate",
    "correlation",
    "setup",
    "shutdown",
    "sql_span",
    "trace_engine",
    "trace_id",
    "uncorrelated",
]
