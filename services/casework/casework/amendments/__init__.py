"""Amendments of the law while cases are open: proposal, preview, signature, and the re-fold of the open cases.

`law`: which law holds. `book`: the law for a case. `moves`: what an amendment moves in a case. `service`: use cases.
`refold`: the re-fold of the open cases. `api`, `schemas` and `repository` are as in every service.
"""
