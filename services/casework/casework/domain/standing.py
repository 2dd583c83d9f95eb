"""Who stands how to a case: derived from the fold, sent to every service, and decided on here too."""

from collections.abc import Iterable

from casework.domain.file import CaseFile
from contracts.regulations import CaseState
from contracts.regulations.arithmetic import legal_date
from contracts.regulations.directory import Directory
from contracts.standing import LaneStanding, Standing


def standing_of(file: CaseFile, state: CaseState) -> Standing:
    """The standing that follows from a file.

    A dissolved office's successor reads what that office held; supervisors are those of today's and former holders.
    """
    directory, case = file.world.directory, file.case
    accepted = [one.to_office for one in file.stored.handovers if one.state == "accepted"]
    past = _with_successors(directory, (*state.past_holders, *accepted))
    on = legal_date(max((fact.recorded_at for fact in file.stored.facts), default=case.recorded_at))
    parties = _with_successors(directory, (case.reporter, *past))
    above = (directory.supervisor(office, on) for office in parties)
    return Standing(
        reporter=case.reporter,
        lanes={
            code: LaneStanding(state=lane.state, holder=lane.holder, territory=lane.territory, may_act=lane.may_act)
            for code, lane in state.lanes.items()
        },
        past=past,
        accepted=_with_successors(directory, accepted),
        proposed=_unique(one.to_office for one in file.proposals),
        supervisors=_unique(office for office in above if office),
        status=state.status,
        regime_procedure=case.pack_id,
        regime_support=state.regime_support,
        route=case.route,
        age_band=case.age_band,
        foreign=case.foreign,
        linked=tuple(case.linked),
    )


def _with_successors(directory: Directory, offices: Iterable[str]) -> tuple[str, ...]:
    found: list[str] = []
    for office in offices:
        found.append(office)
        if successor := directory.successor(office):
            found.append(successor)
    return _unique(found)


def _unique(offices: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(offices))
