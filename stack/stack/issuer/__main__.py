"""`python -m stack.issuer`: serves, as the variables `NEOVE_ISSUER_…` say."""

import asyncio
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.ids import audience_of
from kit.loopback import is_loopback
from kit.server import Config, Server
from regulations import Library
from stack.demo_offices import DemoOffices
from stack.demo_people import NOBODY, DemoPeople
from stack.issuer.app import WARNING, build_app
from stack.issuer.provider import Issuer
from stack.secrets import Secrets

log = logging.getLogger("stack.issuer")

if TYPE_CHECKING:
    import httpx


def require_loopback(host: str) -> None:
    """End the process unless this is a loopback address."""
    if not is_loopback(host):
        sys.exit(f"The development issuer listens on loopback only, not on {host}. Use a real identity provider there.")


def _client(url: str) -> "httpx.AsyncClient":
    import httpx  # only here: it takes five megabytes, and few stacks ever ask

    return httpx.AsyncClient(base_url=url, timeout=3, trust_env=False)


def main(environment: Mapping[str, str] = os.environ) -> None:
    """Serve until the process is ended."""
    host, port = environment.get("NEOVE_ISSUER_HOST", "127.0.0.1"), int(environment["NEOVE_ISSUER_PORT"])
    require_loopback(host)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    log.warning(WARNING)
    services = Secrets.read(Path(environment["NEOVE_ISSUER_SECRETS_FILE"])).clients
    people = environment.get("NEOVE_ISSUER_PEOPLE_FILE")
    issuer = Issuer(
        url=environment["NEOVE_ISSUER_URL"],
        audiences=[audience_of(service) for service in services],
        key_file=Path(environment["NEOVE_ISSUER_KEY_FILE"]),
        services=services,
        offices=DemoOffices(Library().world.directory),
        casework=lambda: _client(environment["NEOVE_ISSUER_CASEWORK"]),
        people=DemoPeople.load(Path(people)) if people else NOBODY,
    )
    config = Config(
        build_app(issuer),
        host=host,
        port=port,
        http="h11",  # it bounds the headers; httptools does not (`kit.http.protocol`)
        log_level="warning",
        access_log=False,
        date_header=False,
    )
    asyncio.run(Server(config).serve())


if __name__ == "__main__":
    main()
