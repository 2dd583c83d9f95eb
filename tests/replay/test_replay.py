"""Histories as they once ran are replayed by today's code: an incompatible edit fails here, not in production.

Recorded by `pytest tests/integration/casework/workflows --record-histories`, reviewed like code, never edited. When a
change of the workflow is made compatible (ADR 0006), the old histories stay and new ones are recorded beside them.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from google.protobuf.message import Message
from temporalio import workflow
from temporalio.api.common.v1 import Payload, SearchAttributes
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from casework.workflows import ports, search_attributes
from casework.workflows.case import CaseWorkflow
from casework.workflows.transfer import TransferWorkflow
from kit import temporal
from kit.crypto import KeyRing

HISTORIES = Path(__file__).parent / "histories"
CONVERTER = temporal.data_converter(KeyRing.load(HISTORIES / "key-of-the-tests.json"))
RECORDED = sorted(HISTORIES.glob("*Workflow/*.json"))
NAMES = [f"{path.parent.name}/{path.stem}" for path in RECORDED]
MODULES = (
    *("contracts", "pydantic", "pydantic_core", "opentelemetry"),
    *(ports.__name__, search_attributes.__name__),
)
"""Light and deterministic: not loaded anew for each workflow. All else runs in the sandbox here, and only here."""


def replayer() -> Replayer:
    runner = SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*MODULES))
    return Replayer(
        workflows=[CaseWorkflow, TransferWorkflow],
        data_converter=CONVERTER,
        interceptors=temporal.interceptors(),
        workflow_runner=runner,
    )


def test_the_ways_of_a_case_are_recorded():
    assert {path.stem for path in RECORDED if path.parent.name == ports.WORKFLOW} >= {
        "200-waits-at-one-instant",
        "closed",
        "database-away",
        "escalation-follows-breach",
        "fires-once-then-closed",
        "foreign-headers",
        "foreign-signals",
        "instant-moved-earlier",
        "left-open-then-done",
        "older-version-ignored",
        "renewed",
        "renewed-before",
        "signals-before-start",
        "three-instants",
        "told-again-after-firing",
    }


def test_the_ways_of_a_transfer_are_recorded():
    assert {path.stem for path in RECORDED if path.parent.name == ports.TRANSFER_WORKFLOW} >= {
        "asked-then-next-step",
        "five-steps",
        "foreign-headers",
        "foreign-signals",
        "lapsed",
    }


@pytest.mark.parametrize("path", RECORDED, ids=NAMES)
async def test_a_recorded_history_replays(path: Path):
    await replayer().replay_workflow(_history(path))


@pytest.mark.parametrize("path", RECORDED, ids=NAMES)
def test_what_we_put_into_a_history_is_sealed(path: Path):
    ours = [event for event in _history(path).events if not _is_foreign(path, event)]
    shown = [payload for event in ours for payload in _payloads(event) if _is_readable(payload)]
    assert shown == []


def _history(path: Path) -> WorkflowHistory:
    """Under the id that the workflow had: payloads are sealed for it."""
    document = json.loads(path.read_text("utf-8"))
    started = document["events"][0]["workflowExecutionStartedEventAttributes"]
    return WorkflowHistory.from_json(started["workflowId"], document)


def _is_foreign(path: Path, event: HistoryEvent) -> bool:
    """A signal of that recording which somebody without a key sent."""
    return path.stem.startswith("foreign-") and event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED


def _payloads(message: Message) -> Iterator[Payload]:
    """All payloads but those of search attributes, which the server must read."""
    if isinstance(message, Payload):
        yield message
    elif not isinstance(message, SearchAttributes):
        for field, value in message.ListFields():
            parts = value.values() if field.message_type and field.message_type.GetOptions().map_entry else value
            for part in parts if field.is_repeated or isinstance(value, Mapping) else [value]:
                if isinstance(part, Message):
                    yield from _payloads(part)


def _is_readable(payload: Payload) -> bool:
    """The SDK's own notes are in the clear: number, type and instants of a local activity, and the name of a patch."""
    notes = (b'"activity_type":"casework.fire_due"', ports.IGNORES_FOREIGN.encode())
    sealed = payload.metadata["encoding"] in (temporal.SEALED, temporal.BOUND)
    return not sealed and not any(note in payload.data for note in notes)


@workflow.defn(name=ports.WORKFLOW)
class Edited(CaseWorkflow):
    """The workflow with an edit that ADR 0006 forbids: a command more than the history has."""

    @workflow.init
    def __init__(self, start: ports.WaitSet) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: ports.WaitSet) -> None:
        workflow.upsert_memo({"edited": True})
        await super().run(start)


async def test_an_edit_that_does_not_fit_a_history_is_found():
    replayer = Replayer(
        workflows=[Edited],
        data_converter=CONVERTER,
        interceptors=temporal.interceptors(),
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    with pytest.raises(workflow.NondeterminismError, match="TMPRL1100"):
        await replayer.replay_workflow(_history(HISTORIES / "CaseWorkflow/three-instants.json"))
