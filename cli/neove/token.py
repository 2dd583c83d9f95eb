"""`neove token`: sign in as a demo office."""

from collections.abc import Callable
from typing import Annotated

import typer

from client.errors import ClientError
from client.tokens import Issuer
from stack.config import Failure, endpoints
from stack.secrets import Secrets


def command(
    office: Annotated[str, typer.Argument(help="role/territory, for example border_guard/lao-cai.")] = "",
    actor: Annotated[str | None, typer.Option(help="Which person of the office; any code.")] = None,
    service: Annotated[str | None, typer.Option(help="A token of this service instead.")] = None,
) -> None:
    """Print an access token, valid for an hour: curl -H "Authorization: Bearer $(neove token OFFICE)" …"""
    found = endpoints()
    issuer = Issuer(found.issuer, actor=actor)
    if service:
        secret = Secrets.read(found.secrets).clients.get(service)
        if secret is None:
            raise Failure(f"There is no service {service}.")
        print(_token(lambda: issuer.service(service, secret)))
    elif office:
        print(_token(lambda: issuer.office(office)))
    else:
        raise Failure("Name an office (role/territory) or a --service.")


def _token(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except ClientError as error:
        raise Failure(f"There is no token: {error}.") from None
