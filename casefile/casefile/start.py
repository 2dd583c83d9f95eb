"""Starts a service on cases: gives it the library of the law, the decision on rights and the client of the vault."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from casefile.offices import Offices
from casefile.sealing import Sealer
from casefile.settings import CaseSettings, SealingSettings
from casefile.standing import Standings
from contracts.problems import NotFound
from contracts.standing import Standing
from contracts.topology import OFFICES, STANDINGS
from kit.auth import Decision, Principal
from kit.client import ServiceClient
from kit.state import Ground, State
from regulations import Library, break_glass, restricted
from regulations.restricted import Person
from regulations.rights import Rights

BREAK_GLASS = "break-glass"
"""Why a right is given that no relation gives, in the entry of a request."""
log = logging.getLogger(__name__)


async def start(state: State) -> None:
    """Put `Library` and `Rights` into the state, and `Standings` and `Sealer` for a service that reads or seals.

    A service that uses the directory follows the signed changes of the offices from now on (`casefile.offices`).

    Needs no other service to run.
    """
    settings = state.settings
    if not isinstance(settings, CaseSettings):
        raise TypeError(f"{state.service} needs the settings of a service that works on cases")
    use_library(state, Library(settings.regulations_dir))
    if state.bus is not None and state.service in STANDINGS.readers:
        state.put(Standings(state.bus))
    if state.bus is not None and state.service in OFFICES.readers:
        follow_offices(state, Offices(state.bus, lambda: state.get(Library)))
    if isinstance(settings, SealingSettings):
        if state.token is None:
            raise TypeError(f"{state.service} needs an account at the provider to seal")
        vault = ServiceClient(
            settings.vault_url,
            state.token,
            state.http,
            resource=settings.vault_resource,
            scope=settings.vault_scope,
        )
        state.put(vault)
        state.put(Sealer(vault))


def follow_offices(state: State, offices: Offices) -> None:
    """Bring the directory up to date before each request, and show its version in the health answer."""
    state.put(offices)
    state.before_request = offices.follow
    state.tells["directory"] = offices.version


def use_library(state: State, library: Library) -> None:
    """Make the service decide on rights, and look up the law, with this library from now on."""
    rights = Rights(library)

    def now() -> datetime:
        return state.clock.now()

    state.put(library)
    state.put(rights)
    state.decide, state.ground = decision(rights, now), ground(rights, now)


def decision(rights: Rights, now: Callable[[], datetime]) -> Decision:
    """The decision on rights, in the form that the HTTP edge calls. `now`: gives the instant of the call."""

    def decide(principal: Principal, operation: str, subject: Any = None, **context: Any) -> bool:
        standing = subject if isinstance(subject, Standing) else None
        office, person = principal.office or None, person_of(principal)
        allowed = rights.decide(
            office, operation, standing, service=principal.service, person=person, at=now(), **context
        )
        if not allowed and standing is not None and office is not None:
            _hide(standing, office, person, operation)
        return allowed

    return decide


def person_of(principal: Principal) -> Person:
    """The caller, as rights in a restricted case are decided."""
    return Person(principal.actor, principal.position)


def ground(rights: Rights, now: Callable[[], datetime]) -> Ground:
    """Why the decision is yes, for the entry of the request (`kit.looks`): the relations of the office, break-glass."""

    def reasons(principal: Principal, operation: str, subject: Any = None, **context: Any) -> tuple[str, ...]:
        office = principal.office
        if not isinstance(subject, Standing) or not office:
            return ()
        opened = break_glass.allows(subject, operation, office, person_of(principal), now())
        relations = rights.relations(office, subject, context.get("lane"))
        return (*sorted(relations), BREAK_GLASS) if opened else tuple(sorted(relations))

    return reasons


def _hide(standing: Standing, office: str, person: Person, operation: str) -> None:
    """Raise `NotFound` for whom a restriction keeps out: the same answer as for a case that does not exist."""
    if not restricted.admits(standing, office, person, operation):
        log.info("denied: %s to %s %s, a restricted case", operation, office, person.subject)
        raise NotFound()
