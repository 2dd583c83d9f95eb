"""Changes of the offices as data: what is taken, what is refused and why; the days before stay as they were."""

import gc
import weakref
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from regulations import waits
from regulations.office_changes import ChangesRefused, Dissolved, Founded, Given, Merged, amended, touched
from regulations.standings import placed
from tests.library import LIBRARY, place_of

DIRECTORY = LIBRARY.world.directory
DAY = date(2026, 11, 20)
EVE, LATER = DAY - timedelta(days=1), DAY + timedelta(days=400)
SA_PA, BAT_XAT, MUONG_KHUONG = (place_of(word) for word in ("sa-pa", "bat-xat", "muong-khuong"))
OF_SA_PA = f"commune/{SA_PA}"
ROLES = tuple(DIRECTORY.roles)
COMMUNES = tuple(
    one.code for one in DIRECTORY.places.of_kind("commune") if one.exists(DAY) and "lao-cai" in one.parents[0]
)


def merged(place: str, into: str, on: date = DAY) -> Merged:
    return Merged(kind="merged", place=place, into=into, on=on)


def dissolved(office: str, successor: str | None = None, on: date = DAY) -> Dissolved:
    return Dissolved(kind="dissolved", office=office, successor=successor, on=on)


def founded(office: str, place: str, on: date = DAY, **more: Any) -> Founded:
    return Founded(kind="founded", office=office, place=place, on=on, **more)


def given_to(role: str, place: str, office: str, on: date = DAY) -> Given:
    return Given(kind="given", role=role, place=place, office=office, on=on)


def test_a_directory_that_nobody_uses_any_more_leaves_the_memory(cases: Any) -> None:
    previewed = LIBRARY.world.with_offices([founded("facility/sa-pa-moi", SA_PA)], "1")
    told = cases.told(cases.opening("commune/lang-son", "self_report", "2026-10-05T08:00"))
    placed(previewed.directory, told, (), (), DAY)
    waits(cases.pack, previewed, told, (), cases.at("2026-10-05T12:00"))
    gone = weakref.ref(previewed.directory)
    del previewed
    gc.collect()
    assert gone() is None


def test_a_merged_commune_goes_to_the_office_of_the_other_from_its_day_on() -> None:
    after = amended(DIRECTORY, [merged("sa-pa", "bat-xat")], "d")
    assert after.at("commune", SA_PA, EVE) == OF_SA_PA
    for day in (DAY, LATER):
        assert after.at("commune", SA_PA, day) == after.living(OF_SA_PA, day) == "commune/lao-cai"
        assert after.chain(SA_PA, day) == (BAT_XAT, "lao-cai", "vn")
    assert after.former("commune", SA_PA, DAY) == (OF_SA_PA,)
    assert after.successor(OF_SA_PA) == "commune/lao-cai"
    assert DIRECTORY.at("commune", SA_PA, DAY) == OF_SA_PA, "the directory before stays as it is"


def test_an_office_that_is_a_row_ends_with_its_commune_and_so_do_its_duties_for_the_province() -> None:
    after = amended(DIRECTORY, [merged("bat-xat", "sa-pa")], "d")
    assert after.is_dissolved("commune/lao-cai", DAY)
    assert after.at("commune", BAT_XAT, DAY) == after.at("commune", "lao-cai", DAY) == OF_SA_PA
    assert after.at("commune", "lao-cai", EVE) == "commune/lao-cai"


def test_communes_that_are_merged_one_after_the_other() -> None:
    changes = [merged("bat-xat", "sa-pa", LATER), merged("muong-khuong", "bat-xat")]
    after = amended(DIRECTORY, changes, "d")
    assert after.at("commune", MUONG_KHUONG, DAY) == "commune/lao-cai"
    assert after.at("commune", MUONG_KHUONG, LATER) == OF_SA_PA


def test_a_dissolved_office_goes_on_as_its_successor() -> None:
    after = amended(DIRECTORY, [dissolved(OF_SA_PA, "commune/lao-cai")], "d")
    assert after.at("commune", SA_PA, EVE) == OF_SA_PA
    assert after.at("commune", SA_PA, DAY) == after.living(OF_SA_PA, DAY) == "commune/lao-cai"
    alone = amended(DIRECTORY, [dissolved(OF_SA_PA)], "d")
    assert alone.at("commune", SA_PA, DAY) is None, "nobody guesses who follows"


