"""A re-fold skips the cases that an amendment cannot touch: a fold would have found their rows as they are stored."""

from datetime import UTC, date, timedelta
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from casework.amendments import moves
from casework.amendments.book import Document, LawBook
from casework.amendments.law import Law, law_of
from casework.domain.case_file import CaseFile, Change
from regulations.composed import Composed
from regulations.legal_time import legal_date
from tests.library import LIBRARY, STOPPING
from tests.unit.casework.test_amending import amendment, row, under
from tests.unit.casework.test_nothing_is_dropped import BUDGET, Case, disturb, opened, record
from tests.unit.regulations.test_properties import Walk, walks

BOOK = LawBook(STOPPING)
FAR = date(2031, 3, 12)
"""A Wednesday after the end of every clock that the walks start."""


@st.composite
def grown(draw: Any) -> Case:
    """A case after a walk with stated dates, pauses, corrections and withdrawals."""
    walk: Walk = draw(walks())
    case = Case(opened(walk), walk.opening.recorded_at.astimezone(UTC))
    assert case.take(Change())
    for fact in draw(st.permutations(walk.facts)):
        case.now = max(case.now, fact.occurred_at.astimezone(UTC)) + timedelta(minutes=draw(st.integers(0, 20_000)))
        stated = fact.occurred_at.date() + timedelta(days=draw(st.integers(-3, 90)))
        names = {rule.before_date for rule in walk.pack.rules.values() if fact.lane in rule.lanes} - {None}
        attributes = {name: stated.isoformat() for name in names} if fact.kind == "state" else {}
        case.take(Change(facts=(record(fact.model_copy(update={"attributes": attributes}), case.file, case.now),)))
        if draw(st.booleans()):
            disturb(draw, case)
    return case


def document(file: CaseFile) -> Document:
    """The case as a re-fold loads it."""
    given = Document(case=file.case, snapshot_version=file.case.version, **dict(file.stored))
    return Document.model_validate_json(given.model_dump_json())


def days(draw: Any, case: Case) -> list[dict[str, str]]:
    """Days between the start and the end of any clock of the case, near these, and one far away."""
    found = {FAR}
    for clock in case.file.state.clocks:
        start = legal_date(clock.started_at)
        last = max(start, legal_date(clock.due_at or clock.started_at))
        found |= {last + timedelta(days=back) for back in range(-3, 4)}
        found |= {start + (last - start) * share // 4 for share in range(4)} | {start}
    chosen = draw(st.lists(st.sampled_from(sorted(found)), min_size=1, max_size=5, unique=True))
    return [row(day, draw(st.sampled_from([_other(day), _other(day), "off", "work", "plain"]))) for day in chosen]


def _other(day: date) -> str:
    """What makes a day the opposite of what it is."""
    return "off" if STOPPING.world.calendar.is_working(day) else "work"


def refolded(file: CaseFile, law: Law, at: Any) -> dict[str, Any]:
    """Every row that a fold under this law writes, without the number of the law."""
    after = moves.refold(under(file, law), file.case.pack_hash, law, at).after
    return {**after.rows, **{name: value for name, value in after.columns.items() if name != "law_seq"}}


def clocks(file: CaseFile) -> dict[str, Any]:
    return {one.clock_id: one.model_dump(exclude={"calendar_version"}) for one in file.state.clocks}


@given(grown(), st.data())
@BUDGET
def test_what_is_skipped_would_have_been_folded_to_the_same_rows(case: Case, data: Any) -> None:
    file, at = case.file, case.folded_at or case.now
    law = law_of(STOPPING.world, [amendment(1, *days(data.draw, case))])
    same = law_of(STOPPING.world, [amendment(1, row(FAR, "plain"))])
    skipped = BOOK.untouched(document(file), law)
    event(f"skipped: {skipped}, paused: {bool(file.stored.pauses)}")
    if skipped:
        done = moves.refold(under(file, law), file.case.pack_hash, law, at, file.case.beside_hash)
        assert (done.changed, done.moved) == (False, [])
        later = case.now + timedelta(days=data.draw(st.integers(0, 400)))
        assert refolded(file, law, later) == refolded(file, same, later), "only the time has changed them"
    elif not file.stored.pauses and not any(one.kind == "lead_time" for one in file.state.clocks):
        # the warning of a lead time may stand before days off, and only the fold can tell
        assert clocks(file) != clocks(under(file, law)), "a case without pauses is folded only if a clock moves"


@given(grown())
@BUDGET
def test_a_day_after_every_clock_touches_no_case_without_pauses(case: Case) -> None:
    law = law_of(STOPPING.world, [amendment(1, row(FAR, "off"))])
    assert BOOK.untouched(document(case.file), law) == (not case.file.stored.pauses)


@given(grown())
@BUDGET
def test_another_version_of_its_pack_or_of_the_one_beside_touches_every_case_and_no_other(case: Case) -> None:
    pack_id = case.file.case.pack_id
    other = next(one for one in LIBRARY.packs() if one != pack_id)
    own, foreign = (law_of(STOPPING.world, [amendment(1, pack=(one, "a" * 64))]) for one in (pack_id, other))
    assert not BOOK.untouched(document(case.file), own)
    beside = LIBRARY.world.beside(pack_id) == other  # it may govern a part of the case
    assert BOOK.untouched(document(case.file), foreign) == (not case.file.stored.pauses and not beside)


def test_a_clock_as_another_release_wrote_it_counts_as_touched() -> None:
    law = Composed(STOPPING.pack("law-53-2024"), STOPPING.world)
    assert moves.due_as_stored(law, {})
    assert not moves.due_as_stored(law, {"clk_1": {"clock_id": "clk_1"}})
