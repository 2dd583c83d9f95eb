"""What the file of a case shows, and how far it is: read from its steps, evidence and papers, written nowhere."""

from casefile.context import CaseContext
from regulations import Pack
from verification import repository
from verification.domain import LANE, Done, Progress, Stage, progress
from verification.models import Evidence, Paper
from verification.repository import CorrectedFileStep
from verification.schemas import EvidenceView, FileView, PaperView, StepView


async def view(case: CaseContext) -> FileView:
    """The file, empty before the first step. An office whose part is over sees what it did itself, and whether it is
    decided; it does not see how far others are.
    """
    tx, case_id, office = case.tx, case.case_id, case.office
    steps, evidence = await repository.steps(tx, case_id), await repository.evidence(tx, case_id)
    papers, stage = await repository.papers(tx, case_id), progress_of(case, steps).stage
    if not case.rights.looks(office, case.standing):
        steps, evidence, papers = (
            [one for one in steps if one.step.office == office],
            [one for one in evidence if one.office == office],
            [one for one in papers if one.office == office],
        )
        stage = stage if stage is Stage.DECIDED else progress(_done(steps), None, lane_ended=False).stage
    return FileView(
        case_id=case_id,
        stage=stage.code,
        steps=[_step_view(one) for one in steps],
        evidence=[_evidence_view(one, case.pack) for one in evidence],
        papers=[_paper_view(paper) for paper in papers],
    )


def progress_of(case: CaseContext, steps: list[CorrectedFileStep]) -> Progress:
    """How far the file is, by its steps that count and by what the case says of its lane."""
    lane = case.standing.lanes.get(LANE)
    pack = case.law.pack(case.standing.laws.get(LANE))
    spec = pack.lanes[LANE].by_code.get(lane.state) if lane else None
    ended = spec is not None and spec.terminal and not spec.keeps_place
    return progress(_done(steps), (lane.stood or lane.state) if lane else None, lane_ended=ended)


def _done(steps: list[CorrectedFileStep]) -> list[Done]:
    """The steps that count: those that were not withdrawn."""
    return [
        Done(one.step.kind, one.step.office, one.occurred_at, one.step.outcome) for one in steps if not one.withdrawn
    ]


def _evidence_view(one: Evidence, of_report: Pack) -> EvidenceView:
    return EvidenceView.model_validate({**one.model_dump(), "law": one.law or of_report.id})


def _step_view(one: CorrectedFileStep) -> StepView:
    corrected = {"occurred_at": one.occurred_at, "withdrawn": one.withdrawn}
    return StepView.model_validate(one.step.model_dump() | corrected)


def _paper_view(paper: Paper) -> PaperView:
    return PaperView.model_validate({**paper.model_dump(), "valid": paper.revoked_at is None})
