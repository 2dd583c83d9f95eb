"""The clients of the demonstration: who may ask for tokens, with which secret, and where a person is sent back to."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from contracts.ids import OfficeRef
from stack.demo_offices import DemoOffices
from stack.demo_people import NOBODY, DemoPeople
from stack.issuer import signer
from stack.issuer.founded import Founded

PORTAL = "portal"
DEMO_SECRET = "demo"  # noqa: S105 - no secret: anybody may act as any office of the demonstration
LOOPBACK = r"http://(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d{1,5})?"
"""A program on this machine listens on the port that is free (RFC 8252 section 7.3)."""


@dataclass(frozen=True)
class PublicClient:
    """A program in which persons sign in. It keeps no secret; PKCE binds the code to it.

    Attributes:
        back: where a person is sent with a code. after_logout: where a person is sent who has signed out.
    """

    client_id: str
    back: re.Pattern[str]
    after_logout: re.Pattern[str]


class Clients:
    """The registered clients: the portal, each service, and each office's system.

    Args:
        services: service → secret.
        offices: the offices that may sign in. The system of an office has the office's id as client id, and the secret
            `demo`.
        founded: knows whether a signed change founded an office that the release does not have.
        people: the demo people. In an office that has none a number stands for a person.
    """

    def __init__(
        self, services: Mapping[str, str], offices: DemoOffices, founded: Founded, people: DemoPeople = NOBODY
    ) -> None:
        self._services, self._offices, self._founded = services, offices, founded
        self.people = people
        self._public = {
            PORTAL: PublicClient(PORTAL, re.compile(f"{LOOPBACK}/callback"), re.compile(f"{LOOPBACK}/(?:signed-out)?"))
        }

    def public(self, client_id: str) -> PublicClient | None:
        """The client in which persons sign in; None: there is none of this id."""
        return self._public.get(client_id)

    async def knows(self, office: str) -> bool:
        """Whether this is an office that may sign in."""
        return office in self._offices or (_is_office_ref(office) and await self._founded(office))

    def person(self, office: str, actor: str | None, person_id: str | None) -> dict[str, str] | None:
        """The claims of one of the demo people, or of a number; None: the office has no such person.

        Args:
            office: known.
            actor: number; left out: 1, or the system of an office that has demo people.
            person_id: of one of the demo people.
        """
        people = self.people.of(office)
        if person_id is None:
            return signer.person(office, actor or ("system" if people else "1"))
        found = people.get(person_id)
        return {"sub": found.subject, "office": office} if found and actor is None else None

    async def machine(self, client_id: str, secret: str) -> dict[str, str] | None:
        """The claims of a service, or of the system of an office; None: unknown, or a wrong secret."""
        is_service = client_id in self._services
        expected = self._services[client_id] if is_service else DEMO_SECRET
        if not hmac.compare_digest(expected.encode(), secret.encode()):
            return None
        if is_service:
            return signer.service(client_id)
        return signer.person(client_id, "system") if await self.knows(client_id) else None


_OFFICE_REF: TypeAdapter[str] = TypeAdapter(OfficeRef)


def _is_office_ref(text: str) -> bool:
    try:
        _OFFICE_REF.validate_python(text)
    except ValidationError:
        return False
    return True
