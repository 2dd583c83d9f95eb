"""How each office is related to a case. Every service decides rights on it, casework too."""

from collections.abc import Iterable
from datetime import date

from casework.domain.breaking_glass import opened_of
from casework.domain.case_file import CaseFile
from casework.domain.records import FactRecord
from casework.domain.restricting import is_kept_out, restriction_of
from contracts.standing import Standing
from regulations import CaseState, Lane, known_state
from regulations.composed import Composed
from regulations.directory import Directory
from regulations.standings import placed


def standing_of(file: CaseFile, state: CaseState, on: date) -> Standing:
    """The standing that follows from a file on a day.

    The successor of a dissolved office holds the lanes that the office held at its end, and may read those it held
    before. The dissolved office itself may still state steps of its own time, if the pack names its role. Supervisors
    are those of the reporter and of present and former holders, and `called`.
    """
    directory, case = file.world.directory, file.case
    accepted = [one.to_office for one in file.stored.handovers if one.state == "accepted" and one.step is None]
    past = _with_successors(directory, (*state.past_holders, *accepted), on)
    parties = _with_successors(directory, (case.reporter, *past), on)
    above = (*(directory.supervisor(office, on) for office in parties), *called(file, state, on))
    followed = _with_successors(directory, (*accepted, *_in_their_stead(file, state)), on)
    where, received = placed(directory, state, parties, followed, on), receipt(file, state)
    return Standing(
        reporter=case.reporter,
        lanes=where.lanes,
        left=where.left,
        received_at=received.recorded_at if received else None,
        support=where.support,
        past=past,
        dissolved=where.dissolved,
        accepted=followed,
        proposed=_unique(one.to_office for one in file.proposals),
        proposed_since={one.to_office: one.recorded_at for one in reversed(file.proposals)},
        supervisors=_unique(office for office in above if office),
        status=state.status,
        regime_procedure=case.pack_id,
        pack_hash=case.pack_hash,
        beside_hash=case.beside_hash,
        laws=state.law.second(),
        periods=state.periods,
        accompanies=case.accompanies,
        regime_support=state.regime_support,
        route=state.route,
        age_band=case.age_band,
        foreign=state.nationality == "foreign",
        linked=tuple(case.linked),
        restriction=restriction_of(file, on),
        opened=opened_of(file, on),
    )


def receipt(file: CaseFile, state: CaseState) -> FactRecord | None:
    """The first entry by which another office than the reporter took the case, confirmed that it has it, or worked on
    it as holder of the lane that carries it (ADR 0037); None while there is none.

    An entry counts also after it was withdrawn: the office had the case.
    """
    return next((one for one in file.stored.facts if _receives(file, state, one)), None)


def _receives(file: CaseFile, state: CaseState, fact: FactRecord) -> bool:
    carrier = state.lanes.get(file.pack.identification_lane)
    if carrier is None or fact.lane != file.pack.identification_lane or fact.kind == "assign":
        return False
    directory = file.world.directory
    if is_or_succeeds(directory, fact.office, file.case.reporter):
        return False
    if fact.kind == "state" and not _moves(file, fact):
        return False  # a finding may come from an office that does not hold the lane yet
    return any(is_or_succeeds(directory, fact.office, holder) for holder in carrier.holders)


def _moves(file: CaseFile, fact: FactRecord) -> bool:
    packs = [file.pack, *([file.law.beside] if file.law.beside else [])]
    found = [pack.lanes[fact.lane].by_code.get(fact.state) for pack in packs if fact.lane in pack.lanes]
    return any(spec is not None and spec.moves for spec in found)


def _in_their_stead(file: CaseFile, state: CaseState) -> list[str]:
    """The offices to which a lane was assigned after a hand-over of it. They count as offices that accepted it: who had
    handed the lane over does not get its part back because the receiver ended.
    """
    given = {one.lane for one in file.stored.handovers if one.state == "accepted" and one.step is None}
    assigned = (
        [one.receiver for one in file.stored.facts if one.kind == "assign" and one.lane in given] if given else []
    )
    return [office for office in assigned if office in state.past_holders]


def flags_of(file: CaseFile, state: CaseState, on: date) -> tuple[str, ...]:
    """The flags of a case on a day: those of the fold, and each open lane whose dissolved holder nobody follows.

    The fold takes a lane from a dissolved holder only with the next fact. Without one, nothing else would say that the
    lane waits for an office, for example after a commune was divided.
    """
    waiting = (f"no-office:{code}" for code in unheld(file, state, on) if state.lanes[code].holder is not None)
    return (*state.flags, *waiting)


def called(file: CaseFile, state: CaseState, on: date) -> tuple[str, ...]:
    """The coordinating authorities that are told of open lanes without a living holder. They must see the case."""
    places = (state.lanes[code].place for code in unheld(file, state, on))
    found = (file.world.directory.coordinating(place, on) for place in places)
    return _unique(office for office in found if office is not None)


def unheld(file: CaseFile, state: CaseState, on: date) -> list[str]:
    """Open lanes that no living office holds, or whose holder is shut out of the case. The lane that carries the case
    counts also after its end, because its holder closes the case.
    """
    carrying = file.pack.identification_lane
    return [
        code
        for code, lane in state.lanes.items()
        if (not lane.terminal or code == carrying) and not state.has_ended(code)
        if working_holder(file, lane, on) is None
    ]


def is_acted_on(law: Composed, before: Standing | None, after: Standing) -> bool:
    """Whether another service acts on a change of the standing, and does not only decide rights by it.

    Notify tells an office that it holds a lane or is asked, and keeps a restricted case out of inboxes; support frees
    places when a lane ends or the case closes.
    """
    return before is None or _acted_on(law, before) != _acted_on(law, after)


def _acted_on(law: Composed, standing: Standing) -> tuple[object, ...]:
    packs = {code: law.pack(standing.laws.get(code)) for code in standing.lanes}
    ended = {
        code: (lane.state, lane.since, lane.reached_by)
        for code, lane in standing.lanes.items()
        if lane.ended is not False
        if known_state(packs[code], code, lane.state) and packs[code].lanes[code].by_code[lane.state].terminal
    }
    holders = {code: lane.holder for code, lane in standing.lanes.items()}
    return standing.status == "closed", standing.proposed, standing.pack_hash, holders, ended, standing.restriction


def living_holder(directory: Directory, lane: Lane | None, on: date) -> str | None:
    """The office that acts as holder of a lane on a day: the holder itself, or its successor if it was dissolved."""
    return directory.living(lane.holder, on) if lane is not None else None


def working_holder(file: CaseFile, lane: Lane | None, on: date) -> str | None:
    """`living_holder`; None also for an office that is shut out of the case, because nobody of it can work there."""
    holder = living_holder(file.world.directory, lane, on)
    return None if holder is not None and is_kept_out(file, holder, on) else holder


def is_or_succeeds(directory: Directory, office: str, named: str | None) -> bool:
    """Whether an office is the named one, or its successor."""
    return named is not None and office in (named, directory.successor(named))


def _with_successors(directory: Directory, offices: Iterable[str], on: date) -> tuple[str, ...]:
    found: list[str] = []
    for office in offices:
        found.append(office)
        if living := directory.living(office, on):
            found.append(living)
    return _unique(found)


def _unique(offices: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(offices))
