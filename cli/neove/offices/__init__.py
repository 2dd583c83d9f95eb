"""`neove offices`: which office has a role at a place on a day, changes of the offices, and lanes without an office."""

from neove.offices import assign, change, import_changes, show, waiting
from neove.shared.samples import help_with_sample
from neove.shared.terminal import command_group

app = command_group("offices", "Offices: show them, change them, or assign a lane to one.")
app.command("show")(show.command)
app.command("change")(change.command)
app.command("waiting")(waiting.command)
app.command("assign")(assign.command)
import_help = help_with_sample(import_changes.command, "Sample: offices.toml", "offices.toml")
app.command("import", help=import_help)(import_changes.command)
