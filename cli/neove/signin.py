"""Signing in at the development issuer."""

import httpx

from neove.config import Endpoints, Failure

SIGN_IN_SECONDS = 5


def office_token(endpoints: Endpoints, office: str, actor: str | None = None) -> str:
    """An access token of a demo office.

    Args:
        endpoints: of the running stack.
        office: `role/territory`, for example `border_guard/lao-cai`.
        actor: which person of the office, for two of one office; any code.

    Raises:
        Failure: the issuer does not answer, or knows no such office.
    """
    return _ask(endpoints, {"office": office} | ({"actor": actor} if actor else {}))


def service_token(endpoints: Endpoints, service: str, client_secret: str) -> str:
    """An access token of a service, by its client secret."""
    return _ask(endpoints, {"service": service, "client_secret": client_secret})


def _ask(endpoints: Endpoints, body: dict[str, str]) -> str:
    url = f"{endpoints.issuer}/token"
    try:
        answer = httpx.post(url, json=body, timeout=SIGN_IN_SECONDS, trust_env=False)
    except httpx.HTTPError as error:
        raise Failure(f"The issuer at {endpoints.issuer} does not answer ({type(error).__name__}).") from error
    if answer.is_error:
        raise Failure(f"The issuer refused: {answer.json().get('detail', answer.status_code)}")
    return str(answer.json()["access_token"])
