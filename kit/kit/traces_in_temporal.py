"""Traces through Temporal: the sender's W3C `traceparent` travels in one header, which anybody can forge.

The server does not check who calls, and headers are never sealed. The SDK reads this header before our code runs, and
an error there would fail the task of a workflow again and again. So what is no `traceparent` counts as no header.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from temporalio import worker
from temporalio.api.common.v1 import Payload
from temporalio.contrib.opentelemetry import TracingInterceptor, TracingWorkflowInboundInterceptor
from temporalio.converter import PayloadConverter

from kit.telemetry import TraceparentOnly

LONGEST_BYTES = 1_000
"""Of a header that is read. One of ours has about 80; JSON that is deep or long could fail or stop the reader."""
NAME = "traceparent"
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class OnlyTraceparent(PayloadConverter):
    """Reads and writes the header of a trace. Reading never raises."""

    def to_payloads(self, values: Sequence[Any]) -> list[Payload]:
        """Called by the SDK."""
        return PayloadConverter.default.to_payloads(values)

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type] | None = None) -> list[Any]:
        """Called by the SDK. Each is `{"traceparent": …}`, or `{}` for what is none."""
        return [_carrier(one.data) for one in payloads]


def _carrier(data: bytes) -> dict[str, str]:
    if len(data) > LONGEST_BYTES:
        return {}
    try:
        read: object = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    found = cast(Mapping[str, object], read).get(NAME) if isinstance(read, dict) else None
    return {NAME: found} if isinstance(found, str) and _TRACEPARENT.fullmatch(found) else {}


class Traces(TracingInterceptor):
    """The SDK's interceptor, for clients, activities and workflows, that a forged header cannot stop."""

    def __init__(self) -> None:
        super().__init__()
        self.payload_converter = OnlyTraceparent()
        self.text_map_propagator = TraceparentOnly()

    def workflow_interceptor_class(
        self, input: worker.WorkflowInterceptorClassInput
    ) -> type[TracingWorkflowInboundInterceptor]:
        """Called by the SDK."""
        super().workflow_interceptor_class(input)
        return _InWorkflow


class _InWorkflow(TracingWorkflowInboundInterceptor):
    def __init__(self, next: worker.WorkflowInboundInterceptor) -> None:
        super().__init__(next)
        self.payload_converter = OnlyTraceparent()
        self.text_map_propagator = TraceparentOnly()
