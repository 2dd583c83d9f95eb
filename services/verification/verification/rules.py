"""Judges input by the lists of the case's own law, and who may state what. No value is ever repeated."""

from datetime import datetime

from contracts.problems import Forbidden, Invalid
from contracts.regulations import Pack, load_world
from contracts.regulations.arithmetic import legal_date
from contracts.regulations.stating import may_state_by
from contracts.standing import Standing
from verification.domain import LANE, source_code
from verification.schemas import DecisionIn


def check_source(pack: Pack, given: str) -> str:
    """The code of a source of evidence; raises `Invalid` when the law's list has no such letter."""
    code = source_code(given)
    if code not in pack.evidence_sources:
        raise _wrong("source", "no letter of the list in the law of this case")
    return code


def check_decision(pack: Pack, given: DecisionIn) -> None:
    """Raise `Invalid` unless the grounds are known, fit the basis, and are there where a person is confirmed."""
    if len(set(given.grounds)) < len(given.grounds):
        raise _wrong("grounds", "named twice")
    for place, code in enumerate(given.grounds):
        ground = pack.grounds.get(code)
        if ground is None:
            raise _wrong(f"grounds.{place}", "no ground in the law of this case")
        if ground.basis == "signs" and given.basis == "evidence" and given.outcome == "confirmed":
            raise _wrong(f"grounds.{place}", "a sign is no proof; decide on the basis of signs")
    if given.outcome == "confirmed" and not given.grounds:
        raise _wrong("grounds", "a confirmation needs a ground")


def may_state(pack: Pack, standing: Standing, office: str, state: str, occurred_at: datetime) -> bool:
    """Whether the pack lets the office state this on that day, as casework will ask again."""
    directory = load_world().directory
    return may_state_by(pack, directory, standing, office, LANE, state, legal_date(occurred_at))


def check_may_state(pack: Pack, standing: Standing, office: str, state: str, occurred_at: datetime) -> None:
    """Raise `Forbidden` where `may_state` says no."""
    if not may_state(pack, standing, office, state, occurred_at):
        raise Forbidden()


def _wrong(place: str, what: str) -> Invalid:
    return Invalid("Some values cannot be right.", errors=[{"loc": place, "msg": what}])
