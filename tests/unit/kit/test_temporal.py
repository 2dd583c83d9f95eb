"""Histories: nothing in them can be read without the ring; refusals keep their slug."""

from datetime import timedelta

import pytest
from pydantic import BaseModel
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.service import RPCError, RPCStatusCode

from contracts.problems import Refused, Unavailable
from kit.crypto import KeyRing, Tampered, new_key
from kit.temporal import application_error, data_converter, translated

NAME = "Nguyen Thi Bia"


class Waits(BaseModel):
    version: int
    note: str


async def test_payloads_cannot_be_read_and_come_back_as_models() -> None:
    converter = data_converter(KeyRing.fresh())
    sealed = await converter.encode([Waits(version=1, note=NAME)])
    assert NAME.encode() not in sealed[0].SerializeToString()
    assert await converter.decode(sealed, [Waits]) == [Waits(version=1, note=NAME)]


async def test_old_payloads_open_after_a_rotation() -> None:
    old = KeyRing.fresh("k1")
    sealed = await data_converter(old).encode([1])
    rotated = KeyRing("k2", {**old.keys, "k2": new_key()})
    assert await data_converter(rotated).decode(sealed) == [1]


async def test_refuses_payloads_that_are_changed_foreign_or_not_sealed() -> None:
    converter = data_converter(KeyRing.fresh())
    (sealed,) = await converter.encode([1])
    changed = Payload(metadata=dict(sealed.metadata), data=sealed.data[:-1] + b"\0")
    (foreign,) = await data_converter(KeyRing.fresh()).encode([1])
    (clear,) = await data_converter(None).encode([1])
    for bad in (changed, foreign, clear):
        with pytest.raises(Tampered):
            await converter.decode([bad])


async def test_the_text_of_a_failure_cannot_be_read() -> None:
    converter, failure = data_converter(KeyRing.fresh()), Failure()
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
