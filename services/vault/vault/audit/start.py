"""Makes the collector of a process: its database, and the services that it asks."""

from contracts.ids import audience_of
from kit import db
from kit.auth import ServiceToken
from kit.client import ServiceClient
from kit.crypto import KeyRing
from kit.http.looks import TakeIn, TakeOut, entries_of
from kit.settings import PostgresSettings
from kit.state import State
from kit.uow import UnitOfWork
from vault.audit.collector import OWN, Collector, Source
from vault.settings import Settings

CONNECTIONS = 2
PATH = "/v1/looks"


def collector(state: State, settings: Settings, master: KeyRing) -> Collector:
    """The collector of every service that the settings name. The vault's own entries it reads from the database."""

    async def own(given: TakeIn) -> TakeOut:
        return await entries_of(state.uow, given)

    sources: dict[str, Source] = {OWN: own}
    if state.token is not None:
        sources |= {name: _source(state, settings, state.token, name, url) for name, url in settings.services.items()}
    return Collector(audit_uow(state, settings.audit_database_url), master, sources)


def audit_uow(state: State, url: str) -> UnitOfWork:
    """The vault's database as the role `audit`. It connects when it is first used."""
    given = PostgresSettings(database_url=url, pool_size=CONNECTIONS)
    return UnitOfWork(db.sessions(db.engine(given)), state.clock)


def _source(state: State, settings: Settings, token: ServiceToken, name: str, url: str) -> Source:
    scope = settings.services_scopes.get(name, "")
    client = ServiceClient(url, token, state.http, resource=audience_of(name), scope=scope)

    async def ask(given: TakeIn) -> TakeOut:
        return TakeOut.model_validate(await client.post(PATH, given.model_dump()))

    return ask
