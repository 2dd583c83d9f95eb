"""Amending the law of a running world: proposal, preview, signature, and the re-fold of the open cases after it.

`law` (which law holds) · `book` (finding it for a case) · `moves` (what it changes in a case) · `service` (use cases) ·
`refold` (bringing the open cases after it) · `api`, `schemas`, `repository` as in every service.
"""
