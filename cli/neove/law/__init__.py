"""`neove law`: the regulation packs as officials read them, and amendments of the law of a running stack.

`check`, `show`, `list`, `instruments`, `diff`, `due`, `agree`, `calendar` and `draw` read files: the packs and the
calendar of the package. `amend`, `amendments`, `sign`, `withdraw` and `draw --case` ask the running stack.
"""

from neove.calendar import show as calendar
from neove.law import agree, amend, amendments, check, diff, draw, due, instruments, listing, show, sign, withdraw
from neove.shared.samples import help_with_sample
from neove.shared.terminal import command_group

app = command_group("law", "The law as data: check, read, compare, count, draw, amend.")
app.command("check")(check.command)
app.command("show")(show.command)
app.command("list")(listing.command)
app.command("instruments")(instruments.command)
app.command("diff")(diff.command)
app.command("due")(due.command)
app.command("agree")(agree.command)
app.command("calendar")(calendar.command)
app.command("draw")(draw.command)
amend_help = help_with_sample(amend.command, "Sample: one rule of crime.toml, complete", "rule.toml")
app.command("amend", help=amend_help)(amend.command)
app.command("amendments")(amendments.command)
app.command("sign")(sign.command)
app.command("withdraw")(withdraw.command)
