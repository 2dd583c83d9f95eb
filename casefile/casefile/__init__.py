"""What the services on cases share: standing, steps, sealing and corrections of a case, and the start of a service."""
