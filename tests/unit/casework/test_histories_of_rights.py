"""Over generated histories: nobody whose part is over gets more to read, for itself or its province, by what it may do.

The histories are steps, acknowledgements, hand-overs to offices far away, closings, and between them every call that an
office whose part is over may still make. Who reads is compared with what happened, not with the standing.
"""

from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from casework.domain import records
from casework.domain.case_file import Change
from casework.domain.who_may_record import may_record, might_record
from contracts.codes import SealGroup
from contracts.ids import new_id, role_of
from contracts.standing import Standing
from regulations import Fact, parts
from regulations.case import AS_NAMED, PLACE, TAKEN_BY
from regulations.lane_groups import PROTECTIVE_LANES
from regulations.legal_time import legal_date
from regulations.parts import INSIDE, PartKind, Relation
from regulations.stating import may_state_by
from tests.library import LIBRARY, RIGHTS
from tests.unit.casework.test_nothing_is_dropped import Case, opened, record
from tests.unit.regulations.test_properties import Walk, office_for, walks

DIRECTORY = LIBRARY.world.directory
FAR = ("health_authority/ha-noi", "provincial_police/ha-noi", "commune/lao-cai", "health_authority/tay-ninh")
PRESENT = frozenset(Relation) - {Relation.PAST, Relation.LEFT, Relation.ENDED}
LOOK_BEFORE_THEIR_TURN = {"provincial_police", "district_police", "health_authority", "labour_authority"}
"""By hand: the roles with full sight (`confidentiality.toml`). Among others they decide on protection."""


def reads(office: str, standing: Standing) -> frozenset[str]:
    """Everything that an office may read, as words."""
    found = {f"text:{group}" for group in RIGHTS.readable_groups(office, standing)}
    found |= {f"lane:{one}" for one in standing.lanes if one in PROTECTIVE_LANES and _sees(office, standing, one)}
    found |= {
        f"look:{name}"
        for name in ("protection.get_protection", "support.list_requests", "vault.access_log")
        if RIGHTS.decide(office, name, standing)
    }
    return frozenset(found | ({"look"} if RIGHTS.looks(office, standing) else set()))


def _sees(office: str, standing: Standing, lane: str) -> bool:
    return RIGHTS.sees_lane(office, standing, lane)


def named(standing: Standing) -> set[str]:
    """Every office that a standing names."""
    lanes = standing.lanes.values()
    found = {standing.reporter, *standing.past, *standing.supervisors, *standing.proposed, *standing.holders(), *FAR}
    return found.union(*(one.acting for one in lanes), *(one.former for one in lanes))


