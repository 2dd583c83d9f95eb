"""Identities and texts about persons: sealed under a key per case, opened for a purpose, every opening in a log."""
