"""What holds for every case that the pack allows: random walks through all lanes, entered in any order."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulations import Contradiction, Fact, Folding, Pack, fold, waits
from regulations.case import Opening
from regulations.legal_time import LEGAL_TIME
from tests.library import LIBRARY

PACKS, WORLD = LIBRARY.packs(), LIBRARY.world
REPORTERS = ["commune", "commune_police", "provincial_police", "border_guard", "health_authority", "hotline_111"]
REPORTERS += ["facility", "procuracy", "mission", "labour_authority", "district_police"]
HOLDS = "whoever holds it"
FROM = {"law-66-2011": ("2025-01-02", "2025-06-30"), "law-53-2024": ("2025-08-01", "2027-06-01")}
"""First days of cases. Those of the former law begin near its end, so that many go on past it."""
BUDGET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass
class Walk:
    """A case that grew fact by fact; steps that contradict were not taken."""

    pack: Pack
    opening: Opening
    facts: list[Fact] = field(default_factory=list)

    def fold(self, facts=None):
        return fold(self.pack, WORLD, self.opening, self.facts if facts is None else facts)

    def take(self, fact):
        try:
            self.fold([*self.facts, fact])
        except Contradiction:
            return
        self.facts.append(fact)


def office_for(draw, pack, lane, state, on):
    voices = [voice for voice in pack.graphs[lane].stated_by(state) if not voice.startswith("@")]
    role = draw(st.sampled_from(voices or REPORTERS))
    return WORLD.directory.at(role, "lang-son", on) or f"{role}/lang-son"


@st.composite
def walks(draw):
    role = draw(st.sampled_from(REPORTERS))
    pack = draw(st.sampled_from([PACKS[law] for law in FROM]))
    first, last = (datetime.fromisoformat(day) for day in FROM[pack.id])
    start = draw(st.datetimes(first, last, timezones=st.just(LEGAL_TIME)))
    opening = Opening(
        case_id="case_invented",
        route=draw(st.sampled_from(pack.routes)),
        reporter=WORLD.directory.at(role, "lang-son", start.date()) or f"{role}/lang-son",
        province="lang-son",
        commune=draw(st.sampled_from([None, "ky-lua", "mau-son"])),
        occurred_at=start,
        recorded_at=start,
        age_band=draw(st.sampled_from(["under_16", "under_18", "adult", "unknown"])),
        urgent=draw(st.booleans()),
        reporter_known=draw(st.booleans()),
        accompanies=draw(st.booleans()),
    )
    walk, at = Walk(pack, opening), start
    for seq in range(draw(st.integers(0, 14))):
        at += timedelta(minutes=draw(st.integers(1, 20_000)))
        walk.take(step(draw, walk, seq, at))
    return walk


def step(draw, walk, seq, at):
    state, pack = walk.fold(), walk.pack
    lane = draw(st.sampled_from(sorted(state.lanes) * 3 + sorted(pack.lanes)))
    kind = draw(st.sampled_from(["state"] * 8 + ["handover", "ack"])) if lane in state.lanes else "state"
    if kind == "state":
        now = state.lanes.get(lane)
        ahead = sorted(pack.graphs[lane].reach(now.state)) if now else []
        ahead += [spec.code for spec in pack.lanes[lane].states if spec.entry or (spec.repeatable and spec.moves)]
        duties = [spec.code for spec in pack.lanes[lane].states if not spec.moves]
        code = draw(st.sampled_from(ahead + duties))
        office = office_for(draw, pack, lane, code, at.date())
    else:
        code, office = "", draw(st.sampled_from(["health_authority/ha-noi", "provincial_police/lao-cai", HOLDS]))
        office = (state.lanes[lane].holder or "commune/lang-son") if office == HOLDS else office
    late = timedelta(minutes=draw(st.integers(0, 50_000)))
    return Fact(
        fact_id=f"fact_{seq}",
        seq=seq,
        kind=kind,
        lane=lane,
        state=code,
        occurred_at=at,
        recorded_at=at + late,
        office=office,
    )


@BUDGET
@given(walks(), st.randoms())
def test_order_of_entry_does_not_matter(walk, chance):
    facts = list(walk.facts)
    chance.shuffle(facts)
    renumbered = [fact.model_copy(update={"seq": place}) for place, fact in enumerate(facts)]
    assert walk.fold() == walk.fold(facts) == walk.fold(renumbered)


@BUDGET
@given(walks(), st.integers(0, 13))
def test_a_fold_that_goes_on_is_the_fold_of_all_facts(walk, place):
    facts = sorted(walk.facts, key=lambda fact: fact.occurred_at)
    folding = Folding.of(walk.pack, WORLD, walk.opening, facts[:place])
    for length, fact in enumerate(facts[place:], min(place, len(facts)) + 1):
        state = folding.state
        further = folding.followed_by(fact)
        assert (further is None) == (fact.kind == "handover")
        folding.followed_by(fact.model_copy(update={"attributes": {"urgent": True}}))
        assert folding.state == state == walk.fold(facts[: length - 1]), "it stays as it was"
        folding = further or Folding.of(walk.pack, WORLD, walk.opening, facts[:length])
        assert folding.state == walk.fold(facts[:length])
    if facts:
        assert folding.followed_by(facts[-1].model_copy(update={"kind": "ack"})) is None, "not the last one"


@BUDGET
@given(walks())
def test_no_lane_is_silent(walk):
    """Every lane that is not at an end has a holder (or an alarm) and an attention wait; every wait tells somebody."""
    for length in range(len(walk.facts) + 1):
        state = walk.fold(walk.facts[:length])
        found = waits(walk.pack, WORLD, state, [], walk.opening.occurred_at)
        assert all(wait.office for wait in found)
        assert len({wait.wait_id for wait in found}) == len(found)
        attended = {wait.lane for wait in found if wait.kind == "attention"}
        assert attended
        for code, lane in state.lanes.items():
            assert lane.holder or f"no-office:{code}" in state.flags
            assert lane.terminal or code in attended


@BUDGET
@given(walks())
def test_no_limit_is_due_before_it_starts_and_every_clock_has_one_end(walk):
    state = walk.fold()
    for clock in state.clocks:
        assert clock.kind == "lead_time" or clock.due_at is None or clock.due_at >= clock.started_at
        assert clock.met_at is None or clock.void_at is None
        assert clock.opened_at >= clock.started_at
        assert clock.citation
    assert len({clock.clock_id for clock in state.clocks}) == len(state.clocks)


@BUDGET
@given(walks())
def test_every_open_clock_waits_unless_it_is_paused(walk):
    state = walk.fold()
    waiting = {wait.clock_id for wait in waits(walk.pack, WORLD, state, [], walk.opening.occurred_at)}
    assert {clock.clock_id for clock in state.clocks if clock.open and clock.paused_at is None} <= waiting


@BUDGET
@given(walks(), st.integers(0, 13))
def test_accepted_fact_is_never_lost(walk, place):
    """A case without one of its facts, entered last, is the same case."""
    if place >= len(walk.facts):
        return
    rest = [fact for fact in walk.facts if fact is not walk.facts[place]]
    assert walk.fold([*rest, walk.facts[place]]) == walk.fold()
