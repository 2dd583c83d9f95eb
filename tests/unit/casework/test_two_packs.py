"""A case of the former law is pinned to the pack of the law after it too."""

from dataclasses import replace
from datetime import UTC, datetime

from casework.amendments.book import LawBook
from casework.amendments.law import law_of
from casework.domain.case_file import CaseFile, Change, Stored
from casework.domain.consequences import consequences_of
from casework.domain.fired_waits import undone_unseen
from casework.domain.standing import standing_of
from contracts.ids import new_id
from regulations.case import Opening
from regulations.legal_time import LEGAL_TIME
from tests.library import LIBRARY
from tests.unit.casework.test_amending import amendment
from tests.unit.casework.test_nothing_is_dropped import opened
from tests.unit.casework.test_untouched import document
from tests.unit.regulations.test_properties import Walk

EARLIER = "0fd1a19d7af5ab1c4465c68192d8b473edbd5f00b528c4a356aed314587ecf20"
"""A version of the present law that an earlier release had."""
BOOK, PRESENT = LawBook(LIBRARY), LIBRARY.pack("law-53-2024")
JUNE = datetime(2025, 6, 2, 9, tzinfo=LEGAL_TIME)
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def file_of(law: str) -> CaseFile:
    """A case of Thái Nguyên, reported under a law."""
    at = JUNE if law == "law-66-2011" else NOW
    opening = Opening(
        case_id=new_id("case"),
        route="self_report",
        reporter="commune/thai-nguyen",
        province="thai-nguyen",
        occurred_at=at,
        recorded_at=at,
        age_band="adult",
    )
    return opened(Walk(LIBRARY.pack(law), opening))


def test_a_case_of_an_earlier_release_is_pinned_with_its_next_change() -> None:
    file = file_of("law-66-2011")
    earlier = replace(file, case=file.case.model_copy(update={"beside_hash": None}))
    found = BOOK.file_under(document(earlier), law_of(LIBRARY.world))
    assert found.beside is PRESENT
    assert consequences_of(found, Change(), NOW).columns["beside_hash"] == PRESENT.content_hash


def test_a_case_of_the_present_law_has_one_pack() -> None:
    file = file_of("law-53-2024")
    found = BOOK.file_under(document(file), law_of(LIBRARY.world))
    assert (found.beside, found.case.beside_hash, found.state.law.beside) == (None, None, None)


def test_an_amendment_of_the_second_pack_reaches_the_case() -> None:
    file = file_of("law-66-2011")
    amended = law_of(LIBRARY.world, [amendment(1, pack=("law-53-2024", EARLIER))])
    found = BOOK.file_under(document(file), amended)
    assert (found.case.pack_hash, found.case.beside_hash) == (file.case.pack_hash, EARLIER)
    assert not BOOK.untouched(document(file), amended)


def test_the_standing_says_which_law_governs_a_lane() -> None:
    file = file_of("law-66-2011")
    told = standing_of(file, file.state, NOW.date())
    assert (told.beside_hash, told.laws, told.regime_procedure) == (PRESENT.content_hash, {}, "law-66-2011")
    assert [one.status for one in told.periods] == ["in_process"]
    assert LIBRARY.law_of(told).beside is PRESENT
    assert Stored.model_validate_json(Stored(standing=told).model_dump_json()).standing == told


def test_a_limit_that_fell_away_before_its_end_was_never_missed() -> None:
    state = file_of("law-53-2024").state
    row = {"clock_id": "clk_1", "lane": "child", "rule": "C-CHP-02", "office": None, "reminder": False}
    row |= {"immediate": False, "met_at": None, "void_at": None, "due_at": "2026-03-24T00:00:00+07:00"}
    for lapses_at, found in (("2026-03-20T00:00:00+07:00", 0), (None, 1)):
        stored = {"clk_1": {**row, "lapses_at": lapses_at}}
        assert len(undone_unseen(stored, [], state, "fact_1", NOW)) == found
