"""`neove case CASE_ID`: the lanes, holders, clocks and timeline of one case. It asks casework, never the vault."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from client.answers import mapping
from client.errors import NotOffered, Unreachable
from client.services import Services
from neove.player import seen_cases
from neove.shared.instants import as_instant, end_of, minute
from neove.shared.one_case import Refused, ask, find
from neove.shared.terminal import Exit, console, plain_table, stop
from stack.config import Failure, endpoints, state_dir

COLOURS = {"breached": "red", "met_late": "yellow", "met": "green", "running": "cyan", "uncertain": "yellow"}


def command(
    case_id: Annotated[
        str, typer.Argument(help="Id or number of the case, from the answer to its report.", show_default=False)
    ],
    office: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="OFFICE",
            help="The office that asks; without it, the one that saw the case in `neove play`.",
        ),
    ] = None,
) -> None:
    """Show one case: lanes, holders, clocks, timeline.

    Each clock has its due date and its source in the law. No name of a person is shown.

    Exit code: 0 shown; 1 refused; 2 no office known; 3 the stack does not answer.

    \b
    Example:
      .venv/bin/neove case case_qhwz2canwucdavdd4sx6wn6oki --as commune/lao-cai
      .venv/bin/neove case TT9F-3557-5 --as commune/lao-cai
    """
    asking = office or seen_cases.office_of(state_dir(), case_id)
    if asking is None:
        stop(Exit.FILE_WRONG, "name the office that asks, for example --as health_authority/lao-cai")
    try:
        where = endpoints()
        services = Services(where.services, where.issuer)
        if not case_id.startswith("case_"):
            case_id = find(services, case_id, asking)
        found = ask(services, "get_case", case_id, asking)
        items = ask(services, "list_timeline", case_id, asking).get("items", [])
    except Refused as error:
        stop(Exit.STEP_FAILED, f"{case_id} as {asking}: {error}")
    except NotOffered as error:
        stop(Exit.FILE_WRONG, str(error))
    except (Failure, Unreachable) as error:
        stop(Exit.STACK_UNREACHABLE, str(error))
    else:
        show(console(), case_id, asking, found, items)


def show(screen: Console, case_id: str, office: str, found: Mapping[str, Any], items: Iterable[Any]) -> None:
    """Print a case as tables."""
    names = "  ".join(filter(None, (case_id, found.get("number"), found.get("alias"))))
    regimes = " / ".join(filter(None, (found.get("regime_procedure"), found.get("regime_support"))))
    screen.print(
        f"\n[bold]{escape(names)}[/]  {found.get('status', '')}  {regimes}  [dim]as {escape(office)}[/]",
        soft_wrap=True,
    )
    if flags := found.get("flags"):
        screen.print(f"[yellow]{escape('  '.join(flags))}[/]")
    if linked := found.get("linked"):
        screen.print(f"[dim]linked with {escape(' '.join(linked))}[/]")
    if hidden := found.get("linked_hidden"):
        screen.print(f"[dim]linked with {hidden} more that this office may not open[/]")
    changed = [one for one in found.get("breaches") or () if one.get("changed_at")]
    tables = (_lanes(found.get("lanes") or {}), _clocks(found), _changed_breaches(changed), _timeline(items))
    for table in tables:
        if table.row_count:
            screen.print()
            screen.print(table)


def _lanes(lanes: Mapping[str, Mapping[str, Any]]) -> Table:
    table = plain_table("Lane", "State", "Holder", "Since")
    for name, lane in lanes.items():
        table.add_row(name, lane.get("state"), lane.get("holder") or "[red]nobody[/]", minute(lane.get("since")))
    return table


def _clocks(found: Mapping[str, Any]) -> Table:
    table = plain_table("Clock", "What", "Lane", "State", "Started", "Due", "Source", wrapped=["What", "Source"])
    newest: Mapping[str, Mapping[str, Any]] = found.get("clocks") or {}
    for clock in found.get("all_clocks") or [{"rule": rule, **clock} for rule, clock in newest.items()]:
        state = str(clock.get("state", ""))
        confidence = str(clock.get("confidence") or "")
        doubt = "" if confidence == "verified text" else f" [yellow]({escape(confidence)})[/]"
        table.add_row(
            str(clock.get("rule", "")),
            escape(str(mapping(clock.get("title")).get("vi", ""))),
            str(clock.get("lane", "")),
            f"[{COLOURS.get(state, 'default')}]{state}[/]{' late' if clock.get('late') and state == 'met' else ''}",
            minute(clock.get("started_at")),
            _due(clock),
            f"{escape(str(clock.get('citation') or ''))}{doubt}",
        )
    return table


def _changed_breaches(found: Iterable[Mapping[str, Any]]) -> Table:
    table = plain_table("Was breached", "Lane", "Limit", "Changed", "By", wrapped=["By"])
    for one in found:
        by = " ".join(str(one[key]) for key in ("act", "changed_by", "changed_office") if one.get(key))
        changed = minute(one.get("changed_at"))
        table.add_row(str(one.get("rule") or ""), str(one.get("lane", "")), _due(one), changed, by)
    return table


def _timeline(items: Iterable[Mapping[str, Any]]) -> Table:
    table = plain_table("Occurred", "Recorded", "What", "Office", wrapped=["What"])
    for item in items:
        what = " ".join(str(item[key]) for key in ("kind", "lane", "state", "rule") if item.get(key))
        occurred = item.get("occurred_at") or item.get("at")
        table.add_row(minute(occurred), minute(item.get("recorded_at")), what, str(item.get("office") or ""))
    return table


def _due(clock: Mapping[str, Any]) -> str:
    due = as_instant(clock.get("due_at"))
    if due is None:
        return "no number"
    return "at once" if clock.get("due_at") == clock.get("started_at") else end_of(due)
