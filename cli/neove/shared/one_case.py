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
    name = OperationName("casework", operation)
    request = services.operation(name).request({"case_id": case_id})
    answer = services.send(name, request, office=office, headers={}, timeout=TIMEOUT_SECONDS)
    if answer.status != 200:
        raise Refused(refusal_text(answer))
    return answer.body
