"""Every SQL statement of verification."""

import hashlib
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import false, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from casefile import corrections
from kit.uow import Tx
from verification.domain import PaperKind
from verification.models import Evidence, File, FileStep, Paper

CorrectedFileStep = corrections.CorrectedStep[FileStep]
"""A step of a file with its newest correction."""


async def lock_file(tx: Tx, case_id: str) -> None:
    """Open the file if it is new, and lock it until the transaction ends."""
    new = insert(File).values(case_id=case_id, opened_at=tx.now)
    # An update that no row passes changes nothing, but locks the row that was there.
    locked = new.on_conflict_do_update(index_elements=["case_id"], set_={"case_id": case_id}, where=false())
    await tx.session.exec(locked)


async def steps(tx: Tx, case_id: str) -> list[CorrectedFileStep]:
    """The steps of a file in the order of recording, each with its newest correction."""
    query = select(FileStep).where(FileStep.case_id == case_id).order_by(col(FileStep.seq))
    found = (await tx.session.exec(query)).all()
    corrected = await corrections.of(tx, (step.fact_id for step in found if step.fact_id))
    return [CorrectedFileStep(step, corrected.get(step.fact_id or "")) for step in found]


async def step_of(tx: Tx, case_id: str, fact_id: str) -> FileStep | None:
    """The step that stated a fact; None if no step of the file did."""
    return (
        await tx.session.exec(select(FileStep).where(FileStep.case_id == case_id, FileStep.fact_id == fact_id))
    ).first()


def add_step(tx: Tx, step: dict[str, Any]) -> None:
    """Keep a step."""
    tx.insert(FileStep, [step])


async def evidence(tx: Tx, case_id: str) -> list[Evidence]:
    """The evidence of a file, oldest first."""
    query = select(Evidence).where(Evidence.case_id == case_id)
    ordered = query.order_by(col(Evidence.occurred_at), col(Evidence.recorded_at), col(Evidence.evidence_id))
    return list((await tx.session.exec(ordered)).all())


def add_evidence(tx: Tx, row: dict[str, Any]) -> None:
    """Keep a piece of evidence."""
    tx.insert(Evidence, [row])


async def papers(tx: Tx, case_id: str) -> list[Paper]:
    """The papers of a case, oldest first."""
    query = select(Paper).where(Paper.case_id == case_id).order_by(col(Paper.issued_at), col(Paper.paper_id))
    return list((await tx.session.exec(query)).all())


def add_paper(tx: Tx, row: dict[str, Any]) -> None:
    """Keep a paper."""
    tx.insert(Paper, [row])


async def correct_paper(tx: Tx, step_id: str, issued_at: datetime | None) -> None:
    """Correct the paper of a decision: it was issued at another instant, or (None) it is revoked with the decision."""
    mine = col(Paper.step_id) == step_id
    if issued_at is not None:
        # Also of a revoked paper, which may become valid again.
        await tx.session.exec(update(Paper).where(mine).values(issued_at=issued_at))
    else:
        await tx.session.exec(update(Paper).where(mine & col(Paper.revoked_at).is_(None)).values(revoked_at=tx.now))


async def revoke_papers(tx: Tx, case_id: str, kinds: Collection[PaperKind]) -> None:
    """Revoke every valid paper of these kinds in the case."""
    valid = (col(Paper.case_id) == case_id) & col(Paper.revoked_at).is_(None) & col(Paper.kind).in_(kinds)
    await tx.session.exec(update(Paper).where(valid).values(revoked_at=tx.now))


async def make_valid_again(tx: Tx, step: FileStep) -> None:
    """Undo `revoke_papers` of a decision, or `cancel_paper`, except for papers whose own decision was withdrawn.

    The papers that it revoked have the instant at which it was recorded: both are written in one transaction.
    """
    withdrawn = [one.step.step_id for one in await steps(tx, step.case_id) if one.withdrawn]
    revoked = (col(Paper.case_id) == step.case_id) & (col(Paper.revoked_at) == step.recorded_at)
    mine = revoked & col(Paper.step_id).not_in(withdrawn)
    await tx.session.exec(update(Paper).where(mine).values(revoked_at=None))


def digest(code: str) -> str:
    """The digest of a verification code: enough to recognise the code, not enough to print a paper."""
    return hashlib.sha256(code.encode()).hexdigest()


async def paper_in_force(tx: Tx, case_id: str, paper_id: str) -> Paper | None:
    """The paper of the case with this id; None if the case has none that is in force."""
    return next((one for one in await papers(tx, case_id) if one.paper_id == paper_id and one.revoked_at is None), None)


async def cancel_paper(tx: Tx, paper_id: str) -> None:
    """Revoke one paper."""
    await tx.session.exec(update(Paper).where(col(Paper.paper_id) == paper_id).values(revoked_at=tx.now))


async def valid_paper(tx: Tx, number: str, code: str) -> str | None:
    """The kind of the paper with this number and code, if it was issued and is still valid."""
    query = select(Paper.kind).where(
        Paper.number == number, Paper.code_digest == digest(code), col(Paper.revoked_at).is_(None)
    )
    return (await tx.session.exec(query)).first()
