"""The scenario player of `neove play`: it reads scenario files, calls the services, and compares their answers.

The grammar of a scenario file is described in `docs/scenarios.md`.
"""
