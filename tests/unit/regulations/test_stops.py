"""A clock stops only where a text says so, and a pause that is entered after a breach does not undo it."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations import PackError, Pause
from regulations.loader import check_supplements
from regulations.pausing import may_stop
from tests.library import LIBRARY, stopping
from tests.unit.regulations.conftest import Cases

COMMUNE, HEALTH, POLICE = "commune/lang-son", "health_authority/lang-son", "provincial_police/lang-son"
ID, CHILD, CRIME = "identification", "child", "crime"
NOW = "2026-12-20"
STEPS = (
    (ID, "SUPPORT_AGENCY_NOTIFIED", "2026-10-05T09:00", COMMUNE),
    (ID, "SUPPORT_AGENCY_RECEIVED", "2026-10-05T11:00", HEALTH),
    (ID, "INITIAL_CHECK_DONE", "2026-10-07T11:00", HEALTH),
    (ID, "POLICE_VERIFICATION", "2026-10-07T12:00", HEALTH),
)


@pytest.fixture(scope="module")
def report(cases):
    """A child of whom the commune is told: her twelve hours, the police's twenty days and more begin."""
    return cases.opening(COMMUNE, "self_report", "2026-10-05T08:00", age_band="under_16")


@pytest.fixture(scope="module")
def everything(pack, world):
    """Cases of a pack in which force majeure stops every limit."""
    return Cases(stopping(pack), world)


@pytest.mark.parametrize("pack_id", LIBRARY.ids)
def test_no_text_that_was_read_stops_a_limit(pack_id: str) -> None:
    """Law 53/2024 knows no suspension of the verification; a suspension of crime information is a step."""
    pack = LIBRARY.pack(pack_id)
    assert pack.pause_texts.keys() == pack.pause_bases.keys()
    assert all(text.citation for text in pack.pause_texts.values())
    assert not [(basis, rule) for basis in pack.pause_bases for rule in pack.rules if may_stop(pack, basis, rule)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"confidence": "inferred", "verified_by": None, "verified_on": None}, "nobody read a text"),
        ({"stops": ("B-SELF-05",)}, "no limits that a pause can stop: ['B-SELF-05']"),
        ({"stops": ("B-NOT-99",)}, "no limits that a pause can stop: ['B-NOT-99']"),
    ],
)
def test_a_basis_stops_a_limit_only_by_a_text_that_was_read(pack, world, change, told) -> None:
    text = pack.pause_texts["suspended_by_decision"].model_copy(update={"stops": ("C-INF-13",), **change})
    wrong = pack.model_copy(update={"pause_texts": {**pack.pause_texts, text.code: text}})
    with pytest.raises(PackError) as refused:
        check_supplements(wrong, world)
    assert told in str(refused.value)


def test_a_basis_without_a_row_is_refused(pack, world) -> None:
    rest = {code: text for code, text in pack.pause_texts.items() if code != "force_majeure"}
    with pytest.raises(PackError, match="force_majeure"):
        check_supplements(pack.model_copy(update={"pause_texts": rest}), world)


def test_a_pause_dated_back_does_not_undo_the_breach_of_the_police(everything, report) -> None:
    """Asked on 7 October: twenty days end on Tuesday 27 October. A pause of 8 October is entered on 20 December."""
    facts = everything.facts(*STEPS)
    clock = everything.fold(report, facts).newest()["B-SELF-06"]
    assert (clock.due_at, clock.state_at(everything.at(NOW))) == (everything.at("2026-10-28"), "breached")
    back = everything.pause(clock, everything.at("2026-10-08T09:00")).model_copy(
        update={"recorded_at": everything.at(NOW)}
    )
    after = everything.fold(report, facts, [back])
    assert after.newest()["B-SELF-06"].state_at(everything.at(NOW)) == "breached"
    assert after.flags == (f"pause-without-clock:{ID}:B-SELF-06",)
    entered = back.model_copy(update={"recorded_at": everything.at("2026-10-27T23:00")})
    assert everything.fold(report, facts, [entered]).newest()["B-SELF-06"].state_at(everything.at(NOW)) == "paused"


def test_a_pause_without_a_text_stops_nothing_and_is_shown(cases, report) -> None:
    facts = cases.facts(*STEPS)
    clock = cases.fold(report, facts).newest()["B-SELF-06"]
    after = cases.fold(report, facts, [cases.pause(clock, cases.at("2026-10-08T09:00"))])
    assert after.clocks == cases.fold(report, facts).clocks
    assert after.flags == (f"pause-without-text:{ID}:B-SELF-06",)


@st.composite
def ledgers(draw):
    """A clock of the case, and pauses of it: when each begins and ends, and when it was entered, in hours."""
    hours = st.integers(0, 2_000)
    entries = st.lists(st.tuples(hours, st.one_of(st.none(), st.integers(0, 400)), hours), min_size=1, max_size=3)
    return draw(st.integers(0, 30)), draw(entries)


def pauses_of(clock, entries) -> list[Pause]:
    """The pauses of a clock, in the order of their entry."""
    found = []
    for begin, length, entered in sorted(entries, key=lambda one: one[2]):
        at = clock.runs_from + timedelta(hours=begin)
        end = None if length is None else at + timedelta(hours=length)
        recorded = max(clock.runs_from + timedelta(hours=entered), at)
        fields = {"paused_at": at, "resumed_at": end, "recorded_at": recorded, "resumed_recorded_at": end and recorded}
        found.append(Cases.pause(clock, at, end).model_copy(update=fields))
    return found


def limits_of(state):
    return [one for one in state.clocks if one.suspendable and not one.reminder]


@settings(max_examples=60, deadline=None)
@given(ledgers())
def test_without_a_text_no_pause_moves_a_limit(cases, report, made) -> None:
    which, entries = made
    facts = cases.facts(*STEPS)
    before = cases.fold(report, facts)
    clock = limits_of(before)[which % len(limits_of(before))]
    assert cases.fold(report, facts, pauses_of(clock, entries)).clocks == before.clocks


@settings(max_examples=60, deadline=None)
@given(ledgers())
def test_no_pause_takes_away_a_breach_that_was_there_when_it_was_entered(everything, report, made) -> None:
    """Whoever looks at the case just before a pause is entered and sees a breach sees the same breach afterwards."""
    which, entries = made
    facts, kept = everything.facts(*STEPS), []
    first = everything.fold(report, facts)
    clock = limits_of(first)[which % len(limits_of(first))]
    for pause in pauses_of(clock, entries):
        was = everything.fold(report, facts, kept).clock(clock.clock_id)
        kept.append(pause)
        now = everything.fold(report, facts, kept).clock(clock.clock_id)
        if was.state_at(pause.recorded_at) == "breached":
            assert (now.state_at(pause.recorded_at), now.due_at) == ("breached", was.due_at)
