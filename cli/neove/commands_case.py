"""`neove case CASE_ID`: lanes, holders, clocks with their source, and the timeline of one case, in codes only."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from client.errors import NotOffered, Unreachable
from client.services import OperationName, Services
from neove import played
from neove.commands_play import Exit, console
from neove.match import as_instant
from neove.play import refusal_text
from stack.config import Failure, endpoints, state_dir

LEGAL_TIME = ZoneInfo("Asia/Ho_Chi_Minh")
TIMEOUT_SECONDS = 10.0
COLOURS = {"breached": "red", "met_late": "yellow", "met": "green", "running": "cyan"}


class Refused(Exception):
    """The service refused to show the case."""


def case(
    case_id: Annotated[str, typer.Argument(help="As a report's answer gives it, `case_…`.", show_default=False)],
    office: Annotated[
        str | None,
        typer.Option("--as", metavar="ROLE/TERRITORY", help="Who asks; else the office that saw it in `neove play`."),
    ] = None,
) -> None:
    """Show one case: lanes, holders, clocks with due date and citation, timeline. Never a name: the vault is not asked.

    Exit code: 0 shown; 1 refused; 2 no office known; 3 the stack does not answer.
    """
    asking = office or played.office_of(state_dir(), case_id)
    if asking is None:
        _stop(Exit.FILE_WRONG, "say which office asks, for example --as health_authority/lao-cai")
        return
    try:
        where = endpoints()
        services = Services(where.services, where.issuer)
        found = ask(services, "get_case", case_id, asking)
        items = ask(services, "list_timeline", case_id, asking).get("items", [])
    except Refused as error:
        _stop(Exit.STEP_FAILED, f"{case_id} as {asking}: {error}")
    except NotOffered as error:
        _stop(Exit.FILE_WRONG, str(error))
    except (Failure, Unreachable) as error:
        _stop(Exit.STACK_UNREACHABLE, str(error))
    else:
        show(console(), case_id, asking, found, items)


def ask(services: Services, operation: str, case_id: str, office: str) -> Mapping[str, Any]:
    """The answer of one reading operation of `casework`.

    Raises:
        Refused: unknown case, or not this office's.
    """
    name = OperationName("casework", operation)
    request = services.operation(name).request({"case_id": case_id})
    answer = services.send(name, request, office=office, headers={}, timeout=TIMEOUT_SECONDS)
    if answer.status != 200:
        raise Refused(refusal_text(answer))
    return answer.body


def show(screen: Console, case_id: str, office: str, found: Mapping[str, Any], items: Iterable[Any]) -> None:
    """Print a case as tables."""
    regimes = " / ".join(filter(None, (found.get("regime_procedure"), found.get("regime_support"))))
    screen.print(
        f"\n[bold]{escape(case_id)}[/]  {found.get('status', '')}  {regimes}  [dim]as {escape(office)}[/]",
        soft_wrap=True,
    )
    if flags := found.get("flags"):
        screen.print(f"[yellow]{escape('  '.join(flags))}[/]")
    if linked := found.get("linked"):
        screen.print(f"[dim]linked with {escape(' '.join(linked))}[/]")
    if hidden := found.get("linked_hidden"):
        screen.print(f"[dim]linked with {hidden} more that this office may not open[/]")
    for table in (_lanes(found.get("lanes") or {}), _clocks(found), _timeline(items)):
        screen.print()
        screen.print(table)


def _lanes(lanes: Mapping[str, Mapping[str, Any]]) -> Table:
    table = _table("Lane", "State", "Holder", "Since")
    for name, lane in lanes.items():
        table.add_row(name, lane.get("state"), lane.get("holder") or "[red]nobody[/]", _instant(lane.get("since")))
    return table


def _clocks(found: Mapping[str, Any]) -> Table:
    table = _table("Clock", "Lane", "State", "Started", "Due", "Source")
    newest: Mapping[str, Mapping[str, Any]] = found.get("clocks") or {}
    for clock in found.get("all_clocks") or [{"rule": rule, **clock} for rule, clock in newest.items()]:
        state = str(clock.get("state", ""))
        confidence = str(clock.get("confidence") or "")
        doubt = "" if confidence == "verified text" else f" [yellow]({escape(confidence)})[/]"
        table.add_row(
            str(clock.get("rule", "")),
            str(clock.get("lane", "")),
            f"[{COLOURS.get(state, 'default')}]{state}[/]{' late' if clock.get('late') and state == 'met' else ''}",
            _instant(clock.get("started_at")),
            _due(clock),
            f"{escape(str(clock.get('citation') or ''))}{doubt}",
        )
    return table


def _timeline(items: Iterable[Mapping[str, Any]]) -> Table:
    table = _table("Occurred", "Recorded", "What", "Office")
    for item in items:
        what = " ".join(str(item[key]) for key in ("kind", "lane", "state", "rule") if item.get(key))
        occurred = item.get("occurred_at") or item.get("at")
        table.add_row(_instant(occurred), _instant(item.get("recorded_at")), what, str(item.get("office") or ""))
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, no_wrap=column not in ("Source", "What"), overflow="fold")
    return table


def _due(clock: Mapping[str, Any]) -> str:
    due = as_instant(str(clock.get("due_at") or ""))
    if due is None:
        return "no number"
    return "at once" if clock.get("due_at") == clock.get("started_at") else end_of(due)


def end_of(due: datetime) -> str:
    """A due instant as people say it: the first instant too late at midnight is the end of the day before."""
    local = due.astimezone(LEGAL_TIME)
    if (local.hour, local.minute) == (0, 0):
        return f"{local - timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{local:%Y-%m-%d %H:%M}"


def _instant(text: Any) -> str:
    instant: datetime | None = as_instant(text) if isinstance(text, str) else None
    return f"{instant.astimezone(LEGAL_TIME):%Y-%m-%d %H:%M}" if instant else ""


def _stop(code: Exit, message: str) -> None:
    Console(stderr=True, highlight=False).print(f"neove: {escape(message)}", soft_wrap=True)
    raise typer.Exit(code)
