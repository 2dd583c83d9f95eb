"""Whoever wakes first claims for all: what many cases wait for at one instant is claimed without a fold.

`claim` makes the records and the notices from the rows of the waits. `fold` brings the cases up to date afterwards.
"""
