"""Plumbing that every service uses; no domain words."""
