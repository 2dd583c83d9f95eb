"""Histories: nothing in them can be read without the ring; refusals keep their slug."""

from datetime import timedelta

import pytest
from pydantic import BaseModel
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.converter import ActivitySerializationContext, DataConverter, WorkflowSerializationContext
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.service import RPCError, RPCStatusCode

from contracts.problems import Refused, Unavailable
from kit.crypto import KeyRing, Tampered, new_key
from kit.temporal import BOUND, SEALED, application_error, data_converter, translated
from kit.traces_in_temporal import LONGEST_BYTES, OnlyTraceparent

NAME = "Nguyen Thi Bia"


class Waits(BaseModel):
    version: int
    note: str


CASE, OTHER = "case_" + "a" * 26, "case_" + "b" * 26


def of_workflow(ring: KeyRing, workflow_id: str = CASE) -> DataConverter:
    """As the SDK converts what a workflow is sent."""
    return data_converter(ring).with_context(WorkflowSerializationContext("neove", workflow_id))


def of_activity(ring: KeyRing, workflow_id: str = CASE) -> DataConverter:
    """As the SDK converts what a workflow asks an activity, and the answer."""
    context = ActivitySerializationContext(
        namespace="neove",
        activity_id="1",
        activity_type="casework.fire_due",
        activity_task_queue="casework",
        workflow_id=workflow_id,
        workflow_type="CaseWorkflow",
        is_local=False,
    )
    return data_converter(ring).with_context(context)


def sealed_before(ring: KeyRing, text: bytes) -> Payload:
    """As payloads were sealed before they were bound to a workflow."""
    inner = Payload(metadata={"encoding": b"json/plain"}, data=text)
    return Payload(
        metadata={"encoding": SEALED}, data=ring.seal(inner.SerializeToString(), context=b"temporal-payload")
    )


async def test_payloads_cannot_be_read_and_come_back_as_models() -> None:
    converter = of_workflow(KeyRing.fresh())
    sealed = await converter.encode([Waits(version=1, note=NAME)])
    assert NAME.encode() not in sealed[0].SerializeToString()
    assert await converter.decode(sealed, [Waits]) == [Waits(version=1, note=NAME)]


async def test_old_payloads_open_after_a_rotation() -> None:
    old = KeyRing.fresh("k1")
    sealed = await of_workflow(old).encode([1])
    rotated = KeyRing("k2", {**old.keys, "k2": new_key()})
    assert await of_workflow(rotated).decode(sealed) == [1]


async def test_what_was_sealed_before_it_was_bound_to_a_workflow_stays_readable() -> None:
    ring = KeyRing.fresh()
    for converter in (of_workflow(ring), of_activity(ring), data_converter(ring)):
        assert await converter.decode([sealed_before(ring, b"1")]) == [1]


async def test_what_does_not_open_is_no_value_of_a_workflow_and_fails_no_task() -> None:
    ring = KeyRing.fresh()
    (sealed,) = await of_workflow(ring).encode([1])
    last = bytes([sealed.data[-1] ^ 1])
    bad = [
        Payload(metadata=dict(sealed.metadata), data=sealed.data[:-1] + last),
        Payload(metadata={**sealed.metadata, "direction": b"out-of-workflow"}, data=sealed.data),
        Payload(metadata={"encoding": BOUND}, data=sealed.data),
        Payload(metadata={"encoding": SEALED}, data=sealed.data),
        Payload(metadata=dict(sealed.metadata), data=b""),
        Payload(metadata={"encoding": SEALED}, data=ring.seal(b"no payload", context=b"temporal-payload")),
        Payload(),
        *await of_workflow(KeyRing.fresh()).encode([1]),
        *await of_workflow(ring, OTHER).encode([1]),
        *await of_activity(ring, OTHER).encode([1]),
        *await of_activity(ring).encode([1]),
        *await data_converter(None).encode([1]),
    ]
    assert await of_workflow(ring).decode(bad) == [{"neove": "not-opened"}] * len(bad)
    for one in bad:
        with pytest.raises(Tampered):
            await data_converter(ring).decode([one])


async def test_a_question_to_an_activity_opens_there_and_not_as_a_signal() -> None:
    ring = KeyRing.fresh()
    (asked,) = await of_activity(ring).encode([1])
    assert asked.metadata["direction"] == b"out-of-workflow"
    assert await of_activity(ring).decode([asked]) == [1]
    assert await of_workflow(ring).decode([asked]) == [{"neove": "not-opened"}]


async def test_nothing_is_sealed_that_belongs_to_no_workflow() -> None:
    with pytest.raises(ValueError, match="for a workflow"):
        await data_converter(KeyRing.fresh()).encode([1])


async def test_a_forged_failure_of_an_activity_is_a_failure_and_no_defect() -> None:
    failure = Failure(message="forged", encoded_attributes=Payload(data=b"anything"))
    failure.application_failure_info.type = "odd"
    assert isinstance(await of_activity(KeyRing.fresh()).decode_failure(failure), ApplicationError)


async def test_the_text_of_a_failure_cannot_be_read() -> None:
    converter, failure = of_workflow(KeyRing.fresh()), Failure()
    try:
        try:
            raise KeyError(NAME)
        except KeyError as cause:
            raise ApplicationError(f"cannot process {NAME}", NAME, type="odd") from cause
    except ApplicationError as error:
        await converter.encode_failure(error, failure)
    assert NAME.encode() not in failure.SerializeToString()
    assert b"test_temporal" not in failure.SerializeToString()  # nor the stack trace
    assert NAME in str(await converter.decode_failure(failure))


def test_a_refusal_is_final_and_a_dependency_that_is_away_is_not() -> None:
    refused, away = application_error(Refused("not now")), application_error(Unavailable(retry_after=9))
    assert (refused.type, refused.non_retryable) == ("refused", True)
    assert refused.category is ApplicationErrorCategory.BENIGN
    assert (away.type, away.non_retryable, away.next_retry_delay) == ("unavailable", False, timedelta(seconds=9))


def test_a_server_that_is_away_is_unavailable_and_other_answers_pass() -> None:
    with pytest.raises(Unavailable), translated():
        raise RPCError("down", RPCStatusCode.UNAVAILABLE, b"")
    with pytest.raises(RPCError), translated():
        raise RPCError("no", RPCStatusCode.INVALID_ARGUMENT, b"")


TRACEPARENT = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


def test_the_header_of_a_trace_comes_back_as_it_was_written() -> None:
    converter = OnlyTraceparent()
    assert converter.from_payloads(converter.to_payloads([TRACEPARENT])) == [TRACEPARENT]
    with_more = converter.to_payloads([{**TRACEPARENT, "tracestate": "a=b", "baggage": "name=Bia"}])
    assert converter.from_payloads(with_more) == [TRACEPARENT]


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"{", b"\xff", b"null", b'"x"', b"7", b"[1]", b"{}", b"[" * LONGEST_BYTES, b" " * 10_000_000),
        *(b'{"traceparent": null}', b'{"traceparent": [7]}', b'{"traceparent": {"a": 1}}', b'{"traceparent": "x"}'),
        *(b'{"traceparent": "' + b"0" * 55 + b'"}', b'{"traceparent": "\\ud800"}', b"NaN", b"9" * LONGEST_BYTES),
    ],
)
@pytest.mark.parametrize("encoding", [b"json/plain", b"nonsense", None])
def test_any_other_header_counts_as_none(data: bytes, encoding: bytes | None) -> None:
    forged = Payload(metadata={} if encoding is None else {"encoding": encoding}, data=data)
    assert OnlyTraceparent().from_payloads([forged]) == [{}]
