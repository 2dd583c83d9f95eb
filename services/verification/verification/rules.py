"""Judges input by the lists of the law of the case. An error never repeats a value."""

from contracts.ids import role_of
from contracts.problems import Invalid
from contracts.standing import Standing
from regulations import Pack, known_state
from regulations.composed import Composed
from verification.domain import LANE, State, source_code
from verification.schemas import DecisionIn


def check_law(law: Composed, given: str | None) -> Pack:
    """The pack whose list a letter is from: that of the report if none is named; raises `Invalid` for any other law."""
    pack = law.pack(given)
    if given not in (None, pack.id):
        raise _wrong("law", "no law of this case")
    return pack


def check_source(pack: Pack, given: str) -> str:
    """The code of a source of evidence; raises `Invalid` if the list of the law has no such letter."""
    code = source_code(given)
    if code not in pack.evidence_sources:
        raise _wrong("source", "no letter of the list in this law")
    return code


def check_decision(pack: Pack, given: DecisionIn) -> None:
    """Raise `Invalid` unless the grounds are known and fit the basis, and a confirmation has at least one."""
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


def may_ask_anew(pack: Pack) -> bool:
    """Whether the pack lets the support agency ask the police again after a certificate was cancelled."""
    if not known_state(pack, LANE, State.CERTIFICATE_CANCELLED):
        return False
    ways = pack.graphs[LANE].ways_out(State.CERTIFICATE_CANCELLED)
    return any(way.end == State.POLICE_VERIFICATION for way in ways)


def reported_own_step(pack: Pack, standing: Standing, certificate: State) -> bool:
    """Whether the reporter opened the lane with a step after which the pack lets it certify, for example a rescue.

    The pack asks it of some roles only (`StateSpec.own_step`). Without the step casework would refuse the paper.
    """
    role, spec = role_of(standing.reporter), pack.lanes[LANE].by_code.get(certificate)
    own = spec.own_step.get(role) if spec else None
    rows = (row for row in pack.openings if row.lane == LANE and standing.route in row.routes)
    return own is None or any(role in row.reporters and row.state in own for row in rows)


def took_own_step(pack: Pack, standing: Standing, office: str, state: State) -> bool:
    """Whether an office may take a step that the pack lets some roles take only after a step of their own."""
    spec = pack.lanes[LANE].by_code.get(state)
    if spec is None or role_of(office) not in spec.own_step:
        return True
    return office == standing.reporter and reported_own_step(pack, standing, state)


def no_such_extent() -> Invalid:
    """The error for an extension that the law of the case does not have."""
    return _wrong("extent", "the law of this case does not have it")


def _wrong(place: str, what: str) -> Invalid:
    return Invalid("Some values cannot be right.", errors=[{"loc": place, "msg": what}])
