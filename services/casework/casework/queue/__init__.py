"""The queue of an office, and which of its members has which work (the assignee).

A member has the work of the office in one lane of one case: all its lines there, also those that come later. No fold
reads this. `api`, `schemas`, `service` and `repository` are as in every service; `team` and `giving` are pure.
"""
