"""The services as a client sees them: their OpenAPI documents, sign-in by office, and one call with its answer."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

import httpx

from neove.openapi import Document, Operation, Request
from neove.scenario import OperationName, ScenarioWrong

CONNECT_SECONDS = 5.0
"""How long a service that does not answer is asked for its document or a token: as long as a restart takes."""
PAUSE_SECONDS = 0.25
EARLY_SECONDS = 30
"""A token is renewed this long before it ends."""


class Unreachable(Exception):
    """The stack, or a part of it that is needed, does not answer."""


class Answer(NamedTuple):
    """What a service answered: HTTP status, parsed JSON (None if it is not JSON) and the wait that it asks for."""

    status: int
    body: Any
    retry_after: float | None
    trace_id: str | None

    @property
    def slug(self) -> str | None:
        """The slug of a refusal: the last part of the problem's `type`."""
        problem = mapping(self.body)
        return str(problem.get("slug") or problem.get("type") or "").rstrip("/").rpartition("/")[2] or None


class Services:
    """Calls operations by name.

    Args:
        urls: service → base URL.
        issuer: base URL of the issuer of tokens.
        http: the client to use; a test gives one with a transport of its own.
        actor: which person of an office signs in, where there are to be two of one office.
    """

    def __init__(
        self, urls: Mapping[str, str], issuer: str, http: httpx.Client | None = None, actor: str | None = None
    ) -> None:
        self._urls = dict(urls)
        self._issuer = issuer
        self._person = {"actor": actor} if actor else {}
        self._http = http or httpx.Client(timeout=10, trust_env=False)
        self._documents: dict[str, Document] = {}
        self._tokens: dict[str, tuple[str, float]] = {}

    def has(self, service: str) -> bool:
        """Whether this installation has such a service."""
        return service in self._urls

    def operation(self, name: OperationName) -> Operation:
        """The operation of this name, from the service's document.

        Raises:
            ScenarioWrong: there is no such service or operation.
            Unreachable: the service does not answer.
        """
        if not self.has(name.service):
            raise ScenarioWrong(f"there is no service `{name.service}` here; `--without {name.service}` leaves it out")
        if name.service not in self._documents:
            self._documents[name.service] = Document(self._document(name.service))
        operations = self._documents[name.service].operations
        if name.operation not in operations:
            raise ScenarioWrong(f"`{name.service}` has no operation `{name.operation}`")
        return operations[name.operation]

    def token(self, office: str) -> str:
        """An access token of an office, from memory while it lasts.

        Raises:
            ScenarioWrong: the issuer knows no such office.
            Unreachable: the issuer does not answer.
        """
        token, until = self._tokens.get(office, ("", 0.0))
        if time.monotonic() < until:
            return token
        asked = {"office": office} | self._person
        answer = self._patiently(lambda: self._http.post(f"{self._issuer}/token", json=asked), "issuer")
        if answer.is_server_error:
            raise Unreachable(f"the issuer at {self._issuer} answers {answer.status_code}")
        if answer.is_error:
            raise ScenarioWrong(f"the issuer does not sign in `{office}`: {problem_text(parsed(answer))}")
        given = answer.json()
        lasts = float(given.get("expires_in", 0)) - EARLY_SECONDS
        self._tokens[office] = (str(given["access_token"]), time.monotonic() + lasts)
        return str(given["access_token"])

    def send(
        self, name: OperationName, request: Request, *, office: str, headers: Mapping[str, str], timeout: float
    ) -> Answer:
        """Send one request as an office and read the answer.

        Raises:
            Unreachable: no connection, or no answer within `timeout` seconds.
        """
        try:
            answer = self._http.request(
                request.method,
                self._urls[name.service] + request.path,
                params=request.query or None,
                json=request.body,
                headers={**headers, "Authorization": f"Bearer {self.token(office)}"},
                timeout=timeout,
            )
        except httpx.TransportError as error:
            raise Unreachable(f"`{name.service}` does not answer ({type(error).__name__})") from error
        body = parsed(answer)
        return Answer(answer.status_code, body, _seconds(answer), mapping(body).get("trace_id"))

    def _document(self, service: str) -> Mapping[str, Any]:
        answer = self._patiently(lambda: self._http.get(f"{self._urls[service]}/openapi.json"), service)
        raw = mapping(parsed(answer))
        if answer.is_error or "paths" not in raw:
            raise Unreachable(f"`{service}` has no OpenAPI document ({answer.status_code})")
        return raw

    def _patiently(self, ask: Callable[[], httpx.Response], who: str) -> httpx.Response:
        until = time.monotonic() + CONNECT_SECONDS
        while True:
            try:
                return ask()
            except httpx.TransportError as error:
                if time.monotonic() + PAUSE_SECONDS > until:
                    raise Unreachable(f"`{who}` does not answer ({type(error).__name__})") from error
            time.sleep(PAUSE_SECONDS)


def parsed(answer: httpx.Response) -> Any:
    """The JSON of an answer, or None where it is not JSON."""
    try:
        return answer.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return None


def mapping(body: Any) -> Mapping[str, Any]:
    """The body as a mapping; empty where it is something else."""
    return cast("Mapping[str, Any]", body) if isinstance(body, Mapping) else {}


def problem_text(body: Any) -> str:
    """One line of a problem document, as far as there is one."""
    problem = mapping(body)
    return str(problem.get("detail") or problem.get("title") or "(no reason given)")


def _seconds(answer: httpx.Response) -> float | None:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isdigit() else None
