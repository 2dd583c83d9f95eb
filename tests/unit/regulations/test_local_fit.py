"""What a local pack may not do is refused when the packs are read; what is not refused changes nothing of the law."""

import shutil
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from regulations import Contradiction, Fact, Library, Pack, PackError, fold
from regulations.case import AS_NAMED
from regulations.checks.local_fit import check_local, check_names, misfits
from regulations.library import PackMissing
from regulations.local import LocalPack, LocalState, with_local
from regulations.local_files import load_local
from regulations.model import AS_ENACTED
from regulations.toml_files import root
from regulations.versions import released
from tests.library import LIBRARY
from tests.unit.regulations.test_local import WORLD, legal, office, only_seen
from tests.unit.regulations.test_properties import Walk, walks

LAWS = LIBRARY.packs()
LAW = LAWS["law-53-2024"]
BUDGET = settings(max_examples=25, deadline=None, suppress_health_check=[*HealthCheck])
PLAN, FIRST, SECOND = load_local(Path(__file__).parent / "local")
LANE = "identification"


def of(pack: LocalPack, row: int = 0, duty: str | None = None, **changes: object) -> LocalPack:
    """The pack with one of its rules changed, and with another code of its duty."""
    rules = [*pack.rule]
    rules[row] = rules[row].model_copy(update=changes)
    named = [one.model_copy(update={"code": duty}) for one in pack.duty] if duty else pack.duty
    return pack.model_copy(update={"rule": tuple(rules), "duty": tuple(named)})


def wrong(*packs: LocalPack, law: Pack = LAW) -> list[str]:
    return [message for _, message in misfits(law, packs)]


# names


@pytest.mark.parametrize("code", ["certificate_issued", "holds_paper", "urgent"])
def test_a_duty_is_never_written_as_an_attribute_of_a_law(code: str) -> None:
    with pytest.raises(ValueError, match="a duty is written in capital letters"):
        LocalPack.model_validate(of(FIRST, duty=code, to=(code,)).model_dump())


@pytest.mark.parametrize("code", ["VICTIM_CONFIRMED", "PROTECTION_DECIDED"])
def test_a_duty_has_no_code_of_the_law_also_not_of_another_lane(code: str) -> None:
    assert any(f"{code}: law-53-2024 has a state or duty" in text for text in wrong(of(FIRST, duty=code, to=(code,))))
    with pytest.raises(PackError, match=rf"local/quy-che-thu/2026-01-01\.toml: {code}"):
        Library(local=[of(FIRST, duty=code, to=(code,))]).pack("law-53-2024")


def test_a_rule_has_no_id_of_the_law_and_that_of_the_law_stays() -> None:
    taken = of(PLAN, id="B-SELF-06", amount=5)
    with pytest.raises(PackError, match="B-SELF-06: a rule of this id stands in a law"):
        check_local(LAW, [taken])
    assert with_local(LAW, [taken]).rules["B-SELF-06"] == LAW.rules["B-SELF-06"], "of an older version, too"


def test_two_local_packs_share_no_name() -> None:
    other = FIRST.model_copy(update={"id": "quy-che-khac", "place": "lao-cai"})
    assert "THU-01: the local pack quy-che-khac has this name too" in wrong(FIRST, other)
    assert "THU_BORDER_TOLD: the local pack quy-che-khac has this name too" in wrong(FIRST, other)
    assert "THU-01: stands twice here" in wrong(of(FIRST, 1, id="THU-01"))


def test_a_new_version_of_a_law_takes_no_name_of_a_local_pack(tmp_path: Path) -> None:
    source = Path(shutil.copytree(str(root() / "packs" / "law-53-2024"), tmp_path / "law-53-2024"))
    lane = source / "identification.toml"
    taken = '\n[[state]]\ncode = "QC2467_BODIES_TOLD"\nlabel = { vi = "x", en = "x" }\nmoves = false\n'
    taken += 'after = ["SUPPORT_AGENCY_RECEIVED"]\nstated_by = ["commune"]\n'
    lane.write_text(lane.read_text(encoding="utf-8") + taken, encoding="utf-8")
    with pytest.raises(PackError, match="QC2467_BODIES_TOLD: law-53-2024 has a state or duty of this code"):
        Library(tmp_path / "installed").install(source)


def test_every_released_version_of_a_law_has_room_for_the_local_packs_of_this_package() -> None:
    for one in released():
        with suppress(PackMissing):  # a version that its release installed itself
            check_names(bare(LIBRARY.pack(one.pack, one.content_hash)), LIBRARY.local)


def bare(pack: Pack) -> Pack:
    """A pack without what local packs add."""
    rules = {code: rule for code, rule in pack.rules.items() if not rule.is_local}
    lanes = {
        code: built(lane, states=tuple(one for one in lane.states if not isinstance(one, LocalState)))
        for code, lane in pack.lanes.items()
    }
    return built(pack, rules=rules, lanes=lanes)


def built(part, **changes):
    """A part of a pack with some fields changed, and nothing remembered."""
    return type(part).model_construct(**{**{name: getattr(part, name) for name in type(part).model_fields}, **changes})


