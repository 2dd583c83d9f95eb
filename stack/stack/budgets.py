"""The budgets of an embedded stack (`kit.limits.budgets`), where they differ from those of the release."""

import json

from kit.limits.budgets import BUDGETS, Kind

MUCH = 1_000_000_000
TIMES = {Kind.REQUESTS: 10, Kind.NEWCOMERS: 50, Kind.DENIALS: 10}
DEMO = json.dumps({one.name: one.amount * TIMES[one.kind] for one in BUDGETS if one.kind in TIMES})
"""In a demonstration programs play many days of an office with one token. Opening names keeps its budget."""
BOUNDLESS = json.dumps({one.name: MUCH for one in BUDGETS})
"""For tests and measurements of anything else."""
RELEASE = json.dumps({})
"""As in the release."""
