"""What the services exchange: events, code lists, refusals, the standing of a case, streams and durables."""
