"""Signed calls to agency systems. No call can be led into our own networks.

The name is resolved once, every address is judged, and the connection is made to a judged address: a name that
resolves differently a moment later changes nothing. TLS still asks for a certificate of the name. No redirects, no
proxies, no connection that serves two targets; the answer's body is not read.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from kit.clock import Clock
from notify.channels import Message, Outcome
from notify.domain import signing
from notify.domain.targets import Address, TargetPolicy, as_address, host_of, port_of
from notify.errors import TargetRefused
from notify.schemas import WorkData, WorkEvent

Resolve = Callable[[str, int], Awaitable[list[Address]]]
CONTENT_TYPE = "application/cloudevents+json"
MAX_ADDRESSES = 3
CHECK_SECONDS = 2.0
OWN = frozenset({400, 409, 413, 415, 422})
"""Answers about the message, not about the receiver."""
GONE = 410


class WebhookChannel:
    """The adapter.

    Args:
        policy: where calls may go.
        clock: gives the instant that is signed.
        timeout_seconds: for one try, name look-up and all.
        ca_file: certificates to trust instead of the public ones.
        resolve: name and port to addresses.
    """

    def __init__(
        self,
        policy: TargetPolicy,
        clock: Clock,
        timeout_seconds: float,
        ca_file: Path | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        self._policy, self._clock, self._timeout = policy, clock, timeout_seconds
        self._tls = httpx.create_ssl_context(verify=ssl.create_default_context(cafile=ca_file) if ca_file else True)
        self._resolve = resolve or addresses_of

    async def check(self, given: str) -> None:
        """Check that a webhook may be registered for this URL. A name that does not resolve now is accepted.

        Raises:
            TargetRefused: with the reason.
        """
        url = self._policy.url(given)
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self._addresses(url)
        except UnicodeError:
            raise TargetRefused("not the name of a host") from None
        except (OSError, TimeoutError):
            return

    async def send(self, message: Message) -> Outcome:
        """One signed POST; delivered when the answer is 2xx."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._post(message)
        except TargetRefused:
            return Outcome(error="target-refused")
        except (TimeoutError, httpx.TimeoutException):
            return Outcome(error="timeout")
        except (OSError, httpx.ConnectError):
            return Outcome(error="no-connection")
        except (httpx.HTTPError, UnicodeError, ValueError):
            return Outcome(error="protocol")

    async def _post(self, message: Message) -> Outcome:
        url = self._policy.url(message.url)
        body = body_of(message)
        headers = {
            "content-type": CONTENT_TYPE,
            "user-agent": "neove-notify",
            "host": url.netloc.decode("ascii"),
            **signing.headers(message.secrets, message.delivery_id, self._clock.now(), body),
        }
        failure: httpx.ConnectError | None = None
        for address in (await self._addresses(url))[:MAX_ADDRESSES]:
            try:
                return await self._call(url, address, headers, body)
            except httpx.ConnectError as error:
                failure = error
        raise failure or OSError("no address")

    async def _call(self, url: httpx.URL, address: Address, headers: dict[str, str], body: bytes) -> Outcome:
        pinned = url.copy_with(host=str(address))
        extensions = {"sni_hostname": host_of(url)}
        async with (
            httpx.AsyncClient(verify=self._tls, trust_env=False, follow_redirects=False) as http,
            http.stream("POST", pinned, content=body, headers=headers, extensions=extensions) as answer,
        ):
            return outcome_of(answer)

    async def _addresses(self, url: httpx.URL) -> list[Address]:
        """Every address of the host; refused when one of them may not be called."""
        literal = as_address(host_of(url))
        found = [literal] if literal else await self._resolve(host_of(url), port_of(url))
        if not all(self._policy.may_reach(address) for address in found):
            raise TargetRefused("not a public address")
        return found


def body_of(message: Message) -> bytes:
    """The body, the same in every try."""
    event = WorkEvent(
        id=message.delivery_id,
        subject=message.case_id,
        time=message.at,
        data=WorkData.model_validate(
            {
                "case_id": message.case_id,
                "kind": message.kind,
                "lane": message.lane,
                "at": message.at,
                "due_at": message.due_at,
                "confidence": message.confidence,
                "result": message.result,
            }
        ),
    )
    return event.model_dump_json(exclude_none=True).encode()


def outcome_of(answer: httpx.Response) -> Outcome:
    """What an answer means; only its status and `Retry-After` count."""
    status = answer.status_code
    if answer.is_success:
        return Outcome(status)
    asked = answer.headers.get("retry-after", "")
    wait = float(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
    return Outcome(status, "status", gone=status == GONE, own=status in OWN, wait_seconds=wait)


async def addresses_of(host: str, port: int) -> list[Address]:
    """The addresses of a name; raises `OSError`."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [as_address(str(entry[4][0])) for entry in found]
    return list(dict.fromkeys(address for address in addresses if address is not None))
