"""Amendments of a running stack: the calls to casework, and what the commands print of an amendment.

Only the national coordinating office may amend. Two persons of it are needed: one proposes, another signs.
"""

import time
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from client.services import Services
from neove.shared import running
from neove.shared.instants import second
from regulations.words import day_name
from stack.config import Failure

OFFICE = "steering_committee/ha-noi"
PROPOSER, SIGNER = "1", "2"
"""Two persons of that office at the development issuer."""
PAGE = 100
"""Cases of a page."""
LOOK_SECONDS = 0.25
STALLED_SECONDS = 60.0
"""The re-fold goes on without this command, which ends after so long without progress."""

Amendment = Mapping[str, Any]
"""The answer of casework about one amendment."""

IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="Id of the amendment, from `neove law amendments`.", show_default=False)
]


class AmendmentRegister:
    """The amendments that casework keeps.

    Args:
        services: of the running stack, signed in as one person.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    def propose(self, fields: Mapping[str, Any]) -> Amendment:
        """Propose an amendment; nothing moves before a second person has signed it."""
        return self._ask("propose_amendment", fields)

    def get(self, amendment_id: str) -> Amendment:
        """One amendment, with the progress of its re-fold."""
        return self._ask("get_amendment", {"amendment_id": amendment_id})

    def all(self) -> Mapping[str, Any]:
        """`items`, oldest first, and `chain`: whether the signed amendments are as they were signed."""
        return self._ask("list_amendments", {})

    def sign(self, amendment_id: str, content_hash: str) -> Amendment:
        """Sign the content of this hash; from then on it holds."""
        return self._ask("sign_amendment", {"amendment_id": amendment_id, "content_hash": content_hash})

    def withdraw(self, amendment_id: str) -> Amendment:
        """Take a proposal back."""
        return self._ask("withdraw_amendment", {"amendment_id": amendment_id})

    def preview_pages(self, amendment_id: str) -> Iterator[Mapping[str, Any]]:
        """Every page of what a proposal would move."""
        at: dict[str, Any] = {"limit": PAGE}
        while True:
            page = self._ask("preview_amendment", {"amendment_id": amendment_id, **at})
            yield page
            if not page.get("next"):
                return
            at["cursor"] = str(page["next"])

    def _ask(self, operation: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer of one operation. Raises `Failure`."""
        return running.ask(self._services, operation, OFFICE, fields)


def register(actor: str = PROPOSER) -> AmendmentRegister:
    """The amendments of the running stack, as a person of the coordinating office.

    Raises:
        Failure: no stack was ever started here.
    """
    return AmendmentRegister(running.services(actor))


def sign_and_follow(screen: Console, asked: AmendmentRegister, amendment_id: str, content_hash: str) -> None:
    """Sign, and print how many open cases are still under the earlier law, until none is.

    Raises:
        Failure: casework refuses the signature; or it is signed, and the re-fold made no progress for a minute.
    """
    signed = asked.sign(amendment_id, content_hash)
    screen.print(f"[bold]signed[/], holds as no. {signed['effective_seq']}", soft_wrap=True)
    behind, until = -1, time.monotonic() + STALLED_SECONDS
    while (found := asked.get(amendment_id))["applied_at"] is None:
        if found["cases_behind"] != behind:
            behind, until = found["cases_behind"], time.monotonic() + STALLED_SECONDS
            screen.print(f"  {behind} of {found['cases_open']} open cases still to be folded again")
        elif time.monotonic() > until:
            raise Failure(f"{amendment_id} holds, but the re-fold makes no progress; `neove doctor` shows why.")
        time.sleep(LOOK_SECONDS)  # casework sends nothing to a terminal, so it is asked
    what = "clocks, lanes, lines of work and rights" if found["kind"] == "offices" else "clocks"
    moved = f"{found['clocks_moved']} {what} of {found['cases_moved']} cases moved"
    screen.print(f"[bold]applied[/] {second(found['applied_at'])}: {moved}", soft_wrap=True)


def describe(screen: Console, one: Amendment) -> None:
    """Print an amendment: its state, reason, content and hash."""
    screen.print(f"\n[bold]{escape(one['amendment_id'])}[/]  {one['state']}  {escape(one['decision'])}", soft_wrap=True)
    screen.print(f"  {escape(one['reason'])}", soft_wrap=True)
    for row in one["rows"]:
        day = day_name(date.fromisoformat(row["date"]))
        screen.print(f"  {day}  {row['kind']:<5}  {escape(row['name'])} ({row['status']})", soft_wrap=True)
    for change in one.get("changes", ()):
        screen.print(f"  {change['on']}  {escape(_change(change))}", soft_wrap=True)
    if one["pack_id"]:
        screen.print(f"  {escape(content_of(one))}", soft_wrap=True)
    screen.print(f"  content [bold]{one['content_hash']}[/]", soft_wrap=True)


def content_of(one: Amendment) -> str:
    if one["pack_id"]:
        return f"{one['pack_id']} {one['pack_version']} ({str(one['pack_hash'])[:16]})"
    if changes := one.get("changes"):
        return _change(changes[0]) if len(changes) == 1 else f"{len(changes)} changes of offices"
    days = [str(row["date"]) for row in one["rows"]]
    return days[0] if len(days) == 1 else f"{len(days)} days, {min(days)} to {max(days)}"


def _change(one: Mapping[str, Any]) -> str:
    """One change of the offices in words."""
    match one["kind"]:
        case "merged":
            return f"{one['place']} becomes part of {one['into']}"
        case "dissolved":
            return f"{one['office']} ends" + (f", {one['successor']} takes over" if one["successor"] else "")
        case "founded":
            return f"{one['office']} begins at {one['place']}"
        case _:
            return f"{one['role']} at {one['place']} is given to {one['office']}"
