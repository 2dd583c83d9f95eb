"""Who is signed in, and the shape of the decision on what they may do."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError

from contracts.ids import Code, OfficeRef, role_of
from contracts.members import Position, position_of
from contracts.problems import Unauthenticated

OFFICE: TypeAdapter[str] = TypeAdapter(OfficeRef)
CODE: TypeAdapter[str] = TypeAdapter(Code)


@dataclass(frozen=True)
class Principal:
    """Who is signed in: a person of an office, or (with `service`, all of office empty) a service as itself.

    Attributes:
        actor: the token's opaque subject, never a name.
        acr: how the person proved who they are, a word of the provider; empty when the token does not say it.
        position: of the person in the office (`contracts.members.Position`): as the list of its members says, or the
            token where the office has no list; empty when neither says it.
        token: tells one token of the caller from another, and opens nothing; of no weight when two are compared.
    """

    office: str
    role: str
    actor: str
    service: str | None = None
    acr: str = ""
    position: str = ""
    token: str = field(default="", compare=False, repr=False)

    @property
    def name(self) -> str:
        """The office, or `service/<name>`: one word for keys and journals."""
        return self.office or f"service/{self.service}"

    @property
    def is_person(self) -> bool:
        """Whether a person acts, and not the system of an office or a service.

        The position says it. Where nobody states one, whoever says how it signed in (`acr`) counts as a person.
        """
        if self.service is not None:
            return False
        return self.position != Position.SYSTEM if self.position else bool(self.acr)

    @classmethod
    def of(cls, claims: dict[str, Any], subject_claim: str, position_claim: str = "position") -> "Principal":
        """The principal of a verified token: exactly one of `office` and `service`, and a subject that is a code.

        A position that is none of ours is passed over.

        Raises:
            Unauthenticated: the claims name nobody, or two at once.
        """
        office, service, acr = claims.get("office"), claims.get("service"), claims.get("acr")
        level = acr if isinstance(acr, str) else ""
        try:
            actor = CODE.validate_python(claims[subject_claim], strict=True)
            if service is None:
                found = OFFICE.validate_python(office, strict=True)
                position = position_of(claims.get(position_claim))
                return cls(found, role_of(found), actor, acr=level, position=position or "")
            if office is not None:
                raise Unauthenticated()
            return cls("", "", actor, CODE.validate_python(service, strict=True), level)
        except ValidationError:
            raise Unauthenticated() from None


class Decision(Protocol):
    """Decides whether a caller may do an operation. It is handed to this package, which knows no rights itself."""

    def __call__(self, principal: Principal, operation: str, subject: Any = None, **context: Any) -> bool:
        """True when it is allowed. Raises `NotFound` where the caller must not learn that there is something.

        Args:
            principal: who calls.
            operation: `<service>.<operationId>`.
            subject: what the decision depends on, where it depends on something.
            context: what else the decision may look at, for example `lane="shelter"`.
        """
        ...


def deny_all(principal: Principal, operation: str, subject: Any = None, **context: Any) -> bool:
    """The decision of a service that has no other: nobody may do anything."""
    return False
