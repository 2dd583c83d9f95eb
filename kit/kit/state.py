"""The parts of a running service, built once by `kit.runtime` and typed throughout."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

import httpx

from kit.auth import Decision, ServiceToken, TokenVerifier, deny_all
from kit.clock import Clock
from kit.looks.recorder import Recorder
from kit.settings import ServiceSettings
from kit.uow import UnitOfWork

if TYPE_CHECKING:  # only named here: an API-only process needs neither
    from kit.bus import Bus
    from kit.limits.limits import Limits
    from kit.membership import Membership
    from kit.temporal import Temporal

PartT = TypeVar("PartT")
Ground = Callable[..., tuple[str, ...]]
"""Takes what a `Decision` takes, and says by which relations of the caller it is yes."""


async def _nothing() -> None:
    """What a service does before a request if it has nothing to do then."""


def _unsaid(*_: Any, **__: Any) -> tuple[str, ...]:
    """The ground of a service that knows no relations."""
    return ()


@dataclass
class State:
    """The parts of one process of a service. `on_start` adds the service's own with `put`; `get` finds them by type.

    `membership` lets in who is a member of its office; without one, whoever has a token of the office is let in.
    `limits` refuses what is too much; without one nothing is.
    `decide` says who may do what, and `ground` why; `on_start` sets them. It may also set what is done before each
    request, and add to the answer of `/healthz/ready` (`tells`: name → word; one that cannot be known now is left out).
    `looks` records every request."""

    service: str
    settings: ServiceSettings
    clock: Clock
    uow: UnitOfWork
    verifier: TokenVerifier
    http: httpx.AsyncClient
    membership: "Membership | None" = None
    limits: "Limits | None" = None
    token: ServiceToken | None = None
    bus: "Bus | None" = None
    temporal: "Temporal | None" = None
    decide: Decision = deny_all
    ground: Ground = _unsaid
    before_request: Callable[[], Awaitable[None]] = _nothing
    tells: dict[str, Callable[[], Awaitable[str]]] = field(default_factory=dict[str, Callable[[], Awaitable[str]]])
    looks: Recorder = field(init=False)
    _parts: dict[type, Any] = field(default_factory=dict[type, Any])

    def __post_init__(self) -> None:
        self.looks = Recorder(self.uow)

    def put(self, part: object) -> None:
        """Adds a part; `get` finds it by its class."""
        self._parts[type(part)] = part

    def get(self, kind: type[PartT]) -> PartT:
        """The part of exactly this class; a KeyError means that `on_start` forgot it."""
        return cast(PartT, self._parts[kind])
