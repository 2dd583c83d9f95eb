"""The `neove` command."""

import sys

import typer

from neove import bus, doctor, down, law, logs, outbox, token, up
from neove.commands_case import case
from neove.commands_play import play
from neove.law.amend import calendar_app
from stack.config import Failure

app = typer.Typer(
    name="neove",
    help="Nẻo Về: start, look at and try the stack.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("up")(up.command)
app.command("down")(down.command)
app.command("clean")(down.clean)
app.command("doctor")(doctor.command)
app.command("token")(token.command)
app.command("logs")(logs.command)
app.command("topology")(bus.apply_topology)
app.command("parked")(bus.list_parked)
app.command("replay-parked")(bus.replay_parked)
app.command()(play)
app.command()(case)
app.add_typer(outbox.app)
app.add_typer(law.app)
app.add_typer(calendar_app)


def main() -> None:
    """Run the command; what the reader can put right is one line on the error stream and status 1."""
    try:
        app()
    except Failure as failure:
        print(f"neove: {failure}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
