"""`neove token`: sign in as a demo office."""

from typing import Annotated

import typer

from neove.config import Failure, endpoints
from neove.signin import office_token, service_token
from neove.stack.secrets import Secrets


def command(
    office: Annotated[str, typer.Argument(help="role/territory, for example border_guard/lao-cai.")] = "",
    actor: Annotated[str | None, typer.Option(help="Which person of the office; any code.")] = None,
    service: Annotated[str | None, typer.Option(help="A token of this service instead.")] = None,
) -> None:
    """Print an access token, valid for an hour: curl -H "Authorization: Bearer $(neove token OFFICE)" …"""
    found = endpoints()
    if service:
        secret = Secrets.read(found.secrets).clients.get(service)
        if secret is None:
            raise Failure(f"There is no service {service}.")
        print(service_token(found, service, secret))
    elif office:
        print(office_token(found, office, actor))
    else:
        raise Failure("Name an office (role/territory) or a --service.")
