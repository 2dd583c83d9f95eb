"""Calls the services by the names of their operations, and gets tokens."""
