"""What the services that work on a case share: its standing, steps, sealing, corrections, and how a service starts."""
