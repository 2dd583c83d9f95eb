"""`neove offices`: which office has a role at a place on a day, and changes of the offices of a running stack."""

from neove.offices import change, import_changes, show
from neove.shared.samples import help_with_sample
from neove.shared.terminal import command_group

app = command_group("offices", "Offices: show which has a role somewhere, or change them.")
app.command("show")(show.command)
app.command("change")(change.command)
import_help = help_with_sample(import_changes.command, "Sample: offices.toml", "offices.toml")
app.command("import", help=import_help)(import_changes.command)
