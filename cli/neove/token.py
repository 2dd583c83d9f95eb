"""`neove token`: sign in as a demo office."""

from collections.abc import Callable
from typing import Annotated

import typer

from client.errors import ClientError
from client.tokens import Issuer
from stack.config import Failure, endpoints
from stack.secrets import Secrets


def command(
    office: Annotated[str, typer.Argument(help="The id of the office, for example border_guard/lao-cai.")] = "",
    actor: Annotated[str | None, typer.Option(help="Which person of the office, for example 2.")] = None,
    person: Annotated[str | None, typer.Option(help="One of the demo people of the office, for example vi-du.")] = None,
    service: Annotated[str | None, typer.Option(help="Print a token of this service instead.")] = None,
) -> None:
    """Print an access token of a demo office, or of a service.

    The token of an office is valid for an hour, that of a service for 15 minutes. Without --actor and --person it is
    that of the office's system, or of person 1 if the office has no demo people.

    \b
    Example:
      .venv/bin/neove token border_guard/lao-cai
      .venv/bin/neove token commune/lao-cai --person vi-du
      curl -H "Authorization: Bearer $(.venv/bin/neove token commune/lao-cai)" http://127.0.0.1:8102/v1/work
    """
    found = endpoints()
    issuer = Issuer(found.issuer, actor=actor, person=person)
    if service:
        secret = Secrets.read(found.secrets).clients.get(service)
        if secret is None:
            raise Failure(f"There is no service {service}.")
        print(_token(lambda: issuer.service(service, secret)))
    elif office:
        print(_token(lambda: issuer.office(office)))
    else:
        raise Failure("Name an office, for example border_guard/lao-cai, or a service with --service.")


def _token(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except ClientError as error:
        raise Failure(f"No token: {error}") from None
