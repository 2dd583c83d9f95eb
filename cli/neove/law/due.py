"""`neove law due RULE --from …`: when a rule is due, with every day that counts and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from neove.law.shared.in_force import LawInForce, in_force
from neove.law.shared.packs import LIBRARY, holders_of, instant
from neove.law.show import PackOption
from neove.shared.terminal import console, plain_table
from regulations import NoPack, Pack, Pause, Rule
from regulations.calendar import Calendar
from regulations.legal_time import LEGAL_TIME, Due, Term, due, lead, legal_date, midnight
from regulations.model import VERIFIED
from regulations.pausing import may_stop
from regulations.words import conditions, day_name, effect, limit
from stack.config import Failure


@dataclass(frozen=True)
class Count:
    """One count of days: of the rule itself, or of a case that the rule treats differently."""

    about: str
    amount: int | None
    end: Due


def command(
    rule: Annotated[str, typer.Argument(help="Id, for example B-SUP-01.", show_default=False)],
    since: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="DATE|INSTANT",
            help="The day or instant that it is counted from, in legal time.",
            show_default=False,
        ),
    ],
    pause: Annotated[
        list[str] | None,
        typer.Option(metavar="FROM..TO", help="A suspension, from a day or instant to another; may be repeated."),
    ] = None,
    pack: PackOption = None,
    route: Annotated[
        str | None, typer.Option(help="Route of the case; refused where the rule does not apply on it.")
    ] = None,
) -> None:
    """Show when a rule is due, with every day that counts.

    The count begins on the day or instant of `--from`; each date has the reason why it counts or not. It is counted by
    the law in force on the running stack; if no stack answers, by that of this package. The last line says which.

    A lead time is counted back: from the end of the term that it comes before (then `--from` is that term's start), or
    from the date that a fact names (then `--from` is that date).

    \b
    Example:
      .venv/bin/neove law due B-SUP-01 --from 2026-02-10
    """
    origin, law = instant(since), in_force()
    held, found = _choose(rule, law, pack, origin)
    _check(held, found, route)
    pauses = tuple(_pause(text) for text in pause or ())
    screen = console()
    _head(screen, held, found, origin, route)
    for doubt in _doubts(held, found, legal_date(origin), paused=bool(pauses)):
        screen.print(f"  [yellow]{escape(doubt)}[/]", soft_wrap=True)
    for count in counts(held, found, origin, law.calendar, pauses):
        _print(screen, found, count)
    screen.print(f"[dim]calendar {law.calendar.version}; {escape(law.whose)}[/]", soft_wrap=True)


def _choose(rule: str, law: LawInForce, pack: str | None, origin: datetime) -> tuple[Pack, Rule]:
    """The pack in force on this day if it has the rule, else the first pack that has it."""
    held = holders_of(rule, law.packs, pack)
    try:
        regime = LIBRARY.world.regime_for(origin)
    except NoPack:
        regime = ""
    return next((pair for pair in held if pair[0].id == regime), held[0])


def _check(pack: Pack, rule: Rule, route: str | None) -> None:
    if not rule.has_clock:
        raise Failure(f"{rule.id} is a {rule.kind}: no clock runs for it. `neove law show {rule.id}`")
    if route is not None and route not in pack.routes:
        raise Failure(f"{pack.id} has no route {route}; it has {', '.join(pack.routes)}.")
    if route is not None and rule.applies.route and route not in rule.applies.route:
        raise Failure(f"{rule.id} does not apply on the route {route}; it does on {', '.join(rule.applies.route)}.")


def _pause(text: str) -> Pause:
    begin, dots, end = text.partition("..")
    if not dots:
        raise Failure(f"{text} is not a suspension: write FROM..TO, for example 2026-02-12..2026-02-20.")
    start, stop = instant(begin), instant(end)
    if stop < start:
        raise Failure(f"{text}: the suspension ends before it begins.")
    asked = "as asked"
    return Pause(
        rule=asked, lane=asked, started_by=asked, basis=asked, paused_at=start, resumed_at=stop, recorded_at=start
    )


def counts(pack: Pack, rule: Rule, origin: datetime, calendar: Calendar, pauses: tuple[Pause, ...] = ()) -> list[Count]:
    """One count for the rule, and one for each case that it treats differently or each term that it comes before.

    Args:
        pack: that holds the rule.
        rule: with a clock.
        origin: aware instant that the rule (a lead time: its term) is counted from.
        calendar: days off.
        pauses: closed suspensions.
    """
    if rule.kind == "lead_time":
        return [
            Count(about, rule.amount, lead(rule.amount or 0, target, calendar, pack.profiles[rule.profile]))
            for about, target in _targets(pack, rule, origin, calendar, pauses)
        ]
    cases = [("", rule.amount)]
    for other in rule.alternatives:
        cases.append((conditions(rule.model_copy(update={"applies": other.applies})), other.amount))
    roll = pack.profiles[rule.profile]
    return [
        Count(about, amount, due(Term(amount, rule.unit, roll), origin, calendar, pauses)) for about, amount in cases
    ]


def _targets(
    pack: Pack, rule: Rule, origin: datetime, calendar: Calendar, pauses: tuple[Pause, ...]
) -> list[tuple[str, Due]]:
    """What a lead time is counted back from: the ends of other rules' terms, or the date that was asked for."""
    if rule.before_date is not None:
        day = legal_date(origin)
        return [(f"before {rule.before_date} on {day_name(day)}", Due(due_at=midnight(day), last_day=day))]
    terms = [pack.rules[other] for other in rule.before]
    return [
        (
            f"{'at' if rule.unit == 'immediate' else 'before'} the end of {term.id} ({limit(term)})",
            due(Term(term.amount, term.unit, pack.profiles[term.profile]), origin, calendar, pauses),
        )
        for term in terms
    ]


def _head(screen: Console, pack: Pack, rule: Rule, origin: datetime, route: str | None) -> None:
    lanes = ", ".join(pack.lanes[code].label.vi for code in rule.lanes)
    analogy = route in rule.by_analogy
    sure = "inferred" if analogy else rule.confidence
    screen.print(f"\n[bold]{rule.id}[/]  {escape(lanes)}  [dim]{pack.id} {pack.version}[/]", soft_wrap=True)
    if rule.title:
        screen.print(f"  {escape(rule.title.vi)} / {escape(rule.title.en)}", soft_wrap=True)
    screen.print(f"  {limit(rule)}, {rule.profile} profile, {escape(rule.citation)}", soft_wrap=True)
    colour = "default" if sure == VERIFIED else "yellow"
    where = " (by analogy on this route)" if analogy else ""
    screen.print(f"  [{colour}]{sure}{where}{effect(sure)}[/]", soft_wrap=True)
    screen.print(f"  [dim]{escape(rule.note)}[/]", soft_wrap=True)
    if said := conditions(rule):
        screen.print(f"  applies where {escape(said)}", soft_wrap=True)
    local = origin.astimezone(LEGAL_TIME)
    fact = rule.counts_from or ", ".join(rule.starts)
    screen.print(f"  counted from {local:%a %Y-%m-%d %H:%M} ({escape(fact)})", soft_wrap=True)


def _doubts(pack: Pack, rule: Rule, day: date, *, paused: bool) -> Iterator[str]:
    """What keeps this rule from running in a case as it was asked for here."""
    if day < pack.valid_from:
        yield f"{pack.id} governs reports from {pack.valid_from}: on this day no case has this rule"
    if pack.valid_to is not None and day >= pack.valid_to:
        yield f"{pack.id} governs reports before {pack.valid_to}: only a case of before still has this rule"
    if paused and not any(may_stop(pack, basis, rule.id) for basis in pack.pause_bases):
        yield "no text that was read lets this limit stop: in a case such a suspension is refused"


def _print(screen: Console, rule: Rule, count: Count) -> None:
    if count.about:
        screen.print(f"\n  [bold]{escape(count.about)}[/]", soft_wrap=True)
    end = count.end
    if end.counted:
        screen.print()
        screen.print(_days(rule, count))
    if end.due_at is None:
        screen.print("  [yellow]no due instant: the text names no number[/]")
        return
    local = end.due_at.astimezone(LEGAL_TIME)
    if rule.unit == "immediate":
        screen.print(f"  [bold]due at once[/], {local:%a %Y-%m-%d %H:%M}; only the time that passes is shown")
        return
    last = f"in time until {day_name(end.last_day)} 24:00; " if end.last_day else ""
    screen.print(f"  [bold]{last}too late from {local:%a %Y-%m-%d %H:%M}[/]")
    if end.rolled_by:
        screen.print(f"  moved from {day_name(end.nominal_day) if end.nominal_day else ''} by {escape(end.rolled_by)}")
    if end.unknown:
        told = f"uncertain: nobody knows yet whether {day_name(end.unknown)} is a working day; until then it is shown"
        screen.print(f"  [yellow]{told} and reminded, never breached[/]", soft_wrap=True)


def _days(rule: Rule, count: Count) -> Table:
    table = plain_table("  Date", "Counts", "Why", wrapped=["Why"])
    numbers = rule.unit in ("day", "working_day")
    number = 0
    for entry in count.end.counted:
        number += entry.counts
        mark = "–"
        if entry.counts:
            mark = str(number) if numbers and number <= (count.amount or 0) else "✓"
        style = "default" if entry.counts else "dim"
        table.add_row(f"  {day_name(entry.date)}", mark, escape(entry.why), style=style)
    return table
