"""Calls from one service to another: the caller's trace goes along, refusals come back as the same problems."""

import ssl
from typing import Any, cast

import httpx
from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind

from contracts import problems
from contracts.problems import Problem, Unauthenticated, Unavailable
from kit.auth import ServiceToken
from kit.settings import ServiceSettings

TIMEOUT_SECONDS = 5
tracer = trace.get_tracer("kit.client")
BY_STATUS: dict[int, type[Problem]] = {
    kind.status: kind for kind in (problems.Invalid, problems.NotFound, problems.Forbidden, problems.Refused)
}
PLAIN = frozenset({"type", "title", "status", "detail", "instance", "trace_id"})


def http_client(settings: ServiceSettings) -> httpx.AsyncClient:
    """The one HTTP client of a process. It believes no certificate where no setting names an address with TLS.

    The certificates of the usual authorities take a megabyte of memory. Without them every call over TLS fails.
    """
    verify = uses_tls(settings) or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.AsyncClient(verify=verify, follow_redirects=False, trust_env=False)


def uses_tls(settings: ServiceSettings) -> bool:
    """Whether a setting names an address with TLS. The scheme of an address may be in upper case (RFC 3986)."""
    return any(isinstance(value, str) and value.lower().startswith("https:") for _, value in settings)


class ServiceClient:
    """HTTP to one other service, signed in as this one.

    Args:
        base_url: of the other service.
        token: this service's own token.
        http: the process's one client.
        resource: audience of the other service. scope: see `ServiceToken.value`.
    """

    def __init__(
        self, base_url: str, token: ServiceToken, http: httpx.AsyncClient, *, resource: str, scope: str = ""
    ) -> None:
        self._base, self._token, self._http = base_url.rstrip("/"), token, http
        self._resource, self._scope = resource, scope

    async def post(self, path: str, json: dict[str, Any], *, once: str | None = None) -> dict[str, Any]:
        """The answer of one POST operation.

        Args:
            path: without anything about a person; it is the span's name only when it holds no id.
            json: the body.
            once: Idempotency-Key, where the other side's effect must happen once.

        Raises:
            Unavailable: no connection, no answer in five seconds, 429 or 5xx, or our own token is refused.
            Problem: the other side's refusal, with its slug, status and members.
        """
        with tracer.start_as_current_span("POST", kind=SpanKind.CLIENT, attributes={"http.request.method": "POST"}):
            response = await self._send(path, json, once)
            if response.status_code == Unauthenticated.status:
                self._token.forget()
                response = await self._send(path, json, once)
            return _answer(response)

    async def _send(self, path: str, json: dict[str, Any], once: str | None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {await self._token.value(self._resource, self._scope)}"}
        if once:
            headers["Idempotency-Key"] = once
        propagate.inject(headers)
        try:
            return await self._http.post(self._base + path, json=json, headers=headers, timeout=TIMEOUT_SECONDS)
        except httpx.HTTPError:
            raise Unavailable("Another service cannot be reached.") from None


def _answer(response: httpx.Response) -> dict[str, Any]:
    trace.get_current_span().set_attribute("http.response.status_code", response.status_code)
    try:
        body: Any = response.json()
    except ValueError:
        raise Unavailable("Another service answered with nothing to read.") from None
    if response.is_success and isinstance(body, dict):
        return cast(dict[str, Any], body)
    raise _problem(response.status_code, cast(dict[str, Any], body) if isinstance(body, dict) else {})


def _problem(status: int, document: dict[str, Any]) -> Problem:
    """The refusal that the other side raised; a fault of the other side becomes `Unavailable`."""
    base = BY_STATUS.get(status)
    if base is None:
        return Unavailable("Another service has trouble of its own.")
    slug = str(document.get("type", "")).rsplit("/", 1)[-1] or base.slug
    title = str(document.get("title", base.title))
    kind = type(base.__name__, (base,), {"slug": slug, "title": title})
    return kind(str(document.get("detail", "")), **{k: v for k, v in document.items() if k not in PLAIN})
