"""Asks casework about one case as an office; used by `neove case` and `neove law draw --case`."""

from collections.abc import Mapping
from typing import Any

from client.answers import refusal_text
from client.services import OperationName, Services

TIMEOUT_SECONDS = 10.0


class Refused(Exception):
    """Casework refused to show the case."""


def ask(services: Services, operation: str, case_id: str, office: str) -> Mapping[str, Any]:
    """The answer of one reading operation of casework, for example `get_case`.

    Raises:
        Refused: there is no such case, or the office may not see it.
    """
    return _answer(services, operation, {"case_id": case_id}, office)


def find(services: Services, number: str, office: str) -> str:
    """The id of the case with this number. Raises `Refused`: no such case, or the office may not see it."""
    items = _answer(services, "find_case", {"number": number}, office)["items"]
    return str(items[0]["case_id"])


def _answer(services: Services, operation: str, fields: Mapping[str, str], office: str) -> Mapping[str, Any]:
    name = OperationName("casework", operation)
    request = services.operation(name).request(fields)
    answer = services.send(name, request, office=office, headers={}, timeout=TIMEOUT_SECONDS)
    if answer.status != 200:
        raise Refused(refusal_text(answer))
    return answer.body
