"""Asks casework of the running stack, signed in as an office."""

import secrets
from collections.abc import Mapping
from typing import Any

from client.answers import mapping, refusal_text
from client.errors import ClientError
from client.services import OperationName, Services
from stack.config import Failure, endpoints

ANSWER_SECONDS = 60.0
"""The slowest answer is one page of the preview of an amendment: casework folds every case of it twice."""


def services(actor: str | None = None) -> Services:
    """The services of the running stack, for a person of an office; without `actor`, the first.

    Raises:
        Failure: no stack was ever started here.
    """
    where = endpoints()
    return Services(where.services, where.issuer, actor=actor)


def ask(services: Services, operation: str, office: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer of one operation of casework.

    Args:
        services: of the running stack.
        operation: its name, without that of the service.
        office: that asks.
        fields: of the path, the query and the body.

    Raises:
        Failure: refused, or the stack does not answer.
    """
    name = OperationName("casework", operation)
    try:
        request = services.operation(name).request(fields)
        headers = {"Idempotency-Key": secrets.token_hex(12)} if request.method == "POST" else {}
        answer = services.send(name, request, office=office, headers=headers, timeout=ANSWER_SECONDS)
    except ClientError as error:
        raise Failure(str(error)) from None
    if answer.status not in (200, 201):
        raise Failure(refusal_text(answer))
    return mapping(answer.body)