def test_a_new_office_takes_the_place_of_one_that_ends_on_the_same_day_in_any_order() -> None:
    new = "commune/sa-pa-moi"
    changes = [founded(new, "sa-pa"), dissolved(OF_SA_PA, new)]
    for order in (changes, changes[::-1]):
        after = amended(DIRECTORY, order, "d")
        assert (after.at("commune", SA_PA, EVE), after.at("commune", SA_PA, DAY)) == (OF_SA_PA, new)


def test_a_role_at_a_place_is_given_to_another_office_and_given_back() -> None:
    after = amended(DIRECTORY, [given_to("commune", "sa-pa", "commune/lao-cai")], "d")
    assert after.at("commune", SA_PA, EVE) == OF_SA_PA
    assert after.at("commune", SA_PA, DAY) == "commune/lao-cai"
    assert after.living(OF_SA_PA, DAY) == OF_SA_PA, "it goes on, and keeps what it holds"
    home = amended(after, [given_to("commune", "sa-pa", OF_SA_PA, LATER)], "d")
    days = (EVE, DAY, LATER)
    assert [home.at("commune", SA_PA, day) for day in days] == [OF_SA_PA, "commune/lao-cai", OF_SA_PA]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ([merged("atlantis", "sa-pa")], "unknown place atlantis"),
        ([merged("sa-pa", "sa-pa")], "would lie in itself"),
        ([merged("sa-pa", "bat-xat"), merged("bat-xat", "sa-pa")], "does not exist on 2026-11-20"),
        ([merged("sa-pa", "dong-dang")], "another province"),
        ([merged("sa-pa", "lao-cai")], "a commune, cannot become part of lao-cai, a province"),
        ([merged("sa-pa", "bat-xat", date(2025, 7, 1))], "before it begins"),
        ([merged("63-03006", "63-02683")], "it ends on 2025-07-01 already"),
        ([merged("sa-pa", "bat-xat"), merged("sa-pa", "y-ty")], "stands twice"),
        ([dissolved("commune/atlantis")], "unknown office"),
        ([dissolved("wizard/lao-cai")], "unknown office"),
        ([dissolved(OF_SA_PA, OF_SA_PA)], "does not exist on 2026-11-20"),
        ([dissolved(OF_SA_PA, "commune/atlantis")], "unknown successor"),
        ([dissolved(OF_SA_PA, "commune/63-03006")], "does not exist on 2026-11-20"),
        (
            [dissolved(OF_SA_PA, "commune/lao-cai"), dissolved("commune/lao-cai", OF_SA_PA)],
            "does not exist on 2026-11-20",
        ),
        ([dissolved("commune/63-03006")], "it ends on 2025-07-01 already"),
        ([dissolved(OF_SA_PA, on=date(2025, 6, 1))], "before it begins"),
        ([founded("wizard/one", "sa-pa")], "unknown role"),
        ([founded("commune/moi", "atlantis")], "no place atlantis"),
        ([founded("commune/moi", "63-03006")], "no place 63-03006 on 2026-11-20"),
        ([founded("commune/moi", "sa-pa")], "two offices of one role"),
        ([founded("commune/lao-cai", "y-ty")], "there is or was an office with this id"),
        ([founded("district_police/moi", "sa-pa")], "before the office begins"),
        ([given_to("wizard", "sa-pa", "commune/lao-cai")], "unknown role"),
        ([given_to("commune", "atlantis", "commune/lao-cai")], "no place atlantis"),
        ([given_to("commune", "sa-pa", "health_authority/lao-cai")], "another role"),
        ([given_to("commune", "sa-pa", "commune/63-03006")], "does not exist on"),
        (
            [given_to("commune", "sa-pa", "commune/lao-cai"), given_to("commune", "sa-pa", f"commune/{MUONG_KHUONG}")],
            "stands twice",
        ),
    ],
)
def test_a_wrong_change_is_refused_with_its_reason_and_nothing_is_applied(changes: list[Any], reason: str) -> None:
    right = merged("muong-khuong", "y-ty")
    with pytest.raises(ChangesRefused, match=reason):
        amended(DIRECTORY, [right, *changes], "d")
    assert DIRECTORY.at("commune", MUONG_KHUONG, DAY) == f"commune/{MUONG_KHUONG}"


