"""What several commands use; no module here is a command."""
