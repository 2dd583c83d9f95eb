"""Migrations of casework; run by `kit.migrations`."""
