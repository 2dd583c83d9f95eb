"""Pictures of the lanes: everything is in them, nothing overlaps, and a case is marked."""

import itertools
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import pytest

from neove.law import draw
from neove.law.draw import case_pictures
from regulations import Library
from regulations.pictures.layers import layout
from regulations.pictures.mermaid import mermaid
from regulations.pictures.pages import pages
from regulations.pictures.picture import picture, wrapped
from regulations.pictures.svg import svg
from stack.config import Failure
from tests.library import LIBRARY

LANES = [(pack_id, lane) for pack_id, pack in LIBRARY.packs().items() for lane in pack.lanes]


@pytest.mark.parametrize(("pack_id", "lane"), LANES)
def test_picture_holds_every_state_and_every_clock_and_shows_it(pack_id, lane):
    pack = LIBRARY.pack(pack_id)
    drawn = picture(pack, lane)
    codes = {state.code for state in pack.lanes[lane].states}
    rules = {f"rule:{rule.id}" for rule in pack.rules_of[lane] if rule.has_clock}
    assert codes | rules <= drawn.boxes.keys()
    touched = {end for arrow in drawn.arrows for end in arrow}
    assert codes | rules <= touched
    text = "".join(ET.fromstring(svg(drawn)).itertext())
    assert all(code in text for code in codes)
    source = mermaid(drawn)
    assert source.count(":::rule") + source.count(":::unsure") == len(rules)


@pytest.mark.parametrize(("pack_id", "lane"), LANES)
def test_boxes_do_not_overlap_and_arrows_go_from_layer_to_layer(pack_id, lane):
    drawn = picture(LIBRARY.pack(pack_id), lane)
    laid = layout(drawn)
    boxes = [laid.places[key] for key in drawn.boxes]
    for one, other in itertools.combinations(boxes, 2):
        beside = one.x + one.width <= other.x or other.x + other.width <= one.x
        assert beside or one.y + one.height <= other.y or other.y + other.height <= one.y
    assert all(place.x >= 0 and place.x + place.width <= laid.width for place in boxes)
    assert laid.ways.keys() == drawn.arrows.keys()


def test_drawing_twice_gives_the_same_text():
    assert pages(LIBRARY.packs(), LIBRARY.articles) == pages(LIBRARY.packs(), LIBRARY.articles)


def test_long_text_is_cut_after_three_lines():
    assert len(wrapped("một hai ba bốn " * 30)) == 3


def test_draw_writes_pages_and_takes_old_ones_away(run, tmp_path):
    (tmp_path / "law-1-1900").mkdir()
    old = tmp_path / "law-1-1900" / "identification.svg"
    old.write_text("old", encoding="utf-8")
    code, output = run("draw", "--out", str(tmp_path))
    assert code == 0
    assert not old.exists()
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert written == pages(LIBRARY.packs(), LIBRARY.articles).keys()
    assert f"{len(written)} files" in output


def test_case_is_marked_where_it_is_and_was():
    found = {
        "regime_procedure": "law-53-2024",
        "lanes": {"identification": {"state": "AT_COMMUNE"}, "unheard_of": {"state": "X"}},
    }
    items = [
        {"kind": "fact", "ref": "fact_1", "lane": "identification", "state": "PERSON_PRESENT"},
        {"kind": "fact", "ref": "fact_2", "lane": "crime", "state": "X"},
    ]
    pictures = case_pictures(LIBRARY.pack("law-53-2024"), found, items)
    assert pictures.keys() == {"identification.svg"}
    assert pictures["identification.svg"].count('stroke-width="3"') == 1
    assert pictures["identification.svg"].count('fill="#dddddd"') == 1


def test_case_is_drawn_for_the_office_that_asks(run, tmp_path, monkeypatch):
    answers = {
        "get_case": {"regime_procedure": "law-53-2024", "lanes": {"identification": {"state": "AT_COMMUNE"}}},
        "list_timeline": {"items": []},
    }
    asked: list[tuple[str, str, str]] = []

    def ask(services, operation, case_id, office):
        asked.append((operation, case_id, office))
        return answers[operation]

    where = SimpleNamespace(services={}, issuer="http://issuer")
    monkeypatch.setattr(draw, "endpoints", lambda: where)
    monkeypatch.setattr(draw, "ask", ask)
    code, output = run("draw", "--case", "case_invented", "--as", "commune/lao-cai", "--out", str(tmp_path / "case"))
    assert code == 0, output
    assert (tmp_path / "case" / "identification.svg").is_file()
    assert asked[0] == ("get_case", "case_invented", "commune/lao-cai")


def test_case_needs_an_office(run, tmp_path, monkeypatch):
    monkeypatch.setenv("NEOVE_STATE", str(tmp_path))
    code, output = run("draw", "--case", "case_invented")
    assert code == 1
    assert "Name the office that asks" in output


def test_what_was_withdrawn_put_aside_or_reopened_is_not_behind_a_case():
    def line(kind, state, ref=None, lane="identification", **details):
        return {"kind": kind, "lane": lane, "state": state, "ref": ref, "details": details}

    items = [
        line("lane", "PERSON_PRESENT"),
        line("fact", "AT_COMMUNE", "fact_1"),
        line("lane", "AT_COMMUNE", **{"from": "PERSON_PRESENT"}),
        line("fact", "INITIAL_CHECK_DONE", "fact_2"),
        line("lane", "INITIAL_CHECK_DONE", **{"from": "AT_COMMUNE"}),
        line("fact_withdrawn", "INITIAL_CHECK_DONE", "fact_2"),
        line("fact_parked", "VICTIM_CONFIRMED", "fact_3"),
        line("clock_started", None),
        line("fact", "CRIME_INFO_RECEIVED", "fact_4", "crime"),
        line("lane", "CRIME_INFO_RECEIVED", None, "crime"),
        line("fact_withdrawn", "CRIME_INFO_RECEIVED", "fact_4", "crime"),
        line("lane_gone", None, None, "crime"),
    ]
    assert draw.behind(items) == {("identification", "PERSON_PRESENT"), ("identification", "AT_COMMUNE")}


def test_case_is_drawn_with_the_version_of_the_pack_that_it_is_pinned_to(change, draft, tmp_path, monkeypatch):
    change("crime.toml", 'amount = 24\nunit = "hour"', 'amount = 48\nunit = "hour"')
    monkeypatch.setenv("NEOVE_REGULATIONS", str(tmp_path / "regulations"))
    version = Library(tmp_path / "regulations").install(draft)
    package = LIBRARY.pack("law-53-2024")
    opened = {"kind": "opened", "details": {"pack": package.id, "hash": package.content_hash}}
    amended = {"kind": "amended", "details": {"pack": package.id, "hash": version.content_hash}}
    assert draw.pinned(package.id, [opened, {"kind": "fact"}]) == package
    assert draw.pinned(package.id, [opened, amended]).content_hash == version.content_hash != package.content_hash
    with pytest.raises(Failure, match="not installed here"):
        draw.pinned(package.id, [{"details": {"hash": "ab" * 32}}])
