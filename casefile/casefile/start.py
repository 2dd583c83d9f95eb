"""Starts a service on cases: gives it the library of the law, the decision on rights and the client of the vault."""

from typing import Any

from casefile.offices import Offices
from casefile.sealing import Sealer
from casefile.settings import CaseSettings, SealingSettings
from casefile.standing import Standings
from contracts.standing import Standing
from contracts.topology import OFFICES, STANDINGS
from kit.auth import Decision, Principal
from kit.client import ServiceClient
from kit.state import Ground, State
from regulations import Library
from regulations.rights import Rights


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
    state.put(library)
    state.put(rights)
    state.decide, state.ground = decision(rights), ground(rights)


def decision(rights: Rights) -> Decision:
    """The decision on rights, in the form that the HTTP edge calls."""

    def decide(principal: Principal, operation: str, subject: Any = None, **context: Any) -> bool:
        standing = subject if isinstance(subject, Standing) else None
        return rights.decide(principal.office or None, operation, standing, service=principal.service, **context)

    return decide


def ground(rights: Rights) -> Ground:
    """By which relations of the office the decision is yes, for the entry of the request (`kit.looks`)."""

    def relations(principal: Principal, operation: str, subject: Any = None, **context: Any) -> tuple[str, ...]:
        if not isinstance(subject, Standing) or not principal.office:
            return ()
        return tuple(sorted(rights.relations(principal.office, subject, context.get("lane"))))

    return relations
