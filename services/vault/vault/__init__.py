"""Identities and texts about persons, under keys that never leave."""
