"""Who may work on a restricted case: one rule for every operation of every service (ADR 0040). Pure.

The rights of an office come first (`regulations.rights`). A restriction takes away, and never gives.
"""

from dataclasses import dataclass
from hashlib import sha256

from contracts.members import Position
from contracts.standing import Restriction, Standing

LENGTH = 32
"""Hexadecimal digits of a digest of a person."""
BLIND = frozenset(
    {
        "casework.sign_step",
        "casework.refuse_step",
        "casework.take_back_step",
        "casework.answer_handover",
        "casework.answer_transfer",
        "casework.break_glass",
        "casework.confirm_break_glass",
        "casework.get_break_glass",
        "casework.review_break_glass",
        "support.answer_referral",
        "support.record_delivery",
        "support.end_support",
    }
)
"""Operations that show nothing of a case and must go on in a closed one: a second signature, the answer of who is asked
to take over or to give support, break-glass. Only who is shut out may not do them."""


@dataclass(frozen=True)
class Person:
    """Who calls.

    Attributes:
        subject: the opaque subject of the token.
        position: in the office, a word of `contracts.members.Position`; empty where nobody states it.
    """

    subject: str
    position: str = ""


def digest_of(salt: str, subject: str) -> str:
    """The digest of a person under a salt, as a standing names it."""
    return sha256(f"{salt}:{subject}".encode()).hexdigest()[:LENGTH]


def is_shut_out(restriction: Restriction | None, office: str, person: Person | None) -> bool:
    """Whether the office, or this person of it, is shut out. Without a person the office alone is judged."""
    if restriction is None:
        return False
    if office in restriction.offices:
        return True
    return person is not None and digest_of(restriction.salt, person.subject) in restriction.persons


def admits(standing: Standing, office: str, person: Person | None, operation: str) -> bool:
    """Whether the restriction of a case lets a person of an office do an operation that the office has a right to.

    In a closed case an office works by the persons that were named of it. Until somebody is named it works by its head,
    so that a hand-over is never without anybody. Where nobody states the positions of an office, it works as before if
    it holds a lane, is asked, or supervises: the provider alone knows its people. A system is let in only by name.

    Args:
        standing: of the case. office, person: who calls; no person: an act of casework itself for the office.
        operation: `<service>.<operationId>`.
    """
    restriction = standing.restriction
    if is_shut_out(restriction, office, person):
        return False
    if restriction is None or not restriction.closed or person is None or operation in BLIND:
        return True
    if named := restriction.members.get(office):
        return digest_of(restriction.salt, person.subject) in named
    if person.position:
        return person.position == Position.HEAD
    return office in {*standing.holders(), *standing.proposed, *standing.supervisors}


def leaves_nobody(restriction: Restriction, carrier: str | None, above: str | None) -> bool:
    """Whether a restriction would leave nobody who can open the case.

    Somebody can if the office above is not shut out, or if two persons are named of the office that carries the case;
    one alone may fall ill. An office that is not restricted by name has its people.

    Args:
        carrier: the office that holds the lane that carries the case. above: the office that supervises it.
    """
    if above is not None and above not in restriction.offices:
        return False
    if carrier is None or carrier in restriction.offices:
        return True
    return restriction.closed and len(set(restriction.members.get(carrier, ())) - set(restriction.persons)) < 2
