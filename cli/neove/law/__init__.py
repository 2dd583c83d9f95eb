"""`neove law`: the regulation packs as officials read them. Works on files alone, without a running stack."""

import typer

from neove.law import agree, calendar, check, diff, draw, due, listing, show

app = typer.Typer(name="law", help="The law as data: check, read, compare, reckon, draw.", no_args_is_help=True)
app.command("check")(check.command)
app.command("show")(show.command)
app.command("list")(listing.command)
app.command("diff")(diff.command)
app.command("due")(due.command)
app.command("agree")(agree.command)
app.command("calendar")(calendar.command)
app.command("draw")(draw.command)