def test_what_a_later_release_has_in_its_files_is_passed_over() -> None:
    changes = [merged("sa-pa", "bat-xat"), founded("facility/moi", "lao-cai"), dissolved("legal_aid/lao-cai")]
    once = amended(DIRECTORY, changes, "d")
    assert amended(once, changes, "d") is once
    assert once.version != DIRECTORY.version == ""


@st.composite
def changes_of_lao_cai(draw: Any) -> list[Any]:
    """Changes that may be wrong together."""
    found: list[Any] = []
    communes = draw(st.lists(st.sampled_from(COMMUNES), min_size=2, max_size=6, unique=True))
    for one in communes[1:]:
        office = DIRECTORY.at("commune", one, DAY) or ""
        heir = DIRECTORY.at("commune", communes[0], DAY) or ""
        day = DAY + timedelta(days=draw(st.integers(0, 3)))
        what = draw(st.sampled_from(["merged", "dissolved", "given"]))
        if what == "merged":
            found.append(merged(one, communes[0], day))
        elif what == "dissolved":
            found.append(dissolved(office, heir, day))
        else:
            found.append(given_to("commune", one, heir, day))
    return found


@given(changes_of_lao_cai(), st.sampled_from(COMMUNES), st.sampled_from(ROLES), st.integers(-500, 500))
@settings(max_examples=60, deadline=None)
def test_every_place_has_one_living_office_and_the_days_before_stay(
    changes: list[Any], place: str, role: str, days: int
) -> None:
    after, on = amended(DIRECTORY, changes, "d"), DAY + timedelta(days=days)
    office = after.at(role, place, on)
    if office is not None:
        known = after.office(office)
        assert known is not None
        assert known.exists(on)
    if on < DAY:
        assert office == DIRECTORY.at(role, place, on)
        assert after.chain(place, on) == DIRECTORY.chain(place, on)
    assert (office is None) == (DIRECTORY.at(role, place, on) is None), "no duty is left without an office"


@given(changes_of_lao_cai(), st.sampled_from(COMMUNES), st.sampled_from(ROLES), st.integers(-500, 500))
@settings(max_examples=60, deadline=None)
def test_what_is_not_touched_is_answered_as_before(changes: list[Any], place: str, role: str, days: int) -> None:
    after, on = amended(DIRECTORY, changes, "d"), DAY + timedelta(days=days)
    reach = touched(DIRECTORY, after, changes)
    assume(not reach.touches(after, [place], []))
    assert after.offices_at(role, place, on) == DIRECTORY.offices_at(role, place, on)
    assert after.former(role, place, on) == DIRECTORY.former(role, place, on)
    office = DIRECTORY.at(role, place, on)
    if office is not None and not reach.touches(after, [place], [office]):
        for name in ("supervisor", "fallback"):
            assert getattr(after, name)(office, on) == getattr(DIRECTORY, name)(office, on)
        assert after.living(office, on) == DIRECTORY.living(office, on)


def test_one_merger_touches_no_other_commune() -> None:
    change = merged("sa-pa", "muong-khuong")
    after = amended(DIRECTORY, [change], "d")
    reach = touched(DIRECTORY, after, [change])
    hit = {code for code in COMMUNES if reach.touches(after, [code], [f"commune/{code}"])}
    assert hit == {SA_PA, MUONG_KHUONG}
    assert not reach.touches(after, ["lao-cai"], ["health_authority/lao-cai"])


def test_every_office_that_takes_what_is_placed_in_its_province_may_end_without_a_successor() -> None:
    offices = [one for one in DIRECTORY.rows.values() if one.unplaced_in == one.place and one.exists(EVE)]
    assert len(offices) > 50
    for office in offices:
        after = amended(DIRECTORY, [dissolved(office.ref)], "d")
        assert after.living(office.ref, EVE) == office.ref
        assert after.living(office.ref, DAY) != office.ref
        assert after.at(office.role, office.place, DAY) == after.living(office.ref, DAY)


@pytest.mark.parametrize("successor", ["provincial_police/ca-mau", "steering_committee/lang-son"])
def test_an_office_of_another_role_takes_nothing_over(successor: str) -> None:
    with pytest.raises(ChangesRefused):
        amended(DIRECTORY, [dissolved("health_authority/lang-son", successor)], "d")
    assert amended(DIRECTORY, [dissolved("health_authority/lang-son", "health_authority/cao-bang")], "d")
