"""`neove law due`, `agree`, `calendar`: counts that a reader can follow, and counters that are compared."""

import re
import sys
from datetime import date

import pytest

from neove.calendar.show import disagreements
from neove.law.agree import compare
from regulations.calendar import CalendarRow
from tests.library import LIBRARY

CALENDAR = LIBRARY.world.calendar


def test_reckoning_over_tet_is_printed_day_by_day(run):
    code, output = run("due", "B-SUP-01", "--from", "2026-02-10")
    assert code == 0
    days = re.findall(r"^  (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (\S+)  (\S+) ", output, re.MULTILINE)
    assert [day for day, _ in days] == [
        *(f"2026-02-{number:02}" for number in range(10, 29)),
        "2026-03-01",
        "2026-03-02",
    ]
    assert [(day, mark) for day, mark in days if mark != "–"][-1] == ("2026-03-02", "9")
    assert output.count("Tết Nguyên đán") == 5
    assert "in time until Mon 2026-03-02 24:00; too late from Tue 2026-03-03 00:00" in output
    assert CALENDAR.version in output


def test_roll_is_named_with_its_text(run):
    _, output = run("due", "B-SELF-04", "--from", "2026-02-13T09:00")
    assert "moved from Mon 2026-02-16 by Civil Code 2015 Art 148(5)" in output
    assert "working day that the end moved to" in output


def test_suspension_is_left_out_of_the_count(run):
    _, output = run("due", "B-SUP-01", "--from", "2026-03-02", "--pause", "2026-03-04..2026-03-06")
    assert output.count("paused: as asked") == 2
    assert "in time until Tue 2026-03-17 24:00" in output


def test_hours_and_the_other_amount_of_a_remote_commune(run):
    _, output = run("due", "C-CHD-01", "--from", "2026-02-13T22:00", "--pack", "law-53-2024")
    assert "too late from Sat 2026-02-14 22:00" in output
    assert "remote_commune yes" in output
    assert "too late from Sun 2026-02-15 22:00" in output


def test_lead_time_is_counted_back_from_the_term(run):
    _, output = run("due", "C-INF-15", "--from", "2026-03-10", "--pack", "law-53-2024")
    assert "before the end of C-INF-14 (2 months)" in output
    assert "too late from Thu 2026-05-07" in output


def test_lead_time_before_a_date_that_a_fact_names(run):
    _, output = run("due", "A-MIS-01", "--from", "2024-02-13")
    assert "in time until Sat 2024-02-10 24:00" in output
    assert re.search(r"Wed 2024-02-07 +– +warned on the working day before; .*only inferred", output)


def test_law_of_the_day_is_chosen_and_analogy_is_shown(run):
    assert "law-66-2011" in run("due", "C-INF-02", "--from", "2024-03-01")[1]
    assert "law-53-2024" in run("due", "C-INF-02", "--from", "2026-03-01")[1]
    _, output = run("due", "B-SELF-02", "--from", "2026-03-01T08:00", "--route", "rescued")
    assert "by analogy" in output
    assert "due at once" in output


@pytest.mark.parametrize(
    ("rule", "since", "said"),
    [
        ("A-SELF-04", "2019-12-30", "uncertain: nobody knows yet whether Thu 2020-01-02 is a working day"),
        ("B-SELF-04", "2019-03-04", "law-53-2024 governs reports from 2025-07-01: on this day no case has this rule"),
        ("A-SELF-05", "2022-04-12", "in time until Wed 2022-05-04 24:00"),
        ("A-SELF-05", "2029-02-08", "law-66-2011 governs reports before 2025-07-01: only a case of before"),
        ("B-SUP-01", "2029-02-08", "in time until Wed 2029-02-28 24:00"),
        ("B-SUP-01", "2035-02-05", "uncertain: nobody knows yet whether Tue 2035-02-06 is a working day"),
        ("C-INF-13", "2035-02-05", "in time until Sun 2035-02-25 24:00; too late from Mon 2035-02-26 00:00"),
    ],
)
def test_days_of_long_ago_and_far_ahead(run, rule, since, said):
    """12 April 2022 and twenty days: 2 May, off for 30 April, the 3rd for 1 May; so Wednesday the 4th is the last."""
    code, output = run("due", rule, "--from", since)
    assert code == 0
    assert said in output
    assert ("uncertain" in output) is ("uncertain" in said or (rule, since) == ("B-SELF-04", "2019-03-04"))


def test_a_suspension_without_a_text_is_said_to_be_refused(run):
    pause = ("--pause", "2026-03-04..2026-03-05")
    assert "no text that was read lets this limit stop" in run("due", "B-SUP-01", "--from", "2026-03-02", *pause)[1]


def test_rule_without_a_number_has_no_due_instant(run):
    assert "no due instant" in run("due", "B-SELF-05", "--from", "2026-03-01")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("B-SUP-01", "--from", "soon"), "soon is neither a date"),
        (("B-SUP-01", "--from", "2026-03-02", "--pause", "2026-03-04"), "is not a suspension"),
        (("B-SUP-01", "--from", "2026-03-02", "--pause", "2026-03-04..2026-03-01"), "ends before it begins"),
        (("B-HOT-01", "--from", "2026-03-02"), "is a parameter"),
        (("B-SELF-02", "--from", "2026-03-02", "--route", "by_boat"), "has no route by_boat"),
    ],
)
def test_what_cannot_be_reckoned(run, words, said):
    code, output = run("due", *words)
    assert code == 1
    assert said in output


def test_counters_agree_on_every_date_of_2026(run):
    code, output = run("agree", "--year", "2026")
    assert code == 0
    assert "0 disagreements of 1095" in output


def test_disagreement_is_seen():
    day = CalendarRow(date=date(2026, 3, 4), kind="off", name="invented", decision="invented", status="computed")
    count, found = compare(2026, "working_day", "civil", CALENDAR)
    assert (count, found) == (365, [])
    theirs = {date(2026, 1, 1): True}
    more = CALENDAR.with_rows([day])
    working = {**{d: CALENDAR.is_working(d) for d in _year(2026)}, **theirs}
    assert disagreements(more, 2026, working) == [date(2026, 1, 1), date(2026, 3, 4)]


def _year(year):
    return [
        date.fromordinal(number) for number in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())
    ]


def test_calendar_cross_check_prints_the_swaps_that_the_package_misses(run):
    code, output = run("calendar", "--check", "--year", "2026")
    assert code == 0
    assert "2 disagreements of 365 days" in output
    assert "2026-01-02  here off" in output
    assert "2026-01-10  here works" in output


def test_calendar_cross_check_says_that_the_package_is_missing(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "holidays", None)
    code, output = run("calendar", "--check")
    assert code == 1
    assert "`holidays` is not installed" in output


def test_calendar_shows_the_rows_of_a_year(run):
    assert "Labour Code 2019" in run("calendar", "--year", "2026")[1]
    assert "no rows of 2040: its days are unknown" in run("calendar", "--year", "2040")[1]