class Histories(RuleBasedStateMachine):
    """One case; every rule is one call, made only if it is permitted."""

    case: Case
    walk: Walk
    received: bool

    @initialize(data=st.data())
    def report(self, data: st.DataObject) -> None:
        self.walk = data.draw(walks())
        self.case = Case(opened(self.walk), self.walk.opening.recorded_at.astimezone(UTC))
        assert self.case.take(Change())
        self.received = False

    @property
    def standing(self) -> Standing:
        found = self.case.file.stored.standing
        assert found is not None
        return found

    def over(self, present: frozenset[Relation] = INSIDE) -> list[str]:
        """Offices that had a part and have none of these now, in an order that does not change."""
        had = [one for one in named(self.standing) if RIGHTS.relations(one, self.standing) & {R.PAST, R.LEFT, R.ENDED}]
        return sorted(one for one in had if not RIGHTS.relations(one, self.standing) & present)

    def later(self, data: st.DataObject) -> None:
        self.case.now += timedelta(minutes=data.draw(st.integers(1, 3_000)))

    def stated(self, kind: str, office: str, lane: str, **more: Any) -> Fact:
        given = {"fact_id": new_id("fact"), "seq": 0, "kind": kind, "lane": lane, "office": office}
        return Fact.model_validate({**given, "occurred_at": self.case.now, "recorded_at": self.case.now, **more})

    def take(self, fact: Fact, *handovers: records.HandoverRecord) -> bool:
        """The fact as casework takes it; keeps whether another office than the reporter has the case now."""
        before = self.case.file.state.lanes.get("identification")
        taken = self.case.take(Change(facts=(record(fact, self.case.file, self.case.now),), handovers=handovers))
        if taken and fact.lane == "identification" and fact.kind in ("ack", "handover"):
            after = self.case.file.state.lanes["identification"]
            mine = {self.walk.opening.reporter, DIRECTORY.successor(self.walk.opening.reporter)}
            held = {before.holder if before else None, after.holder, *after.holders}
            self.received = self.received or (fact.office in held and fact.office not in mine)
        return taken

    def may_state(self, office: str, lane: str, state: str) -> bool:
        """Whether casework, or another service and then casework, takes this step from this office now."""
        file, standing, now = self.case.file, self.standing, self.case.now
        pack = file.pack_for(lane, state, now)
        if lane not in pack.lanes or state not in pack.lanes[lane].by_code:
            return False
        if not RIGHTS.decide(office, "casework.record_fact", standing):
            return False
        here = may_record(file, office, lane, state, now)
        there = may_state_by(pack, DIRECTORY, standing, office, lane, state, legal_date(now))
        return here or (there and might_record(file, office, lane, state, now))

    def a_step(self, data: st.DataObject) -> tuple[str, str]:
        state, pack = self.case.file.state, self.walk.pack
        lane = data.draw(st.sampled_from(sorted(state.lanes) * 3 + sorted(pack.lanes)))
        now = state.lanes.get(lane)
        ahead = sorted(pack.graphs[lane].reach(now.state)) if now and now.state in pack.lanes[lane].by_code else []
        entries = [spec.code for spec in pack.lanes[lane].states if spec.entry or not spec.moves]
        return lane, data.draw(st.sampled_from(ahead + entries))

    # what offices do whose part goes on

    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        self.later(data)
        for _ in range(5):  # most random steps are not permitted
            lane, state = self.a_step(data)
            office = office_for(data.draw, self.walk.pack, lane, state, legal_date(self.case.now))
            if self.may_state(office, lane, state) and self.take(self.stated("state", office, lane, state=state)):
                return

    @rule(data=st.data())
    def hand_on_in_the_usual_way(self, data: st.DataObject) -> None:
        """The holder notifies the support authority of its place, which may acknowledge."""
        self.later(data)
        carrier = self.case.file.state.lanes.get("identification")
        office = carrier.holder if carrier else None
        if office and self.may_state(office, "identification", "SUPPORT_AGENCY_NOTIFIED"):
            self.take(self.stated("state", office, "identification", state="SUPPORT_AGENCY_NOTIFIED"))
            self.acknowledge_all(data)

    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        self.later(data)
        self.acknowledge_all(data)

    def acknowledge_all(self, data: st.DataObject) -> None:
        for code, lane in self.case.file.state.lanes.items():
            if lane.holder and lane.ack_due_from and data.draw(st.booleans()):
                self.take(self.stated("ack", lane.holder, code))

    @rule(data=st.data())
    def hand_over(self, data: st.DataObject) -> None:
        self.later(data)
        code = data.draw(st.sampled_from(sorted(self.case.file.state.lanes, key=lambda one: one != "identification")))
        lane = self.case.file.state.lanes[code]
        if lane.holder and RIGHTS.decide(lane.holder, "casework.propose_handover", self.standing, lane=code):
            to = data.draw(st.sampled_from(FAR))
            place = DIRECTORY.moved(lane.place, to, legal_date(self.case.now))
            given = self.stated("handover", to, code, attributes={PLACE: place})
            self.take(given, self.accepted(code, lane.holder, to))

    def accepted(self, lane: str, sender: str, to: str) -> records.HandoverRecord:
        now = self.case.now
        return records.HandoverRecord(
            handover_id=new_id("hand"),
            case_id=self.case.file.case.case_id,
            lane=lane,
            from_office=sender,
            to_office=to,
            reason="safety",
            state="accepted",
            occurred_at=now,
            recorded_at=now,
            answer_by=None,
            actor="actor-1",
        )

    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        self.later(data)
        carrier = self.case.file.state.lanes.get("identification")
        office = carrier.holder if carrier else None
        if office and RIGHTS.decide(office, "casework.close_case", self.standing):
            self.take(self.stated("close", office, "", state="withdrawn", attributes={AS_NAMED: True}))

    # what an office may do whose part is over

    @precondition(lambda self: bool(self.over()))
    @rule(data=st.data(), what=st.sampled_from(["state", "withdraw", "move", "reopen", "close", "place"]))
    def a_call_after_the_end(self, data: st.DataObject, what: str) -> None:
        self.later(data)
        # Where the law names a role for a step, its office has a present part: it may act, open a lane, and is told of.
        offices, before = self.over(PRESENT if what in ("state", "place", "close") else INSIDE), self.standing
        if not offices:
            return
        office = data.draw(st.sampled_from(offices))
        own = [one for one in self.case.file.stored.facts if one.office == office and one.kind == "state"]
        done = False
        if what in ("state", "place"):
            lane, state = self.a_step(data)
            attributes: dict[str, Any] = {TAKEN_BY: "facility/lang-son"} if what == "place" else {}
            if self.may_state(office, lane, state):
                done = self.take(self.stated("state", office, lane, state=state, attributes=attributes))
        elif what in ("withdraw", "move") and own and RIGHTS.decide(office, "casework.correct_fact", before):
            fact = data.draw(st.sampled_from(own))
            at = None if what == "withdraw" else fact.occurred_at - timedelta(minutes=data.draw(st.integers(0, 9_000)))
            done = self.followed(fact) and self.case.take(Change(corrections=(self.correction(fact, at),)))
        elif what == "reopen" and RIGHTS.decide(office, "casework.reopen_case", before):
            done = self.case.file.state.outcome is not None and self.take(self.stated("reopen", office, ""))
        elif what == "close" and RIGHTS.decide(office, "casework.close_case", before):
            done = self.take(self.stated("close", office, "", state="withdrawn", attributes={AS_NAMED: True}))
        event(f"{what}: {done}")
        self.check_nothing_gained(office, before)

    def followed(self, fact: records.FactRecord) -> bool:
        """Whether somebody else acted in the lane since. Until then an office may take its own entry back."""
        later = [one for one in self.case.file.stored.facts if one.seq > fact.seq and one.lane == fact.lane]
        return any(one.office != fact.office for one in later)

    def correction(self, fact: records.FactRecord, at: Any) -> records.CorrectionRecord:
        return records.CorrectionRecord(
            correction_id=new_id("corr"),
            case_id=self.case.file.case.case_id,
            fact_id=fact.fact_id,
            occurred_at=at,
            withdrawn=at is None,
            reason_ref=None,
            recorded_at=self.case.now,
            office=fact.office,
            actor="actor-1",
        )

    def check_nothing_gained(self, office: str, before: Standing) -> None:
        """Neither the office nor another one of its province reads more than before its call."""
        after, on = self.standing, legal_date(self.case.now)
        home = DIRECTORY.province(DIRECTORY.place_of(office) or "", on)
        for one in sorted(named(before) | named(after)):
            if one == office or (home and DIRECTORY.province(DIRECTORY.place_of(one) or "", on) == home):
                more = reads(one, after) - reads(one, before)
                assert not more, (office, one, sorted(more))

    @invariant()
    def who_reads_holds_decides_or_was_told(self) -> None:
        """By what happened: who reads is a holder, an authority where a lane is, or who reported it; who had a part
        knows the name, and nobody else knows anything.
        """
        state, standing, on = self.case.file.state, self.standing, legal_date(self.case.now)
        holders = {DIRECTORY.living(lane.holder, on) or lane.holder for lane in state.lanes.values()}
        holders |= {lane.holder for lane in state.lanes.values()}
        reporter = self.walk.opening.reporter
        ever = {reporter, *state.past_holders, *(one.to_office for one in self.case.file.stored.handovers)}
        ever |= {living for one in ever if (living := DIRECTORY.living(one, on))}
        for one in named(standing):
            found = reads(one, standing)
            decides = role_of(one) in LOOK_BEFORE_THEIR_TURN and any(
                DIRECTORY.acts_at(one, lane.place, on) for lane in state.lanes.values()
            )
            told = one == reporter and not self.received
            if not (one in holders or decides or told):
                allowed = {f"text:{SealGroup.IDENTITY}"} if one in ever else set[str]()
                assert found <= allowed, (one, sorted(found))


R = Relation
TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=40,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def test_the_histories_find_a_part_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this, histories in which nothing happens would pass as well."""
    table: dict[Any, Any] = parts._RELATIONS  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setitem(table, (PartKind.REPORTER, True, False), frozenset({R.REPORTER}))
    quick = settings(TestHistories.settings, max_examples=200, derandomize=True, database=None, phases=[Phase.generate])
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Histories, settings=quick)
