"""`neove calendar`: show the days off and make-up days of the package, and change those of a running stack."""

from neove.calendar import import_days, show
from neove.shared.samples import help_with_sample
from neove.shared.terminal import command_group

app = command_group("calendar", "Days off and make-up days: show them, or change them.")
app.command("show")(show.command)
import_help = help_with_sample(import_days.command, "Sample: days.toml", "days.toml")
app.command("import", help=import_help)(import_days.command)
