"""Plumbing that every service uses; no domain words."""

import sys

# Keeps httpx from importing its command line, which draws in Rich and Pygments: 4 MB and 0.07 s in every process.
sys.modules.setdefault("httpx._main", None)  # pyright: ignore[reportArgumentType]  # None: "this import fails"
