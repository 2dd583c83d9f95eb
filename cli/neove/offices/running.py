"""Asks casework of the running stack about one office, and changes what the office says of itself."""

from collections.abc import Mapping
from typing import Any

from client.answers import refusal_text
from client.errors import ClientError
from client.services import OperationName, Services
from contracts.ids import role_of
from stack.config import Failure, endpoints

TIMEOUT_SECONDS = 10.0
CONTACT = ("phone", "email", "address", "site")
"""The fields of a public contact, as the contract names them."""


def services() -> Services:
    """The services of the running stack. Raises `Failure` if none runs."""
    where = endpoints()
    return Services(where.services, where.issuer)


def ask(stack: Services, operation: str, office: str, by: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer of `get_office` or `change_office`.

    Args:
        stack: the services.
        operation: of casework.
        office: that it is about.
        by: the office that asks.
        given: the fields of the body.

    Raises:
        Failure: casework refuses, or does not answer.
    """
    role = role_of(office)
    word = office.removeprefix(f"{role}/")  # the address of the operation has both
    name = OperationName("casework", operation)
    try:
        request = stack.operation(name).request({"role": role, "word": word, **given})
        answer = stack.send(name, request, office=by, headers={}, timeout=TIMEOUT_SECONDS)
    except ClientError as error:
        raise Failure(str(error)) from None
    if answer.status != 200:
        raise Failure(f"{office} as {by}: {refusal_text(answer)}")
    return answer.body
