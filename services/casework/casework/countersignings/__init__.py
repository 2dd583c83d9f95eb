"""Steps that need a second signature: the operations on them (ADR 0025).

`casework.domain.countersigning` has the rules, and `regulations.four_eyes` says which steps these are and who may sign.
"""
