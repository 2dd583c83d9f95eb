"""The workflows: one per case and one per transfer. They know instants, never rules."""
