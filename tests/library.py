"""The law of the package for tests: one library, read once a run."""

from regulations import Library
from regulations.rights import Rights

LIBRARY = Library()
RIGHTS = Rights(LIBRARY)
