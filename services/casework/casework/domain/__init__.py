"""Case files, changes, and what follows from them, as plain values. No I/O, no framework."""
