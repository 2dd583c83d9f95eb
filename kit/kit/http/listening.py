"""How a service listens: where, to how many, and how long a connection may rest."""

from starlette.types import ASGIApp
from uvicorn import Config

from kit.http.connections import Connections
from kit.http.protocol import Protocol
from kit.settings import HttpSettings

DRAIN_SECONDS = 5
KEEP_ALIVE_SECONDS = 30


def configured(app: ASGIApp, settings: HttpSettings) -> Config:
    """The configuration of a service's HTTP server."""
    return Config(
        app,
        host=settings.host,
        port=settings.port,
        http=Protocol.within(Connections(settings.max_connections, settings.max_connections_of_one)),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,  # see `kit.server.Server`
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