# one pack in the place of another


def standing_for(one: LocalPack, **changes: object) -> LocalPack:
    """A pack of a commune of Thái Nguyên in the place of the plan of the province."""
    rules = tuple(row.model_copy(update={"id": f"{row.id}-X", **changes}) for row in one.rule)
    head = {"id": "ke-hoach-xa", "place": "34-05908", "stands_for": ("ke-hoach-thu",), "rule": rules}
    return one.model_copy(update=head)


@pytest.mark.parametrize(
    ("changes", "taken_over"),
    [
        ({}, True),
        ({"amount": 14}, True),
        ({"amount": 10, "unit": "hour"}, True),
        ({"amount": 16}, False),
        ({"amount": 1, "unit": "month"}, False),
        ({"amount": None, "unit": "none"}, False),
        ({"starts_on": ("SIGNS_REVIEW",)}, False),
        ({"starts_on": ("SIGNS_REVIEW", "POLICE_VERIFICATION")}, True),
        ({"to": ("VICTIM_CONFIRMED",)}, True),
        ({"to": ("VICTIM_CONFIRMED", "NOT_CONFIRMED", "PERSON_DIED")}, False),
        ({"voids_on": ("SIGNS_REVIEW",)}, False),
        ({"unless": ("SIGNS_REVIEW",)}, False),
        ({"applies": PLAN.rule[0].applies.model_copy(update={"urgent": True})}, False),
        ({"informs": ("border_guard",)}, True),
        ({"lane": "protection"}, False),
    ],
)
def test_a_pack_that_stands_for_another_takes_each_of_its_duties_over(changes: dict, taken_over: bool) -> None:
    found = [text for text in wrong(PLAN, standing_for(PLAN, **changes)) if "stands for" in text]
    assert (found == []) == taken_over
    if found:
        assert "has no rule that takes the place of KHT-01 under law-53-2024" in found[0]


def test_a_limit_that_binds_is_not_replaced_by_one_that_reminds() -> None:
    first = FIRST.model_copy(update={"stands_for": (), "report": (), "until": date(2026, 7, 1)})
    inferred = first.model_copy(
        update={
            "id": "quy-che-xa",
            "stands_for": ("quy-che-thu",),
            "duty": tuple(one.model_copy(update={"code": "XA_TOLD"}) for one in first.duty),
            "rule": tuple(
                row.model_copy(
                    update={
                        "id": f"{row.id}-X",
                        "to": ("XA_TOLD",) if "THU_BORDER_TOLD" in row.to else row.to,
                        "confidence": "inferred",
                    }
                )
                for row in first.rule
            ),
        }
    )
    assert len([text for text in wrong(first, inferred) if "takes the place of" in text]) == 2
    sure = tuple(row.model_copy(update={"confidence": "verified text"}) for row in inferred.rule)
    assert wrong(first, inferred.model_copy(update={"rule": sure})) == []


def test_a_pack_without_a_rule_stands_for_none_that_has_one() -> None:
    with pytest.raises(PackError, match="has no rule that takes the place of QC2548-01"):
        check_local(LAW, [_without_rules(one) for one in LIBRARY.local])


def _without_rules(one: LocalPack) -> LocalPack:
    return one.model_copy(update={"rule": (), "duty": ()}) if one.id == "quy-che-2467" else one


def test_two_packs_do_not_stand_for_each_other() -> None:
    both = [PLAN.model_copy(update={"stands_for": ("ke-hoach-xa",)}), standing_for(PLAN)]
    assert len([text for text in wrong(*both) if "nobody would owe anything" in text]) == 2
    assert wrong(PLAN.model_copy(update={"stands_for": ("ke-hoach-thu",)})), "nor for itself"


# limits


@pytest.mark.parametrize(
    ("starts", "ends", "amount", "fits"),
    [
        (("POLICE_VERIFICATION",), ("VICTIM_CONFIRMED",), 20, True),
        (("POLICE_VERIFICATION",), ("VICTIM_CONFIRMED",), 21, False),
        # begins before the notice, from which the law has three days
        (("INTAKE_REGISTERED",), ("INITIAL_CHECK_DONE",), 3, True),
        (("INTAKE_REGISTERED",), ("INITIAL_CHECK_DONE",), 4, False),
        # begins later than the twenty days of the law, which it may outlast
        (("POLICE_VERIFICATION_EXTENDED",), ("VICTIM_CONFIRMED",), 10, False),
        (("POLICE_VERIFICATION", "POLICE_VERIFICATION_EXTENDED"), ("VICTIM_CONFIRMED",), 10, False),
        (("VERIFICATION_RESULT",), ("VICTIM_CONFIRMED",), 1, False),  # the law says at once
    ],
)
def test_a_limit_with_another_beginning_is_compared_too(starts: tuple, ends: tuple, amount: int, fits: bool) -> None:
    found = wrong(of(PLAN, starts_on=starts, to=ends, amount=amount))
    assert (not any("it may add no time" in text for text in found)) == fits, found


