"""The services as a client sees them: their OpenAPI documents, and one call by the name of its operation."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx

from client.answers import Answer, answer_of, mapping, parsed
from client.errors import NotOffered, Unreachable
from client.openapi import Document, Operation, Request
from client.patience import patiently
from client.tokens import Issuer


class OperationName(NamedTuple):
    """`casework.get_case` as its two parts."""

    service: str
    operation: str

    def __str__(self) -> str:
        return f"{self.service}.{self.operation}"


class Services:
    """Calls operations by name.

    Args:
        urls: service → base URL.
        issuer: base URL of the issuer of tokens.
        http: the client to use; a test gives one with a transport of its own.
        actor: which person of an office signs in, for example `2` for a second person; without it, the first.
    """

    def __init__(
        self, urls: Mapping[str, str], issuer: str, http: httpx.Client | None = None, actor: str | None = None
    ) -> None:
        self._urls = dict(urls)
        self._http = http or httpx.Client(timeout=10, trust_env=False)
        self._issuer = Issuer(issuer, self._http, actor)
        self._documents: dict[str, Document] = {}

    def has(self, service: str) -> bool:
        """Whether this installation has such a service."""
        return service in self._urls

    def operation(self, name: OperationName) -> Operation:
        """The operation of this name, from the service's document.

        Raises:
            NotOffered: there is no such service or operation.
            Unreachable: the service does not answer.
        """
        if not self.has(name.service):
            raise NotOffered(f"there is no service `{name.service}` here")
        if name.service not in self._documents:
            self._documents[name.service] = Document(self._document(name.service))
        operations = self._documents[name.service].operations
        if name.operation not in operations:
            raise NotOffered(f"`{name.service}` has no operation `{name.operation}`")
        return operations[name.operation]

    def token(self, office: str) -> str:
        """An access token of an office. Raises as `Issuer.office` does."""
        return self._issuer.office(office)

    def send(
        self, name: OperationName, request: Request, *, office: str, headers: Mapping[str, str], timeout: float
    ) -> Answer:
        """Send one request as an office and read the answer.

        Raises:
            Unreachable: no connection, or no answer within `timeout` seconds.
        """
        try:
            response = self._http.request(
                request.method,
                self._urls[name.service] + request.path,
                params=request.query or None,
                json=request.body,
                headers={**headers, "Authorization": f"Bearer {self.token(office)}"},
                timeout=timeout,
            )
        except httpx.TransportError as error:
            raise Unreachable(f"`{name.service}` does not answer ({type(error).__name__})") from error
        return answer_of(response)

    def _document(self, service: str) -> Mapping[str, Any]:
        answer = patiently(lambda: self._http.get(f"{self._urls[service]}/openapi.json"), service)
        raw = mapping(parsed(answer))
        if answer.is_error or "paths" not in raw:
            raise Unreachable(f"`{service}` has no OpenAPI document ({answer.status_code})")
        return raw
