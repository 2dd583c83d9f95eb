"""Local packs: what a regulation or a plan of a place adds to the law, for which lanes, and that it changes nothing."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulations import Clock, Fact, Library, PackError, explain, fold
from regulations.companions import adult_identified
from regulations.local import LocalState
from regulations.local_files import load_local
from tests.library import LIBRARY
from tests.unit.regulations.conftest import Cases
from tests.unit.regulations.test_properties import WORLD, Walk, walks

HERE = Path(__file__).parent / "local"
TEST = Library(local=load_local(HERE))
LAWS = LIBRARY.packs()
NEW, FORMER = "law-53-2024", "law-66-2011"
HEALTH = "health_authority"
UNHURRIED = [HealthCheck.too_slow, HealthCheck.filter_too_much]
BUDGET = settings(max_examples=25, deadline=None, suppress_health_check=UNHURRIED)


def cases_of(library: Library, law: str = NEW) -> Cases:
    return Cases(library.pack(law), WORLD)


def office(role: str, province: str) -> str:
    found = WORLD.directory.at(role, province, date(2026, 11, 30))
    assert found is not None, (role, province)
    return found


def steps(province: str, *codes: tuple[str, str]) -> list[tuple[str, str, str, str]]:
    health, police = office(HEALTH, province), office("provincial_police", province)
    by = {"POLICE_VERIFICATION": health, "VICTIM_CONFIRMED": police}
    return [("identification", code, at, by.get(code, health)) for code, at in codes]


def local(clocks: tuple[Clock, ...]) -> dict[str, Clock]:
    return {clock.rule: clock for clock in clocks if clock.local is not None}


def told(library: Library, province: str, *codes: tuple[str, str], law: str = NEW, occurred: str = ""):
    cases = cases_of(library, law)
    first = occurred or codes[0][1]
    opening = cases.opening(office("commune", province_commune(province)), "self_report", first, province=province)
    return cases, cases.told(opening, *steps(province, *codes))


def province_commune(province: str) -> str:
    return {"quang-ngai": "duc-pho", "lang-son": "ky-lua", "thai-nguyen": "phu-binh", "lao-cai": "sa-pa"}[province]


# the real ones


def test_the_regulation_of_a_province_is_a_duty_without_a_number_there() -> None:
    cases, state = told(LIBRARY, "quang-ngai", ("SUPPORT_AGENCY_RECEIVED", "2026-11-30T09:00"))
    found = local(state.clocks)
    assert found.keys() == {"QC2467-01"}, "it stands for regulation 2548 in its province"
    clock = found["QC2467-01"]
    assert (clock.due_at, clock.amount, clock.reminder, clock.confidence) == (None, None, True, "not found")
    assert clock.office == office(HEALTH, "quang-ngai")
    [version] = [one for one in LIBRARY.local if one.id == "quy-che-2467"]
    assert clock.local is not None
    assert (clock.local.pack, clock.local.content_hash) == ("quy-che-2467", version.content_hash)
    shown = explain(cases.pack, WORLD, state, clock.clock_id)
    assert shown.local == clock.local
    bodies = ["provincial_police", "border_guard", "foreign_affairs"]
    assert list(shown.told) == [office(role, "quang-ngai") for role in bodies]


@pytest.mark.parametrize("law", [NEW, FORMER])
def test_elsewhere_it_is_the_regulation_of_the_ministries(law: str) -> None:
    occurred = "2026-11-30T08:00" if law == NEW else "2025-06-20T08:00"
    _, state = told(LIBRARY, "lang-son", ("SUPPORT_AGENCY_RECEIVED", "2026-11-30T09:00"), law=law, occurred=occurred)
    assert local(state.clocks).keys() == {"QC2548-01"}


def test_a_clock_of_before_its_first_day_is_of_the_law_alone() -> None:
    _, state = told(LIBRARY, "quang-ngai", ("SUPPORT_AGENCY_RECEIVED", "2026-11-28T23:59"))
    assert not local(state.clocks)
    _, state = told(LIBRARY, "quang-ngai", ("SUPPORT_AGENCY_RECEIVED", "2026-11-29T00:00"))
    assert local(state.clocks).keys() == {"QC2467-01"}


def test_the_duty_ends_when_an_office_states_it_or_with_the_decision() -> None:
    received = ("SUPPORT_AGENCY_RECEIVED", "2026-11-30T09:00")
    _, state = told(LIBRARY, "quang-ngai", received, ("QC2467_BODIES_TOLD", "2026-12-01T09:00"))
    clock = local(state.clocks)["QC2467-01"]
    assert clock.met_by == "fact_2"
    assert state.lanes["identification"].state == "SUPPORT_AGENCY_RECEIVED"
    _, state = told(LIBRARY, "quang-ngai", received, ("PERSON_WITHDREW", "2026-12-02T09:00"))
    assert local(state.clocks)["QC2467-01"].void_reason == "no-longer-applies"


def test_an_older_version_of_a_law_is_read_with_them_too() -> None:
    earlier = LIBRARY.pack(NEW, "0fd1a19d7af5ab1c4465c68192d8b473edbd5f00b528c4a356aed314587ecf20")
    assert "QC2467-01" in earlier.rules
    assert not any(rule.is_local for pack in LAWS.values() for rule in pack.rules.values())


# the test pack: dates reckoned by hand


def test_a_local_limit_runs_beside_that_of_the_law() -> None:
    """Asked on Wed 1 April 2026. Test regulation: 10 days, so Sat 11 April, which is moved to Mon 13 April: too late
    from 14 April. Law: 20 days, so Tue 21 April: too late from 22 April."""
    asked = ("POLICE_VERIFICATION", "2026-04-01T09:00")
    _, state = told(TEST, "lang-son", asked, occurred="2026-03-30T09:00")
    due = {clock.rule: clock.due_at for clock in state.clocks}
    assert due["THU-02"] == Cases.at("2026-04-14")
    assert due["B-SELF-06"] == Cases.at("2026-04-22")
    clock = local(state.clocks)["THU-02"]
    assert clock.state_at(Cases.at("2026-04-14")) == "breached"
    _, state = told(TEST, "lang-son", asked, ("VICTIM_CONFIRMED", "2026-04-16T09:00"), occurred="2026-03-30T09:00")
    ends = {clock.rule: clock.state_at(Cases.at("2026-05-01")) for clock in state.clocks}
    assert (ends["THU-02"], ends["B-SELF-06"]) == ("met_late", "met")


def test_a_later_version_is_for_the_clocks_that_start_under_it() -> None:
    """Asked on Tue 30 June 2026, the last day of the first version: 10 days, Fri 10 July. Asked on Wed 1 July: 8 days,
    Thu 9 July."""
    _, state = told(TEST, "lang-son", ("POLICE_VERIFICATION", "2026-06-30T23:00"), occurred="2026-06-29T09:00")
    old = local(state.clocks)
    assert {rule: clock.due_at for rule, clock in old.items()} == {"THU-02": Cases.at("2026-07-11")}
    _, state = told(TEST, "lang-son", ("POLICE_VERIFICATION", "2026-07-01T09:00"), occurred="2026-06-29T09:00")
    new = local(state.clocks)
    assert {rule: clock.due_at for rule, clock in new.items()} == {"THU-02b": Cases.at("2026-07-10")}
    first, second = (one.content_hash for one in TEST.local if one.id == "quy-che-thu")
    assert [use.content_hash for use in (old["THU-02"].local, new["THU-02b"].local) if use] == [first, second]


def test_after_a_transfer_running_clocks_keep_theirs_and_new_ones_take_the_new_place() -> None:
    """Told on Thu 1 October 2026 in Lạng Sơn: 2 working days, Mon 5 October. The lane goes to Thái Nguyên on 2 October;
    asked there on Tue 6 October: 15 days, Wed 21 October."""
    cases = cases_of(TEST)
    opening = cases.opening(office("commune", "ky-lua"), "self_report", "2026-10-01T08:00", province="lang-son")
    health = office(HEALTH, "thai-nguyen")
    facts = [
        *cases.facts(("identification", "SUPPORT_AGENCY_NOTIFIED", "2026-10-01T09:00", office("commune", "ky-lua"))),
        cases.fact(
            2,
            ("identification", "", "2026-10-02T09:00", health),
            kind="handover",
            attributes={"place": "thai-nguyen"},
        ),
        cases.fact(3, ("identification", "POLICE_VERIFICATION", "2026-10-06T09:00", health)),
    ]
    state = cases.fold(opening, facts)
    found = local(state.clocks)
    assert {rule: clock.due_at for rule, clock in found.items()} == {
        "THU-01": Cases.at("2026-10-06"),
        "KHT-01": Cases.at("2026-10-22"),
    }
    uses = {rule: clock.local for rule, clock in found.items()}
    assert {rule: use.pack for rule, use in uses.items() if use} == {"THU-01": "quy-che-thu", "KHT-01": "ke-hoach-thu"}
    assert found["THU-01"].office == health, "the running duty goes with the lane"
    assert explain(cases.pack, WORLD, state, found["THU-01"].clock_id).told[0] == office("border_guard", "lang-son")
    assert found["KHT-01"].reminder, "nobody compared it with a text"


# it changes nothing of the law


@pytest.mark.parametrize("law", LIBRARY.ids)
@pytest.mark.parametrize("library", [LIBRARY, TEST], ids=["package", "test"])
def test_ways_rights_and_entitlements_stay_those_of_the_law(law: str, library: Library) -> None:
    whole, alone = library.pack(law), LAWS[law]
    for code, lane in alone.lanes.items():
        one, other = whole.graphs[code], alone.graphs[code]
        assert one.edges == other.edges
        for state in lane.states:
            assert one.stated_by(state.code) == other.stated_by(state.code)
            if state.moves:
                assert one.may_act(state.code) == other.may_act(state.code)
            else:
                assert one.after(state.code) == other.after(state.code)
    same = whole.model_fields_set - {"lanes", "rules", "readings"}
    assert {name: getattr(whole, name) for name in same} == {name: getattr(alone, name) for name in same}
    assert {rule: whole.rules[rule] for rule in alone.rules} == alone.rules


def test_a_local_duty_changes_no_condition_of_the_law_and_nothing_where_nobody_asks() -> None:
    cases = cases_of(TEST)
    opening = cases.opening(office("commune", "sa-pa"), "self_report", "2026-10-01T08:00", province="lao-cai")
    facts = cases.facts(("identification", "SUPPORT_AGENCY_NOTIFIED", "2026-10-01T09:00", office("commune", "sa-pa")))
    step = ("identification", "THU_BORDER_TOLD", "2026-10-02T09:00", office(HEALTH, "lao-cai"))
    before, after = (
        cases.fold(opening, facts),
        cases.fold(opening, [*facts, cases.fact(2, step, attributes={"urgent": True})]),
    )
    assert after.clocks == before.clocks
    assert (after.gaps, after.flags, after.status) == (before.gaps, before.flags, before.status)


def legal(state):
    """What the law says of a folded case, without the clocks that local packs add."""
    lanes = {
        code: (lane.state, lane.holder, lane.place, lane.since, lane.terminal, lane.may_act, lane.holders)
        for code, lane in state.lanes.items()
    }
    clocks = [clock for clock in state.clocks if clock.local is None]
    flags = {flag for flag in state.flags if flag != "cross_regime"}  # any entry of a later day sets it
    owed = (state.status, state.identified_at, state.regime_support, state.gaps, flags, state.past_holders)
    return lanes, clocks, owed


@st.composite
def lived(draw: st.DrawFn) -> Walk:
    """A case in Lạng Sơn that takes the usual steps of the identification, some left out, and may go to Thái Nguyên."""
    start = Cases.at("2026-01-02") + timedelta(minutes=draw(st.integers(0, 500_000)))
    commune, health = office("commune", "ky-lua"), office(HEALTH, "lang-son")
    opening = Cases(LAWS[NEW], WORLD).opening(
        commune, "self_report", "2026-01-01", province="lang-son", commune="ky-lua"
    )
    walk = Walk(LAWS[NEW], opening.model_copy(update={"occurred_at": start, "recorded_at": start}))
    steps = ["SUPPORT_AGENCY_NOTIFIED", "SUPPORT_AGENCY_RECEIVED", "INITIAL_CHECK_DONE", "POLICE_VERIFICATION"]
    steps += ["POLICE_VERIFICATION_EXTENDED", "VICTIM_CONFIRMED"]
    moves = draw(st.integers(0, len(steps) * 2))
    at = start
    for seq, code in enumerate(steps):
        at += timedelta(minutes=draw(st.integers(1, 40_000)))
        fact = {"seq": seq, "lane": "identification", "occurred_at": at, "recorded_at": at + timedelta(hours=seq)}
        if seq == moves:
            health = office(HEALTH, "thai-nguyen")
            there = {**fact, "kind": "handover", "office": health, "attributes": {"place": "thai-nguyen"}}
            walk.take(Fact.model_validate({"fact_id": "move", **there}))
        elif draw(st.integers(0, 4)):
            walk.take(Fact.model_validate({"fact_id": code, "state": code, "office": health, **fact}))
    return walk


def with_duties(draw, walk: Walk) -> list[Fact]:
    """The facts of a case, and some local duties stated on the way, each at an instant of its own.

    Of two equal facts at one instant the one that was entered first counts (`in_order`).
    """
    at = draw(st.lists(st.integers(1, 200_000), max_size=3, unique=True))
    lane = "identification" if "identification" in walk.fold().lanes else next(iter(sorted(walk.fold().lanes)))
    duties = [state.code for state in TEST.pack(walk.pack.id).lanes[lane].states if isinstance(state, LocalState)]
    added = [
        Fact(
            fact_id=f"duty_{number}",
            seq=100 + number,
            lane=lane,
            state=draw(st.sampled_from(duties)),
            occurred_at=walk.opening.occurred_at + timedelta(minutes=minutes),
            recorded_at=walk.opening.occurred_at + timedelta(minutes=draw(st.integers(200_001, 300_000))),
            office="health_authority/lang-son",
        )
        for number, minutes in enumerate(at if duties else [])
    ]
    return [*walk.facts, *added]


def test_a_local_duty_does_not_say_when_the_adult_was_identified() -> None:
    cases = cases_of(TEST)
    opening = cases.opening(HEALTH + "/lang-son", "self_report", "2026-03-02T08:00", accompanies=True)
    duty = next(one.code for one in TEST.pack(NEW).lanes["identification"].states if isinstance(one, LocalState))
    on = {"adult_identified_on": "2025-06-20"}
    steps = [
        cases.fact(1, ("identification", code, "2026-03-03T08:00", HEALTH + "/lang-son"), attributes=on)
        for code in (duty, "SUPPORT_AGENCY_RECEIVED")
    ]
    found = [adult_identified(TEST.pack(NEW), opening, [one]) is not None for one in steps]
    assert found == [False, True]


def only_seen(facts: list[Fact]) -> list[Fact]:
    """The same facts, but instead of a local duty its office only says at that instant that it has seen the lane.

    Time passes with both: a lane of an office that ended goes on to its successor at the next fact.
    """
    return [
        one.model_copy(update={"kind": "ack", "state": "", "attributes": {}})
        if one.fact_id.startswith("duty_")
        else one
        for one in facts
    ]


@pytest.mark.parametrize("cases", [walks(), lived()], ids=["any case", "usual case"])
@BUDGET
@given(st.data())
def test_a_local_pack_moves_no_date_and_changes_no_state(cases, data) -> None:
    walk = data.draw(cases)
    facts = with_duties(data.draw, walk)
    pack = TEST.pack(walk.pack.id)
    whole = fold(pack, WORLD, walk.opening, facts)
    law = fold(walk.pack, WORLD, walk.opening, only_seen(facts))
    assert legal(whole) == legal(law)
    for clock in local(whole.clocks).values():
        assert pack.rules[clock.rule].is_local


@pytest.mark.parametrize("cases", [walks(), lived()], ids=["any case", "usual case"])
@BUDGET
@given(st.randoms(), st.data())
def test_with_a_local_pack_the_order_of_entry_does_not_matter(cases, chance, data) -> None:
    walk = data.draw(cases)
    facts = with_duties(data.draw, walk)
    shuffled = [*facts]
    chance.shuffle(shuffled)
    pack = TEST.pack(walk.pack.id)
    renumbered = [fact.model_copy(update={"seq": place}) for place, fact in enumerate(shuffled)]
    folded = [fold(pack, WORLD, walk.opening, one) for one in (facts, shuffled, renumbered)]
    assert folded[0] == folded[1] == folded[2]


# the files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HERE, tmp_path / "local"))


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_version_never_changes_and_never_goes(folder: Path) -> None:
    file = folder / "quy-che-thu" / "2026-01-01.toml"
    changed(file, "amount = 2\n", "amount = 3\n")
    with pytest.raises(PackError, match=r"quy-che-thu/2026-01-01\.toml: its content is not that"):
        load_local(folder)
    file.unlink()
    with pytest.raises(PackError, match="so it must stay"):
        load_local(folder)


def test_a_file_is_named_by_its_id_and_its_first_day(folder: Path) -> None:
    (folder / "ke-hoach-thu" / "2026-01-01.toml").rename(folder / "ke-hoach-thu" / "2026-01-02.toml")
    with pytest.raises(PackError, match="named by `id` and `since`"):
        load_local(folder)


@pytest.mark.parametrize("what", ["state", "transition", "entitlement", "opening", "measure", "sight", "outcome"])
def test_it_has_no_place_for_what_is_the_law_s(folder: Path, what: str) -> None:
    file = folder / "ke-hoach-thu" / "2026-01-01.toml"
    file.write_text(file.read_text(encoding="utf-8") + f'\n[[{what}]]\ncode = "X"\n', encoding="utf-8")
    with pytest.raises(PackError, match=f"{what}.*not permitted"):
        load_local(folder)


@pytest.mark.parametrize("key", ['holder_role = "commune"', 'replaces = ["B-SELF-06"]', 'stated_by = ["commune"]'])
def test_a_local_rule_gives_no_right_and_replaces_nothing(folder: Path, key: str) -> None:
    changed(folder / "ke-hoach-thu" / "2026-01-01.toml", "amount = 15", f"{key}\namount = 15")
    with pytest.raises(PackError, match="not permitted"):
        load_local(folder)


def test_the_clocks_of_local_packs_have_titles_where_titles_are_looked_up_by_the_rule():
    rows = [row for pack in TEST.local for row in pack.rule]
    assert rows
    assert all(TEST.titles[row.id] in [one.title for one in rows if one.id == row.id] for row in rows)
    assert all(TEST.titles[report.id] for pack in TEST.local for report in pack.report)