@pytest.mark.parametrize(("amount", "unit"), [(0, "day"), (-3, "day"), (4000, "day"), (11, "year")])
def test_a_limit_can_be_counted(amount: int, unit: str) -> None:
    assert any(
        "at least one unit long, and at most ten years" in each for each in wrong(of(PLAN, amount=amount, unit=unit))
    )


# what is not refused changes nothing


@st.composite
def local_packs(draw: st.DrawFn, law_id: str) -> LocalPack:
    """A local pack with names, steps and limits of any kind; many are refused."""
    law = LAWS[law_id]
    lane = draw(st.sampled_from([LANE, LANE, *sorted(law.lanes)]))
    states = [state.code for state in law.lanes[lane].states]
    own = draw(
        st.sampled_from(["LOC_TOLD"] * 6 + ["urgent", "certificate_issued", *sorted(law.lanes[lane].flags), *states])
    )
    codes = st.lists(st.sampled_from([own, *states]), min_size=1, max_size=4, unique=True)
    rules = [
        {
            "id": f"LOC-{place}" if draw(st.integers(0, 5)) else draw(st.sampled_from(sorted(law.rules))),
            "title": {"vi": "x", "en": "x"},
            "lane": lane,
            "starts_on": draw(codes),
            "to": draw(st.one_of(st.just([own]), codes)),
            "voids_on": draw(st.one_of(st.just([]), codes)),
            "unless": draw(st.sampled_from([[], [], ["urgent"]])),
            "applies": draw(st.sampled_from([{}, {}, {"age_under": 16}, {"age_from": 18}, {"urgent": True}])),
            **draw(
                st.sampled_from(
                    [{}, {"unit": "immediate"}, {"amount": 2, "unit": "day"}, {"amount": 30, "unit": "hour"}]
                )
            ),
            "confidence": AS_ENACTED,
            "citation": "Invented 1",
            "note": "Invented.",
        }
        for place in range(draw(st.integers(1, 3)))
    ]
    try:
        made = PLAN.model_copy(update={"place": "vn", "since": date(2024, 1, 1), "until": None, "laws": (law.id,)})
        duty = [{"code": own, "lane": lane, "label": {"vi": "x", "en": "x"}}]
        made = LocalPack.model_validate({**made.model_dump(), "rule": rules, "duty": duty})
        check_local(law, [made])
    except (ValueError, PackError):
        assume(False)
    return made


def with_duties(draw: st.DrawFn, walk: Walk, made: LocalPack) -> list[Fact]:
    """The facts of a case, its local duties stated on the way, a further step of the law, and perhaps its outcome."""
    facts = sorted(walk.facts, key=lambda one: one.occurred_at)
    lane, code = made.duty[0].lane, made.duty[0].code
    said = {"urgent": True, "turns_18_on": "2026-01-05", **dict.fromkeys(walk.pack.lanes[lane].flags, True)}
    added = list[Fact]()
    for place in draw(st.lists(st.integers(0, len(facts)), max_size=3, unique=True)):
        at = (facts[place - 1] if place else walk.opening).occurred_at + timedelta(seconds=20)
        if lane in walk.fold(facts[:place]).lanes:
            added.append(fact_at(f"duty_{place}", 100 + place, at, lane, code).model_copy(update={"attributes": said}))
    last = max((one.occurred_at for one in facts), default=walk.opening.occurred_at)
    seen = [(one.lane, one.state) for one in facts if one.kind == "state" and one.state]
    if seen and draw(st.booleans()):
        added.append(fact_at("again", 200, last + timedelta(hours=1), *draw(st.sampled_from(seen))))
    if draw(st.booleans()):
        outcome = draw(st.sampled_from(sorted(walk.pack.outcomes)))
        close = fact_at("close", 300, last + timedelta(hours=2), "", outcome)
        added.append(close.model_copy(update={"kind": "close", "attributes": {AS_NAMED: True}}))
    return [*facts, *added]


def fact_at(fact_id: str, seq: int, at: datetime, lane: str, state: str) -> Fact:
    by = office("health_authority", "lang-son")
    return Fact(fact_id=fact_id, seq=seq, lane=lane, state=state, occurred_at=at, recorded_at=at, office=by)


def folded(pack: Pack, walk: Walk, facts: list[Fact]) -> object:
    """What the law says of a case, or how it refuses a fact."""
    try:
        return legal(fold(pack, WORLD, walk.opening, facts))
    except Contradiction as refused:
        return type(refused)


@BUDGET
@given(st.data())
def test_a_local_pack_that_is_not_refused_moves_no_date_and_changes_no_state(data: st.DataObject) -> None:
    walk = data.draw(walks())
    grown = walk.opening.occurred_at.date() + timedelta(days=data.draw(st.integers(1, 900)))
    young = data.draw(st.booleans())
    walk = Walk(walk.pack, walk.opening.model_copy(update={"turns_18_on": grown if young else None}), walk.facts)
    made = data.draw(local_packs(walk.pack.id))
    facts = with_duties(data.draw, walk, made)
    whole = folded(with_local(walk.pack, [made]), walk, facts)
    assert whole == folded(walk.pack, walk, only_seen(facts))
