"""The record of instruments: ids that exist, dates in order, and every rule cites one of them."""

from datetime import date

from regulations.instruments import load_instruments, rules_that_cite
from tests.library import LIBRARY

FOUND = load_instruments()


def test_every_rule_and_report_date_cites_an_instrument_that_is_here() -> None:
    assert list(FOUND.uncited(LIBRARY.packs().values())) == []


def test_a_short_name_is_not_found_inside_a_longer_one() -> None:
    cited = {one.id for one in FOUND.cited(LIBRARY.packs()["law-53-2024"].rules["C-INF-02"])}
    assert "ttlt-01-2017" in cited
    assert "ttlt-01-2014" not in cited


def test_days_are_in_order_and_a_programme_is_of_its_cycle() -> None:
    cycles = {cycle.id: cycle for cycle in FOUND.cycle}
    for one in FOUND.instrument:
        days = [day for day in (one.signed, one.valid_from, one.valid_to) if day]
        assert days == sorted(days), one.id
        if one.kind == "programme" and one.cycle and one.valid_to:
            assert one.valid_to > cycles[one.cycle].last


def test_whether_one_is_in_force_says_so_where_nobody_knows() -> None:
    law, regulation = FOUND.by_id["law-66-2011"], FOUND.by_id["quy-che-2548"]
    assert (law.in_force(date(2025, 6, 30)), law.in_force(date(2025, 7, 1))) == (True, False)
    assert [regulation.in_force(date(year, 1, 1)) for year in (2022, 2023, 2026)] == [False, True, None]
    assert regulation.not_found


def test_local_packs_carry_one_out_and_are_cited_with_it() -> None:
    citing = rules_that_cite(FOUND, LIBRARY.packs().values(), LIBRARY.local)
    for pack in LIBRARY.local:
        for row in (*pack.rule, *pack.report):
            assert row.id in citing[pack.instrument]
