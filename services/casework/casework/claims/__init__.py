"""The first workflow that wakes claims the due waits of all cases, without a fold.

`claim` makes the records and the notices from the rows of the waits. `fold` brings the cases up to date afterwards.
"""
