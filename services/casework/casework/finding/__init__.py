"""Find a case by what people say of it: its number, or the alias of its person (`contracts.numbers`).

An office finds the cases that it may see. Of every other case it learns nothing, not even that there is one.
"""
