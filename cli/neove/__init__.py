"""The `neove` command. A module or folder here is the command of its name, for example `case.py` is `neove case`.

Four folders are no commands: `player/` (the scenario player of `neove play`), `shared/` (what several commands use),
`tools/` (programs that `make` runs) and `law/shared/` (what the commands of `neove law` share).
"""
