"""The real servers and the services on one machine, from nothing but wheels."""
