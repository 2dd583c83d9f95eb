"""`neove law`: the regulation packs as officials read them, and amendments of the law of a running stack.

Reading works on files alone, on the package's packs and calendar; `amend`, `sign`, `amendments`, `withdraw` and
`draw --case` ask the running stack.
"""

import typer

from neove.law import agree, amend, amendments, calendar, check, diff, draw, due, listing, show

app = typer.Typer(name="law", help="The law as data: check, read, compare, reckon, draw, amend.", no_args_is_help=True)
app.command("check")(check.command)
app.command("show")(show.command)
app.command("list")(listing.command)
app.command("diff")(diff.command)
app.command("due")(due.command)
app.command("agree")(agree.command)
app.command("calendar")(calendar.command)
app.command("draw")(draw.command)
app.command("amend")(amend.amend_pack)
app.command("amendments")(amendments.list_amendments)
app.command("sign")(amendments.sign)
app.command("withdraw")(amendments.withdraw)
