"""`neove calendar`: show the days off and make-up days of the package, and change those of a running stack."""

import typer

from neove.calendar import import_days, show

app = typer.Typer(
    name="calendar",
    help="Days off and make-up days: show those of the package, change those of a running stack.",
    no_args_is_help=True,
)
app.command("show")(show.command)
app.command("import")(import_days.command)
