"""The `neove` command: the list of its commands."""

import sys

from neove import (
    audit,
    calendar,
    case,
    clean,
    doctor,
    down,
    law,
    logs,
    offices,
    outbox,
    parked,
    play,
    replay_parked,
    token,
    topology,
    up,
)
from neove.shared.terminal import command_group
from stack.config import Failure

app = command_group("neove", "Nẻo Về: start, look at and try the stack.")
app.command("up")(up.command)
app.command("down")(down.command)
app.command("clean")(clean.command)
app.command("doctor")(doctor.command)
app.command("token")(token.command)
app.command("logs")(logs.command)
app.command("topology")(topology.command)
app.command("parked")(parked.command)
app.command("replay-parked")(replay_parked.command)
app.command("play")(play.command)
app.command("case")(case.command)
app.add_typer(outbox.app)
app.add_typer(audit.app)
app.add_typer(law.app)
app.add_typer(calendar.app)
app.add_typer(offices.app)


def main() -> None:
    """Run the command. A failure that the reader can put right is one line on the error stream, and status 1."""
    try:
        app()
    except Failure as failure:
        print(f"neove: {failure}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
