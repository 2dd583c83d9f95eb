"""The case register: lanes, clocks, hand-overs, escalation."""
