"""Which pauses stop a clock. A text must say that the basis stops this limit, and a breach is not undone afterwards.

A pause that stops nothing stays in the ledger; a flag of the case names it.
"""

from collections.abc import Collection, Iterable

from regulations.calendar import Calendar
from regulations.case import Clock, Pause
from regulations.legal_time import Term, due
from regulations.pack import Pack


def may_stop(pack: Pack, basis: str, rule: str) -> bool:
    """Whether a text says that a pause on this basis stops the limit of this rule."""
    text = pack.pause_texts.get(basis)
    return text is not None and rule in text.stops


def counting(pack: Pack, calendar: Calendar, clock: Clock, pauses: Collection[Pause]) -> tuple[Pause, ...]:
    """Those pauses of a round that count, in the given order.

    A pause counts only if it was entered before the limit was over, as far as the pauses before it had moved the end.
    So a pause that is dated back does not undo a breach.

    Args:
        pack: the pinned pack. calendar: days off.
        clock: the round. pauses: of this round.
    """
    term = Term(clock.amount, clock.unit, pack.profiles[clock.profile])
    found: list[Pause] = []
    for pause in sorted(pauses, key=lambda one: one.recorded_at):
        if not may_stop(pack, pause.basis, pause.rule):
            continue
        end = due(term, clock.started_at, calendar, tuple(found)).due_at
        if end is None or pause.recorded_at < end or any(_held(one, pause) for one in found):
            found.append(pause)
    return tuple(pause for pause in pauses if pause in found)


def _held(one: Pause, later: Pause) -> bool:
    """Whether a pause stopped the clock when a later one was entered."""
    return one.resumed_recorded_at is None or later.recorded_at < one.resumed_recorded_at


def idle_flags(pack: Pack, idle: Iterable[Pause]) -> list[str]:
    """The flags of pauses that stop nothing: no text says that they do, or no round runs that they could stop."""
    said = (
        f"pause-without-{'clock' if may_stop(pack, one.basis, one.rule) else 'text'}:{one.lane}:{one.rule}"
        for one in idle
    )
    return [*dict.fromkeys(said)]
